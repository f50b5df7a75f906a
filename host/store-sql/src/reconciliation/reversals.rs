//! What was taken back by events that reverse others, and what was posted and added for it.

use super::scan::{Keys, Scan, Walk};

pub(super) const REVERSALS: Scan = Scan {
    walk: Walk {
        table: "reversals",
        keys: Keys::Numbers,
        last: "SELECT count(*) AS rows, CAST(max(key) AS TEXT) AS last
               FROM (SELECT DISTINCT event AS key FROM reversals WHERE event > $1 ORDER BY event LIMIT $2) page",
    },
    rows: 1_024,
    // What had lapsed is brought back before it is taken back, and what comes back to a player pays what they owe.
    find: "WITH v AS MATERIALIZED (
               SELECT v.*, e.player, e.reverses, 'reversal:' || e.id || ':' || v.campaign AS key,
                      e.reverses IS NOT NULL AND (amount = 0 OR EXISTS (
                          SELECT 1 FROM rebates r WHERE r.event = e.reverses AND r.campaign = v.campaign)) AS stands
               FROM reversals v LEFT JOIN events e ON e.number = v.event WHERE v.event > $1 AND v.event <= $2),
           points AS (
               SELECT v.*, q.value ->> 0 AS unit, CAST(q.value ->> 1 AS BIGINT) AS said FROM v, json_each(taken -> 'points') q),
           moved AS (
               SELECT p.*, coalesce((SELECT sum(t.amount) FROM postings o JOIN transfers t ON t.posting = o.number
                   WHERE o.player = p.player AND o.key = p.key AND t.unit = p.unit AND to_kind <> 'debt'
                   AND NOT (from_kind = 'house' AND from_part = 'lapsed')), 0) AS moved
               FROM points p),
           chances AS (
               SELECT v.*, coalesce(CAST(taken ->> 'chances' AS BIGINT), 0) AS said, coalesce((
                   SELECT -g.amount FROM chance_grants g
                   WHERE g.player = v.player AND g.campaign = v.campaign AND g.key = v.key), 0) AS gone
               FROM v)
           SELECT 'reversal' AS comparison, CAST(event AS TEXT) || '/' || campaign AS subject, player, 0 AS found, 1 AS expected,
                  json_object('reverses', reverses, 'amount', amount) AS evidence
           FROM v WHERE NOT stands
           UNION ALL
           SELECT 'reversal_points', CAST(event AS TEXT) || '/' || campaign || '/' || unit, player, moved, said, json_object('unit', unit)
           FROM moved WHERE stands AND moved <> said
           UNION ALL
           SELECT 'reversal_chances', CAST(event AS TEXT) || '/' || campaign, player, gone, said, json_object('campaign', campaign)
           FROM chances WHERE stands AND gone <> said
           LIMIT $3",
};
