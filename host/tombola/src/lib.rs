//! The program `tombola`: parse, wire, run. The only place that chooses adapters, that reads arguments, environment and entropy of
//! the machine, and that says which clock holds; everything else is given values.
//!
//! A **command** is one subcommand: one file and one function under `commands`. A **config** is what `serve` runs
//! by: one section, one file, one type, each value from the first of flag, environment, file and default that says
//! something. A **host** is the whole product wired together and ready to be asked, also within a test's own process. The
//! **client** is the other end: what operators' commands call a host with.
//!
//! To add a command: its file under `commands`, its line in the enum of its group. To add a setting: its field and flag in
//! its section, its variable in [`environment`].

pub mod cli;
mod client;
mod commands;
pub mod config;
mod database;
mod engine;
pub mod entropy;
pub mod environment;
mod exit;
pub mod host;
mod key;
mod logs;
mod measures;
mod offline;
mod private;
mod progress;
mod report;
mod runtime;
mod server;
mod signals;
mod standard;
mod supervisor;

pub use host::{Host, HostSettings};
pub use measures::Measures;
pub use server::{Bounds, Server};
