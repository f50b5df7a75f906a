//! Log lines on standard error, panics among them. Standard output belongs to what a command answers.

use std::backtrace::Backtrace;
use std::io;
use std::panic::{self, PanicHookInfo};

use tracing_subscriber::EnvFilter;

use crate::config::{Format, Log};
use crate::exit::UsageError;

/// Begins to write log lines for the whole process.
pub(crate) fn install(log: &Log) -> anyhow::Result<()> {
    let filter = EnvFilter::builder().parse(&log.filter);
    let filter =
        filter.map_err(|error| UsageError::of(format!("'{}' is no filter of log lines", log.filter), error))?;
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr);
    let installed = match log.format {
        Format::Json => lines.json().flatten_event(true).with_span_list(false).try_init(),
        Format::Text => lines.with_target(false).try_init(),
    };
    installed.map_err(anyhow::Error::from_boxed)?;
    panic::set_hook(Box::new(log_panic));
    Ok(())
}

/// A panic in a task ends that task alone, so that its line in the log is all that will ever be known of it.
fn log_panic(info: &PanicHookInfo<'_>) {
    let place = info.location().map(ToString::to_string);
    let backtrace = Backtrace::capture();
    let panic = info.payload_as_str().unwrap_or("no text");
    tracing::error!(panic, place, %backtrace, "a thread panicked");
}
