//! What stands behind a receipt's commitments, as JSON: `{"salt": hexadecimal, "player": …, "facts": [[name, value], …]}`,
//! where each value carries its type, as in `{"integer": 3}`.

use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};
use tombola_domain::fact::Value;
use tombola_domain::receipt::Disclosure;

/// The JSON itself; receipts of rebates have more beside it.
#[derive(Serialize, Deserialize)]
pub(crate) struct WireDisclosure {
    salt: String,
    player: String,
    facts: Vec<(String, WireValue)>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum WireValue {
    None,
    Boolean(bool),
    Integer(i64),
    Integers(Vec<i64>),
    Text(String),
    Texts(Vec<String>),
}

/// A text that is no disclosure.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DecodeError {
    #[error("not the JSON of a disclosure: {0}")]
    Json(#[from] serde_json::Error),
    #[error("the salt is not 64 hexadecimal digits")]
    Salt,
    #[error("no player or event: {0}")]
    Player(#[from] tombola_domain::id::IdError),
}

pub(super) fn encode(disclosure: &Disclosure) -> String {
    serde_json::to_string(&WireDisclosure::from(disclosure)).expect("texts and integers are JSON")
}

pub(super) fn decode(content: &str) -> Result<Disclosure, DecodeError> {
    serde_json::from_str::<WireDisclosure>(content)?.read()
}

impl From<&Disclosure> for WireDisclosure {
    fn from(disclosure: &Disclosure) -> Self {
        Self {
            salt: HEXLOWER.encode(&disclosure.salt),
            player: disclosure.player.to_string(),
            facts: disclosure.facts.iter().map(|(name, value)| (name.clone(), value.into())).collect(),
        }
    }
}

impl WireDisclosure {
    pub(crate) fn read(self) -> Result<Disclosure, DecodeError> {
        let salt = HEXLOWER.decode(self.salt.as_bytes()).map_err(|_| DecodeError::Salt)?;
        Ok(Disclosure {
            salt: salt.try_into().map_err(|_| DecodeError::Salt)?,
            player: self.player.parse()?,
            facts: self.facts.into_iter().map(|(name, value)| (name, value.into())).collect(),
        })
    }
}

impl From<&Value> for WireValue {
    fn from(value: &Value) -> Self {
        match value {
            Value::None => Self::None,
            Value::Boolean(value) => Self::Boolean(*value),
            Value::Integer(value) => Self::Integer(*value),
            Value::Integers(values) => Self::Integers(values.clone()),
            Value::Text(value) => Self::Text(value.clone()),
            Value::Texts(values) => Self::Texts(values.clone()),
        }
    }
}

impl From<WireValue> for Value {
    fn from(value: WireValue) -> Self {
        match value {
            WireValue::None => Self::None,
            WireValue::Boolean(value) => Self::Boolean(value),
            WireValue::Integer(value) => Self::Integer(value),
            WireValue::Integers(values) => Self::Integers(values),
            WireValue::Text(value) => Self::Text(value),
            WireValue::Texts(values) => Self::Texts(values),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_goes_there_and_back() {
        let values = [
            Value::None,
            Value::Boolean(true),
            Value::Integer(i64::MIN),
            Value::Integers(vec![]),
            Value::Integers(vec![i64::MAX, 0]),
            Value::Text("\"ä\"".to_owned()),
            Value::Texts(vec![]),
            Value::Texts(vec![String::new(), "b".to_owned()]),
        ];
        let facts = values.into_iter().enumerate().map(|(number, value)| (format!("fact-{number}"), value));
        let disclosure = Disclosure { salt: [171; 32], player: "a \"b\"".parse().unwrap(), facts: facts.collect() };
        assert_eq!(decode(&encode(&disclosure)).unwrap(), disclosure);
    }

    #[test]
    fn what_is_no_disclosure_is_refused() {
        let with = |salt: &str, player: &str| format!(r#"{{"salt": "{salt}", "player": "{player}", "facts": []}}"#);
        let salt = "00".repeat(32);
        assert!(decode(&with(&salt, "alice")).is_ok());
        assert!(matches!(decode(&with("00", "alice")), Err(DecodeError::Salt)));
        assert!(matches!(decode(&with(&salt, "")), Err(DecodeError::Player(_))));
        assert!(matches!(decode("{}"), Err(DecodeError::Json(_))));
    }
}
