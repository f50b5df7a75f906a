//! Measures a host and its parts, each figure beside something to compare it with.

mod bench;
mod cli;
mod native;
mod operator;
mod process;
mod table;

use std::process::ExitCode;

use clap::Parser;

/// The program's own, so that the native host is compared like with like.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    match cli::Cli::parse().run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}
