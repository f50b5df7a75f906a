//! What a pass goes through, in order.

use serde_json::json;
use tombola_store::reconciliation::{Compared, Comparison, Cursor};
use tombola_store::{Result, StoreError};

use super::accounts::ACCOUNTS;
use super::holds::{HELD, HOLDS};
use super::levels::LEVELS;
use super::loads::LOADS;
use super::players::PLAYERS;
use super::postings::POSTINGS;
use super::reversals::REVERSALS;
use super::scan::{Keys, Scan, Walk};
use super::{costs, damage, pools, rebates, revisions, stock, tallies};
use crate::db::Connection;

/// A part of everything that is kept.
enum Part {
    /// Which revisions count chances, for who looks at draws.
    Revisions,
    Scan(&'static Scan),
    Costs,
    Rebates,
    House,
    Stock,
    Codes,
    Pools,
}

const PARTS: &[Part] = &[
    Part::Revisions,
    Part::Scan(&DRAWS),
    Part::Scan(&AWARDS),
    Part::Costs,
    Part::Rebates,
    Part::Scan(&REVERSALS),
    Part::Scan(&ORDERS),
    Part::Scan(&HOLDS),
    Part::Scan(&POSTINGS),
    Part::Scan(&TASKS),
    Part::Scan(&LETTERS),
    Part::Scan(&PLAYERS),
    Part::Scan(&ACCOUNTS),
    Part::Scan(&HELD),
    Part::House,
    Part::Stock,
    Part::Scan(&LEVELS),
    Part::Codes,
    Part::Scan(&LOADS),
    Part::Pools,
];

/// Rows of a part that are passed by at most; beyond, something is wrong as a whole, and the rest is not worth as many tries.
const PASSED_MAX: i64 = 64;
/// How many were, among the sums.
const PASSED: &str = "passed";

/// Makes one step. Where something that it would read is damaged it is made of half as many rows, and so on down to the row that is at
/// fault: this is told, and the next step begins behind it.
pub(super) async fn step(connection: &mut Connection, at: Cursor) -> Result<Compared> {
    let Some(part) = PARTS.get(at.part) else { return Ok(Compared { rows: 0, findings: Vec::new(), next: None }) };
    let mut rows = part.rows_max();
    loop {
        match part.step(connection, at.clone(), rows).await {
            Err(error) if error.is_damage() && rows > 1 => rows /= 2,
            Err(error) if error.is_damage() => return part.pass_by(connection, at, &error).await,
            done => return done,
        }
    }
}

impl Part {
    /// How many rows a step looks at.
    const fn rows_max(&self) -> u32 {
        match self {
            Self::Revisions => revisions::ROWS_MAX,
            Self::Scan(scan) => scan.rows,
            Self::Costs => costs::COSTS.rows,
            Self::Rebates => rebates::REBATES.rows,
            Self::House | Self::Stock | Self::Codes | Self::Pools => tallies::ROWS_MAX,
        }
    }

    async fn step(&self, connection: &mut Connection, at: Cursor, rows: u32) -> Result<Compared> {
        let (range, findings) = match self {
            Self::Revisions => return revisions::step(connection, at, rows).await,
            Self::House => return tallies::house(connection, at, rows).await,
            Self::Stock => return stock::step(connection, at, rows).await,
            Self::Codes => return tallies::codes(connection, at, rows).await,
            Self::Pools => return pools::step(connection, at, rows).await,
            Self::Costs => costs::step(connection, &at.after, rows).await?,
            Self::Rebates => rebates::step(connection, &at.after, rows).await?,
            Self::Scan(scan) => {
                let range = scan.range(connection, &at.after, rows).await?;
                let findings = scan.findings(connection, &range, &revisions::spans(&at.sums)).await?;
                (range, findings)
            }
        };
        Ok(Compared { rows: range.rows, findings, next: Some(go_on(at, range.next)) })
    }

