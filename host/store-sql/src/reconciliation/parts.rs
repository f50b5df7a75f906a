//! What a pass goes through, in order.

use serde_json::json;
use tombola_store::Result;
use tombola_store::reconciliation::{Compared, Cursor};

use super::holds::{HELD, HOLDS};
use super::loads::LOADS;
use super::players::PLAYERS;
use super::postings::POSTINGS;
use super::scan::{Keys, Scan};
use super::{costs, rebates, tallies};
use crate::db::{self, Connection};
use crate::error::unavailable;
use crate::fields::Fields;

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
}

const PARTS: &[Part] = &[
    Part::Revisions,
    Part::Scan(&DRAWS),
    Part::Scan(&AWARDS),
    Part::Costs,
    Part::Rebates,
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
    Part::Codes,
    Part::Scan(&LOADS),
];

/// Makes one step.
pub(super) async fn step(connection: &mut Connection, at: Cursor) -> Result<Compared> {
    let Some(part) = PARTS.get(at.part) else { return Ok(Compared { rows: 0, findings: Vec::new(), next: None }) };
    match part {
        Part::Revisions => revisions(connection, at).await,
        Part::Scan(scan) => {
            let range = scan.range(connection, &at.after).await?;
            let findings =
                scan.findings(connection, &range, &json!(at.sums.iter().collect::<Vec<_>>()).to_string()).await?;
            Ok(Compared { rows: range.rows, findings, next: Some(go_on(at, range.next)) })
        }
        Part::Costs => {
            let (range, findings) = costs::step(connection, &at.after).await?;
            Ok(Compared { rows: range.rows, findings, next: Some(go_on(at, range.next)) })
        }
        Part::Rebates => {
            let (range, findings) = rebates::step(connection, &at.after).await?;
            Ok(Compared { rows: range.rows, findings, next: Some(go_on(at, range.next)) })
        }
        Part::House => tallies::house(connection, at).await,
        Part::Stock => tallies::stock(connection, at).await,
        Part::Codes => tallies::codes(connection, at).await,
    }
}

/// Behind this key, or with the next part.
pub(super) fn go_on(at: Cursor, next: Option<String>) -> Cursor {
    match next {
        Some(after) => Cursor { after, ..at },
        None => Cursor { part: at.part + 1, after: String::new(), ..at },
    }
}

/// A document is read whole, and may have a megabyte.
const REVISIONS_MAX: u32 = 16;

async fn revisions(connection: &mut Connection, mut at: Cursor) -> Result<Compared> {
    let after = if at.after.is_empty() { r#"["",0]"# } else { &at.after };
    let found = db::query(
        "SELECT campaign || '/' || number AS revision, json_array(campaign, number) AS key,
                iif(document -> 'document' IS NULL, NULL, iif(document -> 'document' -> 'chances' ->> 'granted' IS NOT NULL, 1, 0)) AS counts
         FROM revisions WHERE (campaign, number) > ($1 ->> 0, CAST($1 ->> 1 AS BIGINT)) ORDER BY campaign, number LIMIT $2",
    )
    .bind(after)
    .bind(REVISIONS_MAX)
    .fetch_all(connection)
    .await
    .map_err(unavailable)?;
    let mut next = None;
    for row in &found {
        let fields = Fields { table: "revisions", key: "revision", row };
        if let Some(counts) = fields.get::<Option<i64>>("counts")? {
            at.sums.insert(fields.text("revision")?, counts);
        }
        next = Some(fields.text("key")?);
    }
    let rows = found.len() as u64;
    Ok(Compared {
        rows,
        findings: Vec::new(),
        next: Some(go_on(at, next.filter(|_| rows == u64::from(REVISIONS_MAX)))),
    })
}

const DRAWS: Scan = Scan {
    keys: Keys::Numbers,
    rows: 4_096,
    last: "SELECT count(*) AS rows, CAST(max(key) AS TEXT) AS last
           FROM (SELECT position AS key FROM draws WHERE position > $1 ORDER BY position LIMIT $2) page",
    find: "SELECT 'draw_award' AS comparison, CAST(position AS TEXT) AS subject, player, 0 AS found, 1 AS expected, evidence
           FROM (SELECT d.position, d.player, d.prize, json_object('draw', d.id, 'prize', d.prize, 'amount', d.amount,
                        'award_prize', a.prize, 'award_amount', a.amount) AS evidence,
                        d.prize IS NOT DISTINCT FROM a.prize AND d.amount IS NOT DISTINCT FROM a.amount AS agrees
                 FROM draws d LEFT JOIN awards a USING (position) WHERE d.position > $1 AND d.position <= $2) listed
           WHERE NOT agrees LIMIT $3",
};

const AWARDS: Scan = Scan {
    keys: Keys::Numbers,
    rows: 2_048,
    last: "SELECT count(*) AS rows, CAST(max(key) AS TEXT) AS last
           FROM (SELECT position AS key FROM awards WHERE position > $1 ORDER BY position LIMIT $2) page",
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
        SELECT 'award_code', id, player, 0, 1, json_object('pool', deliver ->> 'codes', 'position', position)
        FROM a WHERE deliver ->> 'codes' IS NOT NULL AND NOT EXISTS (SELECT 1 FROM codes WHERE award = position)
    )
    SELECT * FROM found WHERE subject IS NOT NULL LIMIT $3";

const ORDERS: Scan = Scan {
    keys: Keys::Numbers,
    rows: 2_048,
    last: "SELECT count(*) AS rows, CAST(max(key) AS TEXT) AS last
           FROM (SELECT number AS key FROM orders WHERE number > $1 ORDER BY number LIMIT $2) page",
    find: "WITH o AS MATERIALIZED (
               SELECT o.*, coalesce((SELECT sum(amount) FROM transfers t WHERE t.posting = o.posting AND t.unit = o.unit
                          AND from_owner = player AND from_kind = 'player' AND to_part = 'income'), 0) AS paid,
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
    keys: Keys::Tasks,
    rows: 4_096,
    last: "WITH t AS MATERIALIZED (
               SELECT queue, due, number FROM tasks WHERE (queue, due, number) > ($1 ->> 0, CAST($1 ->> 1 AS BIGINT), CAST($1 ->> 2 AS BIGINT))
               ORDER BY queue, due, number LIMIT $2)
           SELECT count(*) AS rows, (SELECT json_array(queue, due, number) FROM t
                                     ORDER BY queue DESC, due DESC, number DESC LIMIT 1) AS last FROM t",
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
    keys: Keys::Tasks,
    rows: 4_096,
    last: "WITH l AS MATERIALIZED (
               SELECT queue, number FROM dead_letters WHERE (queue, number) > ($1 ->> 0, CAST($1 ->> 2 AS BIGINT)) ORDER BY queue, number LIMIT $2)
           SELECT count(*) AS rows, (SELECT json_array(queue, 0, number) FROM l ORDER BY queue DESC, number DESC LIMIT 1) AS last FROM l",
    find: "SELECT 'dead_letter' AS comparison, queue || '/' || number AS subject, NULL AS player, 0 AS found, 1 AS expected,
                  json_object('state', a.state, 'since', since) AS evidence
           FROM dead_letters l LEFT JOIN awards a ON a.position = number
           WHERE (queue, number) > ($1 ->> 0, CAST($1 ->> 2 AS BIGINT)) AND (queue, number) <= ($2 ->> 0, CAST($2 ->> 2 AS BIGINT))
           AND CASE queue WHEN 'referrals'
               THEN NOT EXISTS (SELECT 1 FROM rebates r WHERE r.position = number AND referrals IS NOT NULL)
               ELSE a.state IS DISTINCT FROM 'failed' END
           LIMIT $3",
};

