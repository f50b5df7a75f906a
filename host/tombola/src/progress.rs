//! How far long work is, on standard error, where somebody looks at it.

use std::io::{IsTerminal, stderr};

use indicatif::{ProgressBar, ProgressStyle};

/// A bar over so many bytes; nothing where nobody looks.
pub(crate) fn bytes(total: u64) -> ProgressBar {
    bar(ProgressBar::new(total), "{bar:40} {bytes} of {total_bytes}, {bytes_per_sec}, {eta} left")
}

/// A count of things whose number nobody knows; nothing where nobody looks.
pub(crate) fn counter(of_what: &'static str) -> ProgressBar {
    bar(ProgressBar::no_length().with_message(of_what), "{spinner} {human_pos} {msg}, {per_sec}")
}

fn bar(bar: ProgressBar, template: &str) -> ProgressBar {
    if !stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    bar.with_style(ProgressStyle::with_template(template).expect("the template is one of the two above"))
}
