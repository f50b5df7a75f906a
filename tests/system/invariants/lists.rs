//! Lists and their members.

/// Queries that find what must not be.
pub(super) const NEVER: &[(&str, &str)] = &[
    (
        "a list whose members are not current",
        "SELECT name FROM lists LEFT JOIN list_generations USING (generation) WHERE state IS NOT 'current'",
    ),
    (
        "current members of no list",
        "SELECT generation FROM list_generations WHERE state = 'current' \
         AND generation NOT IN (SELECT generation FROM lists)",
    ),
    (
        "a list of another size than it says",
        "SELECT name FROM lists WHERE size <> (SELECT count(*) FROM list_members AS m \
         WHERE m.generation = lists.generation)",
    ),
    (
        "members of a generation that there is not",
        "SELECT generation FROM list_members WHERE generation NOT IN (SELECT generation FROM list_generations)",
    ),
];
