//! Uploading rules and looking at them.

use tombola_domain::digest::Digest;
use tombola_engine::rule::Kind;
use tombola_store::modules::{Module, ModuleSummary};
use tombola_store::{Done, Operation};

use crate::intent::Intent;
use crate::{App, Error, Result};

impl App {
    /// Admits and stores a component. The same bytes again are no error. The key is looked up before anything else.
    pub async fn upload(&self, intent: Intent, component: &[u8]) -> Result<Done<Module>> {
        let (digest, at) = (Digest::of(component), self.clock.now());
        let operation = intent.operation(&[b"upload", digest.as_bytes()], at);
        if let Some(module) = self.store.uploaded(&operation).await? {
            return Ok(Done { result: module, replayed: true });
        }
        if let Some(module) = self.store.module(&digest).await? {
            return self.upload_known(&operation, module, component).await;
        }
        let manifest = self.rules.admit(component).await.map_err(Error::Module)?;
        let module = Module {
            digest,
            name: manifest.name,
            version: manifest.version.to_string(),
            summary: manifest.summary,
            kinds: manifest.kinds.into_iter().map(|kind| kind_word(kind).to_owned()).collect(),
            config_schema: manifest.config_schema.map(|schema| schema.to_string()),
            size: component.len() as u64,
            uploaded_by: intent.actor,
            owner: intent.identity,
            uploaded_at: at,
        };
        let done = self.store.put_module(&operation, &module, component).await?;
        tracing::info!(rule = module.name, version = module.version, %digest, "a module was uploaded");
        Ok(done)
    }

    /// Bytes that are there need no second look; but a key that was used for them is remembered.
    async fn upload_known(&self, operation: &Operation, module: Module, component: &[u8]) -> Result<Done<Module>> {
        if operation.key.is_none() {
            return Ok(Done { result: module, replayed: true });
        }
        Ok(self.store.put_module(operation, &module, component).await?)
    }

    /// One module.
    pub async fn module(&self, digest: &Digest) -> Result<Module> {
        self.store.module(digest).await?.ok_or(Error::ModuleUnknown(*digest))
    }

    /// Modules by digest, after one of them, at most `limit`.
    pub async fn modules(&self, after: Option<&Digest>, limit: u32) -> Result<Vec<ModuleSummary>> {
        Ok(self.store.modules(after, limit).await?)
    }
}

const fn kind_word(kind: Kind) -> &'static str {
    match kind {
        Kind::Guard => "guard",
        Kind::Branch => "branch",
        Kind::Rebate => "rebate",
    }
}
