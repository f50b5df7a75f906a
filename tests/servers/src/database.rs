use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

use sqlx::migrate::Migrator;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgPoolOptions};
use sqlx::{AssertSqlSafe, ConnectOptions};
use tokio::runtime;

use crate::cluster::{Cluster, finish, programs};
use crate::shared::SHARED;

/// Every step from an empty database to the store's.
static MIGRATIONS: Migrator = sqlx::migrate!("../../host/store-postgres/migrations");

/// What whoever makes a template asks for, so that nobody else does.
const LOCK: i64 = 1;

/// A database of a test's own on the shared server. It is gone when this is dropped.
#[derive(Debug)]
pub struct Database {
    name: String,
}

impl Database {
    /// One with all tables of the store in Postgres. They are made once, and then copied.
    pub async fn migrated() -> Self {
        Self { name: create_migrated(&SHARED.cluster).await }
    }

    /// An empty one.
    pub async fn empty() -> Self {
        let cluster = &SHARED.cluster;
        Self { name: create(&mut connect(cluster, "postgres").await, "template0").await }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its address.
    pub fn url(&self) -> String {
        SHARED.cluster.url(&self.name)
    }

    /// Where its server listens.
    pub fn socket(&self) -> PathBuf {
        SHARED.cluster.socket()
    }

    /// Writes it to a file, as operators do.
    pub fn dump(&self, file: &Path) {
        finish(Command::new(programs().join("pg_dump")).args(["--format=custom", "--file"]).arg(file).arg(self.url()));
    }

    /// Reads into it, which is empty, what was written to a file.
    pub fn restore(&self, file: &Path) {
        let mut restore = Command::new(programs().join("pg_restore"));
        finish(restore.args(["--exit-on-error", "--dbname", &self.url()]).arg(file));
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let name = std::mem::take(&mut self.name);
        // On a thread of its own, since this one may be driving the test's own runtime.
        let dropped = std::thread::spawn(move || {
            let runtime = runtime::Builder::new_current_thread().enable_all().build().expect("a runtime can be made");
            runtime.block_on(remove(&SHARED.cluster, &name));
        });
        // A test that has failed need not hear of this as well.
        let _ = dropped.join();
    }
}

/// A new database with all tables, on a server that may have some already; its name.
pub(crate) async fn create_migrated(cluster: &Cluster) -> String {
    // Another program may bring other tables, and shares the server.
    let sums = MIGRATIONS.iter().flat_map(|step| step.checksum.iter());
    let sum = sums.fold(0_u64, |sum, byte| sum.wrapping_mul(31).wrapping_add((*byte).into()));
    let template = format!("tables-{sum:016x}");
    let mut server = connect(cluster, "postgres").await;
    run(&mut server, format!("SELECT pg_advisory_lock({LOCK})")).await;
    let known = "SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)";
    let known = sqlx::query_scalar::<_, bool>(known).bind(&template).fetch_one(&mut server).await;
    if !known.expect("the server answers") {
        make_template(cluster, &mut server, &template).await;
    }
    run(&mut server, format!("SELECT pg_advisory_unlock({LOCK})")).await;
    create(&mut server, &template).await
}

/// It gets its name once it is whole.
async fn make_template(cluster: &Cluster, server: &mut PgConnection, template: &str) {
    let partial = format!("{template}-partial");
    run(server, format!("DROP DATABASE IF EXISTS \"{partial}\" WITH (FORCE)")).await;
    run(server, format!("CREATE DATABASE \"{partial}\"")).await;
    run(&mut connect(cluster, &partial).await, "CREATE SCHEMA tombola".to_owned()).await;
    migrate(cluster, &partial).await;
    run(server, format!("ALTER DATABASE \"{partial}\" RENAME TO \"{template}\"")).await;
}

/// Whoever uses it is hung up on.
pub(crate) async fn remove(cluster: &Cluster, name: &str) {
    run(&mut connect(cluster, "postgres").await, format!("DROP DATABASE \"{name}\" WITH (FORCE)")).await;
}

async fn create(server: &mut PgConnection, template: &str) -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let name = format!("test-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
    // Whoever had this number before may have been killed.
    run(server, format!("DROP DATABASE IF EXISTS \"{name}\" WITH (FORCE)")).await;
    run(server, format!("CREATE DATABASE \"{name}\" TEMPLATE \"{template}\"")).await;
    name
}

/// A future of the driver's. Boxed, since the compiler can't see through its own type that it may move between threads.
type Boxed<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// Through a pool of one, for the same reason.
fn migrate(cluster: &Cluster, database: &str) -> Boxed<()> {
    let options = options(cluster, database).options([("search_path", "tombola")]);
    let pool = PgPoolOptions::new().max_connections(1).connect_lazy_with(options);
    Box::pin(async move {
        MIGRATIONS.run(&pool).await.expect("the steps can be taken");
        pool.close().await;
    })
}

fn connect(cluster: &Cluster, database: &str) -> Boxed<PgConnection> {
    let options = options(cluster, database);
    Box::pin(async move { options.connect().await.expect("the server is there") })
}

fn options(cluster: &Cluster, database: &str) -> PgConnectOptions {
    cluster.url(database).parse().expect("it is an address")
}

async fn run(server: &mut PgConnection, sql: String) {
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(server).await.expect("the server does it");
}
