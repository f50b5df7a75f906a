//! The digest of a list of players: it names who stands on the list, in whatever order they came.
//!
//! Each player is hashed to a point of a group, and the digest is the sum of the points. So adding or removing a player takes
//! one addition, however long the list is, and two ways to the same list end in the same digest. Such sums are the multiset
//! hashes of Clarke, Devadas, van Dijk, Gassend and Suh, "Incremental Multiset Hash Functions and Their Application to
//! Memory Integrity Checking" (2003); over an elliptic curve, as here, they are those of Maitin-Shepard, Tibouchi and Aranha,
//! "Elliptic Curve Multiset Hash" (2016). Two lists with one digest would be a relation between points that nobody knows how
//! to find without computing discrete logarithms.
//!
//! The group is Ristretto255 (RFC 9496). A player's point is the one-way map of SHA-512 over a tag and the id.

use std::iter::Sum;
use std::ops::{Add, Sub};

use curve25519_dalek::RistrettoPoint;
use curve25519_dalek::ristretto::CompressedRistretto;
use curve25519_dalek::traits::Identity;
use sha2::{Digest as _, Sha512};

use crate::digest::Digest;
use crate::id::PlayerId;

/// Keeps these points apart from whatever else is hashed to the group. Ids hold no zero byte.
const TAG: &[u8] = b"tombola/list-member/v1\0";

/// Who stands on a list, as a sum. It has 160 bytes in memory and [`Self::digest`] on paper.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ListDigest(RistrettoPoint);

impl ListDigest {
    /// Of the list that holds this player alone. Takes some microseconds; everything else here takes less than one.
    pub fn of(player: &PlayerId) -> Self {
        let hash = Sha512::new().chain_update(TAG).chain_update(player.as_str()).finalize();
        Self(RistrettoPoint::from_uniform_bytes(&hash.into()))
    }

    /// As it is kept and shown: the encoding of the point, 32 zero bytes for the empty list.
    pub fn digest(&self) -> Digest {
        Digest::from_bytes(self.0.compress().to_bytes())
    }

    /// What [`Self::digest`] is of; `None` for bytes that are no point's encoding.
    pub fn from_digest(digest: &Digest) -> Option<Self> {
        CompressedRistretto(*digest.as_bytes()).decompress().map(Self)
    }
}

/// Of the empty list.
impl Default for ListDigest {
    fn default() -> Self {
        Self(RistrettoPoint::identity())
    }
}

/// Of two lists that share nobody, joined.
impl Add for ListDigest {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}

/// Of a list without those of another, all of whom stand on it.
impl Sub for ListDigest {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self(self.0 - other.0)
    }
}

impl Sum for ListDigest {
    fn sum<I: Iterator<Item = Self>>(digests: I) -> Self {
        digests.fold(Self::default(), Add::add)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(players: &[&str]) -> ListDigest {
        players.iter().map(|player| ListDigest::of(&player.parse().unwrap())).sum()
    }

    #[test]
    fn it_names_the_content() {
        let empty = "0".repeat(64);
        assert_eq!(ListDigest::default().digest().to_string(), empty);
        assert_eq!(of(&["a", "b", "c"]).digest(), of(&["c", "a", "b"]).digest());
        let others = [of(&[]), of(&["a"]), of(&["b"]), of(&["a", "b"]), of(&["ab"]), of(&["a", "a"])];
        for (position, one) in others.iter().enumerate() {
            assert!(others[position + 1..].iter().all(|other| one.digest() != other.digest()), "{position}");
        }
    }

    #[test]
    fn it_stays_what_it_was() {
        // Kept in databases and shown to people: another value here is another digest of every list.
        let found = of(&["alice", "bob"]).digest().to_string();
        assert_eq!(found, "f83e010a2e92bf95893cc8929ce8a793dab1a958a4b7d96882ecb719bbf50946");
    }

    #[test]
    fn what_is_no_point_is_refused() {
        assert_eq!(ListDigest::from_digest(&Digest::from_bytes([0xff; 32])), None);
    }

    proptest! {
        #[test]
        fn every_way_to_a_list_ends_in_its_digest(steps in prop::collection::vec((0..6_usize, any::<bool>()), 0..24)) {
            let names = ["a", "b", "c", "d", "e", "f"];
            let (mut on, mut digest) = (std::collections::BTreeSet::new(), ListDigest::default());
            for (player, is_added) in steps {
                let one = of(&[names[player]]);
                if is_added && on.insert(names[player]) {
                    digest = digest + one;
                } else if !is_added && on.remove(names[player]) {
                    digest = digest - one;
                }
                // By way of its written form, as a database has it.
                digest = ListDigest::from_digest(&digest.digest()).unwrap();
            }
            prop_assert_eq!(digest, of(&on.into_iter().collect::<Vec<_>>()));
        }
    }
}
