//! Chances that operators give.

use async_trait::async_trait;
use tombola_domain::chance::TooMany;
use tombola_domain::id::{CampaignId, PlayerId};

use crate::{Done, KeyReused, Operation, Result, StoreError};

/// Why no chance was given.
#[derive(Debug, thiserror::Error)]
pub enum GrantError {
    /// See [`KeyReused`].
    #[error(transparent)]
    KeyReused(#[from] KeyReused),
    /// See [`TooMany`].
    #[error(transparent)]
    TooMany(#[from] TooMany),
    /// See [`StoreError`].
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Chances that an operator gives.
#[derive(Debug, Clone)]
pub struct ChanceGrant {
    /// The campaign.
    pub campaign: CampaignId,
    /// The player.
    pub player: PlayerId,
    /// How many, at least 1.
    pub amount: u64,
    /// Those that a player starts with, if the campaign counts them.
    pub granted: Option<u64>,
}

/// Chances of a store.
#[async_trait]
pub trait Chances {
    /// Gives a player more chances, and says how many they got in all beside those that they began with. Draws that are under way without them are
    /// decided again.
    async fn grant_chances(&self, operation: &Operation, grant: &ChanceGrant) -> Result<Done<u64>, GrantError>;
}
