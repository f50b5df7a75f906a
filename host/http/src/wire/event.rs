//! Events, and what campaigns gave for them.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use tombola_app::model::{self, AwardHistory, EventAnswer, EventOutcome, KnownEvent, Rebate as Model};
use tombola_audit::wire::GivenReward;
use tombola_domain::event;
use tombola_domain::id::AwardId;
use utoipa::ToSchema;

use super::award::Step;

/// What an event won, by name.
type Awards<'a> = HashMap<&'a AwardId, &'a AwardHistory>;

/// An event, and what became of it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Event {
    id: String,
    #[serde(rename = "type")]
    event_type: String,
    player: String,
    /// Who brought the player; left out where the event names nobody.
    #[serde(skip_serializing_if = "Option::is_none")]
    referrer: Option<String>,
    /// What it says of itself.
    #[schema(value_type = std::collections::BTreeMap<String, Value>)]
    attributes: Value,
    /// The earlier event that it takes back, or takes a part of back; left out where it is none that does.
    #[serde(skip_serializing_if = "Option::is_none")]
    reverses: Option<String>,
    /// How much of that event; left out where it was all that was left.
    #[serde(skip_serializing_if = "Option::is_none")]
    part: Option<Part>,
    /// RFC 3339, UTC.
    occurred_at: String,
    /// When the host was told.
    received_at: String,
    /// What became of it in each campaign that it goes to, by name.
    campaigns: Vec<Answer>,
}

/// What became of an event in a campaign.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = EventAnswer)]
#[serde(tag = "state", rename_all = "snake_case")]
pub(crate) enum Answer {
    /// Its rules ran.
    Decided {
        campaign: String,
        #[serde(flatten)]
        rebate: Rebate,
    },
    /// The campaign can't take it.
    Refused {
        campaign: String,
        /// Such as `attribute-refused`.
        code: String,
        message: String,
    },
    /// It is decided later: the campaign is paused, or its rules can't run now.
    Waiting { campaign: String },
    /// What the reversed event earned there was taken back; nothing where it waited.
    Reversed {
        campaign: String,
        #[serde(flatten)]
        taken: TakenBack,
    },
}

/// A part of a whole. Parts of one event are all of the same whole, and add up to it at most.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Part {
    /// 1 to `of`.
    pub(crate) amount: i64,
    /// The whole, up to 2^53 - 1.
    pub(crate) of: i64,
}

impl From<event::Part> for Part {
    fn from(part: event::Part) -> Self {
        Self { amount: part.amount(), of: part.of() }
    }
}

/// What was taken back from the player.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TakenBack {
    /// By unit.
    points: Vec<PointsBack>,
    /// Those that were left of the share that was to be taken.
    chances: u64,
    /// Awards that were voided.
    awards: Vec<String>,
}

/// Points that were taken back.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PointsBack {
    unit: String,
    /// In all, with what had been spent.
    amount: i64,
    /// How many of them the player owes now.
    owed: i64,
    /// How many of them the house lost.
    lost: i64,
    /// How many of them had lapsed, so that the player lost nothing more.
    lapsed: i64,
}

impl From<&model::TakenBack> for TakenBack {
    fn from(taken: &model::TakenBack) -> Self {
        let points = |model::PointsBack { unit, amount, owed, lost, lapsed }: &model::PointsBack| PointsBack {
            unit: unit.to_string(),
            amount: *amount,
            owed: *owed,
            lost: *lost,
            lapsed: *lapsed,
        };
        Self {
            points: taken.points.iter().map(points).collect(),
            chances: taken.chances,
            awards: taken.awards.iter().map(ToString::to_string).collect(),
        }
    }
}

/// What a campaign gave for an event.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Rebate {
    /// Its name.
    rebate: String,
    revision: u64,
    /// The player's how-manieth event in the campaign.
    ordinal: u64,
    /// What was to be given, in order.
    rewards: Vec<Reward>,
    /// The hash of its receipt.
    receipt: String,
    decided_at: String,
    /// How much of the event was reversed since; left out where nothing was.
    #[serde(skip_serializing_if = "Option::is_none")]
    reversed: Option<Part>,
}

/// Something that was to be given for an event.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Reward {
    #[serde(flatten)]
    given: GivenReward,
    /// The coupon code that the prize is, where the event itself is shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    coupon_code: Option<String>,
    /// How far the award is: `pending`, `delivered`, `failed`, `voided`, `to_do` or `in_progress`.
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Option<String>,
    /// How it came to be so, earliest first.
    #[serde(skip_serializing_if = "Option::is_none")]
    history: Option<Vec<Step>>,
}

impl Event {
    /// With what it won, as far as that is the player's.
    pub(crate) fn new(known: &KnownEvent, awards: &[AwardHistory]) -> Self {
        let event = &known.event;
        let awards = awards.iter().map(|award| (&award.award.id, award)).collect();
        Self {
            id: event.id.to_string(),
            event_type: event.event_type.to_string(),
            player: event.player.to_string(),
            referrer: event.referrer.as_ref().map(ToString::to_string),
            attributes: serde_json::from_str(&event.attributes).unwrap_or_default(),
            reverses: event.reverses.as_ref().map(|reverses| reverses.event.to_string()),
            part: event.reverses.as_ref().and_then(|reverses| reverses.part).map(Part::from),
            occurred_at: event.occurred_at.to_string(),
            received_at: event.received_at.to_string(),
            campaigns: known.answers.iter().map(|answer| Answer::new(answer, &awards)).collect(),
        }
    }
}

impl Answer {
    fn new(answer: &EventAnswer, awards: &Awards<'_>) -> Self {
        let campaign = answer.campaign.to_string();
        match &answer.outcome {
            EventOutcome::Decided(rebate) => Self::Decided { campaign, rebate: Rebate::new(rebate, awards) },
            EventOutcome::Refused(refusal) => {
                Self::Refused { campaign, code: refusal.code.clone(), message: refusal.message.clone() }
            }
            EventOutcome::Waiting => Self::Waiting { campaign },
            EventOutcome::Reversed(taken) => Self::Reversed { campaign, taken: taken.into() },
        }
    }
}

/// As it was decided, for the feed, which tells elsewhere how far awards are.
impl From<&Model> for Rebate {
    fn from(rebate: &Model) -> Self {
        Self::new(rebate, &Awards::new())
    }
}

impl Rebate {
    fn new(rebate: &Model, awards: &Awards<'_>) -> Self {
        let reward = |(place, given): (usize, GivenReward)| {
            let award = awards.get(&AwardId::of_rebate(&rebate.id, place));
            Reward {
                given,
                coupon_code: rebate.codes.get(&place).map(|code| code.reveal().to_owned()),
                state: award.map(|award| award.award.state.to_string()),
                history: award.map(|award| Step::all(award)),
            }
        };
        let rewards = GivenReward::all(&rebate.id, &rebate.rewards).into_iter().enumerate();
        Self {
            rebate: rebate.id.to_string(),
            revision: rebate.revision,
            ordinal: rebate.ordinal,
            rewards: rewards.map(reward).collect(),
            receipt: rebate.receipt.to_string(),
            decided_at: rebate.decided_at.to_string(),
            reversed: rebate.reversed.map(Part::from),
        }
    }
}
