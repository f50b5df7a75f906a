//! Events, what they earned, and what was taken back of it.

/// Queries that find what must not be.
pub(super) const NEVER: &[(&str, &str)] = &[
    (
        "what was given for events, in another number than is counted, or with a gap",
        "SELECT 1 FROM (SELECT player, campaign, count(*) AS given, min(ordinal) AS first, max(ordinal) AS last FROM rebates GROUP BY 1, 2) AS r \
         FULL JOIN (SELECT player, campaign, sum(total) AS counted FROM tallies GROUP BY 1, 2) AS t USING (player, campaign) \
         WHERE given IS NOT counted OR first IS NOT 1 OR last IS NOT given",
    ),
    (
        "an event that a campaign both decided and did not",
        "SELECT event FROM rebates JOIN event_campaigns USING (event, campaign)",
    ),
    (
        "points or chances for an event that nobody gave",
        "SELECT key FROM postings WHERE why = 'reward' AND key LIKE 'rebate:%' AND NOT EXISTS (SELECT 1 FROM rebates JOIN events \
         ON events.number = event WHERE rebates.player = postings.player AND key = 'rebate:' || events.id || ':' || campaign) \
         UNION ALL SELECT key FROM chance_grants AS g WHERE why = 'reward' AND key LIKE 'rebate:%' AND NOT EXISTS (SELECT 1 FROM rebates \
         JOIN events ON events.number = event WHERE rebates.player = g.player AND rebates.campaign = g.campaign \
         AND key = 'rebate:' || events.id || ':' || g.campaign)",
    ),
    (
        "an event of which another part was reversed than its reversals say",
        "SELECT id FROM rebates WHERE reversed <> (SELECT coalesce(sum(amount), 0) FROM reversals AS r JOIN events ON number = r.event \
         WHERE reverses = rebates.event AND r.campaign = rebates.campaign) OR (reversed > 0) <> (reversed_of IS NOT NULL)",
    ),
    (
        "reversals of what never was, or that are reversed",
        "SELECT event FROM reversals WHERE event NOT IN (SELECT number FROM events WHERE reverses IS NOT NULL) \
         UNION ALL SELECT number FROM events WHERE reverses IN (SELECT number FROM events WHERE reverses IS NOT NULL)",
    ),
    (
        "more taken back for an event than was given, or other than its whole once that is reversed",
        "WITH taken AS (SELECT o.player, o.id, r.campaign, p.number FROM events AS e JOIN events AS o ON o.number = e.reverses \
         JOIN reversals AS r ON r.event = e.number JOIN postings AS p ON p.player = e.player AND p.key = 'reversal:' || e.id || ':' || r.campaign), \
         given AS (SELECT b.id, b.reversed = b.reversed_of AS is_whole, \
         (SELECT coalesce(sum(amount), 0) FROM transfers JOIN postings AS p ON p.number = posting \
         WHERE p.player = e.player AND p.key = 'rebate:' || e.id || ':' || b.campaign \
         AND to_owner = e.player AND to_kind IN ('player', 'debt')) AS points, \
         (SELECT coalesce(sum(amount), 0) FROM transfers JOIN taken AS t ON t.number = posting \
         WHERE t.player = e.player AND t.id = e.id AND t.campaign = b.campaign AND from_part <> 'lapsed' \
         AND NOT (from_kind = 'player' AND to_kind = 'debt')) AS back \
         FROM rebates AS b JOIN events AS e ON e.number = b.event WHERE reversed > 0) \
         SELECT id FROM given WHERE back > points OR is_whole AND back <> points",
    ),
    (
        "a prize of an event that was reversed as a whole and is not voided",
        "SELECT a.id FROM award_details AS a JOIN rebates AS b ON b.id = a.rebate WHERE reversed = reversed_of AND state <> 'voided'",
    ),
    (
        "something for a referrer that is neither handed over nor waits nor was given up",
        "SELECT id FROM rebates WHERE referrals IS NOT NULL AND position NOT IN (SELECT number FROM tasks WHERE queue = 'referrals' \
         UNION ALL SELECT number FROM dead_letters WHERE queue = 'referrals') \
         AND NOT EXISTS (SELECT 1 FROM postings WHERE key = 'referral:' || rebates.id) \
         AND NOT EXISTS (SELECT 1 FROM chance_grants WHERE key = 'referral:' || rebates.id) \
         AND NOT EXISTS (SELECT 1 FROM rebate_awards AS a WHERE a.rebate = rebates.position AND a.player <> rebates.player)",
    ),
];
