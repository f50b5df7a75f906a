//! Parses, runs, and ends with a code that means something.

use std::process::ExitCode;

use clap::Parser;
use tombola::cli::Cli;

fn main() -> ExitCode {
    Cli::parse().run()
}
