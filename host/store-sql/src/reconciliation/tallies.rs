//! Numbers that stand for rows of all times. Each step adds up some more of these rows; one that finds no more of them holds the
//! sums against the numbers, which it read in the same moment.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;
use tombola_store::Result;
use tombola_store::reconciliation::{Compared, Comparison, Cursor, Finding};

use super::found::{FOUND_MAX, of_nobody, told};
use super::parts::go_on;
use super::scan::{Keys, Walk, number};
use crate::db::{self, Connection, Row};
use crate::error::unavailable;
use crate::fields::Fields;

/// Rows of a step, of each kind: some ten milliseconds.
pub(super) const ROWS_MAX: u32 = 4_096;
/// Before which the sums of each tally stand.
pub(super) const HOUSE: &str = "account:";
pub(super) const GIVEN: &str = "codes:";
/// Before these where what may be missing in sums stands.
const MISSING: &str = "missing:";
/// What may be missing where nobody knows.
pub(super) const ANYTHING: i64 = i64::MAX;
/// The rows that the first of them goes by.
pub(super) const TRANSFERS: Walk = Walk {
    table: "transfers",
    keys: Keys::Numbers,
    last: "SELECT count(*) AS rows, CAST(max(key) AS TEXT) AS last
           FROM (SELECT number AS key FROM transfers WHERE number > $1 ORDER BY number LIMIT $2) page",
};
/// And those that the last one does.
pub(super) const CODES: Walk = Walk {
    table: "codes",
    keys: Keys::Numbers,
    last: "SELECT count(*) AS rows, CAST(max(key) AS TEXT) AS last
           FROM (SELECT award AS key FROM codes WHERE award > $1 ORDER BY award LIMIT $2) page",
};

/// A step of a tally.
pub(super) struct Tally {
    comparison: Comparison,
    /// Before which the keys of its sums stand.
    prefix: &'static str,
    pub(super) rows: u64,
    pub(super) findings: Vec<Finding>,
    /// The numbers that the sums are held against, by what they are of.
    pub(super) numbers: BTreeMap<String, i64>,
    /// Where the next step goes on; `None` where there is no more.
    pub(super) next: Option<String>,
}

impl Tally {
    pub(super) fn new(comparison: Comparison, prefix: &'static str) -> Self {
        Self { comparison, prefix, rows: 0, findings: Vec::new(), numbers: BTreeMap::new(), next: None }
    }

    /// Takes a step's rows in, by their kinds: a `part` adds `amount` to the sum of `key`, a `number` is held against that sum, a
    /// `finding` is one already, and the `end` counts what was read and says up to where.
    pub(super) fn step(mut self, mut at: Cursor, rows: &[Row], rows_max: u32) -> Result<Compared> {
        for row in rows {
            let fields = fields(row);
            match fields.get::<&str>("kind")? {
                "part" => add(&mut at, format!("{}{}", self.prefix, fields.text("key")?), fields.get("amount")?),
                "number" => {
                    self.numbers.insert(fields.text("key")?, fields.get("amount")?);
                }
                "finding" => self.findings.push(told(row)?),
                _ => {
                    self.rows = fields.count("amount")?;
                    let is_last = self.rows < u64::from(rows_max);
                    self.next = if is_last { None } else { Some(fields.text("key")?) };
                }
            }
        }
        Ok(self.end(at))
    }

    pub(super) fn end(mut self, mut at: Cursor) -> Compared {
        self.findings.truncate(FOUND_MAX);
        if self.next.is_none() {
            self.compare(&at.sums);
            forget(&mut at, self.prefix);
        }
        Compared { rows: self.rows, findings: self.findings, next: Some(go_on(at, self.next)) }
    }

    fn compare(&mut self, sums: &BTreeMap<String, i64>) {
        let of = |key: &String| key.strip_prefix(self.prefix).map(str::to_owned);
        let subjects: BTreeSet<String> = sums.keys().filter_map(of).chain(self.numbers.keys().cloned()).collect();
        for subject in subjects {
            let found = self.numbers.get(&subject).copied().unwrap_or(0);
            let expected = sums.get(&format!("{}{subject}", self.prefix)).copied().unwrap_or(0);
            let missing = self.missing(sums, &subject);
            let agrees = missing == ANYTHING || (expected..=expected.saturating_add(missing)).contains(&found);
            if !agrees && self.findings.len() < FOUND_MAX {
                let mut evidence = json!({"kept": found, "added_up": expected});
                if missing > 0 {
                    evidence["may_be_missing"] = missing.into();
                }
                self.findings.push(of_nobody(self.comparison, subject, [found, expected], &evidence));
            }
        }
    }
}

