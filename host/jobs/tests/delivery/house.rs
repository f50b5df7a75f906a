//! An app with a store and a deliverer, and short words for what tests do with them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tempfile::TempDir;
use tombola_app::clock::{Clock, SettableClock};
use tombola_app::courier::Courier;
use tombola_app::destinations::DestinationChange;
use tombola_app::draw::{DrawAnswer, DrawRequest};
use tombola_app::entropy::SeededEntropy;
use tombola_app::intent::Intent;
use tombola_app::model::Limits;
use tombola_app::publish::Change;
use tombola_app::{App, HostKey, Parts};
use tombola_domain::award::State;
use tombola_domain::id::{AwardId, DestinationName};
use tombola_domain::time::Timestamp;
use tombola_engine::native::NativeFactory;
use tombola_jobs::{Deliverer, Reach, Webhooks};
use tombola_store::Store;
use tombola_store_sqlite::{Settings, SqliteStore};

/// How long something may take to happen that has to: a test that waits longer hangs, and fails.
const PATIENCE: Duration = Duration::from_mins(1);
/// A secret that all destinations here have.
pub(crate) const SECRET: &str = "whsec_AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEB";
/// When tests begin.
pub(crate) const START: &str = "2026-12-01T12:00:00Z";

pub(crate) struct House {
    pub(crate) app: Arc<App>,
    pub(crate) store: Arc<SqliteStore>,
    pub(crate) webhooks: Arc<Webhooks>,
    clock: Arc<SettableClock>,
    deliverer: Option<Deliverer>,
    _data: TempDir,
}

impl House {
    /// With nobody delivering yet.
    pub(crate) async fn new() -> Self {
        let data = TempDir::new().unwrap();
        let store = Arc::new(tombola_store_sqlite::open(Settings::new(data.path().join("tombola.db"))).await.unwrap());
        let clock = Arc::new(SettableClock::new(START.parse().unwrap()));
        let plain = ["crm", "bi"].map(|name| name.parse().unwrap()).into();
        let networks = vec!["127.0.0.1/32".parse().unwrap()];
        let webhooks = Arc::new(Webhooks::new(Reach { plain, networks }));
        let parts = Parts {
            store: Arc::clone(&store) as Arc<dyn Store>,
            rules: Arc::new(NativeFactory::default()),
            engine_version: "native".to_owned(),
            courier: Arc::clone(&webhooks) as Arc<dyn Courier>,
            clock: Arc::clone(&clock) as Arc<dyn Clock>,
            entropy: Arc::new(SeededEntropy::new(1)),
            host_key: HostKey::from_bytes([7; 32]),
            admission: tombola_app::admission::Settings::default(),
        };
        let app = Arc::new(App::start(parts).await.unwrap());
        Self { app, store, webhooks, clock, deliverer: None, _data: data }
    }

    pub(crate) fn deliver(&mut self) {
        let (app, store) = (Arc::clone(&self.app), Arc::clone(&self.store) as Arc<dyn Store>);
        self.deliverer = Some(Deliverer::start(tombola_jobs::Parts {
            app,
            store,
            webhooks: Arc::clone(&self.webhooks),
            receipts_kept_for: None,
        }));
    }

    pub(crate) async fn stop(&mut self) {
        self.deliverer.take().unwrap().stop().await;
    }

    pub(crate) async fn put(&self, name: &str, url: &str, limits: Limits) {
        self.put_with(name, url, limits, &[SECRET]).await;
    }

    pub(crate) async fn put_with(&self, name: &str, url: &str, limits: Limits, secrets: &[&str]) {
        let secrets = secrets.iter().map(|secret| secret.parse().unwrap()).collect();
        let change = DestinationChange {
            intent: Intent::of("operator"),
            name: name.parse().unwrap(),
            url: url.to_owned(),
            secrets: Some(secrets),
            limits,
        };
        self.app.put_destination(change).await.unwrap();
    }

    /// A campaign whose every draw wins what is delivered so.
    pub(crate) async fn publish(&self, campaign: &str, deliver: &str) {
        let document = format!(
            "campaign: {campaign}\ntitle: C\nwindow: {{opens: 2020-01-01T00:00:00Z}}\nchances: {{granted: 10000}}\n\
             prizes: [{{id: mug, title: Mug, stock: unlimited, data: {{size: big}}, deliver: {deliver}}}]\n\
             pools: {{default: {{mug: 1}}}}\n"
        );
        let change =
            Change { intent: Intent::of("operator"), campaign: campaign.parse().unwrap(), expected_live: None };
        self.app.publish(change, &document).await.unwrap();
    }

    /// So many draws, each of a player of its own; answers the awards.
    pub(crate) async fn win(&self, campaign: &str, count: usize) -> Vec<AwardId> {
        let mut awards = vec![];
        for number in 0..count {
            let request = DrawRequest {
                campaign: campaign.parse().unwrap(),
                player: format!("player-{number}").parse().unwrap(),
                key: new_key().parse().unwrap(),
                attributes: BTreeMap::new(),
                count: None,
            };
            match self.app.draw(request).await.unwrap() {
                DrawAnswer::Drawn { draws, replayed: false } => awards.push(AwardId::of_draw(&draws.first.id)),
                other => panic!("{other:?}"),
            }
        }
        awards
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.app.clock().now()
    }

    /// Lets the clock go on.
    pub(crate) fn pass(&self, seconds: i64) {
        self.clock.set(Timestamp::from_millis(self.now().as_millis() + seconds * 1_000));
    }

    pub(crate) async fn state(&self, award: &AwardId) -> State {
        self.app.award(award).await.unwrap().award.state
    }

    /// How many of these awards are so far.
    pub(crate) async fn count(&self, awards: &[AwardId], state: State) -> usize {
        let mut count = 0;
        for award in awards {
            count += usize::from(self.state(award).await == state);
        }
        count
    }

    /// Waits until all of them are so far.
    pub(crate) async fn all(&self, awards: &[AwardId], state: State) {
        until(async || self.count(awards, state).await == awards.len()).await;
    }

    /// Lets the clock go on until all of them are delivered.
    pub(crate) async fn all_in_time(&self, awards: &[AwardId]) {
        until(async || {
            self.pass(60);
            self.count(awards, State::Delivered).await == awards.len()
        })
        .await;
    }

    pub(crate) async fn waiting(&self, name: &str) -> u64 {
        self.app.destination(&name.parse::<DestinationName>().unwrap()).await.unwrap().load.waiting
    }
}

fn new_key() -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    format!("key-{}", COUNT.fetch_add(1, Ordering::Relaxed))
}

pub(crate) fn limits(call_ms: u32, calls: u32) -> Limits {
    Limits { connect_ms: 1_000, call_ms, calls }
}

/// Waits until it is so.
pub(crate) async fn until(is_so: impl AsyncFn() -> bool) {
    let waiting = async {
        while !is_so().await {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(PATIENCE, waiting).await.expect("it happens");
}
