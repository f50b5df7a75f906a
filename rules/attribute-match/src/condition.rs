//! The comparison itself.

use core::mem::discriminant;

use tombola_rule::{Fact, FactNeeds, Facts, Problem};

use crate::config::Op;
use crate::scalar::{Scalar, Seen};

/// Values to compare with: more of them belong into a list that operators keep.
const VALUES_MAX: usize = 100;

/// What is compared with what, ready to be asked.
#[derive(Debug)]
pub(crate) enum Condition {
    /// It is one of these, or is none of them.
    Among { attribute: Attribute, values: Vec<Scalar>, expected: bool },
    /// It is an integer from `low` to `high`.
    Between { attribute: Fact<Option<i64>>, low: i64, high: i64 },
}

/// An attribute of the request, in the type that it is compared in.
#[derive(Debug)]
pub(crate) enum Attribute {
    Boolean(Fact<Option<bool>>),
    Integer(Fact<Option<i64>>),
    Text(Fact<Option<String>>),
}

impl Condition {
    /// Asks for the attribute, in the type that its values have.
    pub(crate) fn new(
        attribute: &str,
        op: Op,
        value: Option<Scalar>,
        values: Vec<Scalar>,
        needs: &mut FactNeeds,
    ) -> Result<Self, Problem> {
        if attribute.is_empty() {
            return Err(Problem::at("/attribute", "the attribute has no name"));
        }
        let fact = String::from("attribute.") + attribute;
        let many = matches!(op, Op::OneOf | Op::NotOneOf);
        let values = match value {
            None if many && !values.is_empty() => values,
            Some(value) if !many && values.is_empty() => vec![value],
            _ if many => return Err(Problem::at("", "this comparison takes `values`, and no `value`")),
            _ => return Err(Problem::at("", "this comparison takes `value`, and no `values`")),
        };
        match (op, values.as_slice()) {
            (Op::AtLeast, &[Scalar::Integer(low)]) => {
                Ok(Self::Between { attribute: needs.fact(fact), low, high: i64::MAX })
            }
            (Op::AtMost, &[Scalar::Integer(high)]) => {
                Ok(Self::Between { attribute: needs.fact(fact), low: i64::MIN, high })
            }
            (Op::AtLeast | Op::AtMost, _) => Err(Problem::at("/value", "only integers have an order")),
            (Op::Equals | Op::OneOf, _) => Self::among(fact, values, true, needs),
            (Op::NotEquals | Op::NotOneOf, _) => Self::among(fact, values, false, needs),
        }
    }

    /// The first value tells the type of all; there is one.
    fn among(fact: String, values: Vec<Scalar>, expected: bool, needs: &mut FactNeeds) -> Result<Self, Problem> {
        if values.len() > VALUES_MAX {
            return Err(Problem::at("/values", "these are more than 100 values"));
        }
        let first = &values[0];
        if let Some(index) = values.iter().position(|value| discriminant(value) != discriminant(first)) {
            return Err(Problem::at_item("/values", index, "this value has another type than the first one"));
        }
        let attribute = match first {
            Scalar::Boolean(_) => Attribute::Boolean(needs.fact(fact)),
            Scalar::Integer(_) => Attribute::Integer(needs.fact(fact)),
            Scalar::Text(_) => Attribute::Text(needs.fact(fact)),
        };
        Ok(Self::Among { attribute, values, expected })
    }

    /// Whether the attribute of this request matches.
    pub(crate) fn holds(&self, facts: &Facts<'_>) -> bool {
        match self {
            Self::Between { attribute, low, high } => {
                facts.get(*attribute).is_some_and(|value| *low <= value && value <= *high)
            }
            Self::Among { attribute, values, expected } => {
                let seen = attribute.seen(facts);
                let is_among = |seen: Seen<'_>| values.iter().any(|value| value.seen() == seen);
                seen.is_some_and(is_among) == *expected
            }
        }
    }
}

impl Attribute {
    fn seen<'f>(&self, facts: &Facts<'f>) -> Option<Seen<'f>> {
        match self {
            Self::Boolean(fact) => facts.get(*fact).map(Seen::Boolean),
            Self::Integer(fact) => facts.get(*fact).map(Seen::Integer),
            Self::Text(fact) => facts.get(*fact).map(Seen::Text),
        }
    }
}