impl Tally {
    /// How much may be missing in the sum of a subject.
    fn missing(&self, sums: &BTreeMap<String, i64>, subject: &str) -> i64 {
        let prefix = format!("{MISSING}{}", self.prefix);
        let all = sums.range(prefix.clone()..).take_while(|(key, _)| key.starts_with(&prefix));
        let its = all.filter(|(key, _)| is_of(&key[prefix.len()..], subject)).map(|(_, missing)| *missing);
        its.fold(0, i64::saturating_add)
    }
}

/// Whether that is a subject, what it begins with, or nothing, which is all of them.
fn is_of(what: &str, subject: &str) -> bool {
    what == subject || (what.is_empty() || what.ends_with('/')) && subject.starts_with(what)
}

/// Notes that a row can't be read that may stand for as much as this.
pub(super) fn miss(at: &mut Cursor, prefix: &str, what: &str, amount: i64) {
    let missing = at.sums.entry(format!("{MISSING}{prefix}{what}")).or_default();
    *missing = missing.saturating_add(amount);
}

/// Leaves a row out of a tally, or all that is left of it, so that nothing can be held against its sums. A code is one unit of its
/// pool's; how much anything else would have come to is not known.
pub(super) fn pass_by(at: &mut Cursor, prefix: &'static str, is_row: bool) {
    if is_row {
        miss(at, prefix, "", if prefix == GIVEN { 1 } else { ANYTHING });
    } else {
        forget(at, prefix);
    }
}

fn forget(at: &mut Cursor, prefix: &str) {
    let of_it = |key: &str| key.strip_prefix(MISSING).unwrap_or(key).starts_with(prefix);
    at.sums.retain(|key, _| !of_it(key));
}

pub(super) fn add(at: &mut Cursor, key: String, change: i64) {
    let sum = at.sums.entry(key).or_default();
    // Amounts are far below what an integer holds, unless they are damaged.
    *sum = sum.saturating_add(change);
}

pub(super) fn fields(row: &Row) -> Fields<'_> {
    Fields { table: "differences", key: "kind", row }
}

/// Accounts of the house and of campaigns, and the accounts at players' ends.
pub(super) async fn house(connection: &mut Connection, at: Cursor, rows_max: u32) -> Result<Compared> {
    let rows = db::query(
        "WITH t AS MATERIALIZED (SELECT * FROM transfers WHERE number > $1 ORDER BY number LIMIT $2),
         ends AS (
             SELECT number, from_owner AS owner, from_kind AS part_of, from_part AS part, unit, -amount AS change FROM t
             UNION ALL SELECT number, to_owner, to_kind, to_part, unit, amount FROM t)
         SELECT 'part' AS kind, owner || '/' || part_of || '/' || part || '/' || unit AS key, sum(change) AS amount,
                NULL AS comparison, NULL AS subject, NULL AS player, NULL AS found, NULL AS expected, NULL AS evidence
         FROM ends WHERE part_of NOT IN ('player', 'held', 'debt') GROUP BY owner, part_of, part, unit
         UNION ALL
         SELECT 'finding', NULL, NULL, 'transfer', CAST(number AS TEXT), owner, 0, 1, json_object('kind', part_of, 'unit', unit)
         FROM ends e WHERE part_of IN ('player', 'held', 'debt') AND NOT EXISTS (
             SELECT 1 FROM accounts a WHERE a.owner = e.owner AND a.kind = part_of AND a.part = e.part AND a.unit = e.unit)
         UNION ALL
         SELECT 'finding', NULL, NULL, 'transfer', CAST(number AS TEXT), NULL, 0, 1, json_object('posting', posting)
         FROM t WHERE NOT EXISTS (SELECT 1 FROM postings p WHERE p.number = t.posting)
         UNION ALL
         SELECT 'number', owner || '/' || kind || '/' || part || '/' || unit, balance, NULL, NULL, NULL, NULL, NULL, NULL
         FROM (SELECT * FROM accounts WHERE owner = '' AND kind = 'house'
               UNION ALL SELECT * FROM accounts WHERE kind IN ('budget', 'prize')) kept
         UNION ALL
         SELECT 'end', CAST(max(number) AS TEXT), count(*), NULL, NULL, NULL, NULL, NULL, NULL FROM t",
    )
    .bind(number(&at.after))
    .bind(rows_max)
    .fetch_all(connection)
    .await
    .map_err(unavailable)?;
    Tally::new(Comparison::Account, HOUSE).step(at, &rows, rows_max)
}

