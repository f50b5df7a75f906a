//! The whole product without its shells, set up once and copied for each input.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{self, HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime};
use tombola_app::clock::SettableClock;
use tombola_app::courier::Nowhere;
use tombola_app::entropy::SeededEntropy;
use tombola_app::intent::Intent;
use tombola_app::model::Unit;
use tombola_app::publish::Change;
use tombola_app::tokens::{NewToken, Role, create};
use tombola_app::{App, HostKey, Parts};
use tombola_campaign_tests::{Campaign, Library};
use tombola_store_sqlite::{Settings, SqliteStore};
use tower::ServiceExt;

use crate::answer::Answer;
use crate::request::{Request, requests};

/// When all inputs happen, while the campaigns are open.
const NOW: &str = "2026-06-01T20:00:00+08:00";
/// Nothing that is drawn here is worth a secret.
const HOST_KEY: HostKey = HostKey::from_bytes([7; 32]);
/// For calls of the store on a busy machine; the fuzzer's deadline for an input comes first.
const PATIENCE: Duration = Duration::from_mins(10);
/// The campaign in which a single prize is left, beside a reference campaign that has every rule.
const SPRING: &str = "campaign: spring\ntitle: Spring\n\
    window: {opens: 2026-01-01T00:00:00+08:00, timezone: Asia/Shanghai}\n\
    chances: {total: 100, day: 20, granted: 30}\n\
    prizes: [{id: mug, title: Mug, stock: 2}, {id: points, title: Points, stock: unlimited}]\n\
    pools: {default: {mug: \"1/2\", points: \"1/2\"}}\n\
    trees: {default: {root: a, nodes: {a: {grant: drawn, sold_out: b}, b: {rule: consolation@1, config: {prize: points}}}}}\n\
    skus: [{id: five, title: Five more, chances: 5, price: {unit: coins, amount: 3}, stock: 2}]\n\
    events: {visit: {}}\n\
    rebates: [{id: daily, on: visit, rule: sign-in@1, config: {unit: coins, base: 4}}]\n";
/// The player for whom the token of the role `player` is.
const PLAYER_TOKEN: &[u8] = b"POST /v1/players/alice/tokens client\ncontent-type: application/json\n\n{}";
/// Bytes of an answer that are read.
const ANSWER_BYTES_MAX: usize = 64 << 20;

/// A database with the standard rules, two campaigns, and a token of each role.
pub(crate) struct Template {
    data: TempDir,
    library: Library,
    tokens: BTreeMap<&'static str, String>,
}

/// A host that is there for one input.
pub(crate) struct House {
    router: Router,
    store: Arc<SqliteStore>,
    tokens: BTreeMap<&'static str, String>,
}

impl Template {
    /// The one of this process.
    pub(crate) fn get() -> &'static Self {
        static TEMPLATE: OnceLock<Template> = OnceLock::new();
        TEMPLATE.get_or_init(|| {
            let (data, library) = (TempDir::new().expect("a folder can be made"), Library::native());
            let tokens = runtime().block_on(furnish(data.path(), &library));
            Self { data, library, tokens }
        })
    }

    /// Opens a house like it, and closes it after the visit.
    pub(crate) fn visit(&self, visit: impl AsyncFnOnce(&House)) {
        let data = TempDir::new().expect("a folder can be made");
        fs::copy(database(self.data.path()), database(data.path())).expect("a database can be copied");
        runtime().block_on(async {
            let house = House::open(data.path(), &self.library, self.tokens.clone()).await;
            visit(&house).await;
            house.store.close().await;
        });
    }
}

impl House {
    async fn open(data: &Path, library: &Library, tokens: BTreeMap<&'static str, String>) -> Self {
        let (store, app) = open(data, library, 2).await;
        let render_metrics = Arc::new(String::new);
        let router = tombola_http::router(Arc::new(app), tombola_http::Settings { render_metrics });
        Self { router, store, tokens }
    }

