//! An app in process, and short words for what tests do with it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use async_trait::async_trait;
use tempfile::TempDir;
use tombola_app::clock::SettableClock;
use tombola_app::courier::Nowhere;
use tombola_app::draw::{DrawAnswer, DrawRequest};
use tombola_app::entropy::SeededEntropy;
use tombola_app::intent::Intent;
use tombola_app::model::{Draw, Scalar};
use tombola_app::publish::{Change, Published};
use tombola_app::{App, Error, HostKey, Parts, Result};
use tombola_domain::digest::Digest;
use tombola_domain::fact::{FactType, Value};
use tombola_domain::series::Count;
use tombola_engine::native::{Configure, Decide, NativeFactory};
use tombola_engine::rule::{
    AdmitError, Decision, Evaluation, FactNeed, Fault, FaultKind, Fuel, Kind, Manifest, Needs, Outcome, Pick,
    PrepareError, Rule, RuleFactory, Unavailable,
};
use tombola_store_sqlite::{Settings, SqliteStore};

/// The whole product, without its shells.
pub(crate) struct House {
    pub(crate) app: App,
    pub(crate) clock: Arc<SettableClock>,
    data: TempDir,
}

const HOST_KEY: HostKey = HostKey::from_bytes([7; 32]);

/// When tests begin: a Monday, half an hour before midnight in Shanghai.
pub(crate) const START: &str = "2026-11-30T23:30:00+08:00";

impl House {
    pub(crate) async fn new() -> Self {
        Self::open(TempDir::new().unwrap(), START).await
    }

    /// The same house after a restart.
    pub(crate) async fn restart(self) -> Self {
        let Self { app, data, .. } = self;
        drop(app);
        Self::open(data, START).await
    }

    async fn open(data: TempDir, now: &str) -> Self {
        let settings = Settings::new(data.path().join("tombola.db")).sealed_by(HOST_KEY.signer());
        let store = tombola_store_sqlite::open(settings).await.unwrap();
        let clock = Arc::new(SettableClock::new(now.parse().unwrap()));
        let app = start(store, &clock).await;
        for manifest in [manifest("gate", "1.0.0"), manifest("gate", "1.1.0")] {
            app.upload(Intent::of("author"), &NativeFactory::component(&manifest)).await.unwrap();
        }
        Self { app, clock, data }
    }

    /// Another host on the same database.
    pub(crate) async fn take_over(&self) -> SqliteStore {
        tombola_store_sqlite::open(Settings::new(self.data.path().join("tombola.db"))).await.unwrap()
    }

    /// Another app on the same database, which leaves it to this one.
    pub(crate) async fn second_app(&self) -> App {
        start(self.beside().await, &self.clock).await
    }

    /// Another app on the same database, with so much room.
    pub(crate) async fn crowded_app(&self, room: &Arc<Room>) -> App {
        let rules = CrowdedFactory { rules: rules(), room: Arc::clone(room) };
        start_with(self.beside().await, &self.clock, Arc::new(rules)).await
    }

    /// Another process beside this host.
    pub(crate) async fn beside(&self) -> SqliteStore {
        tombola_store_sqlite::open_beside(Settings::new(self.data.path().join("tombola.db"))).await.unwrap()
    }

    pub(crate) fn set_clock(&self, now: &str) {
        self.clock.set(now.parse().unwrap());
    }

    pub(crate) async fn publish(&self, document: &str) -> Published {
        self.app.publish(change(&format!("publish {document}")), document).await.unwrap()
    }

    pub(crate) async fn ask(&self, player: &str, key: &str, attributes: &[(&str, Scalar)]) -> Result<DrawAnswer> {
        let attributes: BTreeMap<_, _> =
            attributes.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        self.app.draw(DrawRequest { attributes, ..request(player, key) }).await
    }

    /// Several draws under one key.
    pub(crate) async fn ask_for(&self, player: &str, key: &str, count: u32) -> Result<DrawAnswer> {
        self.app.draw(DrawRequest { count: Some(Count::new(count).unwrap()), ..request(player, key) }).await
    }