    /// The keys that steps go by; those of a stock's tally are of several tables at once.
    const fn walk(&self) -> Option<&Walk> {
        match self {
            Self::Revisions => Some(&revisions::REVISIONS),
            Self::Scan(scan) => Some(&scan.walk),
            Self::Costs => Some(&costs::COSTS.walk),
            Self::Rebates => Some(&rebates::REBATES.walk),
            Self::House => Some(&tallies::TRANSFERS),
            Self::Codes => Some(&tallies::CODES),
            Self::Pools => Some(&pools::OPERATIONS),
            Self::Stock => None,
        }
    }

    /// Tells of the next row, which keeps the rest from being compared, and goes on behind it. Where not even its key can be read, that
    /// is with the next part.
    async fn pass_by(&self, connection: &mut Connection, mut at: Cursor, error: &StoreError) -> Result<Compared> {
        let passed = at.sums.entry(PASSED.to_owned()).or_default();
        *passed += 1;
        let next = match self.walk().filter(|_| *passed <= PASSED_MAX) {
            Some(walk) => match walk.last(connection, &at.after, 1).await {
                Ok((_, next)) => next.map(|key| (walk, key)),
                Err(error) if error.is_damage() => None,
                Err(error) => return Err(error),
            },
            None => None,
        };
        let not_compared = self.not_compared(next.is_some());
        let known = not_compared.map_or(json!({}), |comparison| json!({"not_compared": comparison.as_str()}));
        let evidence = damage::evidence(error, known);
        let (finding, next) = match next {
            Some((walk, key)) => (damage::of_key(walk.table, walk.keys, &key, evidence), Some(key)),
            None => (damage::of_rest(self.table(), &at.after, evidence), None),
        };
        if let Some(prefix) = self.sums() {
            tallies::pass_by(&mut at, prefix, next.is_some());
        }
        if matches!(self, Self::Revisions) {
            revisions::pass_by(&mut at, next.as_deref());
        }
        Ok(Compared { rows: u64::from(next.is_some()), findings: vec![finding], next: Some(go_on(at, next)) })
    }

    /// Before which the sums stand that it adds up.
    const fn sums(&self) -> Option<&'static str> {
        match self {
            Self::House => Some(tallies::HOUSE),
            Self::Stock => Some(stock::STOCK),
            Self::Codes => Some(tallies::GIVEN),
            Self::Pools => Some(pools::RECORDED),
            Self::Revisions | Self::Scan(_) | Self::Costs | Self::Rebates => None,
        }
    }

    /// What is held against nothing any more where a row, or all that is left, is missing in sums. Without a code they are certain up to one.
    const fn not_compared(&self, is_row: bool) -> Option<Comparison> {
        match self {
            Self::House => Some(Comparison::Account),
            Self::Stock => Some(Comparison::Stock),
            Self::Codes if !is_row => Some(Comparison::CodesGiven),
            Self::Pools => Some(Comparison::PoolCount),
            _ => None,
        }
    }

    fn table(&self) -> &'static str {
        self.walk().map_or("stock", |walk| walk.table)
    }
}

/// Behind this key, or with the next part.
pub(super) fn go_on(mut at: Cursor, next: Option<String>) -> Cursor {
    if let Some(after) = next {
        return Cursor { after, ..at };
    }
    at.sums.remove(PASSED);
    Cursor { part: at.part + 1, after: String::new(), ..at }
}

