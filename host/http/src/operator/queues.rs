use axum::Json;
use axum::extract::State;
use serde::Serialize;
use tombola_app::model::Load;
use tombola_domain::task;
use utoipa::ToSchema;

use crate::caller::Viewer;
use crate::problem::Problem;
use crate::router::Shared;

/// One of the host's own queues.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Queue {
    /// `points` and `chances` hold awards of those, `referrals` what events gave to referrers.
    queue: String,
    /// What is yet to be handed over; counted up to 100,000.
    waiting: u64,
    /// Of this, what was tried before; counted up to 100,000.
    tried: u64,
    /// What was given up; counted up to 100,000.
    dead: u64,
    /// Since when the oldest of it waits; left out where nothing does.
    #[serde(skip_serializing_if = "Option::is_none")]
    oldest_at: Option<String>,
}

impl From<(task::Queue, Load)> for Queue {
    fn from((queue, load): (task::Queue, Load)) -> Self {
        let Load { waiting, tried, dead, oldest } = load;
        let oldest_at = oldest.map(|oldest| oldest.to_string());
        Self { queue: queue.to_string(), waiting, tried, dead, oldest_at }
    }
}

/// All of them.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Queues {
    items: Vec<Queue>,
}

/// What the host has yet to hand over itself, and what it gave up. Webhooks wait in the queue of their destination.
#[utoipa::path(
    get,
    path = "/v1/operator/queues",
    tag = "operator",
    responses((status = 200, body = Queues)),
    security(("token" = ["viewer"])),
)]
pub(crate) async fn handle(State(shared): State<Shared>, _: Viewer) -> Result<Json<Queues>, Problem> {
    Ok(Json(Queues { items: shared.app.queues().await?.into_iter().map(Queue::from).collect() }))
}
