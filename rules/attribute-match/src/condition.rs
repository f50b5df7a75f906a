//! The comparison itself.

use schemars::JsonSchema;
use serde::Deserialize;
use tombola_rule::{Fact, FactValue, Facts, Needs, Problem};

use crate::scalar::Scalar;

/// Values to compare with: more of them belong into a list that operators keep.
const VALUES_MAX: usize = 1_000;

/// How an attribute is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Op {
    /// With `value`.
    Equals,
    /// With `value`; an attribute that is not there matches.
    NotEquals,
    /// With `values`.
    OneOf,
    /// With `values`; an attribute that is not there matches.
    NotOneOf,
    /// With `value`, an integer.
    AtLeast,
    /// With `value`, an integer.
    AtMost,
}

/// What is compared with what, as it is written.
#[derive(Debug)]
pub(crate) struct Comparison {
    pub(crate) attribute: String,
    pub(crate) op: Op,
    pub(crate) value: Option<Scalar>,
    pub(crate) values: Option<Vec<Scalar>>,
}

/// What is compared with what, ready to be asked.
#[derive(Debug)]
pub(crate) enum Condition {
    Booleans(Membership<bool>),
    Integers(Membership<i64>),
    Texts(Membership<String>),
    Between { fact: Fact<Option<i64>>, low: i64, high: i64 },
}

/// Whether a fact is one of some values, or is none of them.
#[derive(Debug)]
pub(crate) struct Membership<T> {
    fact: Fact<Option<T>>,
    /// Sorted.
    values: Vec<T>,
    expected: bool,
}

impl Comparison {
    /// Asks for the attribute, in the type that its values have.
    pub(crate) fn declare<O: PartialEq>(self, needs: &mut Needs<O>) -> Result<Condition, Problem> {
        if self.attribute.is_empty() {
            return Err(Problem::at("/attribute", "the attribute has no name"));
        }
        let name = ["attribute.", &self.attribute].concat();
        let many = matches!(self.op, Op::OneOf | Op::NotOneOf);
        let values = match (many, self.value, self.values) {
            (true, None, Some(values)) => values,
            (false, Some(value), None) => vec![value],
            (true, ..) => return Err(Problem::at("", "this comparison takes `values`, and no `value`")),
            (false, ..) => return Err(Problem::at("", "this comparison takes `value`, and no `values`")),
        };
        let (low, high) = match (self.op, values.as_slice()) {
            (Op::AtLeast, [Scalar::Integer(low)]) => (*low, i64::MAX),
            (Op::AtMost, [Scalar::Integer(high)]) => (i64::MIN, *high),
            (Op::AtLeast | Op::AtMost, _) => return Err(Problem::at("/value", "only integers have an order")),
            (op, _) => return membership(name, values, matches!(op, Op::Equals | Op::OneOf), needs),
        };
        Ok(Condition::Between { fact: needs.fact(name), low, high })
    }
}

/// The first value tells the type of all.
fn membership<O: PartialEq>(
    name: String,
    values: Vec<Scalar>,
    expected: bool,
    needs: &mut Needs<O>,
) -> Result<Condition, Problem> {
    if values.len() > VALUES_MAX {
        return Err(Problem::at("/values", "these are more than 1,000 values"));
    }
    Ok(match values.first() {
        None => return Err(Problem::at("/values", "there is no value to compare with")),
        Some(Scalar::Boolean(_)) => Condition::Booleans(Membership::new(name, values, expected, needs)?),
        Some(Scalar::Integer(_)) => Condition::Integers(Membership::new(name, values, expected, needs)?),
        Some(Scalar::Text(_)) => Condition::Texts(Membership::new(name, values, expected, needs)?),
    })
}

impl<T: Ord + TryFrom<Scalar>> Membership<T>
where
    Option<T>: FactValue,
{
    fn new<O: PartialEq>(
        name: String,
        values: Vec<Scalar>,
        expected: bool,
        needs: &mut Needs<O>,
    ) -> Result<Self, Problem> {
        let other_type = |index: usize| {
            let place = ["/values/", &index.to_string()].concat();
            Problem::at(place, "this value has another type than the first one")
        };
        let mut sorted = Vec::new();
        for (index, value) in values.into_iter().enumerate() {
            let value = T::try_from(value).map_err(|_| other_type(index))?;
            // A sort would be a third of the component, and the values are few.
            if let Err(place) = sorted.binary_search(&value) {
                sorted.insert(place, value);
            }
        }
        Ok(Self { fact: needs.fact(name), values: sorted, expected })
    }
}

impl Condition {
    /// Whether the attribute of this request matches.
    pub(crate) fn holds(&self, facts: &Facts<'_>) -> bool {
        match self {
            Self::Booleans(Membership { fact, values, expected }) => {
                facts.get(*fact).is_some_and(|value| values.contains(&value)) == *expected
            }
            Self::Integers(Membership { fact, values, expected }) => {
                facts.get(*fact).is_some_and(|value| values.binary_search(&value).is_ok()) == *expected
            }
            Self::Texts(Membership { fact, values, expected }) => {
                let is_among = |value: &str| values.binary_search_by(|other| other.as_str().cmp(value)).is_ok();
                facts.get(*fact).is_some_and(is_among) == *expected
            }
            Self::Between { fact, low, high } => {
                facts.get(*fact).is_some_and(|value| *low <= value && value <= *high)
            }
        }
    }
}

/// A value of another type than was expected.
#[derive(Debug)]
pub(crate) struct OtherType;

impl TryFrom<Scalar> for bool {
    type Error = OtherType;

    fn try_from(value: Scalar) -> Result<Self, OtherType> {
        if let Scalar::Boolean(value) = value { Ok(value) } else { Err(OtherType) }
    }
}

impl TryFrom<Scalar> for i64 {
    type Error = OtherType;

    fn try_from(value: Scalar) -> Result<Self, OtherType> {
        if let Scalar::Integer(value) = value { Ok(value) } else { Err(OtherType) }
    }
}

impl TryFrom<Scalar> for String {
    type Error = OtherType;

    fn try_from(value: Scalar) -> Result<Self, OtherType> {
        if let Scalar::Text(value) = value { Ok(value) } else { Err(OtherType) }
    }
}
