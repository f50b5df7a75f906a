//! The ledger, orders and chances: nothing comes from nowhere.

/// Queries that find what must not be.
pub(super) const NEVER: &[(&str, &str)] = &[
    (
        "postings or transfers with a gap",
        "SELECT 1 WHERE (SELECT count(*) <> coalesce(max(number), 0) FROM postings) \
      OR (SELECT count(*) <> coalesce(max(number), 0) FROM transfers)",
    ),
    ("a posting that moved nothing", "SELECT number FROM postings WHERE number NOT IN (SELECT posting FROM transfers)"),
    (
        "an account that is other than what was moved",
        "WITH moves AS (SELECT from_owner AS owner, from_kind AS kind, from_part AS part, unit, -amount AS change FROM transfers \
         UNION ALL SELECT to_owner, to_kind, to_part, unit, amount FROM transfers), \
         sums AS (SELECT owner, kind, part, unit, sum(change) AS moved FROM moves GROUP BY 1, 2, 3, 4) \
         SELECT kind FROM accounts FULL JOIN sums USING (owner, kind, part, unit) \
         WHERE coalesce(balance, 0) <> coalesce(moved, 0)",
    ),
    (
        "a unit of which there is more or less than was issued",
        "SELECT unit FROM accounts GROUP BY unit HAVING sum(balance) <> 0",
    ),
    (
        "an account that has less than nothing",
        "SELECT kind FROM accounts WHERE balance < 0 AND kind <> 'debt' AND NOT (kind = 'house' AND part IN ('issue', 'loss'))",
    ),
    (
        "a player whose lots are not their balance",
        "SELECT unit FROM (SELECT player AS owner, unit, sum(left) AS held FROM lots GROUP BY 1, 2) \
         FULL JOIN (SELECT owner, unit, balance FROM accounts WHERE kind = 'player') USING (owner, unit) \
         WHERE coalesce(held, 0) <> coalesce(balance, 0)",
    ),
    (
        "an order that was not paid as it says",
        "SELECT id FROM orders WHERE price IS NOT (SELECT sum(amount) FROM transfers WHERE transfers.posting = orders.posting \
         AND from_owner = player AND from_kind = 'player' AND to_part = 'income' AND transfers.unit = orders.unit)",
    ),
    (
        "an order that was voided and not paid back, or the other way round",
        "SELECT id FROM orders WHERE (voided_at IS NULL) <> NOT EXISTS (SELECT 1 FROM postings JOIN transfers ON posting = postings.number \
         WHERE postings.player = orders.player AND key = 'void:order:' || id AND to_owner = orders.player AND amount = price)",
    ),
    (
        "an order without its chances, or the other way round",
        "SELECT 1 WHERE (SELECT coalesce(sum(chances), 0) FROM orders) <> (SELECT coalesce(sum(amount), 0) FROM chance_grants WHERE why = 'order') \
         OR EXISTS (SELECT 1 FROM orders WHERE NOT EXISTS (SELECT 1 FROM chance_grants AS g \
         WHERE g.player = orders.player AND g.campaign = orders.campaign AND g.key = 'order:' || id AND amount = chances))",
    ),
    (
        "chances that nobody gave, or that were used and not given",
        "SELECT player, campaign FROM participations AS p WHERE chances_used > coalesce(chances_initial, 0) + chances_added \
         OR chances_used > draws OR chances_added <> (SELECT coalesce(sum(amount), 0) FROM chance_grants AS g \
         WHERE g.player = p.player AND g.campaign = p.campaign)",
    ),
    (
        "chances that lapse of which more are left than of all, or another time than is said",
        "SELECT player, campaign FROM participations AS p FULL JOIN (SELECT player, campaign, sum(left) AS held, min(lapses_at) AS soonest \
         FROM chance_lots GROUP BY 1, 2) USING (player, campaign) WHERE chances_lapse_at IS NOT soonest \
         OR max(held - (chances_used - chances_settled), 0) > coalesce(chances_initial, 0) + chances_added - chances_used",
    ),
    (
        "a lapse of nothing, or more that lapsed than came in to lapse by then",
        "SELECT l.key FROM chance_grants AS l WHERE why = 'lapse' AND (amount >= 0 OR key NOT LIKE 'lapse:%' \
         OR (SELECT -sum(amount) FROM chance_grants AS e WHERE e.player = l.player AND e.campaign = l.campaign AND why = 'lapse' AND at <= l.at) \
          > (SELECT coalesce(sum(amount), 0) FROM chance_grants AS g WHERE g.player = l.player AND g.campaign = l.campaign AND lapses_at <= l.at))",
    ),
    (
        "an adjustment that was voided and not posted back as a whole, or a void of none",
        "SELECT v.number FROM postings AS v LEFT JOIN postings AS p ON p.number = substr(v.key, 17) AND p.player = v.player \
         WHERE v.key LIKE 'void:adjustment:%' AND (p.why IS NOT 'adjustment' \
         OR (SELECT sum(amount) FROM transfers WHERE posting = v.number AND from_part <> 'lapsed' \
             AND NOT (from_kind = 'player' AND to_kind = 'debt')) \
         IS NOT (SELECT sum(amount) FROM transfers WHERE posting = p.number))",
    ),
    (
        "a player who owes and has what never lapses",
        "SELECT owner FROM accounts JOIN lots ON player = owner AND lots.unit = accounts.unit \
         WHERE kind = 'debt' AND balance < 0 AND lapses_at = 9223372036854775807",
    ),
    (
        "chances taken back of what was not voided, or more than were given",
        "SELECT v.key FROM chance_grants AS v LEFT JOIN chance_grants AS g ON g.player = v.player AND g.campaign = v.campaign \
         AND 'void:' || g.key = v.key WHERE v.key LIKE 'void:operator:%' AND (g.voided_at IS NULL OR v.amount + g.amount < 0)",
    ),
    (
        "a void of a hold of which nothing was taken, or of another amount",
        "SELECT v.number FROM postings AS v LEFT JOIN holds AS h ON v.key = 'void:hold:' || h.id AND h.player = v.player \
         WHERE v.key LIKE 'void:hold:%' AND (h.state IS NOT 'taken' \
         OR (SELECT sum(amount) FROM transfers WHERE posting = v.number AND from_part = 'income') IS NOT h.taken)",
    ),
    (
        "something set aside for a hold that is not open, or the other way round",
        "WITH moves AS (SELECT to_owner AS player, t.unit, amount AS change FROM transfers AS t JOIN postings AS p ON p.number = posting \
         WHERE to_kind = 'held' AND key LIKE 'hold:%' UNION ALL \
         SELECT from_owner, t.unit, -amount FROM transfers AS t JOIN postings AS p ON p.number = posting \
         WHERE from_kind = 'held' AND key LIKE 'hold:%'), \
         moved AS (SELECT player, unit, sum(change) AS moved FROM moves GROUP BY 1, 2), \
         open AS (SELECT player, unit, sum(amount) AS open FROM holds WHERE state = 'open' GROUP BY 1, 2) \
         SELECT unit FROM moved FULL JOIN open USING (player, unit) WHERE coalesce(moved, 0) <> coalesce(open, 0)",
    ),
];
