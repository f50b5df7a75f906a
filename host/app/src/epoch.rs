//! The epoch's secret: sealed in the store, open in memory only.

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{ChaCha20Poly1305, Key, Nonce};
use tombola_domain::digest::Digest;
use tombola_domain::epoch::Secret;
use tombola_domain::time::Timestamp;
use tombola_store::Store;
use tombola_store::epochs::Epoch;

use crate::Result;
use crate::clock::Clock;
use crate::entropy::Entropy;

/// The host's key, which comes from outside of the database. Whoever holds it and the database can predict draws.
#[derive(Clone)]
pub struct HostKey([u8; 32]);

impl HostKey {
    /// The key with these bytes.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// A key for one purpose, from which this one can't be found.
    pub fn derived(&self, purpose: &str) -> [u8; 32] {
        *Digest::tagged("tombola/host-key/v1", &[&self.0, purpose.as_bytes()]).as_bytes()
    }

    fn cipher(&self) -> ChaCha20Poly1305 {
        ChaCha20Poly1305::new(&Key::from(self.derived("epoch-seal")))
    }
}

impl std::fmt::Debug for HostKey {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("HostKey(…)")
    }
}

/// The sealed secret does not open under this host's key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "the epoch's secret does not open under this host's key; give the host the key that the database was made with"
)]
pub struct SealError;

/// What may be known of an epoch before it ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EpochView {
    /// Its number.
    pub number: u64,
    /// What was published before its first draw.
    pub commitment: Digest,
    /// When it began.
    pub began_at: Timestamp,
}

/// The epoch that draws belong to.
pub(crate) struct OpenEpoch {
    pub(crate) view: EpochView,
    pub(crate) secret: Secret,
}

/// Opens the store's epoch, or begins the first one.
pub(crate) async fn open(
    store: &dyn Store,
    key: &HostKey,
    entropy: &dyn Entropy,
    clock: &dyn Clock,
) -> Result<std::result::Result<OpenEpoch, SealError>> {
    let epoch = match store.epoch().await? {
        Some(epoch) => epoch,
        None => store.begin_first_epoch(&first(key, entropy, clock)).await?,
    };
    Ok(unseal(key, &epoch))
}

fn first(key: &HostKey, entropy: &dyn Entropy, clock: &dyn Clock) -> Epoch {
    let secret = Secret::from_bytes(entropy.bytes());
    let commitment = secret.commitment();
    let payload = Payload { msg: secret.as_bytes(), aad: commitment.as_bytes() };
    // A sealing key is used for a handful of epochs with random nonces, far below where they might meet.
    let nonce: [u8; 12] = entropy.bytes()[..12].try_into().expect("twelve of thirty-two");
    let cipher = key.cipher().encrypt(&Nonce::from(nonce), payload).expect("32 bytes can be sealed");
    Epoch { number: 1, commitment, sealed: [&nonce[..], &cipher].concat(), began_at: clock.now() }
}

fn unseal(key: &HostKey, epoch: &Epoch) -> std::result::Result<OpenEpoch, SealError> {
    let (nonce, cipher) = epoch.sealed.split_first_chunk::<12>().ok_or(SealError)?;
    let payload = Payload { msg: cipher, aad: epoch.commitment.as_bytes() };
    let secret = key.cipher().decrypt(&Nonce::from(*nonce), payload).map_err(|_| SealError)?;
    let secret = Secret::from_bytes(secret.try_into().map_err(|_| SealError)?);
    let matches = secret.commitment() == epoch.commitment;
    let view = EpochView { number: epoch.number, commitment: epoch.commitment, began_at: epoch.began_at };
    matches.then_some(OpenEpoch { view, secret }).ok_or(SealError)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::SettableClock;
    use crate::entropy::SeededEntropy;

    #[test]
    fn only_the_right_key_opens_the_secret() {
        let key = HostKey::from_bytes([1; 32]);
        let clock = SettableClock::new("2026-12-01T00:00:00Z".parse().unwrap());
        let mut epoch = first(&key, &SeededEntropy::new(1), &clock);
        let open = unseal(&key, &epoch).unwrap();
        assert_eq!(open.secret.commitment(), epoch.commitment);
        assert!(unseal(&HostKey::from_bytes([2; 32]), &epoch).is_err());
        epoch.sealed[20] ^= 1;
        assert!(unseal(&key, &epoch).is_err());
    }
}
