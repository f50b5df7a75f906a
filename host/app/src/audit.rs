//! What a receipt names, for whoever checks it elsewhere.

use tombola_domain::digest::Digest;
use tombola_domain::receipt::Terms;

use crate::{App, Error, Result};

/// Bytes of what a bundle holds, document and modules together: some hundred rules of common size. It is held in memory, and again in the
/// form in which it is shown.
pub const BUNDLE_BYTES_MAX: u64 = 16 << 20;

/// What replaying a draw needs besides its receipt and its epoch.
#[derive(Debug)]
pub struct Bundle {
    /// The revision's canonical text.
    pub revision: String,
    /// The modules that it runs.
    pub modules: Vec<(Digest, Vec<u8>)>,
}

impl App {
    /// What the receipt with these terms names by digest: for one receipt always the same.
    pub async fn bundle(&self, terms: &Terms) -> Result<Bundle> {
        let revision = self.revision(&terms.campaign, terms.revision).await?.document;
        let mut bytes = revision.len() as u64;
        for digest in &terms.modules {
            bytes += self.module(digest).await?.size;
        }
        if bytes > BUNDLE_BYTES_MAX {
            return Err(Error::BundleTooLarge(bytes));
        }
        let mut modules = Vec::with_capacity(terms.modules.len());
        for digest in &terms.modules {
            let component = self.store.component(digest).await?.ok_or(Error::ModuleUnknown(*digest))?;
            modules.push((*digest, component));
        }
        Ok(Bundle { revision, modules })
    }
}
