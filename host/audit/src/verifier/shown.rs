//! What receipts name: revisions, modules and epochs, as they were shown.

use std::collections::{HashMap, HashSet};

use data_encoding::{BASE64, HEXLOWER};
use tombola_domain::digest::Digest;
use tombola_domain::epoch::Secret;
use tombola_domain::receipt::Basis;
use tombola_engine::revision::Revision;

use crate::verdict::Flaw;
use crate::wire::{self, Named, Record};

/// Revisions, modules and epochs that receipts may name in all. Years of a busy host's; each takes some dozens of bytes.
const NAMES_MAX: usize = 100_000;
/// Revisions that may be kept, since all of them are made ready to run at once.
const REVISIONS_MAX: usize = 10_000;
/// Bytes of revisions and modules that may be kept.
const BYTES_MAX: usize = 1 << 30;

/// More is shown than can be held at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TooMuch {
    /// Receipts name too much.
    #[error("receipts name more than {NAMES_MAX} revisions, modules and epochs; check them in parts, as by campaign")]
    Names,
    /// What they name is too many revisions.
    #[error("receipts name more than {REVISIONS_MAX} revisions that are shown; check them in parts, as by campaign")]
    Revisions,
    /// What they name is too large.
    #[error(
        "the revisions and modules that receipts name have more than {BYTES_MAX} bytes; check them in parts, as by campaign"
    )]
    Bytes,
}

