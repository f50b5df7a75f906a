use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The unit of points where none is named.
const POINTS: &str = "points";

/// How a prize is handed over.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub enum Deliver {
    /// Units of account.
    Points(Points),
    /// So many chances in this campaign for each unit of the amount.
    Chances(u32),
    /// A message to the destination of this name.
    Webhook(String),
    /// A coupon code of the pool of this name, whose free codes are the prize's stock.
    Codes(String),
    /// By people: `true`.
    Manual(Manual),
}

impl Deliver {
    /// How many points or chances there are for each unit of the amount.
    pub fn each(&self) -> i64 {
        match self {
            Self::Points(points) => i64::from(points.parts().1),
            Self::Chances(each) => i64::from(*each),
            Self::Webhook(_) | Self::Codes(_) | Self::Manual(_) => 0,
        }
    }
}

/// Units of account for each unit of a prize's amount.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
#[serde(expecting = "a number up to 4294967295, or a unit and such a number: {unit: coins, each: 3}")]
pub enum Points {
    /// So many of the unit `points`.
    Plain(u32),
    /// So many of another.
    Of(UnitPoints),
}

/// Units of account that are named.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UnitPoints {
    /// Which.
    pub unit: String,
    /// How many for each unit of the amount.
    pub each: u32,
}

/// The word `true`, which is all that can be said.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "bool", into = "bool")]
pub struct Manual;

impl TryFrom<bool> for Manual {
    type Error = &'static str;

    fn try_from(word: bool) -> Result<Self, &'static str> {
        if word { Ok(Self) } else { Err("only `true` can stand here; leave `deliver` out otherwise") }
    }
}

impl From<Manual> for bool {
    fn from(Manual: Manual) -> Self {
        true
    }
}

impl Points {
    /// The unit, and how many of it.
    pub fn parts(&self) -> (&str, u32) {
        match self {
            Self::Plain(each) => (POINTS, *each),
            Self::Of(UnitPoints { unit, each }) => (unit, *each),
        }
    }
}
