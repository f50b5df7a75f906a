//! Epochs: their secrets are sealed in the store, and the current one's is open in memory only.

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{ChaCha20Poly1305, Key, Nonce};
use tombola_domain::digest::Digest;
use tombola_domain::epoch::Secret;
use tombola_domain::signature::{PublicKey, Signer};
use tombola_domain::time::Timestamp;
use tombola_store::epochs::{Epoch, NewEpoch, Phase, Rotated, Rotation};
use tombola_store::{Store, StoreError};

use crate::clock::Clock;
use crate::entropy::Entropy;
use crate::intent::Intent;
use crate::live::Live;
use crate::tokens::LOCAL;
use crate::{App, Error, Result};

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

    /// The key that signs receipts.
    pub fn signer(&self) -> Signer {
        Signer::from_seed(&self.derived("receipt-signature"))
    }

    /// Whether this key opens an epoch's secret.
    pub fn opens(&self, commitment: &Digest, sealed: &[u8]) -> std::result::Result<(), SealError> {
        self.unseal(commitment, sealed).map(drop)
    }

    fn unseal(&self, commitment: &Digest, sealed: &[u8]) -> std::result::Result<Secret, SealError> {
        let (nonce, cipher) = sealed.split_first_chunk::<12>().ok_or(SealError)?;
        let payload = Payload { msg: cipher, aad: commitment.as_bytes() };
        let secret = self.cipher().decrypt(&Nonce::from(*nonce), payload).map_err(|_| SealError)?;
        let secret = Secret::from_bytes(secret.try_into().map_err(|_| SealError)?);
        if secret.commitment() == *commitment { Ok(secret) } else { Err(SealError) }
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

/// What may be known of an epoch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EpochView {
    /// Its number.
    pub number: u64,
    /// What was published before its first draw.
    pub commitment: Digest,
    /// How far it is; the secret is in it once it has ended.
    pub phase: Phase,
}

impl From<Epoch> for EpochView {
    fn from(epoch: Epoch) -> Self {
        Self { number: epoch.number, commitment: epoch.commitment, phase: epoch.phase }
    }
}

/// The epoch that draws belong to.
#[derive(Debug)]
pub(crate) struct OpenEpoch {
    pub(crate) number: u64,
    pub(crate) commitment: Digest,
    pub(crate) secret: Secret,
}

/// A rotation that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RotatedEpoch {
    /// The epoch that is current now.
    pub current: EpochView,
    /// The one before it, with its secret.
    pub ended: EpochView,
    /// Whether an earlier request with the same key did it.
    pub replayed: bool,
}

impl App {
    /// Epochs with a number below `before`, if given, latest first, at most `limit`.
    pub async fn epochs(&self, before: Option<u64>, limit: u32) -> Result<Vec<EpochView>> {
        Ok(self.store.epochs(before, limit).await?.into_iter().map(EpochView::from).collect())
    }

    /// One epoch.
    pub async fn epoch(&self, number: u64) -> Result<EpochView> {
        // Whoever asks has the number from a receipt of this host's.
        let epoch = self.store.epoch(number).await?;
        epoch.map(EpochView::from).ok_or_else(|| Error::Store(StoreError::Unavailable("an epoch is missing".into())))
    }

    /// The keys with which receipts were and are signed, each with the time of its first use, earliest first.
    pub async fn signing_keys(&self) -> Result<Vec<(PublicKey, Timestamp)>> {
        Ok(self.store.signing_keys().await?)
    }

