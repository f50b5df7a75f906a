//! Work in the background.
//!
//! A [`Deliverer`] takes tasks out of the outbox. Awards that are chances are added to what players have, in one transaction that
//! ends their tasks. Awards of which a destination is told go through that destination's **lane**: it claims tasks in batches,
//! has so many calls under way, and keeps breaker and retry budget, so that no destination waits for another. How a call went
//! decides how its task's claim ends; **endings** are written many at a time.
//!
//! It also has the app hold what is kept twice against itself every few minutes, make room for receipts that come, and drop those that
//! are no longer kept.
//!
//! [`Webhooks`] is how a call is made: it looks at every address that is about to be connected to, follows nobody elsewhere, and
//! reads no more than it has to.

mod addresses;
mod deliverer;
mod endings;
mod lane;
mod measures;
mod resolver;
mod retention;
mod verdict;
mod webhooks;

pub use addresses::{Network, ParseNetworkError, Reach};
pub use deliverer::{Deliverer, Parts};
pub use webhooks::{TlsError, Webhooks};
