use std::collections::BTreeMap;

use data_encoding::{BASE64, HEXLOWER};
use serde::Serialize;
use tombola_domain::rebate::Disclosure;
use tombola_domain::receipt::value_salt;
use tombola_store::events::RebateReceipt as Stored;
use utoipa::ToSchema;

use super::{DisclosedFact, Signature};
use crate::values;

/// The receipt of what a campaign gave for an event: its bytes, which are what is hashed, and what they commit to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct RebateReceipt {
    /// The canonical encoding, in base 64; `host/docs/receipts.md` describes it.
    bytes: String,
    /// The values behind the commitments; left out where they were erased.
    #[serde(skip_serializing_if = "Option::is_none")]
    disclosure: Option<DisclosedRebate>,
    /// The host's signature under the batch that this one became durable with; left out where it was not signed.
    #[serde(skip_serializing_if = "Option::is_none")]
    signature: Option<Signature>,
}

/// The values behind the commitments, each with its salt in hexadecimal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct DisclosedRebate {
    player: String,
    player_salt: String,
    event: String,
    event_salt: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    referrer: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    referrer_salt: Option<String>,
    facts: BTreeMap<String, DisclosedFact>,
}

impl From<Stored> for RebateReceipt {
    fn from(stored: Stored) -> Self {
        Self {
            bytes: BASE64.encode(&stored.bytes),
            disclosure: stored.disclosure.map(DisclosedRebate::from),
            signature: stored.proof.map(Signature::from),
        }
    }
}

impl From<Disclosure> for DisclosedRebate {
    fn from(disclosure: Disclosure) -> Self {
        let salt = |name: &str| HEXLOWER.encode(&value_salt(&disclosure.salt, name));
        let facts = disclosure
            .facts
            .iter()
            .map(|(name, value)| (name.clone(), DisclosedFact { value: values::to_json(value), salt: salt(name) }));
        Self {
            player: disclosure.player.to_string(),
            player_salt: salt("player"),
            event: disclosure.event.to_string(),
            event_salt: salt("event"),
            referrer: disclosure.referrer.as_ref().map(ToString::to_string),
            referrer_salt: disclosure.referrer.as_ref().map(|_| salt("referrer")),
            facts: facts.collect(),
        }
    }
}
