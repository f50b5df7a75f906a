//! What code pools say was loaded and withdrawn, against the record of the operations that did it.

use tombola_store::Result;
use tombola_store::reconciliation::{Compared, Comparison, Cursor};

use super::scan::{Keys, Walk, number};
use super::tallies::Tally;
use crate::db::{self, Connection};
use crate::error::unavailable;

/// Before which the sums stand.
pub(super) const RECORDED: &str = "recorded:";
pub(super) const OPERATIONS: Walk = Walk {
    table: "operations",
    keys: Keys::Numbers,
    last: "SELECT count(*) AS rows, CAST(max(key) AS TEXT) AS last
           FROM (SELECT number AS key FROM operations WHERE number > $1 ORDER BY number LIMIT $2) page",
};

/// Every code that came into a pool is free, given, expired or withdrawn.
pub(super) async fn step(connection: &mut Connection, at: Cursor, rows_max: u32) -> Result<Compared> {
    let rows = db::query(
        "WITH o AS MATERIALIZED (SELECT number, what, subject, result FROM operations WHERE number > $1 ORDER BY number LIMIT $2)
         SELECT 'part' AS kind, subject || '/loaded' AS key, sum(CAST(result ->> 'loaded' AS BIGINT)) AS amount, NULL AS comparison,
                NULL AS subject, NULL AS player, NULL AS found, NULL AS expected, NULL AS evidence
         FROM o WHERE what = 'load_codes' GROUP BY o.subject
         UNION ALL
         SELECT 'part', subject || '/withdrawn', sum(CAST(result ->> 'withdrawn' AS BIGINT)), NULL, NULL, NULL, NULL, NULL, NULL
         FROM o WHERE what = 'withdraw_codes' GROUP BY o.subject
         UNION ALL
         SELECT 'number', name || '/loaded', free + given + expired + withdrawn, NULL, NULL, NULL, NULL, NULL, NULL FROM code_pools
         UNION ALL SELECT 'number', name || '/withdrawn', withdrawn, NULL, NULL, NULL, NULL, NULL, NULL FROM code_pools
         UNION ALL SELECT 'end', CAST(max(number) AS TEXT), count(*), NULL, NULL, NULL, NULL, NULL, NULL FROM o",
    )
    .bind(number(&at.after))
    .bind(rows_max)
    .fetch_all(connection)
    .await
    .map_err(unavailable)?;
    Tally::new(Comparison::PoolCount, RECORDED).step(at, &rows, rows_max)
}
