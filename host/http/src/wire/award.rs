//! Awards: as players see them, with the draw that won them, and as operators do.

use std::collections::HashMap;

use serde::Serialize;
use serde_json::Value;
use tombola_app::model::{self, AwardHistory, WonByEvent};
use tombola_audit::wire::Draw;
use tombola_domain::award::State;
use utoipa::ToSchema;

use super::deliver::Deliver;

/// A draw, and how far what it won is.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DrawnView {
    #[serde(flatten)]
    pub(crate) draw: Draw,
    /// The coupon code that was won; left out where that is something else.
    #[serde(skip_serializing_if = "Option::is_none")]
    coupon_code: Option<String>,
    /// Left out where nothing was won.
    #[serde(skip_serializing_if = "Option::is_none")]
    award: Option<Progress>,
}

/// How far an award is.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Progress {
    /// Its name.
    id: String,
    /// `pending`, `delivered`, `failed`, `voided`, `to_do` or `in_progress`.
    state: String,
    /// How it came to be so, earliest first.
    history: Vec<Step>,
}

/// A state that an award has or had.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AwardStep)]
pub(crate) struct Step {
    state: String,
    /// Since when.
    at: String,
}

impl DrawnView {
    pub(crate) fn new(draw: model::Draw, award: Option<&AwardHistory>) -> Self {
        let coupon_code = coupon_code(&draw);
        Self { draw: draw.into(), coupon_code, award: award.map(Progress::new) }
    }

    /// Each draw with its own award.
    pub(crate) fn all(draws: Vec<model::Draw>, awards: &[AwardHistory]) -> Vec<Self> {
        let awards: HashMap<_, _> =
            awards.iter().filter_map(|award| Some((award.award.source.draw()?, award))).collect();
        draws.into_iter().map(|draw| Self::new(draw.clone(), awards.get(&draw.id).copied())).collect()
    }
}

/// The coupon code that a draw won, for who may see the draw.
pub(crate) fn coupon_code(draw: &model::Draw) -> Option<String> {
    Some(draw.won.as_ref()?.code.as_ref()?.reveal().to_owned())
}

impl Progress {
    fn new(history: &AwardHistory) -> Self {
        let award = &history.award;
        Self { id: award.id.to_string(), state: award.state.to_string(), history: Step::all(history) }
    }
}

impl Step {
    /// How an award came to be as it is, earliest first.
    pub(super) fn all(history: &AwardHistory) -> Vec<Self> {
        let AwardHistory { award, changes, .. } = history;
        let first = Self { state: State::first(award.delivery.as_ref()).to_string(), at: award.won_at.to_string() };
        let steps = changes.iter().map(|change| Self { state: change.state.to_string(), at: change.at.to_string() });
        std::iter::once(first).chain(steps).collect()
    }
}

/// What a player won by an event, and how far it is.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EventAward {
    /// Its name.
    award: String,
    /// The event, where it is the player's own; left out where they brought who reported it.
    #[serde(skip_serializing_if = "Option::is_none")]
    event: Option<String>,
    prize: String,
    /// The prize's title when it was won.
    title: String,
    amount: i64,
    /// The prize's `data` when it was won.
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<Value>,
    /// The coupon code that was won; left out where that is something else.
    #[serde(skip_serializing_if = "Option::is_none")]
    coupon_code: Option<String>,
    /// `pending`, `delivered`, `failed`, `voided`, `to_do` or `in_progress`.
    state: String,
    /// How it came to be so, earliest first.
    history: Vec<Step>,
    won_at: String,
}

impl From<&WonByEvent> for EventAward {
    fn from(won: &WonByEvent) -> Self {
        let WonByEvent { history, event } = won;
        let award = &history.award;
        Self {
            award: award.id.to_string(),
            event: event.as_ref().map(ToString::to_string),
            prize: award.prize.to_string(),
            title: award.title.clone(),
            amount: award.amount,
            data: award.data.as_ref().and_then(|data| serde_json::from_str(data).ok()),
            coupon_code: history.code.as_ref().map(|code| code.reveal().to_owned()),
            state: award.state.to_string(),
            history: Step::all(history),
            won_at: award.won_at.to_string(),
        }
    }
}

/// An award, for operators.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Award {
    /// Its name.
    award: String,
    /// The draw that won it, if one did.
    #[serde(skip_serializing_if = "Option::is_none")]
    draw: Option<String>,
    /// What was given for an event and holds it, if it was not drawn.
    #[serde(skip_serializing_if = "Option::is_none")]
    rebate: Option<String>,
    campaign: String,
    player: String,
    prize: String,
    /// The prize's title when it was won.
    title: String,
    amount: i64,
    /// How it reaches its player; left out where telling of it is all.
    #[serde(skip_serializing_if = "Option::is_none")]
    deliver: Option<Deliver>,
    /// `pending`, `delivered`, `failed`, `voided`, `to_do` or `in_progress`.
    state: String,
    won_at: String,
}

impl From<&model::Award> for Award {
    fn from(award: &model::Award) -> Self {
        Self {
            award: award.id.to_string(),
            draw: award.source.draw().map(ToString::to_string),
            rebate: award.source.rebate().map(ToString::to_string),
            campaign: award.campaign.to_string(),
            player: award.player.to_string(),
            prize: award.prize.to_string(),
            title: award.title.clone(),
            amount: award.amount,
            deliver: award.delivery.as_ref().map(Deliver::from),
            state: award.state.to_string(),
            won_at: award.won_at.to_string(),
        }
    }
}

/// An award and how it came to be as it is, for operators.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AwardInFull {
    #[serde(flatten)]
    award: Award,
    /// The coupon code that was handed over; left out where that is something else.
    #[serde(skip_serializing_if = "Option::is_none")]
    coupon_code: Option<String>,
    /// What happened since it was won, earliest first, the latest 100.
    changes: Vec<Change>,
    /// What the host did to deliver it; left out where it has nothing to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    attempts: Option<Attempts>,
}

/// A change of an award's state.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AwardChange)]
pub(crate) struct Change {
    state: String,
    at: String,
    /// The name of the operator's token; left out where the host did it.
    #[serde(skip_serializing_if = "Option::is_none")]
    actor: Option<String>,
    /// Why, or what went wrong; may be empty.
    note: String,
}

/// What the host did to deliver an award.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Attempts {
    /// How many there were, one under way included.
    count: u32,
    /// When it is tried next, or by when the attempt under way ends; left out once it was given up.
    #[serde(skip_serializing_if = "Option::is_none")]
    due: Option<String>,
    /// What went wrong last; empty where nothing did.
    reason: String,
}

impl From<&AwardHistory> for AwardInFull {
    fn from(history: &AwardHistory) -> Self {
        let change = |change: &model::AwardChange| Change {
            state: change.state.to_string(),
            at: change.at.to_string(),
            actor: change.actor.clone(),
            note: change.note.clone(),
        };
        let attempts = history.attempts.as_ref().map(|attempts| Attempts {
            count: attempts.count,
            due: attempts.due.map(|due| due.to_string()),
            reason: attempts.reason.clone(),
        });
        let coupon_code = history.code.as_ref().map(|code| code.reveal().to_owned());
        let changes = history.changes.iter().map(change).collect();
        Self { award: (&history.award).into(), coupon_code, changes, attempts }
    }
}
