//! Values of facts in JSON.

use serde_json::Value as Json;
use tombola_domain::fact::Value;

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

/// The values that this may be: none where no fact has such a one, and two where a list is empty.
pub(crate) fn from_json(json: &Json) -> Vec<Value> {
    match json {
        Json::Null => vec![Value::None],
        Json::Bool(value) => vec![Value::Boolean(*value)],
        Json::Number(number) => number.as_i64().map(Value::Integer).into_iter().collect(),
        Json::String(text) => vec![Value::Text(text.clone())],
        Json::Array(items) => {
            let integers = items.iter().map(Json::as_i64).collect::<Option<_>>().map(Value::Integers);
            let text = |item: &Json| item.as_str().map(str::to_owned);
            let texts = items.iter().map(text).collect::<Option<_>>().map(Value::Texts);
            integers.into_iter().chain(texts).collect()
        }
        Json::Object(_) => vec![],
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_go_there_and_back() {
        let texts = Value::Texts(vec!["a".to_owned(), String::new()]);
        for value in [
            Value::None,
            Value::Boolean(true),
            Value::Integer(i64::MIN),
            Value::Integers(vec![3, -3]),
            Value::Text("7".to_owned()),
            texts,
        ] {
            assert_eq!(from_json(&to_json(&value)), [value]);
        }
        assert_eq!(from_json(&json!([])), [Value::Integers(vec![]), Value::Texts(vec![])]);
        for unknown in [json!(7.5), json!(u64::MAX), json!(["a", 1]), json!([null]), json!({})] {
            assert_eq!(from_json(&unknown), []);
        }
    }
}
