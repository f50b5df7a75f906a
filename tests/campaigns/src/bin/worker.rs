//! The compiling process, as the server has it under a hidden subcommand.

use std::io;
use std::process::ExitCode;

fn main() -> ExitCode {
    match tombola_sandbox::worker::run(io::stdin().lock(), io::stdout().lock()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
