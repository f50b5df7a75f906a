//! Uploading rules and looking at them.

use tombola_domain::digest::Digest;
use tombola_domain::id::IdempotencyKey;
use tombola_engine::rule::Kind;
use tombola_store::modules::Module;
use tombola_store::{Done, Operation};

use crate::{App, Error, Result};

impl App {
    /// Admits and stores a component. The same bytes again are no error.
    pub async fn upload(&self, actor: &str, key: Option<IdempotencyKey>, component: &[u8]) -> Result<Done<Module>> {
        let digest = Digest::of(component);
        if let Some(module) = self.store.module(&digest).await? {
            return Ok(Done { result: module, replayed: true });
        }
        let manifest = self.rules.admit(component).await.map_err(Error::Module)?;
        let at = self.clock.now();
        let module = Module {
            digest,
            name: manifest.name,
            version: manifest.version.to_string(),
            summary: manifest.summary,
            kinds: manifest.kinds.into_iter().map(|kind| kind_word(kind).to_owned()).collect(),
            config_schema: manifest.config_schema.map(|schema| schema.to_string()),
            size: component.len() as u64,
            uploaded_by: actor.to_owned(),
            uploaded_at: at,
        };
        let request = Digest::tagged("tombola/operation/v1", &[b"upload", digest.as_bytes()]);
        let operation = Operation { actor: actor.to_owned(), key, request, at };
        let done = self.store.put_module(&operation, &module, component).await?;
        tracing::info!(rule = module.name, version = module.version, %digest, "a module was uploaded");
        Ok(done)
    }

    /// One module.
    pub async fn module(&self, digest: &Digest) -> Result<Module> {
        self.store.module(digest).await?.ok_or(Error::ModuleUnknown(*digest))
    }

    /// Modules by digest, after one of them, at most `limit`.
    pub async fn modules(&self, after: Option<&Digest>, limit: u32) -> Result<Vec<Module>> {
        Ok(self.store.modules(after, limit).await?)
    }
}

const fn kind_word(kind: Kind) -> &'static str {
    match kind {
        Kind::Guard => "guard",
        Kind::Branch => "branch",
    }
}
