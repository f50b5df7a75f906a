use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tombola_domain::fact::Value;

use super::Amount;

/// A draw that the document says the outcome of, or an event of which it says what that earns. It is tried whenever the document is checked, and one that comes out otherwise
/// keeps the document from being published.
///
/// It holds for every draw or event that can begin so: where neither `ticket` nor `drawn` is given for every ticket, and where a
/// rule answers with weights for each of its answers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Example {
    /// What it shows, for people.
    pub name: String,
    /// Instead of a draw: the type of the event that occurs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<String>,
    /// Facts by name. What is left out is as for a new player at the moment when the campaign opens, without attributes.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub facts: BTreeMap<String, FactValue>,
    /// Prizes that are taken for sold out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sold_out: Vec<String>,
    /// The ticket that is drawn, a whole number in quotes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ticket: Option<String>,
    /// Instead of a ticket: the prize that it draws, or `nothing`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drawn: Option<String>,
    /// What must come of it.
    pub expect: Expectation,
}

/// What must come of an example, at least one of these.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Expectation {
    /// The pool that is drawn from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pool: Option<String>,
    /// The nodes of the drawn prize's tree that the draw goes through, in order, up to the one that hands something over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<Vec<String>>,
    /// The prize that is handed over in the end, or `nothing`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prize: Option<String>,
    /// The code with which the draw is refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
    /// All that the event earns, in order, as if everything could be had.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rewards: Option<Vec<ExpectedReward>>,
}

/// One thing that an event must earn: `unit` or `prize` with `amount`, or `chances`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExpectedReward {
    /// Points of this unit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// This prize.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prize: Option<String>,
    /// So many chances, or a range that they are drawn from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chances: Option<Amount>,
    /// How many points or how much of the prize, or a range that it is drawn from. 1 unless said otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Amount>,
    /// Whether it is for the referrer.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub referrer: bool,
}

/// The value of a fact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
#[serde(expecting = "null, true or false, a whole number, a text, or a list of numbers or of texts")]
pub enum FactValue {
    /// Yes or no.
    Boolean(bool),
    /// An integer.
    Integer(i64),
    /// A text.
    Text(String),
    /// Integers.
    Integers(Vec<i64>),
    /// Texts.
    Texts(Vec<String>),
    /// Absent.
    None(()),
}

impl From<&FactValue> for Value {
    fn from(written: &FactValue) -> Self {
        match written {
            FactValue::None(()) => Self::None,
            FactValue::Boolean(value) => Self::Boolean(*value),
            FactValue::Integer(value) => Self::Integer(*value),
            FactValue::Integers(values) => Self::Integers(values.clone()),
            FactValue::Text(value) => Self::Text(value.clone()),
            FactValue::Texts(values) => Self::Texts(values.clone()),
        }
    }
}
