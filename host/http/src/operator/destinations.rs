use axum::Json;
use axum::extract::State;
use serde::Serialize;
use tombola_app::destinations::DestinationView;
use tombola_domain::id::DestinationName;
use utoipa::ToSchema;

use crate::caller::Viewer;
use crate::page::{Page, PageQuery};
use crate::params::Asked;
use crate::problem::Problem;
use crate::router::Shared;

/// A destination of webhooks, and what waits for it. Its secrets are shown nowhere.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Destination {
    destination: String,
    url: String,
    /// How long it may take to connect, in milliseconds.
    connect_ms: u32,
    /// How long a call may take in all, in milliseconds.
    call_ms: u32,
    /// Calls at once.
    calls: u32,
    /// Goes up by one with each change.
    version: u64,
    changed_at: String,
    /// Awards that it has yet to be told of, those under way included; counted up to 100,000.
    waiting: u64,
    /// Of these, those that are under way or were tried before; counted up to 100,000.
    tried: u64,
    /// Awards that were given up; counted up to 100,000.
    dead: u64,
    /// When the oldest of those that wait was won; left out where none waits.
    #[serde(skip_serializing_if = "Option::is_none")]
    oldest_at: Option<String>,
    /// `closed`: it is called. `open`: it is left alone, since calls failed. `half_open`: it is called once at a time, to see whether
    /// it is well again.
    breaker: &'static str,
}

impl From<DestinationView> for Destination {
    fn from(view: DestinationView) -> Self {
        let DestinationView { destination, load, breaker } = view;
        Self {
            destination: destination.name.to_string(),
            url: destination.url,
            connect_ms: destination.limits.connect_ms,
            call_ms: destination.limits.call_ms,
            calls: destination.limits.calls,
            version: destination.version,
            changed_at: destination.changed_at.to_string(),
            waiting: load.waiting,
            tried: load.tried,
            dead: load.dead,
            oldest_at: load.oldest.map(|oldest| oldest.to_string()),
            breaker: breaker.as_str(),
        }
    }
}

/// Destinations of webhooks, by name.
#[utoipa::path(
    get,
    path = "/v1/operator/destinations",
    tag = "operator",
    params(PageQuery),
    responses((status = 200, body = Page<Destination>)),
    security(("token" = ["viewer"])),
)]
pub(crate) async fn handle(
    State(shared): State<Shared>,
    _: Viewer,
    Asked(page): Asked<PageQuery>,
) -> Result<Json<Page<Destination>>, Problem> {
    const LIST: &str = "destinations";
    let (after, limit) = page.after::<DestinationName>(LIST)?;
    let destinations = shared.app.destinations(after.as_ref(), limit + 1).await?;
    let destinations = destinations.into_iter().map(Destination::from).collect();
    Ok(Json(Page::new(LIST, destinations, limit, |one: &Destination| one.destination.clone())))
}
