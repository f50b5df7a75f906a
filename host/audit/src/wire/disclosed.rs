//! The values behind the commitments.

use std::collections::BTreeMap;

use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};
use tombola_domain::{rebate, receipt};
use utoipa::ToSchema;

use crate::values;

/// The values behind the commitments, each with its salt in hexadecimal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Disclosed {
    pub(crate) player: String,
    pub(crate) player_salt: String,
    pub(crate) facts: BTreeMap<String, DisclosedFact>,
}

/// The values behind the commitments of a rebate's receipt, each with its salt in hexadecimal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DisclosedRebate {
    pub(crate) player: String,
    pub(crate) player_salt: String,
    pub(crate) event: String,
    pub(crate) event_salt: String,
    /// Left out where the event names nobody.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) referrer: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) referrer_salt: Option<String>,
    pub(crate) facts: BTreeMap<String, DisclosedFact>,
}

/// A fact and its salt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DisclosedFact {
    pub(crate) value: serde_json::Value,
    pub(crate) salt: String,
}

impl From<&receipt::Disclosure> for Disclosed {
    fn from(disclosure: &receipt::Disclosure) -> Self {
        let facts = disclosure.facts.iter().map(|(name, value)| {
            (name.clone(), DisclosedFact { value: values::to_json(value), salt: salt(disclosure, name) })
        });
        Self { player: disclosure.player.to_string(), player_salt: salt(disclosure, "player"), facts: facts.collect() }
    }
}

impl From<&rebate::Disclosure> for DisclosedRebate {
    fn from(disclosure: &rebate::Disclosure) -> Self {
        let rebate::Disclosure { values, referrer, event } = disclosure;
        let Disclosed { player, player_salt, facts } = values.into();
        Self {
            player,
            player_salt,
            event: event.to_string(),
            event_salt: salt(values, "event"),
            referrer: referrer.as_ref().map(ToString::to_string),
            referrer_salt: referrer.as_ref().map(|_| salt(values, "referrer")),
            facts,
        }
    }
}

fn salt(disclosure: &receipt::Disclosure, name: &str) -> String {
    HEXLOWER.encode(&disclosure.value_salt(name))
}