    /// Several draws that are made.
    pub(crate) async fn draws(&self, player: &str, key: &str, count: u32) -> Vec<Draw> {
        match self.ask_for(player, key, count).await.unwrap() {
            DrawAnswer::Drawn { draws, replayed: false } => draws.into_iter().collect(),
            other => panic!("{other:?}"),
        }
    }

    /// A draw that is made.
    pub(crate) async fn draw(&self, player: &str, key: &str) -> Draw {
        match self.ask(player, key, &[]).await.unwrap() {
            DrawAnswer::Drawn { draws, replayed: false } if draws.len() == 1 => draws.first,
            other => panic!("{other:?}"),
        }
    }

    /// The code of what a draw is answered instead of being made.
    pub(crate) async fn refusal(&self, player: &str, key: &str) -> String {
        match self.ask(player, key, &[]).await {
            Ok(DrawAnswer::Refused { code, .. }) => code,
            Ok(other) => panic!("{other:?}"),
            Err(error) => error.code().to_owned(),
        }
    }
}

pub(crate) fn request(player: &str, key: &str) -> DrawRequest {
    DrawRequest {
        campaign: "spring".parse().unwrap(),
        player: player.parse().unwrap(),
        key: key.parse().unwrap(),
        attributes: BTreeMap::new(),
        count: None,
    }
}

async fn start(store: SqliteStore, clock: &Arc<SettableClock>) -> App {
    start_with(store, clock, Arc::new(rules())).await
}

async fn start_with(store: SqliteStore, clock: &Arc<SettableClock>, rules: Arc<dyn RuleFactory>) -> App {
    let parts = Parts {
        store: Arc::new(store),
        rules,
        engine_version: "native".to_owned(),
        courier: Arc::new(Nowhere),
        clock: Arc::<SettableClock>::clone(clock),
        entropy: Arc::new(SeededEntropy::new(1)),
        host_key: HOST_KEY,
        admission: tombola_app::admission::Settings::default(),
    };
    App::start(parts).await.unwrap()
}

/// What there is no room for on a host, and how often a rule was to be run.
#[derive(Debug, Default)]
pub(crate) struct Room {
    pub(crate) none_to_prepare: AtomicBool,
    pub(crate) none_to_run: AtomicBool,
    /// Whether rules take more than a thread that serves has for them.
    pub(crate) is_slow: AtomicBool,
    /// The run that may not end yet, by its number.
    pub(crate) held: AtomicUsize,
    pub(crate) runs: AtomicUsize,
}

/// A host on which there is no room for a while.
struct CrowdedFactory {
    rules: NativeFactory,
    room: Arc<Room>,
}

#[async_trait]
impl RuleFactory for CrowdedFactory {
    async fn admit(&self, component: &[u8]) -> std::result::Result<Manifest, AdmitError> {
        self.rules.admit(component).await
    }

    async fn prepare(
        &self,
        digest: Digest,
        component: &[u8],
        kind: Kind,
        config: &serde_json::Value,
    ) -> std::result::Result<Arc<dyn Rule>, PrepareError> {
        if self.room.none_to_prepare.load(Ordering::SeqCst) {
            return Err(Unavailable::Host("no process is free".to_owned()).into());
        }
        let rule = self.rules.prepare(digest, component, kind, config).await?;
        Ok(Arc::new(CrowdedRule { rule, room: Arc::clone(&self.room) }))
    }
}

#[derive(Debug)]
struct CrowdedRule {
    rule: Arc<dyn Rule>,
    room: Arc<Room>,
}

impl Rule for CrowdedRule {
    fn needs(&self) -> &Needs {
        self.rule.needs()
    }

    fn evaluate(&self, facts: &[Value], fuel: Fuel) -> std::result::Result<Evaluation, Unavailable> {
        if self.room.is_slow.load(Ordering::SeqCst) && matches!(fuel, Fuel::Part(_)) {
            return Err(Unavailable::Unfinished);
        }
        let fails = self.room.none_to_run.load(Ordering::SeqCst);
        let number = self.room.runs.fetch_add(1, Ordering::SeqCst) + 1;
        while self.room.held.load(Ordering::SeqCst) == number {
            std::thread::yield_now();
        }
        if fails {
            return Err(Unavailable::Host("no slot is free".to_owned()));
        }
        self.rule.evaluate(facts, fuel)
    }
}

