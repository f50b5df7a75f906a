//! Rows to findings.

use tombola_domain::id::PlayerId;
use tombola_store::Result;
use tombola_store::reconciliation::{Comparison, Finding};

use super::damage;
use crate::db::Row;
use crate::fields::Fields;

/// Findings of a step that are told at most: with more, something is wrong as a whole.
pub(super) const FOUND_MAX: usize = 256;

/// A finding, from a row with the columns `comparison`, `subject`, `player`, `found`, `expected` and `evidence`.
fn finding(row: &Row) -> Result<Finding> {
    let fields = Fields { table: "differences", key: "subject", row };
    let player = fields.get::<Option<&str>>("player")?.filter(|player| !player.is_empty());
    let player = player.map(str::parse::<PlayerId>).transpose();
    Ok(Finding {
        comparison: fields.parsed("comparison")?,
        subject: fields.text("subject")?,
        player: player.map_err(|error| fields.wrong("player", &error))?,
        found: fields.get("found")?,
        expected: fields.get("expected")?,
        evidence: fields.text("evidence")?,
    })
}

/// The same, where a row that can't be read is a finding as well.
pub(super) fn told(row: &Row) -> Result<Finding> {
    finding(row).or_else(|error| if error.is_damage() { Ok(damage::of_difference(row, &error)) } else { Err(error) })
}

/// A finding of what is nobody's.
pub(super) fn of_nobody(
    comparison: Comparison,
    subject: String,
    [found, expected]: [i64; 2],
    evidence: &serde_json::Value,
) -> Finding {
    Finding { comparison, subject, player: None, found, expected, evidence: evidence.to_string() }
}
