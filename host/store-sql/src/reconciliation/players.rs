//! What players did and have in campaigns, against the counts of it.

use super::scan::{Keys, Scan, Walk};

pub(super) const PLAYERS: Scan = Scan {
    walk: Walk {
        table: "participations",
        keys: Keys::Players,
        last:
            "SELECT count(*) AS rows, max(key) AS last
               FROM (SELECT DISTINCT player AS key FROM participations WHERE player > $1 ORDER BY player LIMIT $2) page",
    },
    rows: 256,
    find: DIFFERENCES,
};

const DIFFERENCES: &str = "
    WITH p AS MATERIALIZED (SELECT * FROM participations WHERE player > $1 AND player <= $2),
    drawn AS MATERIALIZED (
        SELECT player, campaign, prize, revision, count(*) AS made, max(ordinal) AS last
        FROM draws WHERE player > $1 AND player <= $2 GROUP BY player, campaign, revision, prize
    ),
    d AS (SELECT player, campaign, sum(made) AS made, max(last) AS last FROM drawn GROUP BY player, campaign),
    -- Whether a draw took a chance stands in the revision that it ran on. Kept as a table, which can be given an index.
    counts AS MATERIALIZED (
        SELECT value ->> 0 AS campaign, CAST(value ->> 1 AS BIGINT) AS first_one, CAST(value ->> 2 AS BIGINT) AS first_behind,
               CAST(value ->> 3 AS BIGINT) AS counts, CAST(value ->> 4 AS BIGINT) AS granted
        FROM json_each($4)
    ),
    u AS (
        SELECT player, drawn.campaign, sum(made * counts) AS used, count(*) = count(counts) AS known
        FROM drawn LEFT JOIN counts ON counts.campaign = drawn.campaign AND first_one <= revision AND revision < first_behind
        GROUP BY player, drawn.campaign
    ),
    g AS (SELECT player, campaign, sum(amount) AS added FROM chance_grants WHERE player > $1 AND player <= $2 GROUP BY player, campaign),
    l AS MATERIALIZED (SELECT * FROM chance_lots WHERE player > $1 AND player <= $2),
    -- What of the lots is left once what was used since they were settled is taken out of them, and what is left at all.
    h AS (
        SELECT player, campaign, chances_lapse_at, soonest, CASE WHEN coalesce(held, 0) > coalesce(chances_used - chances_settled, 0)
                    THEN held - coalesce(chances_used - chances_settled, 0) ELSE 0 END AS held,
               coalesce(chances_initial, 0) + coalesce(chances_added, 0) - coalesce(chances_used, 0) AS \"left\"
        FROM p FULL JOIN (SELECT player, campaign, sum(\"left\") AS held, min(lapses_at) AS soonest FROM l GROUP BY player, campaign) listed
            USING (player, campaign)
    ),
    r AS (SELECT player, campaign, count(*) AS given, max(ordinal) AS last FROM rebates WHERE player > $1 AND player <= $2
          GROUP BY player, campaign),
    t AS (SELECT player, campaign, sum(total) AS counted FROM tallies WHERE player > $1 AND player <= $2 GROUP BY player, campaign),
    won AS (
        SELECT player, campaign, prize, sum(times) AS times FROM (
            SELECT player, campaign, prize, made AS times FROM drawn WHERE prize IS NOT NULL
            UNION ALL
            SELECT r.player, r.campaign, a.prize, 1 FROM rebate_awards r JOIN awards a USING (position) WHERE r.player > $1 AND r.player <= $2
        ) listed GROUP BY player, campaign, prize
    ),
    w AS (SELECT player, campaign, prize, total FROM wins WHERE player > $1 AND player <= $2)
    SELECT 'draws' AS comparison, campaign AS subject, player, coalesce(draws, 0) AS found, coalesce(made, 0) AS expected,
           json_object('last_ordinal', last) AS evidence
    FROM p FULL JOIN d USING (player, campaign) WHERE coalesce(draws, 0) <> coalesce(made, 0) OR made <> last
    UNION ALL
    SELECT 'events', campaign, player, coalesce(counted, 0), coalesce(given, 0), json_object('last_ordinal', last)
    FROM t FULL JOIN r USING (player, campaign) WHERE coalesce(counted, 0) <> coalesce(given, 0) OR given <> last
    UNION ALL
    -- With how many a player began stood in one of the revisions. Another one may have been published since they were looked at.
    SELECT 'chances_initial', campaign, player, chances_initial, coalesce(granted, 0), json_object('version', version)
    FROM p JOIN (SELECT campaign, max(granted) AS granted, max(first_behind) AS behind, count(*) = count(counts) AS known FROM counts GROUP BY campaign) listed USING (campaign)
    WHERE known AND chances_initial IS NOT NULL
        AND NOT EXISTS (SELECT 1 FROM counts c WHERE c.campaign = p.campaign AND c.granted = chances_initial)
        AND NOT EXISTS (SELECT 1 FROM revisions v WHERE v.campaign = p.campaign AND v.number >= behind)
    UNION ALL
    SELECT 'chances_added', campaign, player, coalesce(chances_added, 0), coalesce(added, 0), json_object('version', version)
    FROM p FULL JOIN g USING (player, campaign) WHERE coalesce(chances_added, 0) <> coalesce(added, 0)
    UNION ALL
    SELECT 'chances_used', campaign, player, chances_used, coalesce(used, 0), json_object('version', version, 'draws', draws)
    FROM p LEFT JOIN u USING (player, campaign)
    WHERE coalesce(known, true) AND chances_used <> coalesce(used, 0)
    UNION ALL
    SELECT 'chance_lots', campaign, player, held, \"left\", json_object('soonest', soonest) FROM h WHERE held > \"left\"
    UNION ALL
    SELECT 'chance_lapse', campaign, player, coalesce(chances_lapse_at, 0), coalesce(soonest, 0), '{}'
    FROM h WHERE chances_lapse_at IS DISTINCT FROM soonest
    UNION ALL
    SELECT 'chance_lot', campaign || '/' || lapses_at, player, \"left\", given, '{}'
    FROM (SELECT l.*, (SELECT coalesce(sum(amount), 0) FROM chance_grants g
                       WHERE g.player = l.player AND g.campaign = l.campaign AND g.lapses_at = l.lapses_at) AS given FROM l) listed
    WHERE \"left\" > given
    UNION ALL
    SELECT 'wins', campaign || '/' || prize, player, coalesce(total, 0), coalesce(times, 0), '{}'
    FROM w FULL JOIN won USING (player, campaign, prize) WHERE coalesce(total, 0) <> coalesce(times, 0)
    UNION ALL
    SELECT 'chance_grant', campaign || '/' || why, player, amount, 0, json_object('at', at)
    FROM chance_grants g WHERE player > $1 AND player <= $2 AND CASE
        WHEN substr(key, 1, 6) = 'award:' THEN NOT EXISTS (
            SELECT 1 FROM draws d JOIN awards a USING (position)
            WHERE d.id = substr(g.key, 7, length(g.key) - 8) AND d.player = g.player AND a.state IN ('delivered', 'voided')
            UNION ALL
            SELECT 1 FROM rebate_awards r JOIN awards a USING (position)
            WHERE r.id = substr(g.key, 7) AND r.player = g.player AND a.state IN ('delivered', 'voided'))
        WHEN substr(key, 1, 6) = 'order:' THEN NOT EXISTS (SELECT 1 FROM orders o WHERE o.id = substr(g.key, 7) AND o.player = g.player)
        WHEN substr(key, 1, 11) = 'void:order:' THEN NOT EXISTS (
            SELECT 1 FROM orders o WHERE o.id = substr(g.key, 12) AND voided_at IS NOT NULL)
        WHEN substr(key, 1, 14) = 'void:operator:' THEN NOT EXISTS (
            SELECT 1 FROM chance_grants o WHERE o.player = g.player AND o.campaign = g.campaign AND o.key = substr(g.key, 6)
            AND o.voided_at IS NOT NULL AND o.amount >= -g.amount)
        WHEN substr(key, 1, 6) = 'lapse:' THEN amount >= 0 OR why <> 'lapse'
        WHEN substr(key, 1, 7) = 'rebate:' THEN NOT EXISTS (
            SELECT 1 FROM events e JOIN rebates r ON r.event = e.number AND r.campaign = g.campaign
            WHERE e.player = g.player AND e.id = substr(g.key, 8, length(g.key) - 8 - length(g.campaign)))
        WHEN substr(key, 1, 9) = 'referral:' THEN NOT EXISTS (
            SELECT 1 FROM rebates r WHERE r.id = substr(g.key, 10) AND referrals IS NOT NULL)
        WHEN substr(key, 1, 11) = 'void:award:' THEN NOT EXISTS (
            SELECT 1 FROM draws d JOIN awards a USING (position)
            WHERE d.id = substr(g.key, 12, length(g.key) - 13) AND d.player = g.player AND a.state = 'voided'
            UNION ALL
            SELECT 1 FROM rebate_awards r JOIN awards a USING (position)
            WHERE r.id = substr(g.key, 12) AND r.player = g.player AND a.state = 'voided')
        WHEN substr(key, 1, 9) = 'reversal:' THEN NOT EXISTS (
            SELECT 1 FROM events e JOIN reversals v ON v.event = e.number AND v.campaign = g.campaign
            WHERE e.player = g.player AND e.id = substr(g.key, 10, length(g.key) - 10 - length(g.campaign)))
        -- A rebate's id holds no colon.
        WHEN substr(key, 1, 18) = 'referral-reversal:' THEN NOT EXISTS (
            SELECT 1 FROM rebates r JOIN events e ON e.reverses = r.event AND e.player = r.player
            WHERE r.id = substr(g.key, 19, length(r.id)) AND r.campaign = g.campaign AND g.key = 'referral-reversal:' || r.id || ':' || e.id)
        ELSE false END
    UNION ALL
    -- The operation that takes chances back stands in the same transaction.
    SELECT 'grant_void', campaign, player, 0, 1, json_object('voided_at', voided_at)
    FROM chance_grants g WHERE player > $1 AND player <= $2 AND voided_at IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM operations o WHERE o.campaign = g.campaign AND o.what = 'void_chances' AND o.at = g.voided_at)
    LIMIT $3";
