//! Parses, runs, and ends with a code that means something.

use std::process::ExitCode;

use clap::Parser;
use tombola::cli::Cli;

/// A draw makes hundreds of small allocations, on whichever thread it runs.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    Cli::parse().run()
}
