//! The ledger against itself: what is kept for speed against what was moved.

use tombola_store::Result;
use tombola_store::ledger::Drift;

use super::rows;
use crate::db::{self, Connection};
use crate::error::unavailable;
use crate::fields::Fields;

/// How many differences are told at most: with more, something is wrong as a whole.
const TOLD_MAX: u32 = 1_000;

/// All that differs, in one moment: accounts from their transfers, what players can spend from their balance, each lot from what
/// transfers did to it, and the sum of a unit from 0.
const DIFFERENCES: &str = "
    WITH moves AS (
        SELECT from_owner AS owner, from_kind AS kind, from_part AS part, unit, -amount AS change FROM transfers
        UNION ALL SELECT to_owner, to_kind, to_part, unit, amount FROM transfers
    ),
    sums AS (SELECT owner, kind, part, unit, sum(change) AS expected FROM moves GROUP BY owner, kind, part, unit),
    lot_moves AS (
        SELECT CASE WHEN to_kind = 'player' AND CAST(lot.value ->> 1 AS BIGINT) > 0 THEN to_owner ELSE from_owner END AS player, unit,
               CAST(lot.value ->> 0 AS BIGINT) AS lapses_at, CAST(lot.value ->> 1 AS BIGINT) AS change
        FROM transfers, json_each(lots) lot
    ),
    lot_sums AS (SELECT player, unit, lapses_at, sum(change) AS expected FROM lot_moves GROUP BY player, unit, lapses_at)
    SELECT 'account' AS what, owner, kind, part, unit, coalesce(balance, 0) AS found, coalesce(expected, 0) AS expected
    FROM accounts FULL JOIN sums USING (owner, kind, part, unit) WHERE coalesce(balance, 0) <> coalesce(expected, 0)
    UNION ALL
    SELECT 'lot', player, 'player', '', unit, coalesce(\"left\", 0), coalesce(expected, 0)
    FROM lots FULL JOIN lot_sums USING (player, unit, lapses_at) WHERE coalesce(\"left\", 0) <> coalesce(expected, 0)
    UNION ALL
    SELECT 'lots', player, 'player', '', unit, coalesce(held, 0), coalesce(balance, 0)
    FROM (SELECT player, unit, sum(\"left\") AS held FROM lots GROUP BY player, unit) spendable
    FULL JOIN (SELECT owner AS player, unit, balance FROM accounts WHERE kind = 'player' AND balance <> 0) listed
    USING (player, unit) WHERE coalesce(held, 0) <> coalesce(balance, 0)
    UNION ALL
    SELECT 'unit', '', 'house', 'issue', unit, sum(balance), 0 FROM accounts GROUP BY unit HAVING sum(balance) <> 0
    LIMIT $1";

pub(super) async fn prove(connection: &mut Connection) -> Result<Vec<Drift>> {
    let found = db::query(DIFFERENCES).bind(TOLD_MAX).fetch_all(connection).await.map_err(unavailable)?;
    let read = |row| {
        let fields = Fields { table: "accounts", key: "unit", row };
        let what = match fields.text("what")?.as_str() {
            "account" => rows::account(&fields, ["kind", "owner", "part"])?.to_string(),
            "lot" => "one of a player's lots".to_owned(),
            "lots" => "all lots of a player".to_owned(),
            _ => "the sum over all accounts".to_owned(),
        };
        Ok(Drift { what, unit: fields.parsed("unit")?, found: fields.get("found")?, expected: fields.get("expected")? })
    };
    found.iter().map(read).collect()
}
