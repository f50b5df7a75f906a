//! Values of facts in JSON.

use serde_json::Value as Json;
use tombola_domain::fact::{FactType, Value};

pub(crate) fn to_json(value: &Value) -> Json {
    match value {
        Value::None => Json::Null,
        Value::Boolean(value) => (*value).into(),
        Value::Integer(value) => (*value).into(),
        Value::Integers(values) => values.clone().into(),
        Value::Text(value) => value.clone().into(),
        Value::Texts(values) => values.clone().into(),
    }
}

/// The value of a fact of this type; `None` where it is of another.
pub(crate) fn from_json(json: &Json, expected: FactType) -> Option<Value> {
    if json.is_null() {
        return Some(Value::None);
    }
    Some(match expected {
        FactType::Boolean => Value::Boolean(json.as_bool()?),
        FactType::Integer => Value::Integer(json.as_i64()?),
        FactType::Integers => Value::Integers(json.as_array()?.iter().map(Json::as_i64).collect::<Option<_>>()?),
        FactType::Text => Value::Text(json.as_str()?.to_owned()),
        FactType::Texts => {
            let text = |json: &Json| json.as_str().map(str::to_owned);
            Value::Texts(json.as_array()?.iter().map(text).collect::<Option<_>>()?)
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_go_there_and_back() {
        let texts = Value::Texts(vec!["a".to_owned(), String::new()]);
        for (value, fact_type) in [
            (Value::None, FactType::Text),
            (Value::Boolean(true), FactType::Boolean),
            (Value::Integer(i64::MIN), FactType::Integer),
            (Value::Integers(vec![]), FactType::Integers),
            (Value::Text("7".to_owned()), FactType::Text),
            (texts, FactType::Texts),
        ] {
            assert_eq!(from_json(&to_json(&value), fact_type), Some(value));
        }
        assert_eq!(from_json(&Json::from(7), FactType::Text), None);
        assert_eq!(from_json(&Json::from(7.5), FactType::Integer), None);
    }
}
