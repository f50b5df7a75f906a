use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use crate::caller::Viewer;
use crate::problem::Problem;
use crate::router::Shared;

/// A host.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Host {
    /// Its number, which no other host ever has.
    number: u64,
    /// Where it runs: the machine's name and the process's number.
    name: String,
    /// `starting`, `serving`, `ended`, or `fenced`: found dead or late, so that it can commit nothing any more.
    state: &'static str,
    /// The latest activation that it has taken up.
    activation: u64,
    /// When it last gave a sign of life, by its own clock; left out where the database is a file, which one host serves alone. RFC 3339,
    /// UTC.
    #[serde(skip_serializing_if = "Option::is_none")]
    seen_at: Option<String>,
}

impl From<tombola_app::hosts::Host> for Host {
    fn from(host: tombola_app::hosts::Host) -> Self {
        let tombola_app::hosts::Host { number, name, state, activation, seen_at } = host;
        let seen_at = seen_at.map(|seen_at| seen_at.to_string());
        Self { number, name, state: state.as_str(), activation, seen_at }
    }
}

/// The hosts of the database, eldest first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Hosts {
    items: Vec<Host>,
}

/// The hosts that serve the database, and some of those that did.
///
/// The eldest that serves does alone what one host has to do: it clears away what has lapsed, and compares what is kept with itself.
#[utoipa::path(
    get,
    path = "/v1/operator/hosts",
    tag = "operator",
    responses((status = 200, body = Hosts)),
    security(("token" = ["viewer"])),
)]
pub(crate) async fn handle(State(shared): State<Shared>, _: Viewer) -> Result<Json<Hosts>, Problem> {
    Ok(Json(Hosts { items: shared.app.hosts().await?.into_iter().map(Host::from).collect() }))
}
