//! Lines as people read them, of lines as SQLite makes them.

use data_encoding::{BASE64, HEXUPPER};
use serde_json::{Map, Value};
use tombola_domain::time::Timestamp;

/// Members whose values clients and operators wrote, or rules saw. Whatever they hold is left as it is.
const OTHERS: [&str; 4] = ["attributes", "data", "deliver", "disclosure"];

/// A line that SQLite should not have made.
#[derive(Debug, thiserror::Error)]
pub(super) enum LineError {
    #[error("not JSON: {0}")]
    Json(#[from] serde_json::Error),
    #[error("{0} is no time in milliseconds")]
    Time(String),
    #[error("{0} is no text in hexadecimal digits")]
    Bytes(String),
}

/// Times, under names that end in `_ms`, become RFC 3339, and bytes, under names that end in `_hex`, base 64.
pub(super) fn shown(line: &str) -> Result<String, LineError> {
    Ok(value(serde_json::from_str(line)?)?.to_string())
}

fn value(raw: Value) -> Result<Value, LineError> {
    match raw {
        Value::Array(items) => items.into_iter().map(value).collect::<Result<Vec<_>, _>>().map(Value::Array),
        Value::Object(members) => members.into_iter().map(member).collect::<Result<Map<_, _>, _>>().map(Value::Object),
        other => Ok(other),
    }
}

fn member((name, raw): (String, Value)) -> Result<(String, Value), LineError> {
    if OTHERS.contains(&name.as_str()) {
        return Ok((name, raw));
    }
    if let Some(short) = name.strip_suffix("_ms") {
        return match (raw.as_i64(), raw) {
            (Some(millis), _) => Ok((short.to_owned(), Timestamp::from_millis(millis).to_string().into())),
            (None, Value::Null) => Ok((short.to_owned(), Value::Null)),
            _ => Err(LineError::Time(name)),
        };
    }
    if let Some(short) = name.strip_suffix("_hex") {
        if raw.is_null() {
            return Ok((short.to_owned(), Value::Null));
        }
        let bytes = raw.as_str().and_then(|text| HEXUPPER.decode(text.as_bytes()).ok());
        let bytes = bytes.ok_or_else(|| LineError::Bytes(name.clone()))?;
        return Ok((short.to_owned(), BASE64.encode(&bytes).into()));
    }
    Ok((name, value(raw)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_bytes_are_shown_wherever_they_are_the_store_s() {
        let cases = [
            (r#"{"at_ms":1000,"due_ms":null}"#, r#"{"at":"1970-01-01T00:00:01.000Z","due":null}"#),
            (r#"{"history":[{"at_ms":-1}]}"#, r#"{"history":[{"at":"1969-12-31T23:59:59.999Z"}]}"#),
            (r#"{"bytes_hex":"FF00","none_hex":null}"#, r#"{"bytes":"/wA=","none":null}"#),
            (r#"{"data":{"at_ms":1,"b_hex":"x"}}"#, r#"{"data":{"at_ms":1,"b_hex":"x"}}"#),
        ];
        for (line, expected) in cases {
            assert_eq!(shown(line).unwrap(), expected);
        }
        for line in ["{", r#"{"at_ms":"soon"}"#, r#"{"b_hex":"f"}"#, r#"{"b_hex":1}"#] {
            assert!(shown(line).is_err(), "{line}");
        }
    }
}
