//! What machines ask: is it alive, is it ready, how is it doing, what can it do.

use std::sync::{LazyLock, Mutex, PoisonError};

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use tombola_app::Error;
use tombola_domain::causes::Causes;

use crate::problem::Problem;
use crate::router::Shared;
use crate::view::{Freshness, Known, View};

/// Whether the process runs.
#[utoipa::path(get, path = "/healthz", tag = "system", responses((status = 200, description = "It does.")))]
pub(crate) async fn healthz() -> &'static str {
    "ok"
}

/// Whether this host can serve every live campaign.
#[utoipa::path(
    get,
    path = "/readyz",
    tag = "system",
    responses(
        (status = 200, description = "It can."),
        (status = 503, description = "It can't; the problem says why.", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn readyz(State(shared): State<Shared>) -> Result<&'static str, Problem> {
    let ready = shared.app.ready().await;
    shared.readiness.note(&ready);
    ready.map(|()| "ready").map_err(Problem::unlogged)
}

/// What was last answered of it. Anybody may ask at any time, so that only changes are logged.
#[derive(Debug, Default)]
pub(crate) struct Readiness(Mutex<Option<&'static str>>);

impl Readiness {
    fn note(&self, ready: &Result<(), Error>) {
        if !self.changes_to(ready.as_ref().err().map(Error::code)) {
            return;
        }
        match ready {
            Ok(()) => tracing::info!("the host is ready again"),
            Err(error) => {
                tracing::error!(code = error.code(), error = %Causes(error), "the host is not ready");
            }
        }
    }

    /// `code` says why not.
    fn changes_to(&self, code: Option<&'static str>) -> bool {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::replace(&mut *last, code) != code
    }
}

/// Counters and histograms in the Prometheus text format.
#[utoipa::path(get, path = "/metrics", tag = "system", responses((status = 200, body = String)))]
pub(crate) async fn metrics(State(shared): State<Shared>) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], (shared.render_metrics)())
}

/// This API as OpenAPI 3.1.
#[utoipa::path(
    get,
    path = "/openapi.json",
    tag = "system",
    params(("If-None-Match" = Option<String>, Header)),
    responses(
        (status = 200, body = serde_json::Value),
        (status = 304, description = "It is what `If-None-Match` names."),
    ),
)]
pub(crate) async fn open_api(known: Known) -> Response {
    static VIEW: LazyLock<View> = LazyLock::new(|| View::new(Freshness::Description, &crate::router::open_api()));
    known.answer(VIEW.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_changes_of_readiness_are_told() {
        let readiness = Readiness::default();
        let codes = [None, Some("store-full"), Some("store-full"), Some("store-lost"), None, None];
        assert_eq!(codes.map(|code| readiness.changes_to(code)), [false, true, false, true, true, false]);
    }
}