    /// Ends the epoch, begins the one that was announced, and announces another. When this returns, the ended epoch's secret is
    /// public, and no draw of it can commit any more.
    pub async fn rotate_epoch(&self, intent: Intent) -> Result<RotatedEpoch> {
        let operation = intent.operation(&[b"rotate-epoch"], self.clock.now());
        let done = {
            let _turn = self.activating.lock().await;
            let current = self.live.snapshot().epoch.clone();
            // An epoch whose secret stays closed must not begin. That there is one to come is the store's to say.
            let announced = match self.store.epoch(current.number + 1).await? {
                Some(announced) => Some(unseal(&self.host_key, &announced)?),
                None => None,
            };
            let next = sealed(&self.host_key, &*self.entropy);
            let rotation = Rotation { ends: current.number, secret: current.secret.clone(), next };
            let done = match self.store.rotate_epoch(&operation, &rotation).await {
                Ok(done) => done,
                Err(error) => return Err(self.not_activated(error.into()).await),
            };
            let Rotated { epoch, activation } = done.result;
            let begun = announced.filter(|announced| announced.number == epoch);
            self.follow(activation, begun.map(|begun| move |live: &Live| live.rotate(activation, begun))).await?;
            done
        };
        // They had nothing to prepare: the host's key, with which they started, opens it.
        self.have_taken_up(done.result.activation).await;
        tracing::info!(epoch = done.result.epoch, activation = done.result.activation, "an epoch began");
        let current = self.epoch(done.result.epoch).await?;
        let ended = self.epoch(done.result.epoch - 1).await?;
        Ok(RotatedEpoch { current, ended, replayed: done.replayed })
    }
}

/// Sees to it that there are epochs to draw in, and that a restored database draws in none of the one that was copied.
pub(crate) async fn begin(store: &dyn Store, key: &HostKey, entropy: &dyn Entropy, clock: &dyn Clock) -> Result<()> {
    // Under another key nothing may be written: the current epoch, and the announced one.
    let known = store.epochs(None, 2).await?;
    for epoch in &known {
        unseal(key, epoch)?;
    }
    let new = [sealed(key, entropy), sealed(key, entropy)];
    if store.is_copy().await? {
        tracing::warn!("the database was restored from a copy: its epochs are abandoned, and a new one begins");
        let operation = Intent::of(LOCAL).operation(&[b"abandon-epochs"], clock.now());
        let latest = known.first().map_or(0, |epoch| epoch.number);
        return Ok(store.abandon_epochs(&operation, latest, new).await?);
    }
    Ok(store.begin_epochs(new, clock.now()).await?)
}

/// Opens an epoch of the store's.
pub(crate) async fn open(store: &dyn Store, key: &HostKey, number: u64) -> Result<OpenEpoch> {
    let epoch = store.epoch(number).await?;
    let epoch = epoch.ok_or_else(|| StoreError::Unavailable("the current epoch is missing".into()))?;
    Ok(unseal(key, &epoch)?)
}

/// A new epoch with a secret that nobody knows.
fn sealed(key: &HostKey, entropy: &dyn Entropy) -> NewEpoch {
    let secret = Secret::from_bytes(entropy.bytes());
    let commitment = secret.commitment();
    let payload = Payload { msg: secret.as_bytes(), aad: commitment.as_bytes() };
    // A sealing key is used for a handful of epochs with random nonces, far below where they might meet.
    let nonce: [u8; 12] = entropy.bytes()[..12].try_into().expect("twelve of thirty-two");
    let cipher = key.cipher().encrypt(&Nonce::from(nonce), payload).expect("32 bytes can be sealed");
    NewEpoch { commitment, sealed: [&nonce[..], &cipher].concat() }
}

fn unseal(key: &HostKey, epoch: &Epoch) -> std::result::Result<OpenEpoch, SealError> {
    let secret = key.unseal(&epoch.commitment, &epoch.sealed)?;
    Ok(OpenEpoch { number: epoch.number, commitment: epoch.commitment, secret })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy::SeededEntropy;

    #[test]
    fn only_the_right_key_opens_the_secret() {
        let key = HostKey::from_bytes([1; 32]);
        let NewEpoch { commitment, sealed } = sealed(&key, &SeededEntropy::new(1));
        let mut epoch = Epoch { number: 1, commitment, sealed, phase: Phase::Announced };
        let open = unseal(&key, &epoch).unwrap();
        assert_eq!(open.secret.commitment(), epoch.commitment);
        assert!(unseal(&HostKey::from_bytes([2; 32]), &epoch).is_err());
        epoch.sealed[20] ^= 1;
        assert!(unseal(&key, &epoch).is_err());
    }
}
