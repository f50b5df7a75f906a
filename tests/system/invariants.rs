//! What must hold of a database whatever happened to its server. Read with plain SQL, and with the domain for what receipts
//! say.

use std::collections::HashMap;
use std::path::Path;

use sqlx::sqlite::{SqliteConnectOptions, SqliteRow};
use sqlx::{Connection, Row, SqliteConnection};
use tombola_domain::digest::Digest;
use tombola_domain::draw::Verdict;
use tombola_domain::epoch::Secret;
use tombola_domain::merkle;
use tombola_domain::rebate::{self, Gain};
use tombola_domain::receipt::{Receipt, Terms};
use tombola_domain::signature::{Place, PublicKey, Seal, Signature};

/// Queries that find what must not be.
const NEVER: &[(&str, &str)] = &[
    ("more units issued than there are", "SELECT campaign, prize FROM stock WHERE issued > allotted"),
    (
        "units issued that no draw or order has, or the other way round",
        "SELECT campaign, prize FROM stock WHERE issued <> (SELECT count(*) FROM draws \
         WHERE draws.campaign = stock.campaign AND draws.prize = stock.prize) + (SELECT count(*) FROM award_details AS a \
         WHERE a.campaign = stock.campaign AND a.prize = stock.prize AND rebate IS NOT NULL) + (SELECT count(*) FROM tasks \
         JOIN rebates ON number = rebates.position, json_each(referrals ->> 'prizes') WHERE queue = 'referrals' \
         AND rebates.campaign = stock.campaign AND json_each.value ->> 'prize' = stock.prize) + (SELECT coalesce(sum(quantity), 0) FROM orders \
         WHERE orders.campaign = stock.campaign AND sku = stock.prize AND stocked AND voided_at IS NULL)",
    ),
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
    ("a draw without its receipt", "SELECT id FROM draws WHERE position NOT IN (SELECT position FROM receipts)"),
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
    (
        "postings or transfers with a gap",
        "SELECT 1 WHERE (SELECT count(*) <> coalesce(max(number), 0) FROM postings) \
      OR (SELECT count(*) <> coalesce(max(number), 0) FROM transfers)",
    ),
    (
        "what was given for events, in another number than is counted, or with a gap",
        "SELECT 1 FROM (SELECT player, campaign, count(*) AS given, min(ordinal) AS first, max(ordinal) AS last FROM rebates GROUP BY 1, 2) AS r \
         FULL JOIN (SELECT player, campaign, sum(total) AS counted FROM tallies GROUP BY 1, 2) AS t USING (player, campaign) \
         WHERE given IS NOT counted OR first IS NOT 1 OR last IS NOT given",
    ),
    (
        "an event that a campaign both decided and did not",
        "SELECT event FROM rebates JOIN event_campaigns USING (event, campaign)",
    ),
    (
        "points or chances for an event that nobody gave",
        "SELECT key FROM postings WHERE why = 'reward' AND key LIKE 'rebate:%' AND NOT EXISTS (SELECT 1 FROM rebates JOIN events \
         ON events.number = event WHERE rebates.player = postings.player AND key = 'rebate:' || events.id || ':' || campaign) \
         UNION ALL SELECT key FROM chance_grants AS g WHERE why = 'reward' AND key LIKE 'rebate:%' AND NOT EXISTS (SELECT 1 FROM rebates \
         JOIN events ON events.number = event WHERE rebates.player = g.player AND rebates.campaign = g.campaign \
         AND key = 'rebate:' || events.id || ':' || g.campaign)",
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
         OR v.number IS NOT NULL AND (SELECT sum(amount) FROM transfers WHERE posting = v.number) \
         <> (SELECT sum(amount) FROM transfers WHERE posting = p.number)",
    ),
    (
        "an event of which another part was reversed than its reversals say",
        "SELECT id FROM rebates WHERE reversed <> (SELECT coalesce(sum(amount), 0) FROM reversals AS r JOIN events ON number = r.event \
         WHERE reverses = rebates.event AND r.campaign = rebates.campaign) OR (reversed > 0) <> (reversed_of IS NOT NULL)",
    ),
    (
        "reversals of what never was, or that are reversed",
        "SELECT event FROM reversals WHERE event NOT IN (SELECT number FROM events WHERE reverses IS NOT NULL) \
         UNION ALL SELECT number FROM events WHERE reverses IN (SELECT number FROM events WHERE reverses IS NOT NULL)",
    ),
    (
        "more taken back for an event than was given, or other than its whole once that is reversed",
        "WITH taken AS (SELECT o.player, o.id, r.campaign, p.number FROM events AS e JOIN events AS o ON o.number = e.reverses \
         JOIN reversals AS r ON r.event = e.number JOIN postings AS p ON p.player = e.player AND p.key = 'reversal:' || e.id || ':' || r.campaign), \
         given AS (SELECT b.id, b.reversed = b.reversed_of AS is_whole, \
         (SELECT coalesce(sum(amount), 0) FROM transfers JOIN postings AS p ON p.number = posting \
         WHERE p.player = e.player AND p.key = 'rebate:' || e.id || ':' || b.campaign) AS points, \
         (SELECT coalesce(sum(amount), 0) FROM transfers JOIN taken AS t ON t.number = posting \
         WHERE t.player = e.player AND t.id = e.id AND t.campaign = b.campaign) AS back \
         FROM rebates AS b JOIN events AS e ON e.number = b.event WHERE reversed > 0) \
         SELECT id FROM given WHERE back > points OR is_whole AND back <> points",
    ),
    (
        "a prize of an event that was reversed as a whole and is not voided",
        "SELECT a.id FROM award_details AS a JOIN rebates AS b ON b.id = a.rebate WHERE reversed = reversed_of AND state <> 'voided'",
    ),
    (
        "something for a referrer that is neither handed over nor waits nor was given up",
        "SELECT id FROM rebates WHERE referrals IS NOT NULL AND position NOT IN (SELECT number FROM tasks WHERE queue = 'referrals' \
         UNION ALL SELECT number FROM dead_letters WHERE queue = 'referrals') \
         AND NOT EXISTS (SELECT 1 FROM postings WHERE key = 'referral:' || rebates.id) \
         AND NOT EXISTS (SELECT 1 FROM chance_grants WHERE key = 'referral:' || rebates.id) \
         AND NOT EXISTS (SELECT 1 FROM rebate_awards AS a WHERE a.rebate = rebates.position AND a.player <> rebates.player)",
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
        "something set aside for a hold that is not open, or the other way round",
        "WITH moves AS (SELECT to_owner AS player, t.unit, amount AS change FROM transfers AS t JOIN postings AS p ON p.number = posting \
         WHERE to_kind = 'held' AND key LIKE 'hold:%' UNION ALL \
         SELECT from_owner, t.unit, -amount FROM transfers AS t JOIN postings AS p ON p.number = posting \
         WHERE from_kind = 'held' AND key LIKE 'hold:%'), \
         moved AS (SELECT player, unit, sum(change) AS moved FROM moves GROUP BY 1, 2), \
         open AS (SELECT player, unit, sum(amount) AS open FROM holds WHERE state = 'open' GROUP BY 1, 2) \
         SELECT unit FROM moved FULL JOIN open USING (player, unit) WHERE coalesce(moved, 0) <> coalesce(open, 0)",
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
    (
        "a stock that its changes do not add up to",
        "SELECT campaign, prize FROM stock WHERE allotted <> (SELECT total(change) FROM stock_changes AS c \
         WHERE c.campaign = stock.campaign AND c.prize = stock.prize)",
    ),
    (
        "a change of stock that is not recorded, or the other way round",
        "SELECT 1 WHERE (SELECT count(*) FROM operations WHERE what = 'adjust_stock') \
         <> (SELECT count(*) FROM stock_changes WHERE award IS NULL) - (SELECT count(*) FROM stock)",
    ),
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
    ("references that lead nowhere", "PRAGMA foreign_key_check"),
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
    ("damage", "SELECT * FROM pragma_quick_check WHERE quick_check <> 'ok'"),
];

/// Checks a database that no server holds open any more.
pub(crate) async fn check(data: &Path) {
    let mut database = open(data).await;
    for (what, query) in NEVER {
        let rows = sqlx::query(*query).fetch_all(&mut database).await.unwrap();
        assert!(rows.is_empty(), "{what}: {} rows", rows.len());
    }
    check_receipts(&mut database).await;
    check_seals(&mut database).await;
    check_epochs(&mut database).await;
}

async fn open(data: &Path) -> SqliteConnection {
    let file = std::fs::read_dir(data)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .find(|path| path.extension().is_some_and(|extension| extension == "db"))
        .expect("the data folder holds one .db file");
    SqliteConnection::connect_with(&SqliteConnectOptions::new().filename(file)).await.unwrap()
}

/// Every receipt has the hash that its draw tells, says what its draw says, and holds a stock token that no other has.
async fn check_receipts(database: &mut SqliteConnection) {
    let query =
        "SELECT id, player, campaign, ordinal, prize, amount, receipt, bytes FROM draws JOIN receipts USING (position)";
    let mut tokens = std::collections::HashSet::new();
    for row in sqlx::query(query).fetch_all(&mut *database).await.unwrap() {
        let bytes: Vec<u8> = row.get("bytes");
        let digest: Vec<u8> = row.get("receipt");
        assert_eq!(Receipt::digest(&bytes).as_bytes(), digest.as_slice());
        let receipt = Receipt::decode(&bytes).unwrap();
        assert_eq!(receipt.terms.draw.as_str(), row.get::<&str, _>("id"));
        assert_eq!(receipt.terms.ordinal, row.get::<i64, _>("ordinal").unsigned_abs());
        let granted = receipt.granted();
        assert_eq!(granted.map(|granted| granted.prize.as_str()), row.get::<Option<&str>, _>("prize"));
        assert_eq!(granted.map(|granted| granted.amount), row.get::<Option<i64>, _>("amount"));
        if let Some(Verdict::Granted(Some(token))) = granted.map(|granted| granted.verdict) {
            let prize = granted.unwrap().prize.clone();
            assert!(tokens.insert((receipt.terms.campaign.clone(), prize, token)), "a unit was issued twice");
        }
    }
    for row in sqlx::query("SELECT * FROM rebates").fetch_all(database).await.unwrap() {
        let bytes: Vec<u8> = row.get("bytes");
        assert_eq!(rebate::Receipt::digest(&bytes), digest(&row, "receipt"));
        let receipt = rebate::Receipt::decode(&bytes).unwrap();
        assert_eq!(receipt.terms.ordinal, row.get::<i64, _>("ordinal").unsigned_abs());
        for rewarded in receipt.granted() {
            if let (Gain::Prize(prize), rebate::Verdict::Granted(Some(token))) = (&rewarded.gain, rewarded.verdict) {
                let unit = (receipt.terms.campaign.clone(), prize.clone(), token);
                assert!(tokens.insert(unit), "a unit was issued twice");
            }
        }
    }
}

/// Every seal is signed over the receipts at its positions. That they cover each draw once is in [`NEVER`].
async fn check_seals(database: &mut SqliteConnection) {
    let receipts = sqlx::query("SELECT position, receipt FROM draws UNION ALL SELECT position, receipt FROM rebates")
        .fetch_all(&mut *database)
        .await
        .unwrap();
    let receipts: HashMap<u64, Digest> =
        receipts.iter().map(|row| (row.get::<i64, _>("position").unsigned_abs(), digest(row, "receipt"))).collect();
    for row in sqlx::query("SELECT * FROM seals").fetch_all(database).await.unwrap() {
        let number = |column: &str| row.get::<i64, _>(column).unsigned_abs();
        let place = Place { feed: 0, first: number("first"), size: number("size") };
        let key = PublicKey::try_from(row.get::<&[u8], _>("key")).unwrap();
        let signature = Signature::try_from(row.get::<&[u8], _>("signature")).unwrap();
        let covered: Vec<_> = (place.first..place.first + place.size).map(|position| receipts[&position]).collect();
        assert!(Seal { place, key, signature }.signs(&merkle::root(&covered)), "a seal of others: {place:?}");
    }
}

/// Every receipt names an epoch that there is, and none that had ended before an earlier draw; of an epoch that has ended, its
/// secret gives every seed. What a receipt says of its revision is so.
async fn check_epochs(database: &mut SqliteConnection) {
    let rows = sqlx::query("SELECT number, commitment, began_at, secret FROM epochs");
    let epochs: HashMap<u64, SqliteRow> = rows
        .fetch_all(&mut *database)
        .await
        .unwrap()
        .into_iter()
        .map(|row| (row.get::<i64, _>("number").unsigned_abs(), row))
        .collect();
    let query = "SELECT player, bytes, digest FROM draws JOIN receipts USING (position) \
                 LEFT JOIN revisions ON revisions.campaign = draws.campaign AND number = revision ORDER BY position";
    let mut latest = 0;
    for row in sqlx::query(query).fetch_all(database).await.unwrap() {
        let Terms { campaign, ordinal, seed, epoch, epoch_commitment, revision_digest, .. } =
            Receipt::decode(row.get("bytes")).unwrap().terms;
        assert_eq!(revision_digest, digest(&row, "digest"));
        assert!(epoch >= latest, "a draw of an epoch that had ended: {epoch} after {latest}");
        latest = epoch;
        let epoch = &epochs[&epoch];
        assert!(epoch.get::<Option<i64>, _>("began_at").is_some(), "a draw of an epoch that has not begun");
        assert_eq!(digest(epoch, "commitment"), epoch_commitment);
        if let Some(secret) = epoch.get::<Option<&[u8]>, _>("secret") {
            let secret = Secret::from_bytes(secret.try_into().unwrap());
            assert_eq!(secret.commitment(), epoch_commitment);
            assert_eq!(secret.seed(&campaign, &row.get::<&str, _>("player").parse().unwrap(), ordinal), seed);
        }
    }
}

fn digest(row: &SqliteRow, column: &str) -> Digest {
    Digest::from_bytes(row.get::<&[u8], _>(column).try_into().unwrap())
}

/// How many draws a campaign has.
pub(crate) async fn draws(data: &Path, campaign: &str) -> u64 {
    let query = sqlx::query("SELECT count(*) FROM draws WHERE campaign = ?").bind(campaign);
    query.fetch_one(&mut open(data).await).await.unwrap().get::<i64, _>(0).unsigned_abs()
}

/// How many of an operator's writes were made under a key.
pub(crate) async fn operations(data: &Path, key: &str) -> i64 {
    let query = sqlx::query("SELECT count(*) FROM operations WHERE key = ?").bind(key);
    query.fetch_one(&mut open(data).await).await.unwrap().get(0)
}

/// How many units of a prize are issued.
pub(crate) async fn issued(data: &Path, campaign: &str, prize: &str) -> i64 {
    let query = sqlx::query("SELECT issued FROM stock WHERE campaign = ? AND prize = ?").bind(campaign).bind(prize);
    query.fetch_one(&mut open(data).await).await.unwrap().get(0)
}

/// In a campaign of [`crate::documents::counted`], what a player has left and what they used is what they were given.
pub(crate) async fn no_chance_is_lost(data: &Path, campaign: &str) {
    let query =
        "SELECT count(*) AS players, sum(chances_initial <> ? OR chances_used <> draws OR chances_added <> 0) AS wrong
         FROM participations WHERE campaign = ?";
    let query = sqlx::query(query).bind(crate::documents::GRANTED).bind(campaign);
    let row = query.fetch_one(&mut open(data).await).await.unwrap();
    assert!(row.get::<i64, _>("players") > 0, "somebody took part");
    assert_eq!(row.get::<Option<i64>, _>("wrong"), Some(0), "players whose chances do not add up");
}

/// The same where chances can be won: two each time, once they were delivered.
pub(crate) async fn chances_add_up(data: &Path, campaign: &str) {
    let query = "SELECT count(*) AS players, sum(chances_initial <> ? OR chances_used <> draws OR chances_added <> 2 * ( \
                 SELECT count(*) FROM draws AS d JOIN awards USING (position) WHERE d.player = p.player \
                 AND d.campaign = p.campaign AND deliver ->> 'chances' IS NOT NULL AND state = 'delivered')) AS wrong \
                 FROM participations AS p WHERE campaign = ?";
    let query = sqlx::query(query).bind(crate::documents::GRANTED).bind(campaign);
    let row = query.fetch_one(&mut open(data).await).await.unwrap();
    assert!(row.get::<i64, _>("players") > 0, "somebody took part");
    assert_eq!(row.get::<Option<i64>, _>("wrong"), Some(0), "players whose chances do not add up");
}

/// How many tasks there are to do.
pub(crate) async fn tasks(data: &Path) -> i64 {
    let query = sqlx::query(
        "SELECT (SELECT count(*) FROM tasks) + (SELECT count(*) FROM event_campaigns WHERE due IS NOT NULL)",
    );
    query.fetch_one(&mut open(data).await).await.unwrap().get(0)
}
