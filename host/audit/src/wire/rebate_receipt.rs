use std::collections::BTreeMap;

use data_encoding::{BASE64, HEXLOWER};
use serde::{Deserialize, Serialize};
use tombola_domain::digest::Digest;
use tombola_domain::rebate::{self, Gain};
use tombola_domain::receipt::DecodeError;
use tombola_store::events;
use utoipa::ToSchema;

use super::rebate::recipient;
use super::receipt::Step;
use super::verdict::{Words, judged, limit};
use super::{DisclosedRebate, Signature};

/// The receipt of what a campaign gave for an event: its bytes, which are what is hashed, and what they say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RebateReceipt {
    /// The hash of the bytes, as the event's answer told it.
    pub(crate) digest: String,
    /// The canonical encoding, in base 64; `host/docs/receipts.md` describes it.
    pub(crate) bytes: String,
    /// The engine that decided.
    engine: String,
    campaign: String,
    revision: u64,
    revision_digest: String,
    /// The modules that the revision runs.
    modules: Vec<String>,
    epoch: u64,
    /// What the epoch promised before its first draw.
    epoch_commitment: String,
    event_type: String,
    occurred_at: String,
    /// When the host was told.
    received_at: String,
    ordinal: u64,
    /// Where all chance of this rebate comes from, in hexadecimal.
    seed: String,
    /// The commitment to the player.
    player_commitment: String,
    /// The commitment to the referrer; left out where the event names nobody.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    referrer_commitment: Option<String>,
    /// The commitment to the event's id.
    event_commitment: String,
    /// The commitments to the facts, by name.
    fact_commitments: BTreeMap<String, String>,
    /// The versions of the lists that were looked at.
    lists: BTreeMap<String, u64>,
    /// How often the player could still win each prize with limits that a reward is of.
    room: Vec<Room>,
    /// What the rules answered, in order.
    steps: Vec<Step>,
    /// The rewards, in order.
    rewards: Vec<Rewarded>,
    /// The values behind the commitments; left out where they were erased.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) disclosure: Option<DisclosedRebate>,
    /// The host's signature under the batch that this one became durable with; left out where it was not signed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) signature: Option<Signature>,
}

/// How often a player could still win a prize.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Room {
    prize: String,
    /// The limit that is reached first: `player` or `player_day`.
    limit: String,
    /// Wins that it left before the event.
    left: u64,
}

judged! {
    /// A reward, and what became of it.
    struct Rewarded {
        node: String,
        /// `player` or `referrer`.
        #[serde(rename = "for")]
        recipient: String,
        /// `points` and their unit, `chances`, or `prize` and its name, as in `points coins`.
        gain: String,
        amount: i64,
    }
}

impl RebateReceipt {
    /// What is shown of a receipt as it is stored.
    pub fn of(stored: events::RebateReceipt) -> Result<Self, DecodeError> {
        let receipt = rebate::Receipt::decode(&stored.bytes)?;
        let disclosure = stored.disclosure.as_ref().map(DisclosedRebate::from);
        Ok(Self::new(&stored.bytes, receipt, disclosure, stored.proof.map(Signature::from)))
    }

    /// What is shown of a receipt: `bytes` is its encoding.
    pub(crate) fn new(
        bytes: &[u8],
        receipt: rebate::Receipt,
        disclosure: Option<DisclosedRebate>,
        signature: Option<Signature>,
    ) -> Self {
        let rebate::Receipt { terms, rewards } = receipt;
        let rebate::Terms { facts, lists, room, steps, .. } = terms;
        Self {
            digest: rebate::Receipt::digest(bytes).to_string(),
            bytes: BASE64.encode(bytes),
            engine: terms.engine,
            campaign: terms.campaign.to_string(),
            revision: terms.revision,
            revision_digest: terms.revision_digest.to_string(),
            modules: terms.modules.iter().map(Digest::to_string).collect(),
            epoch: terms.epoch,
            epoch_commitment: terms.epoch_commitment.to_string(),
            event_type: terms.event_type.to_string(),
            occurred_at: terms.occurred_at.to_string(),
            received_at: terms.received_at.to_string(),
            ordinal: terms.ordinal,
            seed: HEXLOWER.encode(terms.seed.as_bytes()),
            player_commitment: terms.player.to_string(),
            referrer_commitment: terms.referrer.as_ref().map(Digest::to_string),
            event_commitment: terms.event.to_string(),
            fact_commitments: facts.into_iter().map(|(name, digest)| (name, digest.to_string())).collect(),
            lists: lists.into_iter().map(|(list, version)| (list.to_string(), version)).collect(),
            room: room.into_iter().map(Room::from).collect(),
            steps: steps.into_iter().map(Step::from).collect(),
            rewards: rewards.into_iter().map(Rewarded::from).collect(),
            disclosure,
            signature,
        }
    }
}

impl From<rebate::Room> for Room {
    fn from(room: rebate::Room) -> Self {
        Self { prize: room.prize.to_string(), limit: limit(room.limit), left: room.left }
    }
}

impl From<rebate::Rewarded> for Rewarded {
    fn from(rewarded: rebate::Rewarded) -> Self {
        let gain = match rewarded.gain {
            Gain::Points(unit) => format!("points {unit}"),
            Gain::Chances => "chances".to_owned(),
            Gain::Prize(prize) => format!("prize {prize}"),
        };
        let recipient = recipient(rewarded.recipient).to_owned();
        Self::judged(rewarded.verdict, rewarded.node, recipient, gain, rewarded.amount)
    }
}
