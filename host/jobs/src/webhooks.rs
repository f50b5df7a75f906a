use std::collections::HashMap;
use std::error::Error;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::header::{CONTENT_TYPE, RETRY_AFTER, USER_AGENT};
use hyper::{Request, Response, Uri};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use rustls::{ClientConfig, RootCertStore};
use tokio::time::{Instant, timeout_at};
use tombola_app::courier::{Breaker, CallError, Courier, Message, Reply};
use tombola_domain::id::DestinationName;
use tombola_store::destinations::Limits;

use crate::addresses::Reach;
use crate::resolver::Resolver;

/// Bytes of a body that are read: the beginning is shown of a test, and with short ones the connection can be used again.
const BODY_BYTES_MAX: usize = 16 << 10;
/// How long a connection is kept that nothing is sent over: less than common receivers keep theirs.
const IDLE: Duration = Duration::from_secs(20);
/// The longest that a receiver may want to be left alone.
const RETRY_AFTER_MAX: Duration = Duration::from_hours(1);
/// Characters of what is told about a call that failed.
const TOLD_CHARS_MAX: usize = 300;

type Http = Client<HttpsConnector<HttpConnector<Resolver>>, Full<Bytes>>;

/// Why there is no TLS.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// Nothing can be sent over TLS with these.
    #[error("the TLS settings can't be used")]
    Settings(#[from] rustls::Error),
}

/// The way to destinations, over HTTP. Each has connections of its own.
pub struct Webhooks {
    reach: Arc<Reach>,
    tls: OnceLock<Arc<ClientConfig>>,
    clients: Mutex<HashMap<DestinationName, (Limits, Http)>>,
    breakers: Mutex<HashMap<DestinationName, Breaker>>,
}

impl Webhooks {
    /// With what the host lets be reached. Whom to trust is the machine's to say: its certificates are read when they are first
    /// needed.
    pub fn new(reach: Reach) -> Self {
        Self { reach: Arc::new(reach), tls: OnceLock::new(), clients: Mutex::default(), breakers: Mutex::default() }
    }

    /// Notes whether calls to a destination are let through.
    pub(crate) fn note(&self, destination: &DestinationName, breaker: Breaker) {
        let mut breakers = self.breakers.lock().unwrap_or_else(PoisonError::into_inner);
        breakers.insert(destination.clone(), breaker);
    }

    fn client(&self, message: &Message) -> Result<Http, CallError> {
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((limits, client)) = clients.get(&message.destination)
            && *limits == message.limits
        {
            return Ok(client.clone());
        }
        let client = self.connect(message.limits).map_err(|error| told(&error))?;
        clients.insert(message.destination.clone(), (message.limits, client.clone()));
        Ok(client)
    }

    fn connect(&self, limits: Limits) -> Result<Http, TlsError> {
        let mut tcp = HttpConnector::new_with_resolver(Resolver(Arc::clone(&self.reach)));
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        tcp.set_connect_timeout(Some(Duration::from_millis(limits.connect_ms.into())));
        let tls = HttpsConnectorBuilder::new().with_tls_config(ClientConfig::clone(self.tls()?));
        let connector = tls.https_or_http().enable_http1().wrap_connector(tcp);
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(IDLE)
            .pool_max_idle_per_host(limits.calls as usize)
            .build(connector);
        Ok(client)
    }

    fn tls(&self) -> Result<&Arc<ClientConfig>, TlsError> {
        if let Some(tls) = self.tls.get() {
            return Ok(tls);
        }
        let mut roots = RootCertStore::empty();
        let found = rustls_native_certs::load_native_certs();
        for error in &found.errors {
            tracing::warn!(%error, "certificates of this machine could not be read");
        }
        let (trusted, _) = roots.add_parsable_certificates(found.certs);
        tracing::info!(trusted, "certificates of this machine are trusted");
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let tls = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
        Ok(self.tls.get_or_init(|| Arc::new(tls.with_root_certificates(roots).with_no_client_auth())))
    }
}

#[async_trait]
impl Courier for Webhooks {
    fn admit(&self, destination: &DestinationName, url: &str) -> Result<(), String> {
        self.reach.admit(destination, url).map(drop)
    }

    /// Redirects are answers like any other: nothing is sent elsewhere.
    async fn send(&self, message: &Message) -> Result<Reply, CallError> {
        // An address that is written as one passes no resolver, and the host may have been told otherwise since it was kept.
        let uri = self.reach.admit(&message.destination, &message.url).map_err(CallError)?;
        let client = self.client(message)?;
        let deadline = Instant::now() + Duration::from_millis(message.limits.call_ms.into());
        let answered = timeout_at(deadline, client.request(request(uri, message)?)).await;
        let late = |_| CallError(format!("no answer came within {} ms", message.limits.call_ms));
        let response = answered.map_err(late)?.map_err(|error| told(&error))?;
        let (status, retry_after) = (response.status().as_u16(), retry_after(&response));
        // The status says all; what follows may break off.
        let mut beginning = Vec::new();
        let _ = timeout_at(deadline, read(response.into_body(), &mut beginning)).await;
        Ok(Reply { status, retry_after, beginning })
    }

    fn breaker(&self, destination: &DestinationName) -> Breaker {
        let breakers = self.breakers.lock().unwrap_or_else(PoisonError::into_inner);
        breakers.get(destination).copied().unwrap_or(Breaker::Closed)
    }
}

fn request(uri: Uri, message: &Message) -> Result<Request<Full<Bytes>>, CallError> {
    Request::post(uri)
        .header(CONTENT_TYPE, "application/json")
        .header(USER_AGENT, concat!("tombola/", env!("CARGO_PKG_VERSION")))
        .header("webhook-id", &message.id)
        .header("webhook-timestamp", message.sent_at.as_seconds())
        .header("webhook-signature", &message.signatures)
        .body(Full::from(message.body.clone()))
        .map_err(|error| told(&error))
}

/// Seconds; a date is taken for nothing said.
fn retry_after(response: &Response<Incoming>) -> Option<Duration> {
    let seconds = response.headers().get(RETRY_AFTER)?.to_str().ok()?.parse().ok()?;
    Some(Duration::from_secs(seconds).min(RETRY_AFTER_MAX))
}

/// Reads the beginning. With a longer body the connection ends.
async fn read(mut body: Incoming, beginning: &mut Vec<u8>) {
    while let Some(Ok(frame)) = body.frame().await {
        let Some(data) = frame.data_ref() else { continue };
        let room = BODY_BYTES_MAX - beginning.len();
        beginning.extend_from_slice(&data[..data.len().min(room)]);
        if data.len() > room {
            break;
        }
    }
}

/// An error with its causes, on one line.
fn told(error: &dyn Error) -> CallError {
    let causes = std::iter::successors(Some(error), |error: &&dyn Error| Error::source(*error));
    let text = causes.map(ToString::to_string).collect::<Vec<_>>().join(": ");
    CallError(text.chars().filter(|letter| !letter.is_control()).take(TOLD_CHARS_MAX).collect())
}
