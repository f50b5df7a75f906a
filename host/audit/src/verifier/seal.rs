//! The host's signature. Flaws name members of the receipt. One covers a whole batch, and checking it is most of the work of a receipt, so each is checked once.

use std::collections::HashSet;
use std::str::FromStr;
use std::sync::{Mutex, PoisonError};

use tombola_domain::digest::Digest;
use tombola_domain::signature::{Place, Proof, PublicKey, Seal};

use crate::verdict::Flaw;
use crate::wire::Signature;

/// Seals that were found to be right. Forgotten when there are this many, which costs another look at each.
const KNOWN_MAX: usize = 100_000;

#[derive(Default)]
pub(super) struct Seals(Mutex<HashSet<(Seal, Digest)>>);

impl Seals {
    /// Who signed a receipt of this hash; `None` where no signature is shown.
    pub(super) fn check(&self, shown: Option<&Signature>, receipt: &Digest) -> Result<Option<PublicKey>, Flaw> {
        let Some(shown) = shown else { return Ok(None) };
        let proof = read(shown)?;
        let root = proof.root(receipt).ok_or_else(|| flaw("path", "it leads to no root"))?;
        if self.holds(proof.seal, root) {
            Ok(Some(proof.seal.key))
        } else {
            Err(flaw("signature", "the key has not signed this receipt at this place"))
        }
    }

    fn holds(&self, seal: Seal, root: Digest) -> bool {
        let known = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known().contains(&(seal, root)) {
            return true;
        }
        let holds = seal.signs(&root);
        if holds {
            let mut known = known();
            if known.len() >= KNOWN_MAX {
                known.clear();
            }
            known.insert((seal, root));
        }
        holds
    }
}

fn read(shown: &Signature) -> Result<Proof, Flaw> {
    let place = Place { feed: shown.feed, first: shown.first, size: shown.size };
    let seal = Seal { place, key: parsed("key", &shown.key)?, signature: parsed("signature", &shown.signature)? };
    let path = shown.path.iter().map(|hash| parsed("path", hash)).collect::<Result<_, _>>()?;
    Ok(Proof { seal, index: shown.index, path })
}

fn parsed<T: FromStr<Err: std::fmt::Display>>(member: &str, text: &str) -> Result<T, Flaw> {
    text.parse().map_err(|error: T::Err| flaw(member, &error.to_string()))
}

fn flaw(member: &str, reason: &str) -> Flaw {
    Flaw::new(member, reason).within("signature")
}
