//! Secrets at rest: sealed under the host's key, and bound to the destination's name.

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{ChaCha20Poly1305, Key, Nonce};
use tombola_domain::id::DestinationName;
use tombola_domain::webhook::Secret;

use crate::HostKey;
use crate::entropy::Entropy;

/// Bytes of a nonce, which stands before what it sealed.
const NONCE_BYTES: usize = 12;

pub(super) fn seal(key: &HostKey, entropy: &dyn Entropy, name: &DestinationName, secrets: &[Secret]) -> Vec<u8> {
    let plain: Vec<u8> = secrets.iter().flat_map(|secret| framed(secret.as_bytes())).collect();
    // Secrets change a few times a year, so that random nonces never meet.
    let nonce: [u8; NONCE_BYTES] = *entropy.bytes().first_chunk().expect("twelve of thirty-two");
    let payload = Payload { msg: &plain, aad: name.as_str().as_bytes() };
    let sealed = cipher(key).encrypt(&Nonce::from(nonce), payload).expect("some hundred bytes can be sealed");
    [&nonce[..], &sealed].concat()
}

/// `None` where it was sealed under another key, or for another destination.
pub(super) fn open(key: &HostKey, name: &DestinationName, sealed: &[u8]) -> Option<Vec<Secret>> {
    let (nonce, sealed) = sealed.split_first_chunk::<NONCE_BYTES>()?;
    let payload = Payload { msg: sealed, aad: name.as_str().as_bytes() };
    let plain = cipher(key).decrypt(&Nonce::from(*nonce), payload).ok()?;
    let (mut rest, mut secrets) = (plain.as_slice(), vec![]);
    while let Some((length, after)) = rest.split_first() {
        let (secret, after) = after.split_at_checked(usize::from(*length))?;
        secrets.push(Secret::try_from(secret).ok()?);
        rest = after;
    }
    Some(secrets)
}

/// A secret after its length, which fits in a byte.
pub(super) fn framed(secret: &[u8]) -> Vec<u8> {
    let length = u8::try_from(secret.len()).expect("a secret has at most 64 bytes");
    [&[length], secret].concat()
}

fn cipher(key: &HostKey) -> ChaCha20Poly1305 {
    ChaCha20Poly1305::new(&Key::from(key.derived("destination-seal")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy::SeededEntropy;

    #[test]
    fn secrets_open_under_their_key_and_name_alone() {
        let (key, entropy) = (HostKey::from_bytes([1; 32]), SeededEntropy::new(1));
        let name = |name: &str| name.parse::<DestinationName>().unwrap();
        let secrets = [24, 64].map(|length| Secret::try_from(vec![7; length].as_slice()).unwrap());
        let mut sealed = seal(&key, &entropy, &name("crm"), &secrets);
        assert_eq!(open(&key, &name("crm"), &sealed).as_deref(), Some(&secrets[..]));
        assert_eq!(open(&key, &name("crn"), &sealed), None);
        assert_eq!(open(&HostKey::from_bytes([2; 32]), &name("crm"), &sealed), None);
        assert_eq!(open(&key, &name("crm"), &sealed[..8]), None);
        sealed[20] ^= 1;
        assert_eq!(open(&key, &name("crm"), &sealed), None);
    }
}