const ACCOUNTS: Scan = Scan {
    keys: Keys::Texts,
    rows: 256,
    last: "SELECT count(*) AS rows, max(key) AS last
           FROM (SELECT DISTINCT owner AS key FROM accounts WHERE owner > $1 ORDER BY owner LIMIT $2) page",
    find: ACCOUNT_DIFFERENCES,
};

/// Accounts of players. That all of a unit is 0 follows, once those of everybody else hold as well: a transfer takes from one what
/// it gives to the other.
///
/// The statement stands as it is rather than in a common table expression: SQLite pulls such a one up into what reads it, and then
/// holds what was joined from both sides against the wrong columns.
const ACCOUNT_DIFFERENCES: &str = "
    WITH moves AS MATERIALIZED (
        SELECT from_owner AS owner, from_kind AS kind, from_part AS part, unit, -amount AS change, to_kind AS other, lots FROM transfers
        WHERE from_owner > $1 AND from_owner <= $2 AND from_kind IN ('player', 'held', 'debt')
        UNION ALL
        SELECT to_owner, to_kind, to_part, unit, amount, from_kind, lots FROM transfers
        WHERE to_owner > $1 AND to_owner <= $2 AND to_kind IN ('player', 'held', 'debt')
    ),
    sums AS (SELECT owner, kind, part, unit, sum(change) AS expected FROM moves GROUP BY owner, kind, part, unit),
    a AS MATERIALIZED (
        SELECT * FROM accounts WHERE owner > $1 AND owner <= $2 AND kind IN ('player', 'held', 'debt')
    ),
    -- What takes from lots takes from the player it comes from, and what adds to them adds to the one it goes to.
    lot_sums AS (
        SELECT owner AS player, unit, CAST(lot.value ->> 0 AS BIGINT) AS lapses_at, sum(CAST(lot.value ->> 1 AS BIGINT)) AS expected
        FROM moves, json_each(lots) lot
        WHERE kind = 'player' AND CASE WHEN change < 0 THEN CAST(lot.value ->> 1 AS BIGINT) < 0 OR other <> 'player' ELSE CAST(lot.value ->> 1 AS BIGINT) > 0 END
        GROUP BY owner, unit, CAST(lot.value ->> 0 AS BIGINT)
    ),
    l AS MATERIALIZED (SELECT * FROM lots WHERE player > $1 AND player <= $2),
    held AS (SELECT player, unit, sum(\"left\") AS held FROM l GROUP BY player, unit)
    SELECT 'account' AS comparison, kind || '/' || part || '/' || unit AS subject, owner AS player, coalesce(balance, 0) AS found,
           coalesce(expected, 0) AS expected, json_object('unit', unit) AS evidence
    FROM a FULL JOIN sums USING (owner, kind, part, unit) WHERE coalesce(balance, 0) <> coalesce(expected, 0)
    UNION ALL
    SELECT 'lot', unit || '/' || lapses_at, player, coalesce(\"left\", 0), coalesce(expected, 0), json_object('lapses_at', lapses_at)
    FROM l FULL JOIN lot_sums USING (player, unit, lapses_at) WHERE coalesce(\"left\", 0) <> coalesce(expected, 0)
    UNION ALL
    SELECT 'lots', unit, player, coalesce(held, 0), coalesce(balance, 0), json_object('unit', unit)
    FROM held FULL JOIN (SELECT owner AS player, unit, balance FROM a WHERE kind = 'player' AND balance <> 0) listed USING (player, unit)
    WHERE coalesce(held, 0) <> coalesce(balance, 0)
    LIMIT $3";
