//! The contract's suite on SQLite.

use std::sync::Arc;

use async_trait::async_trait;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Executor};
use tempfile::TempDir;
use tombola_domain::signature::Signer;
use tombola_store::Store;
use tombola_store::conformance::Backend;
use tombola_store_sqlite::Settings;

struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        Self(TempDir::new().expect("a folder can be made"))
    }
}

#[async_trait]
impl Backend for Folder {
    async fn open(&self) -> Arc<dyn Store> {
        let settings = Settings::new(self.0.path().join("tombola.db")).sealed_by(Signer::from_seed(&[1; 32]));
        Arc::new(tombola_store_sqlite::open(settings).await.expect("it opens"))
    }

    async fn plant(&self, statements: &'static str) {
        let options = SqliteConnectOptions::new().filename(self.0.path().join("tombola.db")).foreign_keys(false);
        let mut connection = options.connect().await.expect("it is there");
        let open = "DROP TRIGGER IF EXISTS transfers_are_not_changed; DROP TRIGGER IF EXISTS transfers_are_not_deleted";
        connection.execute(open).await.expect("it is the file's owner's");
        connection.execute(statements).await.expect("it can be planted");
    }
}

tombola_store::conformance!(Folder::new());

/// After thousands of commits, refusals and restocks, what hangs together still does.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tables_agree_with_each_other() {
    let folder = Folder::new();
    tombola_store::conformance::model::random_commits_do_what_the_model_does(&folder).await;
    let path = folder.0.path().join("tombola.db");
    let mut connection = SqliteConnectOptions::new().filename(path).connect().await.unwrap();
    for (left, right) in [
        ("SELECT count(*) FROM postings", "SELECT count(*) FROM awards WHERE deliver IS NOT NULL"),
        ("SELECT count(*) FROM award_changes", "SELECT count(*) FROM postings"),
        ("SELECT position FROM committer", "SELECT count(*) + 2 * (SELECT count(*) FROM postings) FROM draws"),
        ("SELECT count(*) FROM tasks", "SELECT count(*) FROM awards WHERE state = 'pending'"),
        ("SELECT count(*) FROM receipts", "SELECT count(*) FROM draws"),
        ("SELECT sum(size) FROM seals", "SELECT count(*) FROM draws"),
        ("SELECT count(*) FROM disclosures", "SELECT count(*) FROM draws"),
        ("SELECT sum(draws) FROM participations", "SELECT count(*) FROM draws"),
        ("SELECT count(*) FROM awards", "SELECT count(prize) FROM draws"),
        ("SELECT sum(total) FROM wins", "SELECT count(*) FROM awards"),
        ("SELECT sum(issued) FROM stock", "SELECT count(*) FROM awards"),
        ("SELECT sum(allotted) FROM stock", "SELECT sum(change) FROM stock_changes"),
        ("SELECT 0", "SELECT count(*) FROM pragma_foreign_key_check"),
    ] {
        let ask = format!("SELECT ({left}), ({right})");
        let (one, other): (i64, i64) = sqlx::query_as(AssertSqlSafe(ask)).fetch_one(&mut connection).await.unwrap();
        assert_eq!(one, other, "{left}; {right}");
    }
}
