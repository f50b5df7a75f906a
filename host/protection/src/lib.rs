//! What keeps a host and those that it calls from each other's troubles. No word of the business stands here.
//!
//! A **backoff** says how long to wait before the next try of one thing. A **budget** says how long retries wait so that all of them
//! together stay a small part of the first tries. A **breaker** notices that calls fail, stops them for a while, and
//! then lets a few through to see. A **valve** is a breaker with a bound on the calls that are under way.
//!
//! All of them are plain state: moments and random numbers are given to them.

mod backoff;
mod breaker;
mod budget;
mod concurrency_limit;
mod rate_limiter;
mod valve;

pub use backoff::Backoff;
pub use breaker::{Breaker, Condition, Ticket};
pub use budget::Budget;
pub use concurrency_limit::{Bounds, ConcurrencyLimit};
pub use rate_limiter::{Admitted, Rate, RateLimiter, Standing, Verdict};
pub use valve::Valve;
