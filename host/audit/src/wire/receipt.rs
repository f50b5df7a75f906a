use std::collections::BTreeMap;

use data_encoding::{BASE64, HEXLOWER};
use serde::{Deserialize, Serialize};
use tombola_domain::digest::Digest;
use tombola_domain::draw::{Limit, Verdict};
use tombola_domain::receipt::{DecodeError, Disclosure, Receipt as DomainReceipt, Terms, Tried as DomainTried};
use tombola_domain::signature::{Proof, Seal};
use tombola_store::draws::StoredReceipt;
use utoipa::ToSchema;

use crate::values;

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
struct Step {
    node: String,
    outcome: String,
    fuel: u64,
}

/// A grant that was tried, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Tried {
    node: String,
    prize: String,
    amount: i64,
    /// `granted`; `sold_out`, as the prize's mark of this version says; `limit_reached`, where the player may not win more of it;
    /// `budget_spent`, where the campaign's budget did not suffice.
    verdict: String,
    /// Of a granted one whose stock is counted: the bucket that its unit is from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    bucket: Option<u32>,
    /// And the unit's number there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    unit: Option<u64>,
    /// Of a sold-out one: the version of the mark.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    mark: Option<u64>,
    /// Of a limit that was reached: `player` or `player_day`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    limit: Option<String>,
    /// Of a budget that did not suffice: what was left of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    left: Option<i64>,
}

/// The values behind the commitments, each with its salt in hexadecimal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Disclosed {
    pub(crate) player: String,
    pub(crate) player_salt: String,
    pub(crate) facts: BTreeMap<String, DisclosedFact>,
}

/// A fact and its salt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DisclosedFact {
    pub(crate) value: serde_json::Value,
    pub(crate) salt: String,
}

/// The host's signature, and that this receipt is under it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Signature {
    /// Ed25519 public key, in hexadecimal.
    pub(crate) key: String,
    /// Over place and Merkle root of the batch, in hexadecimal.
    pub(crate) signature: String,
    /// The committer's number.
    pub(crate) feed: u32,
    /// The position of the batch's first draw in the feed.
    pub(crate) first: u64,
    /// How many draws the batch has.
    pub(crate) size: u64,
    /// This draw's number in it, from 0.
    pub(crate) index: u64,
    /// The hashes beside the way from this receipt's hash to the root, in hexadecimal.
    pub(crate) path: Vec<String>,
}

impl Receipt {
    /// What is shown of a receipt as it is stored.
    pub fn of(stored: StoredReceipt) -> Result<Self, DecodeError> {
        let receipt = DomainReceipt::decode(&stored.bytes)?;
        let (disclosure, signature) = (stored.disclosure.map(Disclosed::from), stored.proof.map(Signature::from));
        Ok(Self::new(&stored.bytes, receipt, disclosure, signature))
    }

    /// What is shown of a receipt: `bytes` is its encoding.
    pub(crate) fn new(
        bytes: &[u8],
        receipt: DomainReceipt,
        disclosure: Option<Disclosed>,
        signature: Option<Signature>,
    ) -> Self {
        let DomainReceipt { terms, tried } = receipt;
        let Terms { facts, lists, limits, steps, .. } = terms;
        Self {
            digest: DomainReceipt::digest(bytes).to_string(),
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
            limits: limits.into_iter().map(|(prize, limit)| (prize.to_string(), word(limit))).collect(),
            ticket: terms.ticket.map(|ticket| Ticket {
                pool: ticket.pool.to_string(),
                number: ticket.number.to_string(),
                total: ticket.total.to_string(),
            }),
            steps: steps
                .into_iter()
                .map(|step| Step { node: step.node, outcome: step.outcome, fuel: step.fuel })
                .collect(),
            tried: tried.into_iter().map(Tried::from).collect(),
            disclosure,
            signature,
        }
    }
}

fn word(limit: Limit) -> String {
    match limit {
        Limit::Player => "player",
        Limit::PlayerDay => "player_day",
    }
    .to_owned()
}

impl From<DomainTried> for Tried {
    fn from(tried: DomainTried) -> Self {
        let mut wire = Self {
            node: tried.node,
            prize: tried.prize.to_string(),
            amount: tried.amount,
            verdict: String::new(),
            bucket: None,
            unit: None,
            mark: None,
            limit: None,
            left: None,
        };
        let verdict = match tried.verdict {
            Verdict::Granted(token) => {
                (wire.bucket, wire.unit) = (token.map(|token| token.bucket), token.map(|token| token.unit));
                "granted"
            }
            Verdict::SoldOut { mark } => {
                wire.mark = Some(mark);
                "sold_out"
            }
            Verdict::BudgetSpent { left } => {
                wire.left = Some(left);
                "budget_spent"
            }
            Verdict::LimitReached(limit) => {
                wire.limit = Some(word(limit));
                "limit_reached"
            }
        };
        Self { verdict: verdict.to_owned(), ..wire }
    }
}

impl From<Disclosure> for Disclosed {
    fn from(disclosure: Disclosure) -> Self {
        let salt = |name: &str| HEXLOWER.encode(&disclosure.value_salt(name));
        let facts = disclosure
            .facts
            .iter()
            .map(|(name, value)| (name.clone(), DisclosedFact { value: values::to_json(value), salt: salt(name) }));
        Self { player: disclosure.player.to_string(), player_salt: salt("player"), facts: facts.collect() }
    }
}

impl From<Proof> for Signature {
    fn from(proof: Proof) -> Self {
        let Proof { seal: Seal { place, key, signature }, index, path } = proof;
        Self {
            key: key.to_string(),
            signature: signature.to_string(),
            feed: place.feed,
            first: place.first,
            size: place.size,
            index,
            path: path.iter().map(Digest::to_string).collect(),
        }
    }
}
