//! Postings, and what they stand for.

use super::scan::{Keys, Scan, Walk};

pub(super) const POSTINGS: Scan = Scan {
    walk: Walk {
        table: "postings",
        keys: Keys::Numbers,
        last: "SELECT count(*) AS rows, CAST(max(key) AS TEXT) AS last
               FROM (SELECT number AS key FROM postings WHERE number > $1 ORDER BY number LIMIT $2) page",
    },
    rows: 4_096,
    // Keys of other kinds stand for themselves. An event's id may hold colons, and a campaign's none. What had lapsed is brought back before
    // it is taken back, and what comes back to a player pays what they owe.
    find: "SELECT 'posting' AS comparison, CAST(number AS TEXT) AS subject, player, 0 AS found, 1 AS expected,
                  json_object('why', why, 'position', position) AS evidence
           FROM postings p WHERE number > $1 AND number <= $2 AND (CASE
               WHEN substr(key, 1, 6) = 'award:' THEN NOT EXISTS (
                   SELECT 1 FROM draws d JOIN awards a USING (position)
                   WHERE d.id = substr(p.key, 7, length(p.key) - 8) AND d.player = p.player AND a.state IN ('delivered', 'voided')
                   UNION ALL
                   SELECT 1 FROM rebate_awards r JOIN awards a USING (position)
                   WHERE r.id = substr(p.key, 7) AND r.player = p.player AND a.state IN ('delivered', 'voided'))
               WHEN substr(key, 1, 6) = 'prize:' THEN NOT EXISTS (
                   SELECT 1 FROM draws d JOIN awards USING (position)
                   WHERE d.id = substr(p.key, 7, length(p.key) - 8) AND d.player = p.player)
               WHEN substr(key, 1, 11) IN ('void:prize:', 'void:award:') THEN NOT EXISTS (
                   SELECT 1 FROM draws d JOIN awards a USING (position)
                   WHERE d.id = substr(p.key, 12, length(p.key) - 13) AND d.player = p.player AND a.state = 'voided'
                   UNION ALL
                   SELECT 1 FROM rebate_awards r JOIN awards a USING (position)
                   WHERE r.id = substr(p.key, 12) AND r.player = p.player AND a.state = 'voided')
               WHEN substr(key, 1, 6) = 'order:' THEN NOT EXISTS (
                   SELECT 1 FROM orders o WHERE o.posting = p.number AND o.player = p.player)
               WHEN substr(key, 1, 11) = 'void:order:' THEN NOT EXISTS (
                   SELECT 1 FROM orders o WHERE o.id = substr(p.key, 12) AND o.player = p.player AND voided_at IS NOT NULL)
               WHEN substr(key, 1, 10) = 'void:hold:' THEN NOT EXISTS (
                   SELECT 1 FROM holds h WHERE h.id = substr(p.key, 11) AND h.player = p.player AND state = 'taken')
               WHEN substr(key, 1, 5) = 'hold:' THEN NOT EXISTS (
                   SELECT 1 FROM holds h WHERE h.id = replace(substr(p.key, 6), ':end', '') AND h.player = p.player
                   AND (h.posting = p.number OR state <> 'open' AND p.key = 'hold:' || h.id || ':end'))
               WHEN substr(key, 1, 16) = 'void:adjustment:' THEN NOT EXISTS (
                   SELECT 1 FROM postings o WHERE o.number = CAST(substr(p.key, 17) AS BIGINT) AND o.player = p.player
                   AND o.why = 'adjustment' AND (SELECT coalesce(sum(amount), 0) FROM transfers WHERE posting = o.number)
                   = (SELECT coalesce(sum(amount), 0) FROM transfers WHERE posting = p.number
                       AND NOT (from_kind = 'house' AND from_part = 'lapsed') AND NOT (from_kind = 'player' AND to_kind = 'debt')))
               WHEN substr(key, 1, 7) = 'rebate:' AND why = 'reward' THEN NOT EXISTS (
                   SELECT 1 FROM (SELECT rtrim(p.key, replace(p.key, ':', '')) AS head) listed
                   JOIN events e ON e.player = p.player AND e.id = substr(head, 8, length(head) - 8)
                   JOIN rebates r ON r.event = e.number AND r.campaign = substr(p.key, length(head) + 1))
               WHEN substr(key, 1, 9) = 'reversal:' THEN NOT EXISTS (
                   SELECT 1 FROM (SELECT rtrim(p.key, replace(p.key, ':', '')) AS head) listed
                   JOIN events e ON e.player = p.player AND e.id = substr(head, 10, length(head) - 10)
                   JOIN reversals v ON v.event = e.number AND v.campaign = substr(p.key, length(head) + 1))
               -- A rebate's id holds no colon.
               WHEN substr(key, 1, 18) = 'referral-reversal:' THEN NOT EXISTS (
                   SELECT 1 FROM rebates r JOIN events e ON e.reverses = r.event AND e.player = r.player
                   WHERE p.key = 'referral-reversal:' || r.id || ':' || e.id AND r.id = substr(p.key, 19, length(r.id)))
               WHEN substr(key, 1, 9) = 'referral:' THEN NOT EXISTS (
                   SELECT 1 FROM rebates r WHERE r.id = substr(p.key, 10) AND referrals IS NOT NULL)
               -- Nothing else touches what prizes cost.
               ELSE EXISTS (SELECT 1 FROM transfers t WHERE t.posting = p.number AND 'prize' IN (from_kind, to_kind)) END
               OR NOT EXISTS (SELECT 1 FROM transfers t WHERE t.posting = p.number))
           LIMIT $3",
};
