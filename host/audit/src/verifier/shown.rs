//! What receipts name: revisions, modules and epochs, as they were shown.

use std::collections::HashMap;

use data_encoding::{BASE64, HEXLOWER};
use tombola_domain::digest::Digest;
use tombola_domain::epoch::Secret;
use tombola_domain::receipt::Receipt;
use tombola_engine::revision::Revision;

use crate::verdict::Flaw;
use crate::wire::{self, Record};

#[derive(Debug, Default)]
pub(super) struct Shown {
    /// Canonical texts.
    pub(super) revisions: HashMap<Digest, String>,
    pub(super) modules: HashMap<Digest, Vec<u8>>,
    /// By number and commitment, since a restored database counts on from where its copy was made. With the secret, where
    /// one was shown.
    pub(super) epochs: HashMap<(u64, Digest), Option<Secret>>,
}

impl Shown {
    pub(super) fn learn(&mut self, record: &Record) -> Result<(), Flaw> {
        if let Some(revision) = &record.revision {
            self.revisions.entry(Revision::digest(revision)).or_insert_with(|| revision.clone());
        }
        for (digest, module) in &record.modules {
            let (digest, module) = read_module(digest, module)?;
            self.modules.insert(digest, module);
        }
        if let Some(shown) = &record.epoch {
            let (commitment, secret) = read_epoch(shown)?;
            let known = self.epochs.entry((shown.epoch, commitment)).or_default();
            *known = known.take().or(secret);
        }
        Ok(())
    }
}

fn read_module(digest: &str, module: &str) -> Result<(Digest, Vec<u8>), Flaw> {
    let flaw = |reason: String| Flaw::new(format!("modules.{digest}"), reason);
    let named: Digest = digest.parse().map_err(|_| flaw("it is not named by a digest".to_owned()))?;
    let bytes = BASE64.decode(module.as_bytes()).map_err(|error| flaw(error.to_string()))?;
    if Digest::of(&bytes) == named { Ok((named, bytes)) } else { Err(flaw("its bytes have another digest".to_owned())) }
}

fn read_epoch(shown: &wire::Epoch) -> Result<(Digest, Option<Secret>), Flaw> {
    let commitment = shown.commitment.parse();
    let commitment = commitment.map_err(|_| Flaw::new("epoch.commitment", "it is no digest"))?;
    let secret = shown.secret.as_ref().map(|secret| read_secret(secret, &commitment)).transpose()?;
    Ok((commitment, secret))
}

fn read_secret(text: &str, commitment: &Digest) -> Result<Secret, Flaw> {
    let bytes = HEXLOWER.decode(text.as_bytes()).ok().and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
    let bytes = bytes.ok_or_else(|| Flaw::new("epoch.secret", "it is not 64 hexadecimal digits in lower case"))?;
    let secret = Secret::from_bytes(bytes);
    if secret.commitment() == *commitment {
        Ok(secret)
    } else {
        Err(Flaw::new("epoch.secret", "it is not the one that the epoch promised"))
    }
}

/// What is shown beside a receipt must be what the receipt names.
pub(super) fn matches(record: &Record, receipt: &Receipt) -> Result<(), Flaw> {
    let terms = &receipt.terms;
    if let Some(revision) = &record.revision
        && Revision::digest(revision) != terms.revision_digest
    {
        return Err(Flaw::new("revision", "its text has another digest than the receipt names"));
    }
    for (digest, module) in &record.modules {
        let (digest, _) = read_module(digest, module)?;
        if !terms.modules.contains(&digest) {
            return Err(Flaw::new(format!("modules.{digest}"), "the receipt does not name it"));
        }
    }
    if let Some(shown) = &record.epoch {
        let (commitment, _) = read_epoch(shown)?;
        if (shown.epoch, commitment) != (terms.epoch, terms.epoch_commitment) {
            return Err(Flaw::new("epoch", "the receipt names another one"));
        }
    }
    Ok(())
}
