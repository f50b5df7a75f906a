//! How far long work is, on standard error, where somebody looks at it.

use std::io::{IsTerminal, stderr};

use indicatif::{ProgressBar, ProgressStyle};

/// A bar over so many bytes; nothing where nobody looks.
pub(crate) fn bytes(total: u64) -> ProgressBar {
    bar(ProgressBar::new(total), "{bar:40} {bytes} of {total_bytes}, {bytes_per_sec}, {eta} left")
}

/// A bar over so many rows, and what is done with them; nothing where nobody looks.
pub(crate) fn rows(total: u64, done: &'static str) -> ProgressBar {
    bar(
        ProgressBar::new(total).with_message(done),
        "{bar:40} {human_pos} of {human_len} rows {msg}, {per_sec}, {eta} left",
    )
}

/// A count of things whose number nobody knows; nothing where nobody looks.
pub(crate) fn counter(of_what: &'static str) -> ProgressBar {
    bar(ProgressBar::no_length().with_message(of_what), "{spinner} {human_pos} {msg}, {per_sec}")
}

fn bar(bar: ProgressBar, template: &str) -> ProgressBar {
    if !stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    bar.with_style(ProgressStyle::with_template(template).expect("the template is one of those above"))
}
