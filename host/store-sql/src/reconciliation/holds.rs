//! Holds, what was posted for them, and what is set aside of players.

use super::scan::{Keys, Scan, Walk};

pub(super) const HOLDS: Scan = Scan {
    walk: Walk {
        table: "holds",
        keys: Keys::Numbers,
        last: "SELECT count(*) AS rows, CAST(max(key) AS TEXT) AS last
               FROM (SELECT number AS key FROM holds WHERE number > $1 ORDER BY number LIMIT $2) page",
    },
    rows: 2_048,
    find: "WITH h AS MATERIALIZED (
               SELECT h.*, json_object('state', state, 'unit', unit, 'posting', posting) AS evidence,
                      coalesce((SELECT sum(t.amount) FROM postings p JOIN transfers t ON t.posting = p.number
                          WHERE p.number = h.posting AND p.player = h.player AND p.key = 'hold:' || h.id AND t.unit = h.unit
                          AND from_owner = h.player AND from_kind = 'player' AND to_owner = h.player AND to_kind = 'held'), 0) AS held,
                      (SELECT number FROM postings p WHERE p.player = h.player AND p.key = 'hold:' || h.id || ':end') AS ending,
                      (SELECT number FROM postings p WHERE p.player = h.player AND p.key = 'void:hold:' || h.id) AS void
               FROM holds h WHERE number > $1 AND number <= $2),
           e AS MATERIALIZED (
               SELECT h.*,
                      coalesce((SELECT sum(amount) FROM transfers t WHERE t.posting = ending AND t.unit = h.unit
                          AND from_owner = player AND from_kind = 'held' AND to_kind = 'house' AND to_part = 'income'), 0) AS spent,
                      coalesce((SELECT sum(amount) FROM transfers t WHERE t.posting = ending AND t.unit = h.unit
                          AND from_owner = player AND from_kind = 'held' AND to_owner = player AND to_kind = 'player'), 0) AS back,
                      coalesce((SELECT sum(amount) FROM transfers t WHERE t.posting = void AND t.unit = h.unit
                          AND from_kind = 'house' AND from_part = 'income' AND to_owner = player AND to_kind = 'player'), 0) AS undone
               FROM h)
           SELECT * FROM (
               SELECT 'hold' AS comparison, id AS subject, player, held AS found, amount AS expected, evidence FROM e WHERE held <> amount
               UNION ALL
               SELECT 'hold_taken', id, player, spent, coalesce(taken, 0), evidence FROM e WHERE spent <> coalesce(taken, 0)
               UNION ALL
               SELECT 'hold_back', id, player, back, iif(state = 'open', 0, amount - taken), evidence
               FROM e WHERE back <> iif(state = 'open', 0, amount - taken)
               UNION ALL
               SELECT 'hold_void', id, player, undone, coalesce(taken, 0), evidence
               FROM e WHERE void IS NOT NULL AND undone <> coalesce(taken, 0)) listed
           LIMIT $3",
};

/// What is set aside for who referred others stands in postings that are of no hold; whether it was handed over is looked at with
/// rebates.
pub(super) const HELD: Scan = Scan {
    walk: Walk {
        table: "accounts",
        keys: Keys::Players,
        last: "SELECT count(*) AS rows, max(key) AS last
               FROM (SELECT DISTINCT owner AS key FROM accounts WHERE owner > $1 ORDER BY owner LIMIT $2) page",
    },
    rows: 256,
    find: "WITH moves AS (
               SELECT to_owner AS player, unit, amount AS change, posting FROM transfers
               WHERE to_owner > $1 AND to_owner <= $2 AND to_kind IN ('player', 'held', 'debt') AND to_kind = 'held'
               UNION ALL
               SELECT from_owner, unit, -amount, posting FROM transfers
               WHERE from_owner > $1 AND from_owner <= $2 AND from_kind IN ('player', 'held', 'debt') AND from_kind = 'held'
           ),
           due AS (
               SELECT player, unit, sum(change) AS due, sum(open) AS open FROM (
                   SELECT m.player, unit, change, 0 AS open FROM moves m JOIN postings p ON p.number = posting
                   WHERE substr(p.key, 1, 5) <> 'hold:'
                   UNION ALL
                   SELECT player, unit, amount, 1 FROM holds WHERE player > $1 AND player <= $2 AND state = 'open') listed
               GROUP BY player, unit
           ),
           held AS (SELECT owner AS player, unit, balance FROM accounts WHERE owner > $1 AND owner <= $2 AND kind = 'held')
           SELECT 'held' AS comparison, unit AS subject, player, coalesce(balance, 0) AS found, coalesce(due, 0) AS expected,
                  json_object('open_holds', coalesce(open, 0)) AS evidence
           FROM held FULL JOIN due USING (player, unit) WHERE coalesce(balance, 0) <> coalesce(due, 0)
           LIMIT $3",
};
