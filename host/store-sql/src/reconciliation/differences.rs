//! The differences that are kept.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use tombola_domain::id::PlayerId;
use tombola_domain::time::Timestamp;
use tombola_store::audit::Verb;
use tombola_store::reconciliation::{After, Difference, Finding, PAST_MAX, Pass, PassError};
use tombola_store::{Done, Operation, Result};

use super::found::told;
use crate::db::{self, Connection, Row};
use crate::error::unavailable;
use crate::fields::{Fields, clamped, integer};
use crate::operations::{self, Change, Deed, Recorded};
use crate::writer::Write;

/// Keeps findings. One that is known, and was not gone, is found again.
pub(super) async fn keep(write: &mut Write, findings: &[Finding], at: Timestamp) -> Result<Vec<Difference>> {
    let row = |finding: &Finding| {
        let Finding { comparison, subject, player, found, expected, evidence } = finding;
        let player = player.as_ref().map_or("", PlayerId::as_str);
        json!([comparison.as_str(), subject, player, found, expected, evidence])
    };
    // What was found twice is one finding, as it was found last.
    let subject = |finding: &Finding| (finding.comparison, finding.subject.clone(), finding.player.clone());
    let latest: BTreeMap<_, _> = findings.iter().map(subject).zip(findings).collect();
    let is_latest = |finding: &&Finding| std::ptr::eq(latest[&subject(finding)], *finding);
    let rows: Vec<_> = findings.iter().filter(is_latest).map(row).collect();
    let kept = db::query(
        "INSERT INTO differences (comparison, subject, player, found, expected, evidence, first_seen, last_seen)
         SELECT q.value ->> 0, q.value ->> 1, q.value ->> 2, CAST(q.value ->> 3 AS BIGINT), CAST(q.value ->> 4 AS BIGINT), q.value ->> 5, $2, $2
         FROM json_each($1) q WHERE true
         ON CONFLICT (comparison, subject, player) WHERE gone_at IS NULL DO UPDATE SET
             found = excluded.found, expected = excluded.expected, evidence = excluded.evidence, last_seen = excluded.last_seen,
             repaired_at = NULL
         RETURNING *",
    )
    .bind(json!(rows).to_string())
    .bind(at.as_millis())
    .fetch_all(write)
    .await
    .map_err(unavailable)?;
    kept.iter().map(difference).collect()
}

pub(super) async fn mark_repaired(write: &mut Write, number: u64, at: Timestamp) -> Result<()> {
    db::query("UPDATE differences SET repaired_at = $1 WHERE number = $2")
        .bind(at.as_millis())
        .bind(integer(number))
        .execute(write)
        .await
        .map_err(unavailable)?;
    Ok(())
}

/// Open ones, and then those of the past.
pub(super) async fn list(connection: &mut Connection, after: After, limit: u32) -> Result<Vec<Difference>> {
    let rows = db::query(
        "SELECT * FROM (
             SELECT false AS past, * FROM (
                 SELECT * FROM differences WHERE repaired_at IS NULL AND gone_at IS NULL AND $1 = 0 AND number > $2 ORDER BY number LIMIT $3) open
             UNION ALL
             SELECT true, * FROM (
                 SELECT * FROM differences WHERE (repaired_at IS NOT NULL OR gone_at IS NOT NULL)
                 AND number > CASE WHEN $1 = 1 THEN $2 ELSE 0 END ORDER BY number LIMIT $3) past
         ) listed ORDER BY past, number LIMIT $3",
    )
    .bind(after.past)
    .bind(clamped(after.number))
    .bind(limit)
    .fetch_all(connection)
    .await
    .map_err(unavailable)?;
    rows.iter().map(difference).collect()
}

/// The pass that was recorded under this operation's key.
pub(super) async fn recorded(connection: &mut Connection, operation: &Operation) -> Result<Option<Pass>, PassError> {
    operations::replay(connection, operation, DEED.is_same()).await
}

const DEED: Deed<'static> = Deed { what: Verb::Reconcile, subject: "everything", campaign: None };

pub(super) async fn end(
    mut write: Write,
    pass: Pass,
    began: Timestamp,
    at: Timestamp,
    operation: Option<&Operation>,
) -> Result<Done<Pass>, PassError> {
    if let Some(operation) = operation
        && let Some(result) = operations::replay::<_, PassError>(&mut write, operation, DEED.is_same()).await?
    {
        return Ok(Done { result, replayed: true });
    }
    db::query(
        "UPDATE differences SET gone_at = $2 WHERE gone_at IS NULL AND last_seen < $1;

         DELETE FROM differences WHERE gone_at IS NOT NULL AND number <= (
             SELECT number FROM differences WHERE gone_at IS NOT NULL ORDER BY number DESC LIMIT 1 OFFSET $3)",
    )
    .bind(began.as_millis())
    .bind(at.as_millis())
    .bind(PAST_MAX)
    .execute(&mut write)
    .await
    .map_err(unavailable)?;
    let open: i64 = db::query_scalar("SELECT count(*) FROM differences WHERE repaired_at IS NULL AND gone_at IS NULL")
        .fetch_one(&mut write)
        .await
        .map_err(unavailable)?;
    let pass = Pass { open: open.unsigned_abs(), ..pass };
    if let Some(operation) = operation {
        operations::record(&mut write, operation, DEED, Change::default(), &pass).await?;
    }
    write.commit().await?;
    Ok(Done { result: pass, replayed: false })
}

/// A row that can't be read any more is one of damage, as it is where a pass comes across it elsewhere: it keeps no other from being told.
fn difference(row: &Row) -> Result<Difference> {
    let fields = Fields { table: "differences", key: "number", row };
    Ok(Difference {
        number: fields.count("number")?,
        finding: told(row)?,
        first_seen: fields.time("first_seen")?,
        last_seen: fields.time("last_seen")?,
        repaired_at: fields.optional_time("repaired_at")?,
        gone_at: fields.optional_time("gone_at")?,
    })
}

impl Recorded for Pass {
    fn to_json(&self) -> Value {
        let Self { rows, found, new, repaired, open } = self;
        json!({"rows": rows, "found": found, "new": new, "repaired": repaired, "open": open})
    }

    fn from_json(value: &Value) -> Option<Self> {
        let count = |name: &str| value[name].as_u64();
        Some(Self {
            rows: count("rows")?,
            found: count("found")?,
            new: count("new")?,
            repaired: count("repaired")?,
            open: count("open")?,
        })
    }
}