    /// Sends a request with its caller's token, and reads the answer whole.
    pub(crate) async fn send(&self, request: &Request) -> Answer {
        let mut sent = http::Request::new(Body::from(request.body.clone()));
        *sent.method_mut() = request.method.clone();
        *sent.uri_mut() = request.uri.clone();
        *sent.headers_mut() = request.headers.clone();
        let token = self.tokens.get(request.caller.as_str()).unwrap_or(&request.caller);
        if let Some(bearer) = format!("Bearer {token}").parse().ok().filter(|_| token != "nobody") {
            sent.headers_mut().insert(header::AUTHORIZATION, bearer);
        }
        let answer = self.router.clone().oneshot(sent).await.expect("a router always answers");
        let (status, headers) = (answer.status(), answer.headers().clone());
        let body = to_bytes(answer.into_body(), ANSWER_BYTES_MAX).await.expect("an answer can be read");
        Answer { method: request.method.clone(), status, headers, body: body.into() }
    }

    /// What a publisher sees at an address.
    pub(crate) async fn get(&self, address: &str) -> serde_json::Value {
        self.ask(Method::GET, address, HeaderMap::new()).await
    }

    /// What the host finds that disagrees among all that it keeps.
    pub(crate) async fn reconcile(&self) -> serde_json::Value {
        let key = (HeaderName::from_static("idempotency-key"), HeaderValue::from_static("after-all-others"));
        self.ask(Method::POST, "/v1/operator/reconciliation", HeaderMap::from_iter([key])).await
    }

    async fn ask(&self, method: Method, address: &str, headers: HeaderMap) -> serde_json::Value {
        let request = Request {
            method,
            uri: address.parse().expect("addresses here are well-formed"),
            caller: "publisher".to_owned(),
            headers,
            body: Vec::new(),
        };
        let answer = self.send(&request).await;
        assert_eq!(answer.status, StatusCode::OK, "{address}: {}", answer.text());
        answer.json()
    }
}

/// One thread, so that the same input does the same things in the same order as far as can be.
fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().expect("a runtime can be made")
}

fn database(data: &Path) -> std::path::PathBuf {
    data.join("tombola.db")
}

fn clock() -> SettableClock {
    SettableClock::new(NOW.parse().expect("it is a time"))
}

async fn open(data: &Path, library: &Library, entropy: u64) -> (Arc<SqliteStore>, App) {
    let settings = Settings { deadline: PATIENCE, ..Settings::new(database(data)).sealed_by(HOST_KEY.signer()) };
    let store = Arc::new(tombola_store_sqlite::open(settings).await.expect("a database can be opened"));
    let parts = Parts {
        store: Arc::<SqliteStore>::clone(&store),
        rules: library.factory(),
        engine_version: "native".to_owned(),
        courier: Arc::new(Nowhere),
        clock: Arc::new(clock()),
        entropy: Arc::new(SeededEntropy::new(entropy)),
        host_key: HOST_KEY,
        admission: tombola_app::admission::Settings::default(),
    };
    (store, App::start(parts).await.expect("the app starts"))
}

/// Fills the template's database, and answers a token of each role.
async fn furnish(data: &Path, library: &Library) -> BTreeMap<&'static str, String> {
    let (store, app) = open(data, library, 1).await;
    for component in library.components() {
        app.upload(Intent::of("fuzzer"), component).await.expect("native rules can be uploaded");
    }
    let coins = Unit { name: "coins".parse().expect("it is a name"), title: "Coins".to_owned(), lifetime: None };
    app.put_unit(Intent::of("fuzzer"), &coins).await.expect("a unit can be declared");
    for (campaign, document) in [("spring", SPRING), ("every-rule", Campaign::EveryRule.text())] {
        let campaign = campaign.parse().expect("it is a name");
        let change = Change { intent: Intent::of("fuzzer"), campaign, expected_live: None };
        app.publish(change, document).await.expect("the campaigns here can be published");
    }
    let mut tokens = BTreeMap::new();
    for role in [Role::Client, Role::Viewer, Role::Editor, Role::Publisher] {
        let name = role.as_str();
        let new =
            NewToken { name: name.to_owned(), role, campaigns: Vec::new(), expires_at: None, is_successor: false };
        let token = create(&*store, &clock(), app.entropy(), Intent::of("fuzzer"), new).await;
        tokens.insert(name, token.expect("a token can be made"));
    }
    drop(app);
    store.close().await;
    let house = House::open(data, library, tokens).await;
    let player = house.send(&requests(PLAYER_TOKEN)[0]).await.json();
    house.store.close().await;
    let mut tokens = house.tokens;
    tokens.insert("player", player["token"].as_str().expect("a token is a text").to_owned());
    tokens
}