const DRAWS: Scan = Scan {
    walk: Walk {
        table: "draws",
        keys: Keys::Numbers,
        last: "SELECT count(*) AS rows, CAST(max(key) AS TEXT) AS last
               FROM (SELECT position AS key FROM draws WHERE position > $1 ORDER BY position LIMIT $2) page",
    },
    rows: 4_096,
    find: "SELECT * FROM (
           SELECT 'draw_award' AS comparison, CAST(position AS TEXT) AS subject, player, 0 AS found, 1 AS expected, evidence
           FROM (SELECT d.position, d.player, d.prize, json_object('draw', d.id, 'prize', d.prize, 'amount', d.amount,
                        'award_prize', a.prize, 'award_amount', a.amount) AS evidence,
                        d.prize IS NOT DISTINCT FROM a.prize AND d.amount IS NOT DISTINCT FROM a.amount AS agrees
                 FROM draws d LEFT JOIN awards a USING (position) WHERE d.position > $1 AND d.position <= $2) listed
           WHERE NOT agrees
           UNION ALL
           SELECT 'draw_receipt', CAST(position AS TEXT), player, 0, 1, json_object('draw', id)
           FROM draws d WHERE position > $1 AND position <= $2 AND NOT EXISTS (SELECT 1 FROM receipts r WHERE r.position = d.position)
                AND NOT EXISTS (SELECT 1 FROM dropped_receipts x WHERE x.campaign = d.campaign AND x.position >= d.position)
           UNION ALL
           SELECT 'draw_receipt', CAST(position AS TEXT), NULL, 0, 1, json_object('of', 'nothing')
           FROM receipts r WHERE position > $1 AND position <= $2 AND NOT EXISTS (SELECT 1 FROM draws d WHERE d.position = r.position)
           ) listed LIMIT $3",
};

const AWARDS: Scan = Scan {
    walk: Walk {
        table: "awards",
        keys: Keys::Numbers,
        last: "SELECT count(*) AS rows, CAST(max(key) AS TEXT) AS last
               FROM (SELECT position AS key FROM awards WHERE position > $1 ORDER BY position LIMIT $2) page",
    },
    rows: 2_048,
    find: AWARD_DIFFERENCES,
};

