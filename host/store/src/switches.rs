//! Switches, which operators set for all hosts.

use async_trait::async_trait;
use tombola_domain::digest::Digest;
use tombola_domain::switch::{Setting, Switch};
use tombola_domain::time::Timestamp;

use crate::{Done, KeyReused, Operation, Result, StoreError};

/// A switch that was set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct State {
    /// Which.
    pub switch: Switch,
    /// To what.
    pub setting: Setting,
    /// Goes up by one each time.
    pub version: u64,
    /// When.
    pub set_at: Timestamp,
}

impl State {
    /// Names it in the record of operations.
    pub fn digest(&self) -> Digest {
        let (switch, setting) = (self.switch.as_str(), self.setting.to_string());
        Digest::tagged("tombola/switch/v1", &[switch.as_bytes(), setting.as_bytes(), &self.version.to_be_bytes()])
    }
}

/// Why a switch was not set.
#[derive(Debug, thiserror::Error)]
pub enum SwitchError {
    /// See [`KeyReused`].
    #[error(transparent)]
    KeyReused(#[from] KeyReused),
    /// See [`StoreError`].
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Switches of a store.
#[async_trait]
pub trait Switches {
    /// Sets a switch, also to what it is. Answers the version.
    async fn set_switch(
        &self,
        operation: &Operation,
        switch: Switch,
        setting: Setting,
    ) -> Result<Done<u64>, SwitchError>;

    /// Those that were ever set, in any order.
    async fn switches(&self) -> Result<Vec<State>>;
}
