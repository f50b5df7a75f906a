mod wanted;

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use tombola_app::model;
use tombola_audit::wire::Draw;
use tombola_domain::id::AwardId;
use utoipa::ToSchema;

use self::wanted::Wanted;
use crate::caller::Viewer;
use crate::params::Asked;
use crate::problem::{Code, Problem};
use crate::router::Shared;

const LIMIT_DEFAULT: u32 = 200;
const LIMIT_MAX: u32 = 1_000;

/// A part of the feed.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Feed {
    /// In the order of their positions.
    items: Vec<Item>,
    /// Up to which position this was all; where nothing new has happened, what was asked with.
    next: u64,
}

/// Something that happened.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Item {
    /// 1, 2, 3… without a gap. A token for some campaigns is not shown what happened in others.
    position: u64,
    #[serde(flatten)]
    event: Event,
}

/// What happened.
#[derive(Debug, Serialize, ToSchema)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub(crate) enum Event {
    /// A draw was made.
    Draw {
        draw: Box<Draw>,
        /// What it won; left out where that is nothing.
        #[serde(skip_serializing_if = "Option::is_none")]
        award: Option<Won>,
    },
    /// An award's state changed.
    Award(Moved),
}

/// An award that was just won.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Won {
    /// Its name.
    id: String,
    /// How far it was then.
    state: String,
}

/// A change of an award's state.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Moved {
    /// The award.
    id: String,
    campaign: String,
    player: String,
    prize: String,
    /// Since then.
    state: String,
    at: String,
}

impl From<model::Event> for Event {
    fn from(event: model::Event) -> Self {
        match event {
            model::Event::Drawn(draw, state) => {
                let id = AwardId::of_draw(&draw.id).to_string();
                let award = state.map(|state| Won { id, state: state.to_string() });
                Self::Draw { draw: Box::new(draw.into()), award }
            }
            model::Event::Moved(moved) => Self::Award(Moved {
                id: moved.award.to_string(),
                campaign: moved.campaign.to_string(),
                player: moved.player.to_string(),
                prize: moved.prize.to_string(),
                state: moved.state.to_string(),
                at: moved.at.to_string(),
            }),
        }
    }
}

/// All that happened, in the order in which it was committed: draws, and changes of awards. Whoever keeps `next` and asks with it
/// misses nothing and gets nothing twice.
#[utoipa::path(
    get,
    path = "/v1/operator/feed",
    tag = "operator",
    params(Wanted),
    responses((status = 200, body = Feed)),
    security(("token" = ["viewer"])),
)]
pub(crate) async fn handle(
    State(shared): State<Shared>,
    Viewer(caller): Viewer,
    Asked(Wanted { after, limit }): Asked<Wanted>,
) -> Result<Json<Feed>, Problem> {
    let limit = limit.unwrap_or(LIMIT_DEFAULT);
    if !(1..=LIMIT_MAX).contains(&limit) {
        return Err(Problem::new(Code::QueryInvalid, format!("limit lies from 1 to {LIMIT_MAX}")));
    }
    let events = shared.app.feed(after, limit).await?;
    let next = events.last().map_or(after, |(position, _)| *position);
    let seen = events.into_iter().filter(|(_, event)| caller.may_see(event.campaign()));
    let items = seen.map(|(position, event)| Item { position, event: event.into() }).collect();
    Ok(Json(Feed { items, next }))
}
