//! Pieces that the configs of many rules share.

use core::fmt;
use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Error, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use crate::{Decision, GuardNeeds, Problem, Reward, Span};

/// The largest amount: integers up to here stay exact in JSON readers that hold numbers as doubles.
pub const AMOUNT_MAX: i64 = (1 << 53) - 1;

/// How much of a prize: a number, or `[low, high]` for a range from which the host draws evenly, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Amount(Span);

impl Amount {
    /// The amount as it is declared.
    pub fn span(self) -> Span {
        self.0
    }

    fn checked<E: Error>(low: i64, high: i64) -> Result<Self, E> {
        if 1 <= low && low <= high && high <= AMOUNT_MAX {
            Ok(Self(Span { low, high }))
        } else {
            Err(E::custom("an amount is at least 1 and at most 2^53 - 1, and the low end comes first"))
        }
    }
}

impl Default for Amount {
    fn default() -> Self {
        Self(Span { low: 1, high: 1 })
    }
}

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AmountVisitor)
    }
}

struct AmountVisitor;

impl<'de> Visitor<'de> for AmountVisitor {
    type Value = Amount;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an amount or a range [low, high]")
    }

    fn visit_i64<E: Error>(self, amount: i64) -> Result<Amount, E> {
        Amount::checked(amount, amount)
    }

    fn visit_u64<E: Error>(self, amount: u64) -> Result<Amount, E> {
        // What doesn't fit is too large for an amount as well.
        self.visit_i64(i64::try_from(amount).unwrap_or(i64::MAX))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut ends: A) -> Result<Amount, A::Error> {
        let missing = || A::Error::custom("a range has two ends");
        let low = ends.next_element()?.ok_or_else(missing)?;
        let high = ends.next_element()?.ok_or_else(missing)?;
        Amount::checked(low, high)
    }
}

impl JsonSchema for Amount {
    fn schema_name() -> Cow<'static, str> {
        "Amount".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let end = json_schema!({ "type": "integer", "minimum": 1, "maximum": AMOUNT_MAX });
        json_schema!({
            "description": "How much: a number, or [low, high] for a range that is drawn from evenly.",
            "anyOf": [end, { "type": "array", "items": end, "minItems": 2, "maxItems": 2 }],
        })
    }
}

/// A prize that is handed over.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Grant {
    /// The prize.
    pub prize: String,
    /// How much of it; 1 unless said otherwise.
    #[serde(default)]
    #[schemars(default = "one")]
    pub amount: Amount,
}

fn one() -> u8 {
    1
}

/// What a rebate gives: exactly one of `unit`, `chances` and `prize`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Gift {
    /// Points of this unit.
    pub unit: Option<String>,
    /// So many chances to draw.
    pub chances: Option<Amount>,
    /// A prize of the campaign.
    pub prize: Option<String>,
    /// How many points, or how much of the prize; 1 unless said otherwise.
    pub amount: Option<Amount>,
}

/// Rewards of one outcome at the most.
pub const REWARDS_MAX: usize = 16;

impl Gift {
    /// The rewards of a list of gifts, for the player whose event it is. `place` is the list's.
    pub fn rewards(gifts: Vec<Self>, place: &str) -> Result<Vec<Reward>, Problem> {
        if gifts.len() > REWARDS_MAX {
            return Err(Problem::at(place, "more is given at once than may be").hint("give at most 16 things"));
        }
        let reward = |(index, gift): (usize, Self)| {
            gift.reward().map_err(|problem| Problem { place: Problem::at_item(place, index, "").place, ..problem })
        };
        gifts.into_iter().enumerate().map(reward).collect()
    }

    /// The reward for the player whose event it is.
    pub fn reward(self) -> Result<Reward, Problem> {
        let amount = self.amount.unwrap_or_default().span();
        match self {
            Self { unit: Some(unit), chances: None, prize: None, .. } => Ok(Reward::points(unit, amount)),
            Self { unit: None, chances: None, prize: Some(prize), .. } => Ok(Reward::prize(prize, amount)),
            Self { unit: None, chances: Some(chances), prize: None, amount: None } => {
                Ok(Reward::chances(chances.span()))
            }
            _ => {
                let problem = Problem::at("", "it is not clear what is given");
                Err(problem.hint("give `unit` and `amount`, or `prize` and `amount`, or `chances`"))
            }
        }
    }
}

/// A refusal: nothing is drawn and no chance is used.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Refuse {
    /// For programs: lower case letters, digits, `-` and `_`. The rule's own code unless said otherwise.
    pub code: Option<String>,
    /// For the player: one line of up to 500 bytes. The rule's own message unless said otherwise.
    pub message: Option<String>,
}

/// What a guard does once its condition holds: exactly one of these.
#[derive(Debug, Default)]
pub struct Consequence {
    /// The pool that is drawn from.
    pub pool: Option<String>,
    /// What is handed over instead of drawing.
    pub grant: Option<Grant>,
    /// The refusal.
    pub refuse: Option<Refuse>,
}

impl Consequence {
    /// Declares it. `code` and `message` stand in for what a refusal leaves open.
    pub fn declare(self, needs: &mut GuardNeeds, code: &str, message: &str) -> Result<Decision, Problem> {
        match self {
            Self { pool: Some(pool), grant: None, refuse: None } => Ok(needs.choose(pool).into()),
            Self { pool: None, grant: Some(grant), refuse: None } => {
                Ok(needs.grant(grant.prize, grant.amount.span()).into())
            }
            Self { pool: None, grant: None, refuse: Some(refuse) } => refuse.declare(needs, code, message),
            Self { pool: None, grant: None, refuse: None } => Err(Problem::at("", "nothing is said to happen")),
            _ => Err(Problem::at("", "more than one thing is said to happen")),
        }
    }
}

impl Refuse {
    /// Declares it. `code` and `message` stand in for what it leaves open.
    pub fn declare(self, needs: &mut GuardNeeds, code: &str, message: &str) -> Result<Decision, Problem> {
        let code = self.code.unwrap_or_else(|| code.to_owned());
        let plain = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_');
        if code.is_empty() || !code.bytes().all(plain) {
            let problem = Problem::at("/refuse/code", "this is no code");
            return Err(problem.hint("use lower case letters, digits, `-` and `_`"));
        }
        Ok(needs.refuse(code, self.message.unwrap_or_else(|| message.to_owned())).into())
    }
}