/// Where an award should stand follows from its changes, and from how it is delivered where there are none. What an operator said is
/// delivered is at their word. A task that was never tried is found where it was put, a tried one by since when it waits, and any
/// other, of which there should be none, by looking at all of its queue.
const AWARD_DIFFERENCES: &str = "
    WITH a AS MATERIALIZED (
        SELECT d.*, c.state AS changed_to, c.actor, c.position AS changed,
               CASE WHEN deliver ->> 'webhook' IS NOT NULL THEN 'webhook/' || (deliver ->> 'webhook')
                    WHEN deliver ->> 'chances' IS NOT NULL THEN 'chances'
                    WHEN deliver -> 'points' IS NOT NULL THEN 'points' END AS queue,
               coalesce(deliver -> 'points' ->> 'unit', 'points') AS unit,
               min(coalesce(CAST(deliver ->> 'chances' AS BIGINT), CAST(deliver -> 'points' ->> 'each' AS BIGINT), CAST(deliver ->> 'points' AS BIGINT), 0) * amount, 9007199254740991) AS worth,
               coalesce((SELECT r.at FROM award_changes r WHERE r.award = d.position AND r.state = 'pending'
                         ORDER BY r.position DESC LIMIT 1), won_at) AS since
        FROM award_details d
        LEFT JOIN award_changes c ON c.position = (SELECT max(l.position) FROM award_changes l WHERE l.award = d.position)
        WHERE d.position > $1 AND d.position <= $2
    ),
    delivered AS (SELECT * FROM a WHERE state = 'delivered' AND actor IS NULL AND worth > 0),
    found AS (
        SELECT 'draw_award' AS comparison, CAST(position AS TEXT) AS subject, NULL AS player, 0 AS found, 1 AS expected,
               json_object('award_prize', prize, 'of', 'nothing') AS evidence
        FROM a WHERE id IS NULL
        UNION ALL
        SELECT 'award_state', id, player, 0, 1, json_object('state', state, 'latest_change', changed_to)
        FROM a WHERE state <> coalesce(changed_to, CASE WHEN deliver IS NULL OR deliver ->> 'codes' IS NOT NULL THEN 'delivered'
                                                        WHEN CAST(deliver ->> 'manual' AS TEXT) IN ('1', 'true') THEN 'to_do' ELSE 'pending' END)
        UNION ALL
        SELECT 'award_task', id, player, tasks, 1, json_object('queue', queue, 'position', position, 'tasks', tasks)
        FROM (SELECT *, CASE
                  WHEN (SELECT count(*) FROM tasks t WHERE t.queue = a.queue AND t.due = since AND t.number = position)
                     + (SELECT count(*) FROM tasks t WHERE t.queue = a.queue AND t.since = a.since AND t.number = position AND due <> t.since) = 1
                  THEN 1
                  ELSE (SELECT count(*) FROM tasks t WHERE t.queue = a.queue AND t.number = position) END AS tasks
              FROM a WHERE state = 'pending') listed
        WHERE tasks <> 1
        UNION ALL
        SELECT 'award_letter', id, player, 0, 1, json_object('queue', queue, 'position', position)
        FROM a WHERE state = 'failed' AND queue IS NOT NULL
             AND NOT EXISTS (SELECT 1 FROM dead_letters l WHERE l.queue = a.queue AND l.number = position)
        UNION ALL
        SELECT 'award_points', id, player, posted, worth, json_object('unit', unit, 'position', position, 'delivered_at_change', changed)
        FROM (SELECT *, coalesce((SELECT sum(t.amount) FROM postings p JOIN transfers t ON t.posting = p.number
                  WHERE p.player = delivered.player AND p.key = 'award:' || delivered.id AND t.unit = delivered.unit
                  AND t.to_owner = delivered.player AND t.to_kind IN ('player', 'debt')), 0) AS posted
              FROM delivered WHERE queue = 'points') listed
        WHERE posted <> worth
        UNION ALL
        SELECT 'award_chances', id, player, added, worth, json_object('campaign', campaign, 'position', position, 'delivered_at_change', changed)
        FROM (SELECT *, coalesce((SELECT g.amount FROM chance_grants g WHERE g.player = delivered.player
                  AND g.campaign = delivered.campaign AND g.key = 'award:' || delivered.id), 0) AS added
              FROM delivered WHERE queue = 'chances') listed
        WHERE added <> worth
        UNION ALL
        SELECT 'award_points', id, player, posted, 0, json_object('position', position, 'delivered_by', deliver)
        FROM (SELECT *, coalesce((SELECT sum(t.amount) FROM postings p JOIN transfers t ON t.posting = p.number
                  WHERE p.player = a.player AND p.key = 'award:' || a.id AND t.to_owner = a.player AND t.to_kind IN ('player', 'debt')), 0) AS posted
              FROM a WHERE queue IS DISTINCT FROM 'points') listed
        WHERE posted <> 0
        UNION ALL
        SELECT 'award_chances', id, player, added, 0, json_object('position', position, 'delivered_by', deliver)
        FROM (SELECT *, coalesce((SELECT g.amount FROM chance_grants g WHERE g.player = a.player
                  AND g.campaign = a.campaign AND g.key = 'award:' || a.id), 0) AS added
              FROM a WHERE queue IS DISTINCT FROM 'chances') listed
        WHERE added <> 0
        UNION ALL
        SELECT 'award_code', id, player, 0, 1, json_object('pool', deliver ->> 'codes', 'position', position)
        FROM a WHERE deliver ->> 'codes' IS NOT NULL AND NOT EXISTS (SELECT 1 FROM codes WHERE award = position)
    )
    SELECT * FROM found WHERE subject IS NOT NULL LIMIT $3";

const ORDERS: Scan = Scan {
    walk: Walk {
        table: "orders",
        keys: Keys::Numbers,
        last: "SELECT count(*) AS rows, CAST(max(key) AS TEXT) AS last
               FROM (SELECT number AS key FROM orders WHERE number > $1 ORDER BY number LIMIT $2) page",
    },
    rows: 2_048,
    find: "WITH o AS MATERIALIZED (
               SELECT o.*, coalesce((SELECT sum(amount) FROM postings p JOIN transfers t ON t.posting = p.number
                          WHERE p.number = o.posting AND p.player = o.player AND p.key = 'order:' || o.id AND t.unit = o.unit
                          AND from_owner = o.player AND from_kind = 'player' AND to_part = 'income'), 0) AS paid,
                      coalesce((SELECT amount FROM chance_grants g WHERE g.player = o.player AND g.campaign = o.campaign
                          AND g.key = 'order:' || o.id), 0) AS added,
                      coalesce((SELECT sum(amount) FROM postings p JOIN transfers t ON t.posting = p.number
                          WHERE p.player = o.player AND p.key = 'void:order:' || o.id AND t.unit = o.unit
                          AND to_owner = o.player AND from_part = 'income'), 0) AS back
               FROM orders o WHERE number > $1 AND number <= $2)
           SELECT * FROM (
               SELECT 'order_price' AS comparison, id AS subject, player, paid AS found, price AS expected,
                      json_object('unit', unit, 'posting', posting) AS evidence FROM o WHERE paid <> price
               UNION ALL
               SELECT 'order_chances', id, player, added, chances, json_object('campaign', campaign) FROM o WHERE added <> chances
               UNION ALL
               SELECT 'order_void', id, player, back, iif(voided_at IS NULL, 0, price), json_object('unit', unit, 'voided_at', voided_at)
               FROM o WHERE back <> iif(voided_at IS NULL, 0, price)) listed
           LIMIT $3",
};

