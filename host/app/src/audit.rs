//! What a receipt names, for whoever checks it elsewhere.

use tombola_domain::digest::Digest;
use tombola_domain::receipt::Basis;

use crate::{App, Error, Result};

/// Bytes of what a bundle holds, document and modules together: some hundred rules of common size. It is held in memory, and again in the
/// form in which it is shown.
pub const BUNDLE_BYTES_MAX: u64 = 16 << 20;

/// What replaying a draw or a rebate needs besides its receipt and its epoch.
#[derive(Debug)]
pub struct Bundle {
    /// The revision's canonical text.
    pub revision: String,
    /// The modules that it runs.
    pub modules: Vec<(Digest, Vec<u8>)>,
}

impl App {
    /// What a receipt names by digest: for one receipt always the same.
    pub async fn bundle(&self, basis: &Basis<'_>) -> Result<Bundle> {
        let revision = self.revision(basis.campaign, basis.revision).await?.document;
        let mut bytes = revision.len() as u64;
        for digest in basis.modules {
            bytes += self.module(digest).await?.size;
        }
        if bytes > BUNDLE_BYTES_MAX {
            return Err(Error::BundleTooLarge(bytes));
        }
        let mut modules = Vec::with_capacity(basis.modules.len());
        for digest in basis.modules {
            let component = self.store.component(digest).await?.ok_or(Error::ModuleUnknown(*digest))?;
            modules.push((*digest, component));
        }
        Ok(Bundle { revision, modules })
    }
}
