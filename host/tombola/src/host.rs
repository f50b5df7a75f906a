//! The whole product, wired: store, sandbox, use cases and both APIs.

use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use axum::Router;
use data_encoding::HEXLOWER;
use tokio::time::timeout;
use tombola_app::admission;
use tombola_app::clock::{Clock, SystemClock};
use tombola_app::courier::Courier;
use tombola_app::entropy::Entropy;
use tombola_app::{App, HostKey, Parts};
use tombola_hot::Hot;
use tombola_jobs::{self as jobs, Deliverer, Reach, Webhooks};
use tombola_sandbox::{CacheKey, CacheSettings, ClassSettings, Sandbox, WorkerSettings};
use tombola_store::Store;
use tombola_store::hosts::Hosts;
use tombola_store_sql::SqlStore;

use crate::config::Storage;
use crate::engine::engine;
use crate::entropy::OsEntropy;
use crate::{Measures, key, private, standard};

/// The subcommand that makes the program a compiling process of the sandbox.
pub(crate) const WORKER_COMMAND: &str = "compile-worker";
/// Bytes of native code that are kept: some thousands of rules.
const NATIVE_CODE_BYTES_MAX: u64 = 512 << 20;
/// How long closing the database may take; what is not carried over into its file by then is found in its log.
const CLOSE_DEADLINE: Duration = Duration::from_secs(10);

/// What a host is made of.
pub struct HostSettings {
    /// Where it keeps what it keeps.
    pub storage: Storage,
    /// Where it lets awards be sent.
    pub reach: Reach,
    /// What it lets in.
    pub admission: admission::Settings,
    /// By which Redis hosts share what they have let in; none where each counts for itself.
    pub redis: Vec<String>,
    /// For how long receipts are kept after their campaign has closed; `None` is for ever.
    pub receipts_kept_for: Option<Duration>,
    /// The program `tombola`, by its absolute path: uploads are compiled by it.
    pub program: PathBuf,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// The source of secrets and salts.
    pub entropy: Arc<dyn Entropy>,
}

impl HostSettings {
    /// With this program and what this machine has.
    pub fn of_this_machine(storage: Storage, reach: Reach, admission: admission::Settings) -> anyhow::Result<Self> {
        let program = std::env::current_exe().context("finding this program")?;
        let (clock, entropy) = (Arc::new(SystemClock), Arc::new(OsEntropy));
        Ok(Self { storage, reach, admission, redis: Vec::new(), receipts_kept_for: None, program, clock, entropy })
    }
}

/// A host that is ready to be asked.
pub struct Host {
    app: Arc<App>,
    store: Arc<SqlStore>,
    deliverer: Deliverer,
}

impl Host {
    /// Opens the database, or makes its file and takes it over from whichever process had it, makes every live campaign ready and
    /// puts the standard rules where they are missing. Needs a Tokio runtime.
    pub async fn open(settings: HostSettings) -> anyhow::Result<Self> {
        let HostSettings { storage, reach, admission, redis, receipts_kept_for, program, clock, entropy } = settings;
        let database = storage.database();
        let epochs = database.latest_epochs().await?;
        let host_key = prepare(&storage, !epochs.is_empty(), &*entropy)?;
        let shared_limits = shared_limits(redis, &host_key, &*entropy)?;
        let sandbox = Sandbox::new(sandbox_settings(&storage, program, &host_key)).context("setting up the sandbox")?;
        // A host with the wrong key must not take the database from the one that has the right key.
        for epoch in epochs {
            host_key.opens(&epoch.commitment, &epoch.sealed).context("opening the epochs")?;
        }
        let store = database.open(host_key.signer(), entropy.number(), Arc::clone(&clock)).await;
        let store = Arc::new(store.context("opening the database")?);
        let webhooks = Arc::new(Webhooks::new(reach));
        let app = App::start(Parts {
            store: Arc::clone(&store) as Arc<dyn Store>,
            rules: Arc::new(sandbox),
            engine_version: engine(),
            courier: Arc::clone(&webhooks) as Arc<dyn Courier>,
            clock,
            entropy,
            host_key,
            admission,
        });
        let app = Arc::new(app.await.context("starting the host")?);
        standard::install(&app).await.context("uploading the standard rules")?;
        App::keep_ready(&app);
        App::keep_current(&app);
        if let Some(shared) = shared_limits {
            App::share_limits(&app, shared);
        }
        App::keep_prepared(&app);
        store.begin_serving().await.context("telling the other hosts")?;
        let parts = jobs::Parts {
            app: Arc::clone(&app),
            store: Arc::clone(&store) as Arc<dyn Store>,
            webhooks,
            receipts_kept_for,
        };
        let deliverer = Deliverer::start(parts);
        tracing::info!(%database, "the host is ready");
        Ok(Self { app, store, deliverer })
    }

    /// All use cases.
    pub fn app(&self) -> &Arc<App> {
        &self.app
    }

    /// Everything that is kept, for what has no use case: tokens are made where the host runs, not over HTTP.
    pub fn store(&self) -> &dyn Store {
        &*self.store
    }

    /// Both APIs.
    pub fn router(&self, measures: &Measures) -> Router {
        let (measures, app) = (measures.clone(), Arc::clone(&self.app));
        let render_metrics = Arc::new(move || measures.render(app.clock().now()));
        tombola_http::router(Arc::clone(&self.app), tombola_http::Settings { render_metrics })
    }

    /// Waits for draws and deliveries under way, within bounds, and closes the database.
    pub async fn close(self) {
        self.app.drain().await;
        self.deliverer.stop().await;
        if timeout(CLOSE_DEADLINE, self.store.close()).await.is_err() {
            tracing::warn!("the database did not close in time; the next start finds the rest in its log");
        }
    }
}

/// Makes the folder and the key where they are missing.
pub(crate) fn prepare(storage: &Storage, is_in_use: bool, entropy: &dyn Entropy) -> anyhow::Result<HostKey> {
    let folder = &storage.data;
    private::make_folder(folder).with_context(|| format!("making the folder {}", folder.display()))?;
    Ok(key::read_or_make(storage, is_in_use, entropy)?)
}

/// Where hosts share what they have let in, which is theirs alone that have the same key.
fn shared_limits(nodes: Vec<String>, key: &HostKey, entropy: &dyn Entropy) -> anyhow::Result<Option<Arc<Hot>>> {
    if nodes.is_empty() {
        return Ok(None);
    }
    let namespace = HEXLOWER.encode(&key.derived("redis")[..8]);
    let hot = Hot::new(tombola_hot::Settings { nodes, namespace, host: entropy.number() });
    hot.map(|hot| Some(Arc::new(hot))).context("admission.redis can't be used")
}

fn sandbox_settings(storage: &Storage, program: PathBuf, key: &HostKey) -> tombola_sandbox::Settings {
    tombola_sandbox::Settings {
        class: ClassSettings::FAST,
        worker: WorkerSettings::new(program, vec![OsString::from(WORKER_COMMAND)]),
        cache: Some(CacheSettings {
            folder: storage.native_code(),
            key: CacheKey::new(key.derived("native-code")),
            bytes_max: NATIVE_CODE_BYTES_MAX,
        }),
    }
}
