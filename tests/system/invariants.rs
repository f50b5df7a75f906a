//! What must hold of a database whatever happened to its server. Read with plain SQL, and with the domain for what receipts
//! say.

mod awards;
mod counts;
mod draws;
mod events;
mod feed;
mod ledger;
mod lists;
mod proofs;
mod record;
mod stock;

use std::path::Path;

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{Connection, SqliteConnection};

pub(crate) use counts::{
    chances_add_up, draws, empty_tables, issued, lapses, lost, no_chance_is_lost, operations, tasks,
};

/// What must not be of the file as a whole; each subject has more.
const NEVER: &[(&str, &str)] = &[
    ("references that lead nowhere", "PRAGMA foreign_key_check"),
    ("damage", "SELECT * FROM pragma_quick_check WHERE quick_check <> 'ok'"),
];

/// Checks a database that no server holds open any more.
pub(crate) async fn check(data: &Path) {
    let mut database = open(data).await;
    let subjects = [
        draws::NEVER,
        awards::NEVER,
        events::NEVER,
        ledger::NEVER,
        stock::NEVER,
        lists::NEVER,
        record::NEVER,
        feed::NEVER,
        NEVER,
    ];
    for (what, query) in subjects.into_iter().flatten() {
        let rows = sqlx::query(*query).fetch_all(&mut database).await.unwrap();
        assert!(rows.is_empty(), "{what}: {} rows", rows.len());
    }
    proofs::check_receipts(&mut database).await;
    proofs::check_seals(&mut database).await;
    proofs::check_epochs(&mut database).await;
}

async fn open(data: &Path) -> SqliteConnection {
    let file = std::fs::read_dir(data)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .find(|path| path.extension().is_some_and(|extension| extension == "db"))
        .expect("the data folder holds one .db file");
    SqliteConnection::connect_with(&SqliteConnectOptions::new().filename(file)).await.unwrap()
}
