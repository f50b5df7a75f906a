//! Load for a host over HTTP/1.1, on this machine only: bounded in connections, requests and time.
//!
//! A [`Host`] is the real program as a process, killed when it is dropped; a [`Site`] is a database for several. A [`Load`] says how many requests are made over how
//! many connections and for how long at most; [`requests`] makes the bytes of each. It is driven in one of two ways:
//!
//! * [`closed`]: every connection makes its next request when the one before was answered. It finds out what a host can do, and
//!   hides how long others would have waited meanwhile;
//! * [`open`]: requests are due at a fixed rate, whether earlier ones were answered or not, and each is timed from when it was
//!   due. It finds out what clients see.
//!
//! Both give a [`Report`]: every latency in a histogram, every status counted. What the driver itself can do is found with
//! [`responder`], which answers the same requests and does nothing else.
//!
//! A [`Recording`] is what somebody asked of a database server; `pgbench` [asks](replay) for it once more.

mod connection;
mod drive;
mod host;
mod load;
mod recording;
mod report;
pub mod requests;
pub mod responder;
mod target;

pub use connection::{CallError, Connection, Response};
pub use drive::{closed, open};
pub use host::{Host, HostError, Site};
pub use load::{Load, LoadError};
pub use recording::{Recording, RecordingError, replay};
pub use report::Report;
pub use target::{NotLoopback, Target};
