//! `tombola-history FILE`: judges a history that was kept.

use std::process::ExitCode;

fn main() -> ExitCode {
    let Some(file) = std::env::args_os().nth(1) else {
        eprintln!("tombola-history: name the file of a history");
        return ExitCode::from(2);
    };
    let text = std::fs::read_to_string(&file).map_err(|error| error.to_string());
    let history = match text.and_then(|text| tombola_history::parse(&text)) {
        Ok(history) => history,
        Err(error) => {
            eprintln!("tombola-history: {}: {error}", file.display());
            return ExitCode::from(2);
        }
    };
    let violations = tombola_history::check(&history);
    for violation in &violations {
        println!("{violation}");
    }
    println!("{} lines, {} violations", history.len(), violations.len());
    if violations.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
