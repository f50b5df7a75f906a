//! The host's signature under its receipts: Ed25519 (RFC 8032), one for each batch of draws that became durable together.
//!
//! What is signed is a **seal**: where the batch stands in the feed of its committer, and the Merkle root over its receipts' hashes.
//! A receipt is shown with the seal of its batch and the path from its hash to the root, so that signing costs a draw next to nothing.

use std::fmt;
use std::str::FromStr;

use data_encoding::HEXLOWER;
use ed25519_dalek::{Signature as Ed25519, Signer as _, SigningKey, VerifyingKey};

use crate::digest::Digest;
use crate::merkle;

/// The host's secret key.
#[derive(Clone)]
pub struct Signer(SigningKey);

/// The key by which anyone can tell what a host signed. Written as 64 lower-case hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PublicKey([u8; 32]);

/// An Ed25519 signature. Written as 128 lower-case hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Signature([u8; 64]);

/// A text or bytes that are no key or signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0} hexadecimal digits in lower case are expected")]
pub struct ParseError(usize);

/// The place of a batch: the feed of its committer, the position of its first draw, from 1, and how many draws it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Place {
    /// The committer's number.
    pub feed: u32,
    /// The position of the batch's first draw.
    pub first: u64,
    /// How many draws it has, at least 1.
    pub size: u64,
}

/// A signed batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Seal {
    /// Where it stands.
    pub place: Place,
    /// Who signed.
    pub key: PublicKey,
    /// Over place and root.
    pub signature: Signature,
}

/// That one receipt is in a signed batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    /// The batch.
    pub seal: Seal,
    /// The receipt's number in it, from 0.
    pub index: u64,
    /// The hashes beside the way from the receipt's hash to the root.
    pub path: Vec<Digest>,
}

impl Signer {
    /// The key with this seed: 32 bytes that nobody can guess.
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        Self(SigningKey::from_bytes(seed))
    }

    /// The key by which its signatures are told.
    pub fn public_key(&self) -> PublicKey {
        PublicKey(self.0.verifying_key().to_bytes())
    }

    /// Signs a batch of receipts, by their hashes in the order of the feed, of which there is at least one.
    pub fn seal(&self, feed: u32, first: u64, receipts: &[Digest]) -> Seal {
        let place = Place { feed, first, size: receipts.len() as u64 };
        let statement = statement(&place, &merkle::root(receipts));
        Seal { place, key: self.public_key(), signature: Signature(self.0.sign(statement.as_bytes()).to_bytes()) }
    }
}

impl Seal {
    /// The proof for the receipt at `index` of the batch whose receipts have these hashes.
    pub fn proof(self, receipts: &[Digest], index: usize) -> Proof {
        Proof { seal: self, index: index as u64, path: merkle::path(receipts, index) }
    }

    /// Whether its key signed this root for its place. Malleable and weak keys are refused (RFC 8032, section 5.1.7, strictly).
    pub fn signs(&self, root: &Digest) -> bool {
        let Ok(key) = VerifyingKey::from_bytes(&self.key.0) else { return false };
        let signature = Ed25519::from_bytes(&self.signature.0);
        key.verify_strict(statement(&self.place, root).as_bytes(), &signature).is_ok()
    }
}

impl Proof {
    /// The root that its path leads to from a receipt's hash; `None` where it leads nowhere.
    pub fn root(&self, receipt: &Digest) -> Option<Digest> {
        merkle::root_by(receipt, self.index, self.seal.place.size, &self.path)
    }
}

fn statement(place: &Place, root: &Digest) -> Digest {
    let Place { feed, first, size } = place;
    let numbers = [u64::from(*feed), *first, *size].map(u64::to_be_bytes);
    Digest::tagged("tombola/batch/v1", &[&numbers[0], &numbers[1], &numbers[2], root.as_bytes()])
}

impl fmt::Debug for Signer {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Signer(…)")
    }
}

macro_rules! hexadecimal {
    ($($type:ident: $bytes:literal;)*) => {$(
        impl $type {
            #[doc = "From its bytes, out of a row or a file."]
            pub const fn from_bytes(bytes: [u8; $bytes]) -> Self {
                Self(bytes)
            }

            #[doc = "Its bytes."]
            pub const fn as_bytes(&self) -> &[u8; $bytes] {
                &self.0
            }
        }

        impl TryFrom<&[u8]> for $type {
            type Error = ParseError;

            fn try_from(bytes: &[u8]) -> Result<Self, ParseError> {
                bytes.try_into().map(Self).map_err(|_| ParseError(2 * $bytes))
            }
        }

        impl FromStr for $type {
            type Err = ParseError;

            fn from_str(text: &str) -> Result<Self, ParseError> {
                let bytes = HEXLOWER.decode(text.as_bytes()).map_err(|_| ParseError(2 * $bytes))?;
                Self::try_from(bytes.as_slice())
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str(&HEXLOWER.encode(&self.0))
            }
        }

        impl fmt::Debug for $type {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, out)
            }
        }
    )*};
}

hexadecimal! {
    PublicKey: 32;
    Signature: 64;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn receipts(count: u8) -> Vec<Digest> {
        (0..count).map(|number| Digest::of(&[number])).collect()
    }

    #[test]
    fn a_receipt_is_proven_to_be_signed() {
        let signer = Signer::from_seed(&[1; 32]);
        let receipts = receipts(5);
        let seal = signer.seal(0, 41, &receipts);
        for (index, receipt) in receipts.iter().enumerate() {
            let proof = seal.proof(&receipts, index);
            assert!(proof.seal.signs(&proof.root(receipt).unwrap()));
            let other = proof.root(&Digest::of(b"another")).unwrap();
            assert!(!seal.signs(&other));
        }
    }

    #[test]
    fn every_altered_bit_of_a_seal_breaks_it() {
        let signer = Signer::from_seed(&[1; 32]);
        let receipts = receipts(3);
        let seal = signer.seal(2, 7, &receipts);
        let root = merkle::root(&receipts);
        assert!(seal.signs(&root));
        for bit in 0..512 {
            let mut signature = *seal.signature.as_bytes();
            signature[bit / 8] ^= 1 << (bit % 8);
            assert!(!Seal { signature: Signature::from_bytes(signature), ..seal }.signs(&root), "bit {bit}");
        }
        for bit in 0..256 {
            let mut key = *seal.key.as_bytes();
            key[bit / 8] ^= 1 << (bit % 8);
            assert!(!Seal { key: PublicKey::from_bytes(key), ..seal }.signs(&root), "bit {bit}");
        }
        let places =
            [Place { feed: 3, ..seal.place }, Place { first: 8, ..seal.place }, Place { size: 4, ..seal.place }];
        for place in places {
            assert!(!Seal { place, ..seal }.signs(&root));
        }
    }

    #[test]
    fn keys_and_signatures_are_hexadecimal() {
        let key = Signer::from_seed(&[1; 32]).public_key();
        assert_eq!(key.to_string().parse(), Ok(key));
        assert_eq!(key.to_string().to_uppercase().parse::<PublicKey>(), Err(ParseError(64)));
        assert_eq!("00".parse::<Signature>(), Err(ParseError(128)));
    }
}
