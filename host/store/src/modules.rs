//! Modules: uploaded components and what they say of themselves.

use async_trait::async_trait;
use tombola_domain::digest::Digest;
use tombola_domain::time::Timestamp;

use crate::{Done, KeyReused, Operation, Result, StoreError};

/// A module without its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Module {
    /// SHA-256 of its bytes.
    pub digest: Digest,
    /// The rule's name.
    pub name: String,
    /// The rule's semantic version.
    pub version: String,
    /// One sentence.
    pub summary: String,
    /// The kinds of rules that it holds, as the app writes them.
    pub kinds: Vec<String>,
    /// The JSON Schema of its config (JSON), where it carries one.
    pub config_schema: Option<String>,
    /// Length of the component, in bytes.
    pub size: u64,
    /// Who uploaded it.
    pub uploaded_by: String,
    /// The identity of the token that uploaded it; `None` is the server itself. The name is for this owner alone.
    pub owner: Option<Digest>,
    /// When.
    pub uploaded_at: Timestamp,
}

/// What a list of modules says of each. Schemas are large, and stand in the one module alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModuleSummary {
    /// SHA-256 of its bytes.
    pub digest: Digest,
    /// The rule's name.
    pub name: String,
    /// The rule's semantic version.
    pub version: String,
    /// One sentence.
    pub summary: String,
    /// The kinds of rules that it holds, as the app writes them.
    pub kinds: Vec<String>,
    /// Length of the component, in bytes.
    pub size: u64,
    /// Who uploaded it.
    pub uploaded_by: String,
    /// When.
    pub uploaded_at: Timestamp,
}

/// One version of a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModuleVersion {
    /// The semantic version.
    pub version: String,
    /// The module of it.
    pub digest: Digest,
}

/// Why an upload was not stored.
#[derive(Debug, thiserror::Error)]
pub enum UploadError {
    /// See [`KeyReused`].
    #[error(transparent)]
    KeyReused(#[from] KeyReused),
    /// This name and version are other bytes.
    #[error("this name and version belong to the module {0}")]
    VersionTaken(Digest),
    /// The name was first uploaded by somebody else.
    #[error("this name belongs to the publisher '{0}'")]
    NameTaken(String),
    /// See [`StoreError`].
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Modules of a store.
#[async_trait]
pub trait Modules {
    /// The module that an earlier upload with this operation's key stored or found, if there was one.
    async fn uploaded(&self, operation: &Operation) -> Result<Option<Module>, UploadError>;

    /// Stores a module for ever. The same bytes again are no error: `replayed` says so, whatever the key.
    async fn put_module(
        &self,
        operation: &Operation,
        module: &Module,
        component: &[u8],
    ) -> Result<Done<Module>, UploadError>;

    /// The module of this digest.
    async fn module(&self, digest: &Digest) -> Result<Option<Module>>;

    /// The bytes of the module of this digest.
    async fn component(&self, digest: &Digest) -> Result<Option<Vec<u8>>>;

    /// All versions of a name, in no order.
    async fn versions(&self, name: &str) -> Result<Vec<ModuleVersion>>;

    /// Modules whose digest is above `after`, if given, ascending, at most `limit`.
    async fn modules(&self, after: Option<&Digest>, limit: u32) -> Result<Vec<ModuleSummary>>;
}
