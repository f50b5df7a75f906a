//! Use cases. One file each: what a caller asks, what may be refused, and what is done about it.
//!
//! [`App`] holds what they share: the store, the rules, the clock, the live campaigns and the committer. It knows traits only,
//! and nothing of HTTP, SQL or Wasm. Every answer that is not the wished one is an [`Error`] with a stable code.

mod activation;
pub mod admission;
mod app;
pub mod audit;
pub mod awards;
mod behind;
pub mod campaigns;
pub mod chances;
pub mod clock;
pub mod codes;
mod committer;
pub mod courier;
pub mod destinations;
pub mod draw;
pub mod entropy;
mod epoch;
mod error;
pub mod events;
mod faults;
pub mod feed;
pub mod holds;
pub mod hosts;
pub mod intent;
mod labels;
mod lane;
mod lapses;
pub mod ledger;
pub mod levels;
pub mod lists;
mod live;
pub mod measured;
pub mod model;
pub mod modules;
pub mod odds;
mod operations;
pub mod orders;
mod pause;
mod players;
mod preparing;
pub mod publish;
mod readiness;
mod reconciliation;
mod refusals;
mod retention;
mod rules;
pub mod stock;
mod sweeper;
pub mod switches;
pub mod tokens;
pub mod trial;
mod turnstiles;

pub use app::{App, Parts, StartError};
pub use epoch::{EpochView, HostKey, RotatedEpoch, SealError};
pub use error::{Error, Full, Result};
pub use players::PlayerView;
