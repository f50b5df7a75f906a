//! Signatures of webhooks, as <https://www.standardwebhooks.com> has them: HMAC-SHA256 over the message's id, the moment at
//! which it is sent, and its body.

use std::fmt;
use std::str::FromStr;

use data_encoding::BASE64;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::time::Timestamp;

/// What the text of a secret begins with.
const PREFIX: &str = "whsec_";
/// Bytes of a secret, as the standard bounds them.
const SECRET_BYTES: std::ops::RangeInclusive<usize> = 24..=64;
/// Secrets that are live at once: while one takes the place of another, messages are signed with both.
pub const SECRETS_MAX: usize = 2;

/// What a destination and its receiver share.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Vec<u8>);

/// A text that is no secret. It is not repeated.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a secret is `whsec_` and then 24 to 64 bytes in base 64")]
pub struct ParseSecretError;

impl Secret {
    /// Its bytes, for sealing.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl TryFrom<&[u8]> for Secret {
    type Error = ParseSecretError;

    fn try_from(bytes: &[u8]) -> Result<Self, ParseSecretError> {
        if SECRET_BYTES.contains(&bytes.len()) { Ok(Self(bytes.to_owned())) } else { Err(ParseSecretError) }
    }
}

impl FromStr for Secret {
    type Err = ParseSecretError;

    fn from_str(text: &str) -> Result<Self, ParseSecretError> {
        let encoded = text.strip_prefix(PREFIX).ok_or(ParseSecretError)?;
        let bytes = BASE64.decode(encoded.as_bytes()).map_err(|_| ParseSecretError)?;
        Self::try_from(bytes.as_slice())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Secret(…)")
    }
}

/// The header `webhook-signature`: one signature for each secret.
pub fn signatures(secrets: &[Secret], id: &str, sent_at: Timestamp, body: &[u8]) -> String {
    let signature = |secret: &Secret| {
        let mut mac: Hmac<Sha256> = Hmac::new_from_slice(&secret.0).expect("HMAC takes keys of any length");
        mac.update(format!("{id}.{}.", sent_at.as_seconds()).as_bytes());
        mac.update(body);
        format!("v1,{}", BASE64.encode(&mac.finalize().into_bytes()))
    };
    secrets.iter().map(signature).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_standard_s_own_example() {
        // Its secret is shorter than the standard demands elsewhere.
        let secret = Secret(BASE64.decode(b"plJ3nmyCDGBKInavdOK15jsl").unwrap());
        let body = br#"{"event_type":"ping","data":{"success":true}}"#;
        let sent_at = Timestamp::from_millis(1_731_705_121_999);
        let signed = signatures(&[secret], "msg_loFOjxBNrRLzqYUf", sent_at, body);
        assert_eq!(signed, "v1,rAvfW3dJ/X/qxhsaXPOyyCGmRKsaKWcsNccKXlIktD0=");
    }

    #[test]
    fn every_secret_signs() {
        let secret = |byte: u8| Secret::try_from(&[byte; 24][..]).unwrap();
        let sign = |secrets: &[Secret]| signatures(secrets, "id", Timestamp::from_millis(0), b"{}");
        let both = sign(&[secret(1), secret(2)]);
        assert_eq!(both, format!("{} {}", sign(&[secret(1)]), sign(&[secret(2)])));
    }

    #[test]
    fn secrets_are_of_a_length_and_do_not_show() {
        let text = |length: usize| format!("whsec_{}", BASE64.encode(&vec![7; length]));
        for length in [24, 64] {
            assert_eq!(text(length).parse::<Secret>().unwrap().as_bytes(), vec![7; length]);
        }
        for bad in [text(23), text(65), "whsec_".to_owned(), text(24).replace("whsec_", ""), "whsec_%".to_owned()] {
            assert_eq!(bad.parse::<Secret>(), Err(ParseSecretError), "{bad}");
        }
        assert_eq!(format!("{:?}", text(24).parse::<Secret>()), "Ok(Secret(…))");
    }
}
