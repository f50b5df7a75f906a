//! The same product with the standard rules as native code: what a host would do if its rules were trusted.

use std::io::Write;
use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context;
use clap::Args;
use tokio::net::TcpListener;
use tombola::entropy::OsEntropy;
use tombola::{Bounds, Measures, Server};
use tombola_app::clock::SystemClock;
use tombola_app::courier::Courier;
use tombola_app::intent::Intent;
use tombola_app::tokens::{NewToken, Role, create};
use tombola_app::{App, HostKey, Parts};
use tombola_campaign_tests::Library;
use tombola_jobs::{self as jobs, Deliverer, Reach, Webhooks};
use tombola_store::Store;
use tombola_store_sqlite::Settings;

/// The subcommand that serves so.
pub(crate) const COMMAND: &str = "native";

/// The arguments of `tombola demo`, as far as they mean something here.
#[derive(Debug, Args)]
pub(crate) struct Native {
    #[arg(long)]
    port: u16,
    #[arg(long)]
    data: PathBuf,
    /// Always so
    #[arg(long)]
    json: bool,
    /// Nothing is logged
    #[arg(long)]
    log: String,
}

impl Native {
    /// Serves until it is killed.
    pub(crate) fn run(self) -> anyhow::Result<()> {
        // As many threads as the program takes.
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().context("starting threads")?;
        runtime.block_on(self.serve())
    }

    async fn serve(self) -> anyhow::Result<()> {
        let measures = Measures::install()?;
        // Nothing that is drawn here is worth a secret.
        let host_key = HostKey::from_bytes([0; 32]);
        let settings = Settings::new(self.data.join("tombola.db")).sealed_by(host_key.signer());
        let store = tombola_store_sqlite::open(settings).await;
        let store: Arc<dyn Store> = Arc::new(store.context("opening the database")?);
        let (library, webhooks) = (Library::native(), Arc::new(Webhooks::new(Reach::default())));
        let parts = Parts {
            store: Arc::clone(&store),
            rules: library.factory(),
            engine_version: "native".to_owned(),
            courier: Arc::clone(&webhooks) as Arc<dyn Courier>,
            clock: Arc::new(SystemClock),
            entropy: Arc::new(OsEntropy),
            host_key,
            admission: tombola_app::admission::Settings::default(),
        };
        let app = Arc::new(App::start(parts).await.context("starting the host")?);
        for component in library.components() {
            app.upload(Intent::of("bench"), component).await.context("uploading the standard rules")?;
        }
        // What is won is handed over here as well.
        let _deliverer = Deliverer::start(jobs::Parts {
            app: Arc::clone(&app),
            store: Arc::clone(&store),
            webhooks,
            receipts_kept_for: None,
        });
        let client_token = token(&*store, "client", Role::Client).await?;
        let operator_token = token(&*store, "operator", Role::Publisher).await?;
        let upkeep = tokio::spawn(measures.clone().keep_up());
        let shown = Arc::clone(&app);
        let render_metrics = Arc::new(move || measures.render(shown.clock().now()));
        let router = tombola_http::router(app, tombola_http::Settings { render_metrics });
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, self.port)).await.context("listening")?;
        let server = Server::start(listener, router, Bounds::of_this_process()).context("serving")?;
        let url = format!("http://{}", server.address());
        let ready = serde_json::json!({"url": url, "client_token": client_token, "operator_token": operator_token});
        writeln!(std::io::stdout(), "{ready}")?;
        upkeep.await.context("the host ended")
    }
}

async fn token(store: &dyn Store, name: &str, role: Role) -> anyhow::Result<String> {
    let new = NewToken { name: name.to_owned(), role, campaigns: Vec::new(), expires_at: None, is_successor: false };
    create(store, &SystemClock, &OsEntropy, Intent::of("bench"), new).await.context("making a token")
}
