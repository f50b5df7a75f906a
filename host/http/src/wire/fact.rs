use serde::Deserialize;
use tombola_domain::fact::Value;

/// The value of a fact.
#[derive(Debug, Deserialize)]
#[serde(untagged, expecting = "null, true or false, a whole number, a text, or a list of numbers or of texts")]
pub(crate) enum Fact {
    Boolean(bool),
    Integer(i64),
    Text(String),
    Integers(Vec<i64>),
    Texts(Vec<String>),
    None(()),
}

impl From<Fact> for Value {
    fn from(fact: Fact) -> Self {
        match fact {
            Fact::None(()) => Self::None,
            Fact::Boolean(value) => Self::Boolean(value),
            Fact::Integer(value) => Self::Integer(value),
            Fact::Integers(values) => Self::Integers(values),
            Fact::Text(value) => Self::Text(value),
            Fact::Texts(values) => Self::Texts(values),
        }
    }
}

/// The value as it is answered.
pub(crate) fn json(value: &Value) -> serde_json::Value {
    match value {
        Value::None => serde_json::Value::Null,
        Value::Boolean(value) => (*value).into(),
        Value::Integer(value) => (*value).into(),
        Value::Integers(values) => values.clone().into(),
        Value::Text(value) => value.clone().into(),
        Value::Texts(values) => values.clone().into(),
    }
}
