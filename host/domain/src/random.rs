//! Where chance comes from: one seed a draw, and streams of numbers derived from it by label.
//!
//! Everything random in a draw is a function of its seed, so that a receipt that names the seed can be replayed.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// The seed of one draw.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Seed([u8; 32]);

impl Seed {
    /// The seed with these bytes.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Its bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The numbers that this seed holds for `label`. Streams of different labels are independent.
    pub fn stream(&self, label: &str) -> Stream {
        let mut keyed = keyed(&self.0);
        keyed.update(&(label.len() as u64).to_be_bytes());
        keyed.update(label.as_bytes());
        Stream { keyed, block: 0, words: [0; 4], used: 4 }
    }
}

impl std::fmt::Debug for Seed {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("Seed(…)")
    }
}

/// HMAC-SHA256 under `key`.
pub(crate) fn keyed(key: &[u8; 32]) -> Hmac<Sha256> {
    Hmac::new_from_slice(key).expect("HMAC takes keys of any length")
}

/// HMAC-SHA256 of length-prefixed `parts` under `key`.
pub(crate) fn mac(key: &[u8; 32], parts: &[&[u8]]) -> [u8; 32] {
    let mut mac = keyed(key);
    for part in parts {
        mac.update(&(part.len() as u64).to_be_bytes());
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

/// An endless stream of random words: HMAC-SHA256 of label and block number under the seed, in counter mode.
#[derive(Debug, Clone)]
pub struct Stream {
    keyed: Hmac<Sha256>,
    block: u64,
    words: [u64; 4],
    used: usize,
}

impl Stream {
    /// The next 64 bits.
    pub fn word(&mut self) -> u64 {
        if self.used == self.words.len() {
            self.refill();
        }
        self.used += 1;
        self.words[self.used - 1]
    }

    /// An even choice from `0..bound`, by rejection of the incomplete last interval (Knuth, TAOCP vol. 2, 3.4.1), so
    /// that no value is likelier than another. `bound` is at least 1.
    pub fn below(&mut self, bound: u64) -> u64 {
        assert!(bound > 0, "a choice among nothing");
        let incomplete = (u64::MAX % bound + 1) % bound;
        loop {
            let word = self.word();
            if word <= u64::MAX - incomplete {
                return word % bound;
            }
        }
    }

    fn refill(&mut self) {
        let mut mac = self.keyed.clone();
        mac.update(&self.block.to_be_bytes());
        let bytes: [u8; 32] = mac.finalize().into_bytes().into();
        for (word, bytes) in self.words.iter_mut().zip(bytes.chunks_exact(8)) {
            *word = u64::from_be_bytes(bytes.try_into().expect("chunks of eight"));
        }
        self.block += 1;
        self.used = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_repeat_and_differ_by_label_and_seed() {
        let seed = Seed::from_bytes([7; 32]);
        let words = |seed: Seed, label: &str| {
            let mut stream = seed.stream(label);
            std::array::from_fn::<u64, 9, _>(|_| stream.word())
        };
        assert_eq!(words(seed, "ticket"), words(seed, "ticket"));
        assert_ne!(words(seed, "ticket"), words(seed, "ticket2"));
        assert_ne!(words(seed, "ticket"), words(Seed::from_bytes([8; 32]), "ticket"));
    }

    #[test]
    fn the_first_word_is_the_documented_one() {
        // Recomputed by hand: HMAC-SHA256(key = 32 zero bytes, len64("ticket") || "ticket" || block64(0)), first 8 bytes.
        let mut reference: Hmac<Sha256> = Hmac::new_from_slice(&[0; 32]).unwrap();
        reference.update(b"\0\0\0\0\0\0\0\x06ticket\0\0\0\0\0\0\0\0");
        let bytes = reference.finalize().into_bytes();
        let first = u64::from_be_bytes(bytes[..8].try_into().unwrap());
        assert_eq!(Seed::from_bytes([0; 32]).stream("ticket").word(), first);
    }

    #[test]
    fn choices_are_even_at_awkward_bounds() {
        let mut stream = Seed::from_bytes([1; 32]).stream("even");
        // Two thirds of 2^64: plain remainders would make the lower half twice as likely.
        let bound = (1 << 63) + (1 << 61);
        let low = (0..20_000).filter(|_| stream.below(bound) < bound / 2).count();
        assert!((9_600..10_400).contains(&low), "{low}");
        assert!((0..100).all(|_| stream.below(1) == 0));
    }
}