/// Why what is shown was not taken in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LearnError {
    /// It is not so. The rest of the record was not taken in either.
    #[error(transparent)]
    Flaw(#[from] Flaw),
    /// See [`TooMuch`].
    #[error(transparent)]
    TooMuch(#[from] TooMuch),
}

#[derive(Debug, Default)]
pub(super) struct Shown {
    /// Revisions and modules that receipts name. No others are kept.
    named: HashSet<Digest>,
    /// Bytes of revisions and modules that are kept.
    bytes: usize,
    /// Canonical texts.
    pub(super) revisions: HashMap<Digest, String>,
    pub(super) modules: HashMap<Digest, Vec<u8>>,
    /// Those that receipts name, by number and commitment, since a restored database counts on from where its copy was made. With
    /// the secret, where one was shown.
    pub(super) epochs: HashMap<(u64, Digest), Option<Secret>>,
}

impl Shown {
    /// What is no digest is passed over: it names nothing, and whoever checks the receipt finds it.
    pub(super) fn name(&mut self, named: &Named) -> Result<(), TooMuch> {
        let Named { revision_digest, modules, epoch, epoch_commitment } = named;
        self.named.extend(modules.iter().chain([revision_digest]).filter_map(|name| name.parse::<Digest>().ok()));
        if let Ok(commitment) = epoch_commitment.parse() {
            self.epochs.entry((*epoch, commitment)).or_default();
        }
        if self.named.len() + self.epochs.len() > NAMES_MAX { Err(TooMuch::Names) } else { Ok(()) }
    }

    pub(super) fn learn(&mut self, record: &Record) -> Result<(), LearnError> {
        if let Some((digest, revision)) = read_revision(record)?
            && self.named.contains(&digest)
            && !self.revisions.contains_key(&digest)
        {
            self.keep(revision.len())?;
            self.revisions.insert(digest, revision.to_owned());
        }
        for (digest, module) in &record.modules {
            let (digest, module) = read_module(digest, module)?;
            if self.named.contains(&digest) && !self.modules.contains_key(&digest) {
                self.keep(module.len())?;
                self.modules.insert(digest, module);
            }
        }
        if let Some(shown) = &record.epoch {
            let (commitment, secret) = read_epoch(shown)?;
            if let Some(known) = self.epochs.get_mut(&(shown.epoch, commitment)) {
                *known = known.take().or(secret);
            }
        }
        Ok(())
    }

    /// Makes room for a revision or a module of so many bytes.
    fn keep(&mut self, bytes: usize) -> Result<(), TooMuch> {
        self.bytes = self.bytes.saturating_add(bytes);
        if self.bytes > BYTES_MAX {
            return Err(TooMuch::Bytes);
        }
        if self.revisions.len() >= REVISIONS_MAX { Err(TooMuch::Revisions) } else { Ok(()) }
    }
}

/// A revision that is shown. Whose digest stands beside it is known to be altered also where no receipt names what it has become.
fn read_revision(record: &Record) -> Result<Option<(Digest, &str)>, Flaw> {
    let digest = record.revision.as_deref().map(|revision| (Revision::digest(revision), revision));
    match (&record.revision_digest, digest) {
        (Some(named), Some((digest, _))) if *named != digest.to_string() => {
            Err(Flaw::new("revision", "its text has another digest than `revision_digest`"))
        }
        (Some(_), None) => Err(Flaw::new("revision_digest", "there is no revision beside it")),
        (_, shown) => Ok(shown),
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
pub(super) fn matches(record: &Record, basis: &Basis<'_>) -> Result<(), Flaw> {
    if let Some((digest, _)) = read_revision(record)?
        && digest != basis.revision_digest
    {
        return Err(Flaw::new("revision", "its text has another digest than the receipt names"));
    }
    for (digest, module) in &record.modules {
        let (digest, _) = read_module(digest, module)?;
        if !basis.modules.contains(&digest) {
            return Err(Flaw::new(format!("modules.{digest}"), "the receipt does not name it"));
        }
    }
    if let Some(shown) = &record.epoch {
        let (commitment, _) = read_epoch(shown)?;
        if (shown.epoch, commitment) != (basis.epoch, basis.epoch_commitment) {
            return Err(Flaw::new("epoch", "the receipt names another one"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shows(revision: &str, module: &[u8], epoch: u64, secret: u8) -> Record {
        let secret = Secret::from_bytes([secret; 32]);
        let commitment = secret.commitment().to_string();
        Record {
            revision: Some(revision.to_owned()),
            modules: [(Digest::of(module).to_string(), BASE64.encode(module))].into(),
            epoch: Some(wire::Epoch { epoch, commitment, secret: Some(HEXLOWER.encode(secret.as_bytes())) }),
            ..Record::default()
        }
    }

    #[test]
    fn only_what_receipts_name_is_kept_and_each_once() {
        let mut shown = Shown::default();
        let named = Named {
            revision_digest: Revision::digest("one").to_string(),
            modules: vec![Digest::of(b"a").to_string(), "no digest".to_owned()],
            epoch: 1,
            epoch_commitment: Secret::from_bytes([1; 32]).commitment().to_string(),
        };
        shown.name(&named).unwrap();
        for record in
            [shows("one", b"a", 1, 1), shows("two", b"b", 1, 2), shows("three", b"c", 2, 1), shows("one", b"a", 1, 1)]
        {
            shown.learn(&record).unwrap();
        }
        assert_eq!(shown.revisions.into_values().collect::<Vec<_>>(), ["one"]);
        assert_eq!(shown.modules.into_values().collect::<Vec<_>>(), [b"a"]);
        assert_eq!(shown.epochs.len(), 1);
        assert!(shown.epochs.values().all(Option::is_some));
        assert_eq!(shown.bytes, 4);
    }

    #[test]
    fn a_module_that_nobody_names_must_be_what_it_is_called_too() {
        let mut record = shows("one", b"a", 1, 1);
        record.modules.insert(Digest::of(b"b").to_string(), BASE64.encode(b"c"));
        assert!(matches!(Shown::default().learn(&record), Err(LearnError::Flaw(_))));
    }

    #[test]
    fn a_revision_that_nobody_names_must_be_what_it_is_called_too() {
        let mut record = shows("one", b"a", 1, 1);
        record.revision_digest = Some(Revision::digest("one").to_string());
        assert_eq!(Shown::default().learn(&record), Ok(()));
        record.revision = Some("other".to_owned());
        assert!(matches!(Shown::default().learn(&record), Err(LearnError::Flaw(_))));
        record.revision = None;
        assert!(matches!(Shown::default().learn(&record), Err(LearnError::Flaw(_))));
    }

    #[test]
    fn what_is_kept_is_bounded() {
        let mut shown = Shown::default();
        assert_eq!(shown.keep(BYTES_MAX), Ok(()));
        assert_eq!(shown.keep(1), Err(TooMuch::Bytes));
        let name = |number: usize| Named {
            revision_digest: Digest::of(&number.to_be_bytes()).to_string(),
            modules: vec![],
            epoch: 1,
            epoch_commitment: Digest::of(b"").to_string(),
        };
        assert!((1..NAMES_MAX).all(|number| shown.name(&name(number)).is_ok()));
        assert_eq!(shown.name(&name(0)), Err(TooMuch::Names));
        assert_eq!(
            TooMuch::Bytes.to_string().split(';').next().unwrap(),
            "the revisions and modules that receipts name have more than 1073741824 bytes"
        );
    }
}
