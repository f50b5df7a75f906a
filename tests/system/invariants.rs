//! What must hold of a database whatever happened to its server. Read with plain SQL, and with the domain for what receipts
//! say.

use std::path::Path;

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{Connection, Row, SqliteConnection};
use tombola_domain::draw::Verdict;
use tombola_domain::receipt::Receipt;

/// Queries that find what must not be.
const NEVER: &[(&str, &str)] = &[
    ("more units issued than there are", "SELECT campaign, prize FROM stock WHERE issued > allotted"),
    (
        "units issued that no draw has, or the other way round",
        "SELECT campaign, prize FROM stock WHERE issued <> (SELECT count(*) FROM draws \
         WHERE draws.campaign = stock.campaign AND draws.prize = stock.prize)",
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
        "SELECT 1 WHERE (SELECT count(*) FROM draws) <> (SELECT coalesce(max(position), 0) FROM draws)",
    ),
    (
        "a feed that ends elsewhere than its committer says",
        "SELECT 1 FROM committer WHERE position <> (SELECT count(*) FROM draws)",
    ),
    (
        "draws that no seal covers, or a seal that covers others",
        "SELECT 1 WHERE (SELECT count(*) FROM draws) <> (SELECT coalesce(sum(size), 0) FROM seals) OR EXISTS \
         (SELECT 1 FROM seals AS s WHERE first <> 1 + (SELECT coalesce(sum(size), 0) FROM seals AS e WHERE e.first < s.first))",
    ),
    ("a draw without its receipt", "SELECT id FROM draws WHERE position NOT IN (SELECT position FROM receipts)"),
    (
        "a prize without its award, or the other way round",
        "SELECT id FROM draws LEFT JOIN awards USING (position) WHERE (draws.prize IS NULL) <> (awards.prize IS NULL)",
    ),
    (
        "wins that no draw made",
        "SELECT player, campaign, prize FROM wins AS w WHERE total <> (SELECT count(*) FROM draws AS d \
         WHERE d.player = w.player AND d.campaign = w.campaign AND d.prize = w.prize)",
    ),
];

/// Checks a database that no server holds open any more.
pub(crate) async fn check(data: &Path) {
    let mut database = open(data).await;
    for (what, query) in NEVER {
        let rows = sqlx::query(*query).fetch_all(&mut database).await.unwrap();
        assert!(rows.is_empty(), "{what}: {} rows", rows.len());
    }
    check_receipts(&mut database).await;
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
    for row in sqlx::query(query).fetch_all(database).await.unwrap() {
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
}

/// How many units of a prize are issued.
pub(crate) async fn issued(data: &Path, campaign: &str, prize: &str) -> i64 {
    let query = sqlx::query("SELECT issued FROM stock WHERE campaign = ? AND prize = ?").bind(campaign).bind(prize);
    query.fetch_one(&mut open(data).await).await.unwrap().get(0)
}

/// In a campaign of [`crate::documents::counted`], what a player has left and what they used is what they were given.
pub(crate) async fn no_chance_is_lost(data: &Path, campaign: &str) {
    let query = "SELECT count(*) AS players, sum(chances + draws <> ?) AS wrong FROM participations WHERE campaign = ?";
    let query = sqlx::query(query).bind(crate::documents::GRANTED).bind(campaign);
    let row = query.fetch_one(&mut open(data).await).await.unwrap();
    assert!(row.get::<i64, _>("players") > 0, "somebody took part");
    assert_eq!(row.get::<Option<i64>, _>("wrong"), Some(0), "players whose chances do not add up");
}
