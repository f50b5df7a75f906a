use std::collections::BTreeMap;

use data_encoding::{BASE64, HEXLOWER};
use serde::{Deserialize, Serialize};
use tombola_domain::digest::Digest;
use tombola_domain::rebate::Verdict;
use tombola_domain::receipt::{self, DecodeError, Terms};
use tombola_store::draws::StoredReceipt;
use utoipa::ToSchema;

use super::verdict::{Words, judged, limit as limit_in_words};
use super::{Disclosed, Signature};

/// A receipt: its bytes, which are what is hashed, and what they say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Receipt {
    /// The hash of the bytes, as the draw told it.
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
    draw: String,
    drawn_at: String,
    ordinal: u64,
    /// Where all chance of this draw comes from, in hexadecimal.
    seed: String,
    /// The commitment to the player.
    player_commitment: String,
    /// The commitments to the facts, by name.
    fact_commitments: BTreeMap<String, String>,
    /// The versions of the lists that were looked at.
    lists: BTreeMap<String, u64>,
    /// The prizes of which the player could win no more, each with the limit: `player` or `player_day`.
    limits: BTreeMap<String, String>,
    /// Left out where a guard's grant ended the chain.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ticket: Option<Ticket>,
    /// What the rules answered, in order.
    steps: Vec<Step>,
    /// The grants that were tried, in order.
    tried: Vec<Tried>,
    /// The values behind the commitments; left out where they were erased.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) disclosure: Option<Disclosed>,
    /// The host's signature under the batch of draws that this one became durable with; left out where it was not signed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) signature: Option<Signature>,
}

/// What a receipt names, as its words say it: no more than that is of use to whoever checks it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Named {
    /// Its revision.
    pub revision_digest: String,
    /// The modules that the revision runs.
    pub modules: Vec<String>,
    /// Its epoch's number.
    pub epoch: u64,
    /// What the epoch promised.
    pub epoch_commitment: String,
}

/// The ticket that was drawn. Numbers reach up to 2^63, so that they are texts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Ticket {
    pool: String,
    number: String,
    total: String,
}

/// What a rule answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Step {
    node: String,
    outcome: String,
    fuel: u64,
}

judged! {
    /// A grant that was tried, and what became of it.
    struct Tried {
        node: String,
        prize: String,
        amount: i64,
    }
}

impl Receipt {
    /// What is shown of a receipt as it is stored.
    pub fn of(stored: StoredReceipt) -> Result<Self, DecodeError> {
        let receipt = receipt::Receipt::decode(&stored.bytes)?;
        let (disclosure, signature) =
            (stored.disclosure.as_ref().map(Disclosed::from), stored.proof.map(Signature::from));
        Ok(Self::new(&stored.bytes, receipt, disclosure, signature))
    }

    /// What is shown of a receipt: `bytes` is its encoding.
    pub(crate) fn new(
        bytes: &[u8],
        receipt: receipt::Receipt,
        disclosure: Option<Disclosed>,
        signature: Option<Signature>,
    ) -> Self {
        let receipt::Receipt { terms, tried } = receipt;
        let Terms { facts, lists, limits, steps, .. } = terms;
        Self {
            digest: receipt::Receipt::digest(bytes).to_string(),
            bytes: BASE64.encode(bytes),
            engine: terms.engine,
            campaign: terms.campaign.to_string(),
            revision: terms.revision,
            revision_digest: terms.revision_digest.to_string(),
            modules: terms.modules.iter().map(Digest::to_string).collect(),
            epoch: terms.epoch,
            epoch_commitment: terms.epoch_commitment.to_string(),
            draw: terms.draw.to_string(),
            drawn_at: terms.drawn_at.to_string(),
            ordinal: terms.ordinal,
            seed: HEXLOWER.encode(terms.seed.as_bytes()),
            player_commitment: terms.player.to_string(),
            fact_commitments: facts.into_iter().map(|(name, digest)| (name, digest.to_string())).collect(),
            lists: lists.into_iter().map(|(list, version)| (list.to_string(), version)).collect(),
            limits: limits.into_iter().map(|(prize, limit)| (prize.to_string(), limit_in_words(limit))).collect(),
            ticket: terms.ticket.map(|ticket| Ticket {
                pool: ticket.pool.to_string(),
                number: ticket.number.to_string(),
                total: ticket.total.to_string(),
            }),
            steps: steps.into_iter().map(Step::from).collect(),
            tried: tried.into_iter().map(Tried::from).collect(),
            disclosure,
            signature,
        }
    }
}

impl From<receipt::Step> for Step {
    fn from(step: receipt::Step) -> Self {
        Self { node: step.node, outcome: step.outcome, fuel: step.fuel }
    }
}

impl From<receipt::Tried> for Tried {
    fn from(tried: receipt::Tried) -> Self {
        let receipt::Tried { node, prize, amount, verdict } = tried;
        Self::judged(Verdict::from(verdict), node, prize.to_string(), amount)
    }
}
