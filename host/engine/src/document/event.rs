use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Attribute, empty_object};

/// Something that players do, and that rebates may be bound to. A host is told of events without naming a campaign: each goes
/// to every open campaign that declares its type.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Event {
    /// What such an event may say that matters here. What else it says is ignored.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub attributes: BTreeMap<String, Attribute>,
}

/// A rule that says what an event earns. All rebates that are bound to its type run for it, and what they give adds up.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Rebate {
    /// Its name within the campaign.
    pub id: String,
    /// The type of event, one of `events`.
    pub on: String,
    /// As for a guard.
    pub rule: String,
    /// As for a guard.
    #[serde(default = "empty_object")]
    pub config: serde_json::Value,
    /// What holds when the rule fails.
    #[serde(default, skip_serializing_if = "RebateFault::is_default")]
    pub on_fault: RebateFault,
}

/// What holds when a rebate fails.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum RebateFault {
    /// It gives nothing; the other rebates run.
    #[default]
    Nothing,
}

impl RebateFault {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}
