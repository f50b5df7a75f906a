//! What a test expects to be so many, as plain SQL counts it.

use std::path::Path;

use sqlx::{AssertSqlSafe, Row};

use super::open;

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

/// How much of a unit the house has lost.
pub(crate) async fn lost(data: &Path, unit: &str) -> i64 {
    let query = sqlx::query(
        "SELECT coalesce(sum(-balance), 0) FROM accounts WHERE kind = 'house' AND part = 'loss' AND unit = ?",
    );
    query.bind(unit).fetch_one(&mut open(data).await).await.unwrap().get(0)
}

/// How often chances lapsed.
pub(crate) async fn lapses(data: &Path) -> i64 {
    let query = sqlx::query("SELECT count(*) FROM chance_grants WHERE why = 'lapse'");
    query.fetch_one(&mut open(data).await).await.unwrap().get(0)
}

/// How many tasks there are to do.
pub(crate) async fn tasks(data: &Path) -> i64 {
    let query = sqlx::query(
        "SELECT (SELECT count(*) FROM tasks) + (SELECT count(*) FROM event_campaigns WHERE due IS NOT NULL)",
    );
    query.fetch_one(&mut open(data).await).await.unwrap().get(0)
}

/// Tables without a row.
pub(crate) async fn empty_tables(data: &Path) -> Vec<String> {
    let mut database = open(data).await;
    let tables = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'";
    let mut empty = Vec::new();
    for row in sqlx::query(tables).fetch_all(&mut database).await.unwrap() {
        let name: String = row.get(0);
        let first = sqlx::query(AssertSqlSafe(format!("SELECT 1 FROM \"{name}\" LIMIT 1")));
        if first.fetch_optional(&mut database).await.unwrap().is_none() {
            empty.push(name);
        }
    }
    empty
}
