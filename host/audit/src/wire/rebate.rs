use serde::{Deserialize, Serialize};
use tombola_domain::id::{AwardId, RebateId};
use tombola_domain::rebate::{Gain, Recipient, Rewarded};
use tombola_store::events;
use utoipa::ToSchema;

use super::verdict::Words;

/// What a campaign gave for an event, as far as its receipt says it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GivenRebate {
    /// Its name.
    pub id: String,
    /// The campaign.
    pub campaign: String,
    /// The number of the revision that it was decided on.
    pub revision: u64,
    /// The player.
    pub player: String,
    /// The player's event.
    pub event: String,
    /// The player's how-manieth event in the campaign, from 1.
    pub ordinal: u64,
    /// What was to be given, in order.
    pub rewards: Vec<GivenReward>,
    /// The hash of its receipt.
    pub receipt: String,
}

/// Something that was to be given for an event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GivenReward {
    /// `player`, or the `referrer` to whom it is handed on.
    #[serde(rename = "for")]
    recipient: String,
    /// `points`, `chances` or `prize`.
    kind: String,
    /// Of points.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    unit: Option<String>,
    /// Of a prize.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    prize: Option<String>,
    amount: i64,
    /// `granted`, `sold_out`, `limit_reached`, `budget_spent` or `no_referrer`.
    outcome: String,
    /// The award of a prize that the player got.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    award: Option<String>,
}

impl From<events::Rebate> for GivenRebate {
    fn from(rebate: events::Rebate) -> Self {
        Self {
            id: rebate.id.to_string(),
            campaign: rebate.campaign.to_string(),
            revision: rebate.revision,
            player: rebate.player.to_string(),
            event: rebate.event.to_string(),
            ordinal: rebate.ordinal,
            rewards: GivenReward::all(&rebate.id, &rebate.rewards),
            receipt: rebate.receipt.to_string(),
        }
    }
}

impl GivenReward {
    /// Those of the rebate of this name, in order.
    pub fn all(rebate: &RebateId, rewards: &[Rewarded]) -> Vec<Self> {
        rewards.iter().enumerate().map(|(place, rewarded)| Self::new(rebate, place, rewarded)).collect()
    }

    fn new(rebate: &RebateId, place: usize, rewarded: &Rewarded) -> Self {
        let (kind, unit, prize) = match &rewarded.gain {
            Gain::Points(unit) => ("points", Some(unit.to_string()), None),
            Gain::Chances => ("chances", None, None),
            Gain::Prize(prize) => ("prize", None, Some(prize.to_string())),
        };
        // What a referrer gets is theirs to know.
        let is_own = rewarded.recipient == Recipient::Player && rewarded.is_granted();
        Self {
            recipient: recipient(rewarded.recipient).to_owned(),
            kind: kind.to_owned(),
            unit,
            award: prize.as_ref().filter(|_| is_own).map(|_| AwardId::of_rebate(rebate, place).to_string()),
            prize,
            amount: rewarded.amount,
            outcome: Words::from(rewarded.verdict).verdict.to_owned(),
        }
    }
}

/// Whose a reward is, in a word.
pub(super) const fn recipient(recipient: Recipient) -> &'static str {
    match recipient {
        Recipient::Player => "player",
        Recipient::Referrer => "referrer",
    }
}
