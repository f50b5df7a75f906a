//! What players have, against all that was ever moved.

use super::scan::{Keys, Scan, Walk};

pub(super) const ACCOUNTS: Scan = Scan {
    walk: Walk {
        table: "accounts",
        keys: Keys::Players,
        last: "SELECT count(*) AS rows, max(key) AS last
               FROM (SELECT DISTINCT owner AS key FROM accounts WHERE owner > $1 ORDER BY owner LIMIT $2) page",
    },
    rows: 256,
    find: ACCOUNT_DIFFERENCES,
};

/// Accounts of players. That all of a unit is 0 follows, once those of everybody else hold as well: a transfer takes from one what
/// it gives to the other.
///
/// The statement stands as it is rather than in a common table expression: SQLite pulls such a one up into what reads it, and then
/// holds what was joined from both sides against the wrong columns.
const ACCOUNT_DIFFERENCES: &str = "
    WITH moves AS MATERIALIZED (
        SELECT from_owner AS owner, from_kind AS kind, from_part AS part, unit, -amount AS change, to_kind AS other, lots FROM transfers
        WHERE from_owner > $1 AND from_owner <= $2 AND from_kind IN ('player', 'held', 'debt')
        UNION ALL
        SELECT to_owner, to_kind, to_part, unit, amount, from_kind, lots FROM transfers
        WHERE to_owner > $1 AND to_owner <= $2 AND to_kind IN ('player', 'held', 'debt')
    ),
    sums AS (SELECT owner, kind, part, unit, sum(change) AS expected FROM moves GROUP BY owner, kind, part, unit),
    a AS MATERIALIZED (
        SELECT * FROM accounts WHERE owner > $1 AND owner <= $2 AND kind IN ('player', 'held', 'debt')
    ),
    -- What takes from lots takes from the player it comes from, and what adds to them adds to the one it goes to.
    lot_sums AS (
        SELECT owner AS player, unit, CAST(lot.value ->> 0 AS BIGINT) AS lapses_at, sum(CAST(lot.value ->> 1 AS BIGINT)) AS expected
        FROM moves, json_each(lots) lot
        WHERE kind = 'player' AND CASE WHEN change < 0 THEN CAST(lot.value ->> 1 AS BIGINT) < 0 OR other <> 'player' ELSE CAST(lot.value ->> 1 AS BIGINT) > 0 END
        GROUP BY owner, unit, CAST(lot.value ->> 0 AS BIGINT)
    ),
    l AS MATERIALIZED (SELECT * FROM lots WHERE player > $1 AND player <= $2),
    held AS (SELECT player, unit, sum(\"left\") AS held FROM l GROUP BY player, unit)
    SELECT 'account' AS comparison, kind || '/' || part || '/' || unit AS subject, owner AS player, coalesce(balance, 0) AS found,
           coalesce(expected, 0) AS expected, json_object('unit', unit) AS evidence
    FROM a FULL JOIN sums USING (owner, kind, part, unit) WHERE coalesce(balance, 0) <> coalesce(expected, 0)
    UNION ALL
    SELECT 'lot', unit || '/' || lapses_at, player, coalesce(\"left\", 0), coalesce(expected, 0), json_object('lapses_at', lapses_at)
    FROM l FULL JOIN lot_sums USING (player, unit, lapses_at) WHERE coalesce(\"left\", 0) <> coalesce(expected, 0)
    UNION ALL
    SELECT 'lots', unit, player, coalesce(held, 0), coalesce(balance, 0), json_object('unit', unit)
    FROM held FULL JOIN (SELECT owner AS player, unit, balance FROM a WHERE kind = 'player' AND balance <> 0) listed USING (player, unit)
    WHERE coalesce(held, 0) <> coalesce(balance, 0)
    LIMIT $3";