/// What one operator wants, under this key.
pub(crate) fn intent(key: &str) -> Intent {
    Intent {
        actor: "operator".to_owned(),
        identity: Some(Digest::of(b"operator")),
        key: Some(key.parse().unwrap()),
        reason: "for a test".parse().unwrap(),
    }
}

pub(crate) fn change(key: &str) -> Change {
    // Keys are short; documents are not.
    let key = Digest::of(key.as_bytes()).to_string();
    Change { intent: intent(&key), campaign: "spring".parse().unwrap(), expected_live: None }
}

pub(crate) fn code<T: std::fmt::Debug>(result: Result<T>) -> &'static str {
    result.map_err(|error: Error| error.code()).unwrap_err()
}

/// A campaign whose every draw wins points; `more` is added to its fields.
pub(crate) fn campaign(more: &str) -> String {
    format!(
        "campaign: spring\ntitle: Spring\n\
         window: {{opens: 2026-11-30T00:00:00+08:00, closes: 2026-12-31T00:00:00+08:00, timezone: Asia/Shanghai}}\n\
         prizes: [{{id: points, title: Points, stock: unlimited, data: {{icon: star}}, deliver: {{points: 2}}}}]\n\
         pools: {{default: {{points: 1}}}}\n{more}\n"
    )
}

fn manifest(name: &str, version: &str) -> Manifest {
    Manifest {
        name: name.to_owned(),
        version: version.parse().unwrap(),
        summary: "For tests.".to_owned(),
        kinds: vec![Kind::Guard],
        config_schema: None,
    }
}

/// `gate@1` refuses players on the list `banned`; version 1.1.0 says so with another code. Where its config says `broken`, it
/// fails instead.
fn rules() -> NativeFactory {
    let mut factory = NativeFactory::default();
    factory.add(manifest("gate", "1.0.0"), Kind::Guard, gate("banned"));
    factory.add(manifest("gate", "1.1.0"), Kind::Guard, gate("banned-too"));
    factory.add(manifest("streak", "1.0.0"), Kind::Guard, Box::new(|_| Ok(streak())));
    factory
}

fn gate(code: &'static str) -> Configure {
    Box::new(move |config| {
        let is_broken = config.get("broken").is_some();
        let refuse = Outcome::Refuse { code: code.to_owned(), message: "No.".to_owned() };
        let facts = vec![FactNeed { name: "player.lists.banned".to_owned(), expected: FactType::Boolean }];
        let needs = Needs { facts, outcomes: vec![Outcome::Proceed, refuse] };
        let pick = |facts: &[Value]| Pick { outcome: u32::from(facts == [Value::Boolean(true)]), amounts: vec![] };
        let fault = || Fault { kind: FaultKind::Trap, message: "it is broken\n  0: gate::decide".to_owned() };
        let decide = move |facts: &[Value]| if is_broken { Err(fault()) } else { Ok(Decision::Certain(pick(facts))) };
        Ok((needs, Box::new(decide)))
    })
}

/// `streak@1` looks at what a player's earlier draws came to: who won two phones draws from the pool `late`, and who made nine
/// draws is refused.
fn streak() -> (Needs, Decide) {
    let refuse = Outcome::Refuse { code: "enough".to_owned(), message: "Enough.".to_owned() };
    let fact = |name: &str| FactNeed { name: name.to_owned(), expected: FactType::Integer };
    let needs = Needs {
        facts: vec![fact("player.draws.total"), fact("player.wins.phone")],
        outcomes: vec![Outcome::Proceed, Outcome::Choose("late".parse().unwrap()), refuse],
    };
    let decide = |facts: &[Value]| {
        let outcome = match facts {
            [Value::Integer(9..), _] => 2,
            [_, Value::Integer(2..)] => 1,
            _ => 0,
        };
        Ok(Decision::Certain(Pick { outcome, amounts: vec![] }))
    };
    (needs, Box::new(decide))
}

/// The guard of [`rules`], as a document names it.
pub(crate) const GATE: &str = "guards: [{id: gate, rule: gate@1}]";
