//! What operators did, and what has become so by it.

/// Queries that find what must not be.
pub(super) const NEVER: &[(&str, &str)] = &[
    ("operations with a gap", "SELECT count(*) FROM operations HAVING count(*) <> coalesce(max(number), 0)"),
    (
        "an activation that several operations made",
        "SELECT result ->> 'activation' FROM operations \
         WHERE what IN ('publish', 'rollback', 'rotate_epoch', 'abandon_epochs') \
         OR what IN ('pause', 'resume') AND result ->> 'changed' GROUP BY 1 HAVING count(*) > 1",
    ),
    (
        "an activation that no operation made, or the other way round",
        "SELECT 1 FROM committer WHERE activation <> (SELECT count(*) FROM operations \
         WHERE what IN ('publish', 'rollback', 'rotate_epoch', 'abandon_epochs') \
         OR what IN ('pause', 'resume') AND result ->> 'changed')",
    ),
    (
        "a live revision that the latest publish or rollback did not make so",
        "SELECT name FROM campaigns WHERE live IS NOT (SELECT result ->> 'revision' FROM operations \
         WHERE campaign = name AND what IN ('publish', 'rollback') ORDER BY number DESC LIMIT 1)",
    ),
    (
        "a campaign that is paused though nobody paused it, or the other way round",
        "SELECT name FROM campaigns WHERE paused <> coalesce((SELECT what = 'pause' FROM operations \
         WHERE campaign = name AND what IN ('pause', 'resume') ORDER BY number DESC LIMIT 1), 0)",
    ),
];
