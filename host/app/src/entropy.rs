//! Where secrets and salts come from: the operating system in production, a counter in tests.

use std::sync::atomic::{AtomicU64, Ordering};

use tombola_domain::digest::Digest;

/// A source of unpredictable bytes.
pub trait Entropy: Send + Sync {
    /// 32 bytes that nobody can foretell.
    fn bytes(&self) -> [u8; 32];

    /// A number that nobody can foretell.
    fn number(&self) -> u64 {
        u64::from_be_bytes(*self.bytes().first_chunk().expect("eight of thirty-two"))
    }
}

/// Repeatable bytes for tests: the digests of a seed and a counter.
#[derive(Debug)]
pub struct SeededEntropy {
    seed: u64,
    taken: AtomicU64,
}

impl SeededEntropy {
    /// The sequence of this seed.
    pub const fn new(seed: u64) -> Self {
        Self { seed, taken: AtomicU64::new(0) }
    }
}

impl Entropy for SeededEntropy {
    fn bytes(&self) -> [u8; 32] {
        let taken = self.taken.fetch_add(1, Ordering::Relaxed);
        *Digest::tagged("seeded-entropy", &[&self.seed.to_be_bytes(), &taken.to_be_bytes()]).as_bytes()
    }
}
