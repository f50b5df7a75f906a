//! The operating system's entropy.

use tombola_app::entropy::Entropy;

/// What secrets and salts are made of in production.
#[derive(Debug, Clone, Copy, Default)]
pub struct OsEntropy;

impl Entropy for OsEntropy {
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the system's entropy")]
    fn bytes(&self) -> [u8; 32] {
        let mut bytes = [0; 32];
        // A system without entropy can draw nothing fairly: to go on would be worse than to stop.
        getrandom::fill(&mut bytes).expect("the operating system gives entropy");
        bytes
    }
}
