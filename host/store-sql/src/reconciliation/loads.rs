//! Free codes of each load, and those that are there.

use super::scan::{Keys, Scan, Walk};

pub(super) const LOADS: Scan = Scan {
    walk: Walk {
        table: "code_loads",
        keys: Keys::Numbers,
        last: "SELECT count(*) AS rows, CAST(max(key) AS TEXT) AS last
               FROM (SELECT number AS key FROM code_loads WHERE number > $1 ORDER BY number LIMIT $2) page",
    },
    // A load may have millions.
    rows: 1,
    find: "SELECT * FROM (
               SELECT 'code_load' AS comparison, name || '/' || l.number AS subject, NULL AS player, l.free AS found,
                      (SELECT count(*) FROM codes WHERE load = l.number AND award IS NULL) AS expected, '{}' AS evidence
               FROM code_loads l JOIN code_pools p ON p.number = l.pool
               WHERE l.number > $1 AND l.number <= $2 AND l.state = 'current') listed
           WHERE found <> expected LIMIT $3",
};
