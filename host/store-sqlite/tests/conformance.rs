//! The contract's suite on SQLite.

use std::sync::Arc;

use async_trait::async_trait;
use tempfile::TempDir;
use tombola_store::Store;
use tombola_store::conformance::Backend;
use tombola_store_sqlite::{Settings, SqliteStore};

struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        Self(TempDir::new().expect("a folder can be made"))
    }
}

#[async_trait]
impl Backend for Folder {
    async fn open(&self) -> Arc<dyn Store> {
        Arc::new(SqliteStore::open(Settings::new(self.0.path().join("tombola.db"))).await.expect("it opens"))
    }
}

tombola_store::conformance!(Folder::new());
