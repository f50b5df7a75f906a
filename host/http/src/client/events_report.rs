use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use futures_util::future::join_all;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tombola_app::events::{Report, Reported};
use tombola_app::{App, Error};
use tombola_domain::id::CampaignId;
use utoipa::ToSchema;

use super::event::shown;
use super::event_report::Body as One;
use crate::body::{self, JsonBody};
use crate::caller::Client;
use crate::observe::to_its_end;
use crate::problem::{Code, Problem};
use crate::rates::Rates;
use crate::router::Shared;
use crate::wire::event::Event;

/// Events of one request.
const EVENTS_MAX: usize = 100;

/// What players did.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = EventBatch)]
#[serde(deny_unknown_fields)]
pub(crate) struct Body {
    /// 1 to 100. Those of one player are taken in their order.
    #[schema(value_type = Vec<One>)]
    events: Vec<Value>,
}

/// What became of each.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = EventBatchAnswers)]
pub(crate) struct Answers {
    /// In the order of the request.
    items: Vec<Item>,
}

/// What became of one event.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = EventBatchItem)]
pub(crate) struct Item {
    /// What its own request would have been answered with.
    status: u16,
    /// Where it was taken, now or before.
    #[serde(skip_serializing_if = "Option::is_none")]
    event: Option<Event>,
    /// Where it was not.
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<Problem>,
}

/// Reports several events. Each is taken or refused by itself.
#[utoipa::path(
    post,
    path = "/v1/events/batch",
    tag = "client",
    request_body = Body,
    responses(
        (status = 200, body = Answers),
        (status = 403, description = "The token is not a client's.", body = Problem, content_type = "application/problem+json"),
    ),
    security(("token" = ["client"])),
)]
pub(crate) async fn handle(
    State(shared): State<Shared>,
    Client(caller): Client,
    rates: Rates,
    JsonBody(body): JsonBody<Body>,
) -> Result<Json<Answers>, Problem> {
    if !(1..=EVENTS_MAX).contains(&body.events.len()) {
        return Err(Problem::new(Code::BodyInvalid, format!("events: 1 to {EVENTS_MAX} are possible")));
    }
    let app = Arc::clone(&shared.app);
    let admitted = |event: Value| {
        let report = body::part::<One>(event)?.report()?;
        rates.admit_player(&app, &report.player).map(|()| report)
    };
    let reports: Vec<_> = body.events.into_iter().map(admitted).collect();
    let all = async move { Ok::<_, Error>(take(&app, reports, &caller.campaigns).await) };
    let items = to_its_end("events", all).await?;
    Ok(Json(Answers { items }))
}

/// Those of different players side by side.
async fn take(app: &App, reports: Vec<Result<Report, Problem>>, campaigns: &[CampaignId]) -> Vec<Item> {
    let mut items = BTreeMap::new();
    let mut players: BTreeMap<_, Vec<(usize, Report)>> = BTreeMap::new();
    for (place, report) in reports.into_iter().enumerate() {
        match report {
            Ok(report) => players.entry(report.player.clone()).or_default().push((place, report)),
            Err(problem) => {
                items.insert(place, Item::from(Err(problem)));
            }
        }
    }
    let taken = players.into_values().map(async |reports| {
        let mut taken = Vec::with_capacity(reports.len());
        for (place, report) in reports {
            taken.push((place, Item::from(take_one(app, report, campaigns).await)));
        }
        taken
    });
    items.extend(join_all(taken).await.into_iter().flatten());
    items.into_values().collect()
}

async fn take_one(app: &App, report: Report, campaigns: &[CampaignId]) -> Result<(StatusCode, Event), Problem> {
    let Reported { event, replayed } = app.report(report, campaigns).await?;
    let status = if replayed { StatusCode::OK } else { StatusCode::CREATED };
    Ok((status, shown(app, &event).await?))
}

impl From<Result<(StatusCode, Event), Problem>> for Item {
    fn from(taken: Result<(StatusCode, Event), Problem>) -> Self {
        match taken {
            Ok((status, event)) => Self { status: status.as_u16(), event: Some(event), problem: None },
            Err(problem) => Self { status: problem.status.as_u16(), event: None, problem: Some(problem) },
        }
    }
}
