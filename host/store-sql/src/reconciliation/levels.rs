//! How many units each stock has, and the changes that made it so many; and whether it is said to be sold out.

use super::scan::{Keys, Scan, Walk};

pub(super) const LEVELS: Scan = Scan {
    walk: Walk {
        table: "stock",
        keys: Keys::Campaigns,
        last: "SELECT count(*) AS rows, max(key) AS last
               FROM (SELECT DISTINCT campaign AS key FROM stock WHERE campaign > $1 ORDER BY campaign LIMIT $2) page",
    },
    // Of one campaign there may be a change for each award that was voided.
    rows: 1,
    // The opening stock is the first change. Who takes what is left finds out only by the next attempt that nothing is.
    find: "SELECT * FROM (
               SELECT 'stock_allotted' AS comparison, campaign || '/' || prize AS subject, NULL AS player, allotted AS found,
                      (SELECT coalesce(sum(change), 0) FROM stock_changes c WHERE c.campaign = s.campaign AND c.prize = s.prize) AS expected,
                      '{}' AS evidence
               FROM stock s WHERE campaign > $1 AND campaign <= $2
               UNION ALL
               SELECT 'sold_out', campaign || '/' || prize, NULL, allotted - issued, 0, json_object('allotted', allotted, 'issued', issued)
               FROM stock WHERE campaign > $1 AND campaign <= $2 AND sold_out = 1) listed
           WHERE found <> expected LIMIT $3",
};
