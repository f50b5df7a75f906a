//! The calls of an operator that the benchmarks make.

use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::{Context, bail, ensure};
use serde_json::Value;
use tombola_load::requests::Call;
use tombola_load::{Connection, Host, Target};

/// An operator of a host, and a client for single draws.
pub(crate) struct Operator {
    target: Target,
    operator_token: String,
    client_token: String,
}

/// Calls of this process so far: what makes each key, and each player of a single draw, a new one.
static CALLS: AtomicU64 = AtomicU64::new(0);

impl Operator {
    pub(crate) fn of(host: &Host) -> Self {
        let (operator_token, client_token) = (host.operator_token().to_owned(), host.client_token().to_owned());
        Self { target: host.target(), operator_token, client_token }
    }

    /// Publishes a document and answers the revision's number.
    pub(crate) async fn publish(&self, campaign: &str, document: &str) -> anyhow::Result<u64> {
        let path = format!("/v1/operator/campaigns/{campaign}/revisions");
        let published = self.call("POST", &path, "application/yaml", document.as_bytes()).await?;
        published["revision"].as_u64().context("a published revision has a number")
    }

    pub(crate) async fn upload(&self, component: &[u8]) -> anyhow::Result<()> {
        self.call("POST", "/v1/operator/modules", "application/wasm", component).await.map(drop)
    }

    /// Makes a list with one member.
    pub(crate) async fn make_list(&self, list: &str) -> anyhow::Result<()> {
        let path = format!("/v1/operator/lists/{list}");
        self.call("PUT", &path, "application/json", br#"{"add": ["nobody"]}"#).await.map(drop)
    }

    /// Draws once and answers the revision that it ran on.
    pub(crate) async fn draw(&self, campaign: &str) -> anyhow::Result<u64> {
        let path = format!("/v1/campaigns/{campaign}/draws");
        let body = format!(r#"{{"player": "single-{}"}}"#, CALLS.load(Ordering::Relaxed));
        let drawn = self.call("POST", &path, "application/json", body.as_bytes()).await?;
        drawn["revision"].as_u64().context("a draw names its revision")
    }

    /// The public key with which the host signs.
    pub(crate) async fn signing_key(&self) -> anyhow::Result<String> {
        let keys = self.call("GET", "/v1/keys", "application/json", b"").await?;
        keys["items"][0]["key"].as_str().map(str::to_owned).context("a host that has drawn has a key")
    }

    /// Has the host compare all that it keeps twice, and answers how many rows it went through.
    pub(crate) async fn reconcile(&self) -> anyhow::Result<u64> {
        let pass = self.call("POST", "/v1/operator/reconciliation", "application/json", b"").await?;
        ensure!(pass["found"] == 0, "a host that only works finds nothing: {pass}");
        pass["rows"].as_u64().context("a pass counts its rows")
    }

    async fn call(&self, method: &str, path: &str, media_type: &str, body: &[u8]) -> anyhow::Result<Value> {
        let key = format!("call-{}", CALLS.fetch_add(1, Ordering::Relaxed));
        let token = if path.starts_with("/v1/operator/") { &self.operator_token } else { &self.client_token };
        let mut bytes = Vec::new();
        Call { method, path, token, key: &key, media_type, body }.write(&mut bytes);
        // A connection of its own: one that is idle during a load is hung up on.
        let mut connection = Connection::open(self.target).await.context("connecting to the host")?;
        let response = connection.call(&bytes).await.with_context(|| format!("{method} {path}"))?;
        if !(200..300).contains(&response.status) {
            bail!("{method} {path}: {} {}", response.status, String::from_utf8_lossy(response.body));
        }
        serde_json::from_slice(response.body).context("an answer is JSON")
    }
}
