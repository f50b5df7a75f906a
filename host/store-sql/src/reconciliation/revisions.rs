//! With how many chances players begin by each revision, if it counts them, for who looks at draws and at players. Of each campaign it is kept
//! from which revision on it is how: revisions are many, and seldom differ in that.

use std::collections::BTreeMap;

use serde_json::json;
use tombola_store::Result;
use tombola_store::reconciliation::{Compared, Cursor};

use super::parts::go_on;
use super::scan::{Keys, Walk};
use crate::db::{self, Connection};
use crate::error::unavailable;
use crate::fields::Fields;

/// A document is read whole, and may have a megabyte.
pub(super) const ROWS_MAX: u32 = 16;
pub(super) const REVISIONS: Walk = Walk {
    table: "revisions",
    keys: Keys::Revisions,
    last: "WITH r AS MATERIALIZED (
               SELECT campaign, number FROM revisions WHERE (campaign, number) > ($1 ->> 0, CAST($1 ->> 1 AS BIGINT))
               ORDER BY campaign, number LIMIT $2)
           SELECT count(*) AS rows, (SELECT json_array(campaign, number) FROM r ORDER BY campaign DESC, number DESC LIMIT 1) AS last FROM r",
};

/// Before which it stands among the sums.
const PREFIX: &str = "granted:";
/// And the latest revision of each campaign that was looked at: of one that was published since nothing is known.
const LATEST: &str = "latest:";
/// Of revisions that can't be read.
const UNKNOWN: i64 = -1;
/// Of revisions that count no chances.
const UNCOUNTED: i64 = -2;

pub(super) async fn step(connection: &mut Connection, mut at: Cursor, rows_max: u32) -> Result<Compared> {
    let found = db::query(
        "SELECT campaign, number, json_array(campaign, number) AS key,
                iif(document -> 'document' IS NULL, -1, coalesce(CAST(document -> 'document' -> 'chances' ->> 'granted' AS BIGINT), -2)) AS granted
         FROM revisions WHERE (campaign, number) > ($1 ->> 0, CAST($1 ->> 1 AS BIGINT)) ORDER BY campaign, number LIMIT $2",
    )
    .bind(REVISIONS.keys.after(&at.after))
    .bind(rows_max)
    .fetch_all(connection)
    .await
    .map_err(unavailable)?;
    let mut next = None;
    for row in &found {
        let fields = Fields { table: "revisions", key: "key", row };
        note(&mut at, &fields.text("campaign")?, fields.count("number")?, fields.get("granted")?);
        next = Some(fields.text("key")?);
    }
    let rows = found.len() as u64;
    Ok(Compared { rows, findings: Vec::new(), next: Some(go_on(at, next.filter(|_| rows == u64::from(rows_max)))) })
}

/// Nothing is known of the revision of that key; or of any behind where the cursor is, where not even their keys can be read.
pub(super) fn pass_by(at: &mut Cursor, key: Option<&str>) {
    let place = |key: &str| serde_json::from_str::<(String, u64)>(key).ok();
    let unknown = match key {
        Some(key) => place(key),
        None => place(&at.after).map(|(campaign, number)| (campaign, number + 1)),
    };
    if let Some((campaign, number)) = unknown {
        note(at, &campaign, number, UNKNOWN);
    }
}

fn note(at: &mut Cursor, campaign: &str, number: u64, granted: i64) {
    let first = key(campaign, number);
    let before = at.sums.range(key(campaign, 0)..first.clone()).next_back();
    if before.map(|(_, granted)| *granted) != Some(granted) {
        at.sums.insert(first, granted);
    }
    at.sums.insert(format!("{LATEST}{campaign}"), i64::try_from(number).unwrap_or(i64::MAX));
}

/// In the order of numbers.
fn key(campaign: &str, number: u64) -> String {
    format!("{PREFIX}{campaign}/{number:020}")
}

/// Of each campaign the spans of revisions that are alike, as arrays in JSON: the campaign, the first of them, the first behind them,
/// whether they count chances, or null, and with how many players begin, or null.
pub(super) fn spans(sums: &BTreeMap<String, i64>) -> String {
    let noted = sums.range(PREFIX.to_owned()..).map_while(|(key, granted)| {
        let (campaign, first) = key.strip_prefix(PREFIX)?.rsplit_once('/')?;
        Some((campaign, first.parse::<i64>().ok()?, *granted))
    });
    let noted: Vec<_> = noted.collect();
    let span = |place: usize| {
        let (campaign, first, granted) = noted[place];
        let next = noted.get(place + 1).filter(|(other, ..)| *other == campaign).map(|(_, first, _)| *first);
        let latest = sums.get(&format!("{LATEST}{campaign}")).copied().unwrap_or(first);
        let behind = next.unwrap_or(latest.saturating_add(1));
        let counts = (granted != UNKNOWN).then(|| u8::from(granted != UNCOUNTED));
        json!([campaign, first, behind, counts, (granted >= 0).then_some(granted)])
    };
    json!((0..noted.len()).map(span).collect::<Vec<_>>()).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn revisions_that_are_alike_are_one_span() {
        let mut at = Cursor::default();
        for (campaign, number, granted) in [
            ("a", 1, UNCOUNTED),
            ("a", 2, UNCOUNTED),
            ("a", 9, 3),
            ("a", 10, 3),
            ("a", 11, 0),
            ("a", 12, 0),
            ("a-b", 3, 1),
            ("a-b", 4, UNKNOWN),
        ] {
            note(&mut at, campaign, number, granted);
        }
        at.sums.extend([("account:a".to_owned(), 7), ("stock:a".to_owned(), 7)]);
        let expected = json!([
            ["a-b", 3, 4, 1, 1],
            ["a-b", 4, 5, null, null],
            ["a", 1, 9, 0, null],
            ["a", 9, 11, 1, 3],
            ["a", 11, 13, 1, 0]
        ]);
        assert_eq!(spans(&at.sums), expected.to_string());
    }

    #[test]
    fn what_is_passed_by_is_not_taken_for_what_came_before() {
        let mut at = Cursor { after: r#"["a",3]"#.to_owned(), ..Cursor::default() };
        note(&mut at, "a", 3, 1);
        pass_by(&mut at, Some(r#"["a",4]"#));
        note(&mut at, "a", 5, 1);
        at.after = r#"["a",5]"#.to_owned();
        pass_by(&mut at, None);
        let expected = json!([["a", 3, 4, 1, 1], ["a", 4, 5, null, null], ["a", 5, 6, 1, 1], ["a", 6, 7, null, null]]);
        assert_eq!(spans(&at.sums), expected.to_string());
    }
}
