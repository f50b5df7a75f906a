//! Awards, the tasks that deliver them, and the codes that they have.

/// Queries that find what must not be.
pub(super) const NEVER: &[(&str, &str)] = &[
    (
        "a prize without its award, or the other way round",
        "SELECT id FROM draws LEFT JOIN awards USING (position) WHERE (draws.prize IS NULL) <> (awards.prize IS NULL)",
    ),
    (
        "an award that is so far as nothing made it",
        "SELECT position FROM awards AS a WHERE state <> coalesce((SELECT state FROM award_changes AS c \
         WHERE c.award = a.position ORDER BY c.position DESC LIMIT 1), \
         CASE WHEN deliver IS NULL OR deliver ->> 'codes' IS NOT NULL THEN 'delivered' WHEN deliver ->> 'manual' THEN 'to_do' ELSE 'pending' END)",
    ),
    (
        "an award that is pending without a task, or the other way round",
        "SELECT position FROM awards LEFT JOIN tasks ON number = position WHERE (state = 'pending') <> (number IS NOT NULL)",
    ),
    (
        "an award that the host gave up without a dead letter, or the other way round",
        "SELECT position FROM awards LEFT JOIN dead_letters ON number = position \
         WHERE (state = 'failed' AND deliver ->> 'manual' IS NULL) <> (number IS NOT NULL)",
    ),
    ("two tasks of one award", "SELECT number FROM tasks GROUP BY number HAVING count(*) > 1"),
    (
        "a task that waits for another award than it is of",
        "SELECT number FROM tasks JOIN awards ON position = number WHERE queue <> CASE \
         WHEN deliver ->> 'webhook' IS NOT NULL THEN 'webhook/' || (deliver ->> 'webhook') \
         WHEN deliver ->> 'chances' IS NOT NULL THEN 'chances' ELSE 'points' END",
    ),
    (
        "an award that was voided and still has a task or a dead letter",
        "SELECT position FROM awards WHERE state = 'voided' AND position IN (SELECT number FROM tasks UNION ALL SELECT number FROM dead_letters)",
    ),
    (
        "a voided award that gave back what no unit was taken for, or gave back twice",
        "SELECT award FROM stock_changes JOIN awards ON position = award GROUP BY award \
         HAVING count(*) > 1 OR max(change) <> 1 OR max(state) <> 'voided'",
    ),
    (
        "points of a voided award that were not taken back, or of another one that were",
        "SELECT a.id FROM award_details AS a JOIN postings AS p ON p.player = a.player AND p.key = 'award:' || a.id \
         LEFT JOIN postings AS v ON v.player = a.player AND v.key = 'void:award:' || a.id \
         WHERE (a.state = 'voided') <> (v.number IS NOT NULL) \
         OR v.number IS NOT NULL AND (SELECT sum(amount) FROM transfers WHERE posting = v.number AND from_part <> 'lapsed' \
         AND NOT (from_kind = 'player' AND to_kind = 'debt')) <> (SELECT sum(amount) FROM transfers WHERE posting = p.number)",
    ),
    (
        "a code that no award of its pool has, or one that has two",
        "SELECT award FROM codes AS c LEFT JOIN awards ON position = award WHERE award IS NOT NULL GROUP BY award \
         HAVING count(*) <> 1 OR deliver ->> 'codes' IS NOT (SELECT name FROM code_pools WHERE number = c.pool)",
    ),
    (
        "an award of a code that has none",
        "SELECT position FROM awards WHERE deliver ->> 'codes' IS NOT NULL AND NOT EXISTS (SELECT 1 FROM codes WHERE award = position)",
    ),
    (
        "given codes that are not those of the pool's awards",
        "SELECT name FROM code_pools AS p WHERE given <> (SELECT count(*) FROM awards WHERE deliver ->> 'codes' = p.name) \
         OR given <> (SELECT count(*) FROM codes WHERE pool = p.number AND award IS NOT NULL)",
    ),
    (
        "free codes that are not those of the pool's loads",
        "SELECT name FROM code_pools AS p WHERE free <> (SELECT count(*) FROM codes AS c JOIN code_loads AS l ON l.number = c.load \
         WHERE c.pool = p.number AND state = 'current' AND award IS NULL) \
         OR free <> (SELECT total(free) FROM code_loads WHERE pool = p.number)",
    ),
    (
        "a load that counts other codes than it has",
        "SELECT number FROM code_loads AS l WHERE state = 'current' \
         AND free <> (SELECT count(*) FROM codes WHERE load = l.number AND award IS NULL)",
    ),
];