const TASKS: Scan = Scan {
    walk: Walk {
        table: "tasks",
        keys: Keys::Tasks,
        last: "WITH t AS MATERIALIZED (
                   SELECT queue, due, number FROM tasks WHERE (queue, due, number) > ($1 ->> 0, CAST($1 ->> 1 AS BIGINT), CAST($1 ->> 2 AS BIGINT))
                   ORDER BY queue, due, number LIMIT $2)
               SELECT count(*) AS rows, (SELECT json_array(queue, due, number) FROM t
                                         ORDER BY queue DESC, due DESC, number DESC LIMIT 1) AS last FROM t",
    },
    rows: 4_096,
    find: "SELECT 'task' AS comparison, t.queue || '/' || number AS subject, NULL AS player, 0 AS found, 1 AS expected,
                  json_object('state', a.state, 'since', since) AS evidence
           FROM tasks t LEFT JOIN awards a ON a.position = number
           WHERE (t.queue, due, number) > ($1 ->> 0, CAST($1 ->> 1 AS BIGINT), CAST($1 ->> 2 AS BIGINT))
             AND (t.queue, due, number) <= ($2 ->> 0, CAST($2 ->> 1 AS BIGINT), CAST($2 ->> 2 AS BIGINT))
           AND CASE t.queue WHEN 'referrals'
               THEN NOT EXISTS (SELECT 1 FROM rebates r WHERE r.position = number AND referrals IS NOT NULL)
               ELSE a.state IS DISTINCT FROM 'pending' OR t.queue IS DISTINCT FROM CASE
                   WHEN deliver ->> 'webhook' IS NOT NULL THEN 'webhook/' || (deliver ->> 'webhook')
                   WHEN deliver ->> 'chances' IS NOT NULL THEN 'chances'
                   WHEN deliver -> 'points' IS NOT NULL THEN 'points' END END
           LIMIT $3",
};

const LETTERS: Scan = Scan {
    walk: Walk {
        table: "dead_letters",
        keys: Keys::Tasks,
        last: "WITH l AS MATERIALIZED (
                   SELECT queue, number FROM dead_letters WHERE (queue, number) > ($1 ->> 0, CAST($1 ->> 2 AS BIGINT)) ORDER BY queue, number LIMIT $2)
               SELECT count(*) AS rows, (SELECT json_array(queue, 0, number) FROM l ORDER BY queue DESC, number DESC LIMIT 1) AS last FROM l",
    },
    rows: 4_096,
    find: "SELECT 'dead_letter' AS comparison, queue || '/' || number AS subject, NULL AS player, 0 AS found, 1 AS expected,
                  json_object('state', a.state, 'since', since) AS evidence
           FROM dead_letters l LEFT JOIN awards a ON a.position = number
           WHERE (queue, number) > ($1 ->> 0, CAST($1 ->> 2 AS BIGINT)) AND (queue, number) <= ($2 ->> 0, CAST($2 ->> 2 AS BIGINT))
           AND CASE queue WHEN 'referrals'
               THEN NOT EXISTS (SELECT 1 FROM rebates r WHERE r.position = number AND referrals IS NOT NULL)
               ELSE a.state IS DISTINCT FROM 'failed' END
           LIMIT $3",
};
