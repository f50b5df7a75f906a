mod wanted;

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use tombola_app::model;
use tombola_audit::wire::Draw;
use tombola_domain::id::AwardId;
use tombola_domain::ledger;
use utoipa::ToSchema;

use self::wanted::Wanted;
use crate::caller::Viewer;
use crate::params::{self, Asked};
use crate::problem::Problem;
use crate::router::Shared;
use crate::wire::event::Rebate;

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
#[schema(as = FeedItem)]
pub(crate) struct Item {
    /// 1, 2, 3… without a gap. A token for some campaigns is not shown what happened in others.
    position: u64,
    #[serde(flatten)]
    event: Event,
}

/// What happened.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FeedEvent)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub(crate) enum Event {
    /// A draw was made.
    Draw {
        draw: Box<Draw>,
        /// What it won; left out where that is nothing.
        #[serde(skip_serializing_if = "Option::is_none")]
        award: Option<Won>,
    },
    /// A campaign gave something for an event.
    Rebate {
        event: String,
        player: String,
        campaign: String,
        #[serde(flatten)]
        rebate: Box<Rebate>,
    },
    /// An award began, if an event won it, or its state changed.
    Award(Moved),
    /// Something was posted in the ledger. Only tokens for all campaigns are shown it.
    Posting(Posting),
}

/// A posting in the ledger.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Posting {
    number: u64,
    /// What it stands for.
    key: String,
    /// `award`, `reward`, `order`, `hold`, `lapse`, …
    why: &'static str,
    at: String,
    transfers: Vec<Transfer>,
}

/// What a posting moved.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Transfer {
    number: u64,
    unit: String,
    amount: i64,
    from: Account,
    to: Account,
}

/// An account.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Account {
    /// `player`, `held`, `debt`, `budget`, `prize` or `house`.
    kind: &'static str,
    /// The player or campaign; empty for the house.
    owner: String,
    /// The prize, or which of the house's; empty for others.
    part: String,
}

impl From<&ledger::Account> for Account {
    fn from(account: &ledger::Account) -> Self {
        Self { kind: account.kind(), owner: account.owner().to_owned(), part: account.part().to_owned() }
    }
}

impl From<model::Posting> for Posting {
    fn from(posting: model::Posting) -> Self {
        let transfer = |(number, transfer): &(u64, ledger::Transfer)| Transfer {
            number: *number,
            unit: transfer.unit.to_string(),
            amount: transfer.amount,
            from: (&transfer.from).into(),
            to: (&transfer.to).into(),
        };
        Self {
            number: posting.number,
            key: posting.key.as_str().to_owned(),
            why: posting.why.as_str(),
            at: posting.at.to_string(),
            transfers: posting.transfers.iter().map(transfer).collect(),
        }
    }
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
            model::Event::Rebated(rebate) => Self::Rebate {
                event: rebate.event.to_string(),
                player: rebate.player.to_string(),
                campaign: rebate.campaign.to_string(),
                rebate: Box::new((&rebate).into()),
            },
            model::Event::Given(award, state) => Self::Award(Moved {
                id: award.id.to_string(),
                campaign: award.campaign.to_string(),
                player: award.player.to_string(),
                prize: award.prize.to_string(),
                state: state.to_string(),
                at: award.won_at.to_string(),
            }),
            model::Event::Posted(posting) => Self::Posting(posting.into()),
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

/// All that happened, in the order in which it was committed: draws, what was given for events, awards and postings. Whoever
/// keeps `next` and asks with it misses nothing and gets nothing twice.
#[utoipa::path(
    get,
    path = "/v1/operator/feed",
    tag = "operator",
    params(Wanted),
    responses(
        (status = 200, body = Feed),
        (status = 409, description = "The feed ends before `after`: that is of another database, or of this one before it was restored.", body = Problem, content_type = "application/problem+json"),
    ),
    security(("token" = ["viewer"])),
)]
pub(crate) async fn handle(
    State(shared): State<Shared>,
    Viewer(caller): Viewer,
    Asked(Wanted { after, limit }): Asked<Wanted>,
) -> Result<Json<Feed>, Problem> {
    let limit = params::limit(limit.as_deref(), LIMIT_DEFAULT, LIMIT_MAX)?;
    let events = shared.app.feed(after, limit).await?;
    let next = events.last().map_or(after, |(position, _)| *position);
    let seen = events.into_iter().filter(|(_, event)| match event.campaign() {
        Some(campaign) => caller.may_see(campaign),
        None => caller.campaigns.is_empty(),
    });
    let items = seen.map(|(position, event)| Item { position, event: event.into() }).collect();
    Ok(Json(Feed { items, next }))
}
