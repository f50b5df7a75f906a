//! A database whose file is written to by others as well.

use std::sync::Arc;

use async_trait::async_trait;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection, Executor};
use tempfile::TempDir;
use tombola_domain::signature::Signer;
use tombola_store::Store;
use tombola_store::conformance::Backend;
use tombola_store_sqlite::{Settings, SqliteStore};

pub(crate) struct Folder(TempDir);

#[async_trait]
impl Backend for Folder {
    async fn open(&self) -> Arc<dyn Store> {
        Arc::new(self.store().await)
    }

    async fn plant(&self, statements: &'static str) {
        let path = self.0.path().join("tombola.db");
        let options = SqliteConnectOptions::new().filename(path).foreign_keys(false);
        let mut connection = options.connect().await.unwrap();
        let open = "DROP TRIGGER IF EXISTS transfers_are_not_changed; DROP TRIGGER IF EXISTS transfers_are_not_deleted; PRAGMA ignore_check_constraints = ON;";
        connection.execute(open).await.unwrap();
        let changed = connection.execute(statements).await.unwrap();
        assert!(changed.rows_affected() > 0, "{statements}");
        connection.close().await.unwrap();
    }
}

impl Folder {
    pub(crate) fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    pub(crate) async fn store(&self) -> SqliteStore {
        let settings = Settings::new(self.0.path().join("tombola.db")).sealed_by(Signer::from_seed(&[1; 32]));
        tombola_store_sqlite::open(settings).await.unwrap()
    }
}