/// Codes that awards have, by their pools; and what a pool's loads have left.
pub(super) async fn codes(connection: &mut Connection, at: Cursor, rows_max: u32) -> Result<Compared> {
    let rows = db::query(
        "WITH c AS MATERIALIZED (SELECT award, pool FROM codes WHERE award > $1 ORDER BY award LIMIT $2)
         SELECT 'part' AS kind, name AS key, count(*) AS amount, NULL AS comparison, NULL AS subject, NULL AS player, NULL AS found,
                NULL AS expected, NULL AS evidence
         FROM c JOIN code_pools p ON p.number = pool GROUP BY name
         UNION ALL
         SELECT 'finding', NULL, NULL, 'award_code', coalesce(d.id, 'position ' || c.award), player, 0, 1,
                json_object('pool', pool, 'delivered_by', deliver)
         FROM c LEFT JOIN award_details d ON d.position = c.award
         WHERE deliver ->> 'codes' IS DISTINCT FROM (SELECT name FROM code_pools p WHERE p.number = c.pool)
         UNION ALL
         SELECT 'finding', NULL, NULL, 'codes_free', name, NULL, p.free, coalesce(sum(l.free), 0), '{}'
         FROM code_pools p LEFT JOIN code_loads l ON l.pool = p.number AND state = 'current'
         GROUP BY p.number HAVING p.free <> coalesce(sum(l.free), 0)
         UNION ALL SELECT 'number', name, given, NULL, NULL, NULL, NULL, NULL, NULL FROM code_pools
         UNION ALL SELECT 'end', CAST(max(award) AS TEXT), count(*), NULL, NULL, NULL, NULL, NULL, NULL FROM c",
    )
    .bind(number(&at.after))
    .bind(rows_max)
    .fetch_all(connection)
    .await
    .map_err(unavailable)?;
    Tally::new(Comparison::CodesGiven, GIVEN).step(at, &rows, rows_max)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn findings(sums: &[(&str, i64)], numbers: &[(&str, i64)]) -> Vec<String> {
        let own = |(key, amount): &(&str, i64)| ((*key).to_owned(), *amount);
        let mut tally = Tally::new(Comparison::Stock, "stock:");
        tally.numbers = numbers.iter().map(own).collect();
        let at = Cursor { sums: sums.iter().map(own).collect(), ..Cursor::default() };
        let ended = tally.end(at);
        assert_eq!(ended.next.unwrap().sums.into_keys().collect::<Vec<_>>(), ["other:a"], "nothing is left behind");
        ended.findings.into_iter().map(|finding| finding.subject).collect()
    }

    #[test]
    fn what_may_be_missing_is_no_difference() {
        let check = |missing: &[(&str, i64)], expected: &[&str]| {
            let sums = [("other:a", 1), ("stock:a/x", 1), ("stock:a/y", 2), ("stock:b/x", 9)];
            let sums = [&sums[..], missing].concat();
            assert_eq!(findings(&sums, &[("a/x", 2), ("a/y", 1), ("b/x", 7)]), expected, "{missing:?}");
        };
        check(&[], &["a/x", "a/y", "b/x"]);
        check(&[("missing:stock:a/x", 1)], &["a/y", "b/x"]);
        check(&[("missing:stock:a/y", 1)], &["a/x", "a/y", "b/x"]);
        check(&[("missing:stock:", 1)], &["a/y", "b/x"]);
        check(&[("missing:stock:a/", ANYTHING)], &["b/x"]);
        check(&[("missing:stock:", ANYTHING)], &[]);
        let mut at = Cursor::default();
        miss(&mut at, "stock:", "a/x", ANYTHING);
        miss(&mut at, "stock:", "a/x", 1);
        assert_eq!(at.sums["missing:stock:a/x"], ANYTHING);
    }
}
