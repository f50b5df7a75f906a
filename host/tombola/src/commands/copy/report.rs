//! What is said of a copy that is done.

use std::path::Path;

use serde::Serialize;
use tombola_copy::{Proven, Report};

#[derive(Serialize)]
struct Line {
    rows: u64,
    tables: Vec<Table>,
    feed_position: i64,
    /// Whether it had been copied before, and was only proven again.
    again: bool,
}

#[derive(Serialize)]
struct Table {
    table: String,
    rows: u64,
    digest: String,
}

pub(super) fn json(report: &Report) -> serde_json::Result<String> {
    let Report { tables, rows, position, is_again } = report;
    let table =
        |proven: &Proven| Table { table: proven.table.clone(), rows: proven.rows, digest: proven.digest.to_string() };
    let tables = tables.iter().map(table).collect();
    serde_json::to_string(&Line { rows: *rows, tables, feed_position: *position, again: *is_again })
}

/// For an operator, who has to know what to do with both databases now.
pub(super) fn text(report: &Report, from: &Path, place: &str) -> String {
    let Report { tables, rows, position, is_again } = report;
    let (tables, from) = (tables.len(), from.display());
    let done = if *is_again { "had been copied before" } else { "is copied" };
    format!(
        "{from} {done} to {place}, and all {rows} rows of its {tables} tables are the same there, stock, ledger and the feed up to \
         {position} included.\nStart hosts on {place} from now on, with the same host's key. None serves {from} any more; keep it until \
         the hosts have proved themselves."
    )
}
