//! What stands behind the commitments of a rebate's receipt, as JSON: that of a draw's with `event` and perhaps `referrer`.

use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};
use tombola_domain::rebate::Disclosure;

use crate::draws::{DecodeError, WireValue};

#[derive(Serialize, Deserialize)]
struct Wire {
    salt: String,
    player: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    referrer: Option<String>,
    event: String,
    facts: Vec<(String, WireValue)>,
}

pub(super) fn encode(disclosure: &Disclosure) -> String {
    let wire = Wire {
        salt: HEXLOWER.encode(&disclosure.salt),
        player: disclosure.player.to_string(),
        referrer: disclosure.referrer.as_ref().map(ToString::to_string),
        event: disclosure.event.to_string(),
        facts: disclosure.facts.iter().map(|(name, value)| (name.clone(), value.into())).collect(),
    };
    serde_json::to_string(&wire).expect("texts and integers are JSON")
}

pub(super) fn decode(content: &str) -> Result<Disclosure, DecodeError> {
    let wire: Wire = serde_json::from_str(content)?;
    let salt = HEXLOWER.decode(wire.salt.as_bytes()).map_err(|_| DecodeError::Salt)?;
    Ok(Disclosure {
        salt: salt.try_into().map_err(|_| DecodeError::Salt)?,
        player: wire.player.parse()?,
        referrer: wire.referrer.map(|referrer| referrer.parse()).transpose()?,
        event: wire.event.parse()?,
        facts: wire.facts.into_iter().map(|(name, value)| (name, value.into())).collect(),
    })
}
