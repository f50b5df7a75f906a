//! The program as its users have it: a process with arguments, environment, signals, standard streams and exit codes.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod campaign;
mod demo;
mod doctor;
mod import;
mod process;
mod serve;
mod token;
