//! The contract's suite on Postgres.

use std::sync::Arc;

use async_trait::async_trait;
use tokio::sync::{Mutex, OnceCell};
use tombola_domain::signature::Signer;
use tombola_servers::Database;
use tombola_store::Store;
use tombola_store::conformance::Backend;
use tombola_store_postgres::{PostgresStore, Settings};

#[derive(Default)]
struct Server {
    database: OnceCell<Database>,
    /// Hosts don't take each other's place here: what was opened before has to end.
    former: Mutex<Option<Arc<PostgresStore>>>,
}

#[async_trait]
impl Backend for Server {
    async fn open(&self) -> Arc<dyn Store> {
        let mut former = self.former.lock().await;
        if let Some(former) = former.take() {
            former.close().await;
        }
        let database = self.database.get_or_init(Database::migrated).await;
        let settings = Settings::new(&database.url()).expect("it is an address").sealed_by(Signer::from_seed(&[1; 32]));
        let store = Arc::new(tombola_store_postgres::open(settings).await.expect("it opens"));
        *former = Some(Arc::clone(&store));
        store
    }
}

tombola_store::conformance!(Server::default());
