//! Draws: each counted once, each series whole.

/// Queries that find what must not be.
pub(super) const NEVER: &[(&str, &str)] = &[
    (
        "ordinals with a gap",
        "SELECT player, campaign FROM draws GROUP BY player, campaign HAVING max(ordinal) <> count(*) OR min(ordinal) <> 1",
    ),
    (
        "a participation that counts other draws than there are",
        "SELECT player, campaign FROM participations AS p WHERE draws <> (SELECT count(*) FROM draws AS d \
         WHERE d.player = p.player AND d.campaign = p.campaign)",
    ),
    (
        "draws of nobody who takes part",
        "SELECT player, campaign FROM draws AS d WHERE NOT EXISTS (SELECT 1 FROM participations AS p \
         WHERE d.player = p.player AND d.campaign = p.campaign)",
    ),
    (
        "a draw without its receipt",
        "SELECT id FROM draws d WHERE position NOT IN (SELECT position FROM receipts)
         AND NOT EXISTS (SELECT 1 FROM dropped_receipts x WHERE x.campaign = d.campaign AND x.position >= d.position)",
    ),
    (
        "a receipt that was dropped and is not counted",
        "SELECT campaign FROM dropped_receipts x WHERE campaign IN (SELECT campaign FROM draws) AND draws <>
         (SELECT count(*) FROM draws d WHERE d.campaign = x.campaign AND position NOT IN (SELECT position FROM receipts))",
    ),
    (
        "wins that no draw made",
        "SELECT player, campaign, prize FROM wins AS w WHERE total <> (SELECT count(*) FROM draws AS d \
         WHERE d.player = w.player AND d.campaign = w.campaign AND d.prize = w.prize) + (SELECT count(*) FROM award_details AS a \
         WHERE a.player = w.player AND a.campaign = w.campaign AND a.prize = w.prize AND rebate IS NOT NULL)",
    ),
    (
        "parts of a series that are missing or stand apart",
        "SELECT key FROM draws GROUP BY player, campaign, key HAVING min(part) <> 0 OR max(part) <> count(*) - 1 \
         OR max(position) - min(position) <> count(*) - 1 OR max(ordinal) - min(ordinal) <> count(*) - 1",
    ),
    (
        "parts of a series in another order than they were drawn in",
        "SELECT a.key FROM draws AS a JOIN draws AS b USING (player, campaign, key) \
         WHERE b.part = a.part + 1 AND (b.position <> a.position + 1 OR b.ordinal <> a.ordinal + 1)",
    ),
    (
        "a series in two batches",
        "SELECT draws.key FROM draws JOIN seals ON first BETWEEN position - part + 1 AND position WHERE part > 0",
    ),
];
