//! Rows that can't be read, as findings. They name no player: what does, stands in the evidence, which is logged nowhere.

use std::error::Error;

use serde_json::{Value, json};
use tombola_domain::digest::Digest;
use tombola_domain::id::PlayerId;
use tombola_store::reconciliation::{Comparison, Finding};
use tombola_store::{Result, StoreError};

use super::scan::Keys;
use crate::db::Row;

/// The finding of a row.
pub(super) fn finding(subject: String, player: Option<PlayerId>, evidence: &Value) -> Finding {
    let comparison = Comparison::Damage;
    Finding { comparison, subject, player, found: 0, expected: 1, evidence: evidence.to_string() }
}

/// What rows say, and findings of those that say nothing, by their positions.
type Parted<T> = (Vec<T>, Vec<(i64, Finding)>);

/// What rows say, each with `position`; and findings of those that can't be read, each with its position as well.
pub(super) fn parted<T>(table: &str, rows: &[Row], read: impl Fn(&Row) -> Result<T>) -> Result<Parted<T>> {
    let (mut values, mut damaged) = (Vec::with_capacity(rows.len()), Vec::new());
    for row in rows {
        match read(row) {
            Ok(value) => values.push(value),
            Err(error) if error.is_damage() => {
                let position = row.try_get("position").unwrap_or_default();
                // Whoever comes across the row otherwise does not know whose it is, and one row is one difference.
                let evidence = evidence(&error, json!({"player": row.shown("player")}));
                damaged.push((position, finding(format!("{table}/{position}"), None, &evidence)));
            }
            Err(error) => return Err(error),
        }
    }
    Ok((values, damaged))
}

/// A row of what differs that can't be read, whose columns are those of a [`Finding`]. It is of several tables at once.
pub(super) fn of_difference(row: &Row, error: &StoreError) -> Finding {
    let [comparison, subject, player] = ["comparison", "subject", "player"].map(|column| row.shown(column));
    let [found, expected] = ["found", "expected"].map(|column| row.try_get::<i64, _>(column).ok());
    let subject = format!("{comparison}/{subject}/{}", mark(&player));
    let reason = match error {
        StoreError::Corrupt { column, reason, .. } => format!("{column}: {reason}"),
        error => error.to_string(),
    };
    finding(subject, None, &json!({"player": player, "found": found, "expected": expected, "reason": reason}))
}

/// A row that keeps a statement from being answered, by its key.
pub(super) fn of_key(table: &str, keys: Keys, key: &str, evidence: Value) -> Finding {
    match (keys, key.parse()) {
        (Keys::Numbers | Keys::Campaigns, _) => finding(format!("{table}/{key}"), None, &evidence),
        (Keys::Revisions | Keys::Tasks, _) => finding(format!("{table}/{}", words(key)), None, &evidence),
        (Keys::Players, Ok(player)) => finding(table.to_owned(), Some(player), &evidence),
        (Keys::Players, Err(_)) => {
            finding(format!("{table}/{}", mark(key)), None, &with(evidence, "player", key.into()))
        }
    }
}

/// All of a part that follows on a key, of which nothing is known.
pub(super) fn of_rest(table: &str, after: &str, evidence: Value) -> Finding {
    finding(format!("{table}/rest"), None, &with(evidence, "after", after.into()))
}

/// What is wrong, and where, beside what else is known.
pub(super) fn evidence(error: &StoreError, mut known: Value) -> Value {
    if let StoreError::Corrupt { table, column, row, reason } = error {
        for (member, value) in [("table", *table), ("column", *column), ("row", row), ("reason", reason)] {
            known[member] = value.into();
        }
        return known;
    }
    // The last one is the database's own.
    let mut cause: &dyn Error = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    with(known, "reason", cause.to_string().into())
}

fn with(mut evidence: Value, member: &str, value: Value) -> Value {
    evidence[member] = value;
    evidence
}

/// Tells one name from another without saying it.
fn mark(name: &str) -> String {
    Digest::of(name.as_bytes()).to_string()[..8].to_owned()
}

/// The first and the last element of a key, or what else it is.
fn words(key: &str) -> String {
    let elements: Vec<Value> = serde_json::from_str(key).unwrap_or_default();
    let word = |element: &Value| element.as_str().map_or_else(|| element.to_string(), str::to_owned);
    match &elements[..] {
        [first, .., last] => format!("{}/{}", word(first), word(last)),
        _ => mark(key),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_named_by_its_key_and_no_player_is() {
        let check = |keys, key: &str, subject: &str, player: Option<&str>| {
            let found = of_key("rows", keys, key, json!({}));
            assert_eq!(found.subject, subject, "{key}");
            assert_eq!(found.player.as_ref().map(PlayerId::as_str), player, "{key}");
        };
        check(Keys::Numbers, "17", "rows/17", None);
        check(Keys::Campaigns, "spring", "rows/spring", None);
        check(Keys::Tasks, r#"["points",1795000000000,9]"#, "rows/points/9", None);
        check(Keys::Revisions, r#"["spring",3]"#, "rows/spring/3", None);
        check(Keys::Players, "alice", "rows", Some("alice"));
        check(Keys::Players, "pläyer", &format!("rows/{}", mark("pläyer")), None);
        assert_ne!(mark("pläyer"), mark("pläyers"));
    }

    #[test]
    fn evidence_says_what_is_wrong_and_where() {
        let error = StoreError::Unreadable("malformed JSON".into());
        assert_eq!(evidence(&error, json!({"a": 1})), json!({"a": 1, "reason": "malformed JSON"}));
        let (row, reason) = ("a-1".to_owned(), "no name".to_owned());
        let error = StoreError::Corrupt { table: "lots", column: "unit", row, reason };
        let expected = json!({"table": "lots", "column": "unit", "row": "a-1", "reason": "no name"});
        assert_eq!(evidence(&error, json!({})), expected);
    }
}
