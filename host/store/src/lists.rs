//! Lists of players, kept by operators. A change is seen by every snapshot that begins after it was answered.
//!
//! Short changes are **edits**. A content of any length is **staged** beside the list in short transactions, among which
//! draws go on, and then takes the list's place in one. What was there before, and what was staged in vain, is garbage that is
//! **swept** in small steps.

use async_trait::async_trait;
use tombola_domain::digest::Digest;
use tombola_domain::id::{ListName, PlayerId};
use tombola_domain::list_digest::ListDigest;

use crate::{Done, KeyReused, Operation, Result, StoreError};

/// A change to some of a list's members.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ListEdit {
    /// Added first; who is already there is no error.
    pub add: Vec<PlayerId>,
    /// Removed then; who is not there is no error.
    pub remove: Vec<PlayerId>,
}

/// A list after a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ListState {
    /// Goes up by one with each change.
    pub version: u64,
    /// How many players stand on it.
    pub size: u64,
    /// Of the content, whatever the changes that led to it: see [`ListDigest`].
    pub digest: Digest,
}

/// A content that is being staged. No list has it yet.
#[derive(Debug)]
pub struct Staging {
    /// Its number in the store.
    pub generation: u64,
    /// Players so far, each counted once.
    pub size: u64,
    /// Of these players.
    pub digest: ListDigest,
}

/// Why a list was not changed.
#[derive(Debug, thiserror::Error)]
pub enum ListError {
    /// See [`KeyReused`].
    #[error(transparent)]
    KeyReused(#[from] KeyReused),
    /// Nobody would stand on it any more, and that was not allowed.
    #[error("the list would be empty")]
    Emptied,
    /// See [`StoreError`].
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Lists of a store.
#[async_trait]
pub trait Lists {
    /// Edits a list, or makes it. One that has members keeps at least one unless `allow_empty`.
    async fn edit_list(
        &self,
        operation: &Operation,
        list: &ListName,
        edit: &ListEdit,
        allow_empty: bool,
    ) -> Result<Done<ListState>, ListError>;

    /// Begins to stage. What is staged ends with the process that staged it.
    async fn begin_staging(&self) -> Result<Staging>;

    /// Stages players, of whom any may be there already. After an error the staging can only be abandoned.
    async fn stage(&self, staging: &mut Staging, players: &[PlayerId]) -> Result<()>;

    /// Makes a list hold what was staged, in one short transaction, or makes the list. An empty content must be allowed. Where
    /// nothing was done, because of an error or an earlier operation with the same key, the staging is still to be abandoned.
    async fn replace_list(
        &self,
        operation: &Operation,
        list: &ListName,
        staging: &Staging,
        allow_empty: bool,
    ) -> Result<Done<ListState>, ListError>;

    /// Leaves what was staged to the sweep. Does nothing to a content that a list has by now.
    async fn abandon_staging(&self, staging: &Staging) -> Result<()>;

    /// Deletes at most `limit` members that no list has; `false` where there was nothing to delete.
    async fn sweep_lists(&self, limit: u32) -> Result<bool>;

    /// One list.
    async fn list(&self, list: &ListName) -> Result<Option<ListState>>;

    /// Lists by name above `after`, if given, ascending, at most `limit`.
    async fn lists(&self, after: Option<&ListName>, limit: u32) -> Result<Vec<(ListName, ListState)>>;
}
