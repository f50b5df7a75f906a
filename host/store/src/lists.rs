//! Lists of players, kept by operators. A change is seen by every snapshot that begins after it was answered.

use async_trait::async_trait;
use tombola_domain::id::{ListName, PlayerId};

use crate::{Done, KeyReused, Operation, Result, StoreError};

/// A change to a list. A list comes into being with its first change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ListChange {
    /// Adds the first, then removes the second; who is already there, or not there, is no error.
    Edit {
        /// To add.
        add: Vec<PlayerId>,
        /// To remove.
        remove: Vec<PlayerId>,
    },
    /// Makes the list hold exactly these.
    Replace(Vec<PlayerId>),
}

/// A list after a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ListState {
    /// Goes up by one with each change.
    pub version: u64,
    /// How many players stand on it.
    pub size: u64,
}

/// Why a list was not changed.
#[derive(Debug, thiserror::Error)]
pub enum ListError {
    /// See [`KeyReused`].
    #[error(transparent)]
    KeyReused(#[from] KeyReused),
    /// See [`StoreError`].
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Lists of a store.
#[async_trait]
pub trait Lists {
    /// Changes a list.
    async fn change_list(
        &self,
        operation: &Operation,
        list: &ListName,
        change: &ListChange,
    ) -> Result<Done<ListState>, ListError>;

    /// Lists by name above `after`, if given, ascending, at most `limit`.
    async fn lists(&self, after: Option<&ListName>, limit: u32) -> Result<Vec<(ListName, ListState)>>;
}
