//! What a receipt names, for whoever checks it elsewhere.

use tombola_domain::digest::Digest;
use tombola_domain::receipt::Terms;

use crate::{App, EpochView, Error, Result};

/// All that replaying a draw needs besides its receipt.
#[derive(Debug)]
pub struct Bundle {
    /// The revision's canonical text.
    pub revision: String,
    /// The modules that it runs.
    pub modules: Vec<(Digest, Vec<u8>)>,
    /// The draw's epoch.
    pub epoch: EpochView,
}

impl App {
    /// What the receipt with these terms names.
    pub async fn bundle(&self, terms: &Terms) -> Result<Bundle> {
        let mut modules = Vec::with_capacity(terms.modules.len());
        for digest in &terms.modules {
            let component = self.store.component(digest).await?.ok_or(Error::ModuleUnknown(*digest))?;
            modules.push((*digest, component));
        }
        let revision = self.revision(&terms.campaign, terms.revision).await?.document;
        Ok(Bundle { revision, modules, epoch: self.epoch(terms.epoch).await? })
    }
}
