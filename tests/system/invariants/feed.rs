//! The feed, the seals under it, and the epochs: numbered without a gap.

/// Queries that find what must not be.
pub(super) const NEVER: &[(&str, &str)] = &[
    (
        "a feed with a gap",
        "SELECT count(*) FROM (SELECT position FROM draws UNION ALL SELECT position FROM award_changes UNION ALL SELECT position FROM rebates \
         UNION ALL SELECT position FROM rebate_awards UNION ALL SELECT position FROM postings) \
         HAVING count(*) <> coalesce(max(position), 0) OR count(*) <> count(DISTINCT position)",
    ),
    (
        "a feed that ends elsewhere than its committer says",
        "SELECT 1 FROM committer WHERE position <> (SELECT count(*) FROM draws) + (SELECT count(*) FROM award_changes) \
         + (SELECT count(*) FROM rebates) + (SELECT count(*) FROM rebate_awards) + (SELECT count(*) FROM postings)",
    ),
    (
        "draws or rebates that no seal covers, or a seal that covers others",
        "SELECT 1 WHERE (SELECT count(*) FROM draws) + (SELECT count(*) FROM rebates) <> (SELECT coalesce(sum(size), 0) FROM seals) OR EXISTS \
         (SELECT 1 FROM seals AS s WHERE size NOT IN ((SELECT count(*) FROM draws WHERE position >= first AND position < first + size), \
         (SELECT count(*) FROM rebates WHERE position >= first AND position < first + size)) \
          OR EXISTS (SELECT 1 FROM seals AS e WHERE e.first > s.first AND e.first < s.first + s.size))",
    ),
    ("a seal under a key that is not known", "SELECT first FROM seals WHERE key NOT IN (SELECT key FROM signing_keys)"),
    (
        "not one current epoch, or not one announced",
        "SELECT count(*) FROM epochs HAVING count(*) > 0 AND (total(began_at IS NOT NULL AND ended_at IS NULL) <> 1 \
         OR total(began_at IS NULL AND ended_at IS NULL) <> 1)",
    ),
    ("epochs with a gap", "SELECT count(*) FROM epochs HAVING count(*) <> coalesce(max(number), 0)"),
    (
        "epochs that began in another order than they were announced in",
        "SELECT a.number FROM epochs AS a JOIN epochs AS b ON b.number = a.number + 1 \
         WHERE b.began_at IS NOT NULL AND (a.ended_at IS NULL OR a.secret IS NOT NULL AND a.ended_at <> b.began_at)",
    ),
];
