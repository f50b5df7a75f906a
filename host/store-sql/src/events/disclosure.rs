//! What stands behind the commitments of a rebate's receipt, as JSON: that of a draw's with `event` and perhaps `referrer`.

use serde::{Deserialize, Serialize};
use tombola_domain::rebate::Disclosure;

use crate::draws::{DecodeError, WireDisclosure};

#[derive(Serialize, Deserialize)]
struct Wire {
    #[serde(flatten)]
    values: WireDisclosure,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    referrer: Option<String>,
    event: String,
}

pub(super) fn encode(disclosure: &Disclosure) -> String {
    let wire = Wire {
        values: WireDisclosure::from(&disclosure.values),
        referrer: disclosure.referrer.as_ref().map(ToString::to_string),
        event: disclosure.event.to_string(),
    };
    serde_json::to_string(&wire).expect("texts and integers are JSON")
}

pub(super) fn decode(content: &str) -> Result<Disclosure, DecodeError> {
    let wire: Wire = serde_json::from_str(content)?;
    Ok(Disclosure {
        values: wire.values.read()?,
        referrer: wire.referrer.map(|referrer| referrer.parse()).transpose()?,
        event: wire.event.parse()?,
    })
}

#[cfg(test)]
mod tests {
    use tombola_domain::fact::Value;
    use tombola_domain::receipt;

    use super::*;

    #[test]
    fn every_disclosure_goes_there_and_back() {
        for referrer in [None, Some("b".parse().unwrap())] {
            let facts = vec![
                ("one".to_owned(), Value::Integer(i64::MIN)),
                ("two".to_owned(), Value::Texts(vec![String::new()])),
                ("three".to_owned(), Value::None),
            ];
            let values = receipt::Disclosure { salt: [171; 32], player: "a \"b\"".parse().unwrap(), facts };
            let disclosure = Disclosure { values, referrer, event: "event".parse().unwrap() };
            assert_eq!(decode(&encode(&disclosure)).unwrap(), disclosure);
        }
    }

    #[test]
    fn what_was_written_before_is_read() {
        let salt = "00".repeat(32);
        let text = format!(
            r#"{{"salt":"{salt}","player":"a","referrer":"b","event":"e","facts":[["event.count.total",{{"integer":3}}]]}}"#
        );
        let read = decode(&text).unwrap();
        assert_eq!((read.values.facts.len(), read.referrer), (1, Some("b".parse().unwrap())));
    }
}
