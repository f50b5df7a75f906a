//! Redis, single or a cluster, where there is one: what is quick to ask and may be lost at any moment.
//!
//! Nothing here gives a verdict on stock, money or an outcome, and no request waits for it. What is kept are counts that are told as they
//! are rather than by how much they rose, so that a command that the client repeats, or that a node has executed though its
//! answer got lost, changes nothing. All keys expire. Where Redis is slow or gone a breaker leaves it alone, and hosts go on
//! without.

mod connection;
mod examination;
mod hot;
mod limits;

pub use connection::AddressError;
pub use examination::{Finding, examine};
pub use hot::{Hot, Settings};
