//! Chances that operators give, and chances that lapse.

use async_trait::async_trait;
use tombola_domain::chance::{TooMany, TooManyLots};
use tombola_domain::id::{CampaignId, IdempotencyKey, PlayerId};
use tombola_domain::ledger::Lapse;
use tombola_domain::time::Timestamp;

use crate::ledger::BusinessKey;
use crate::sweep::{Sweep, Swept};
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
    /// See [`TooManyLots`].
    #[error(transparent)]
    TooManyLots(#[from] TooManyLots),
    /// They would lapse before anybody can use them.
    #[error("they would lapse at {0}, which is not yet to come")]
    Lapsed(Timestamp),
    /// See [`StoreError`].
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why nothing was taken away.
#[derive(Debug, thiserror::Error)]
pub enum VoidGrantError {
    /// See [`KeyReused`].
    #[error(transparent)]
    KeyReused(#[from] KeyReused),
    /// No operator gave the player chances in the campaign under this key.
    #[error("there is no such grant")]
    Unknown,
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
    /// When they lapse.
    pub lapse: Lapse,
    /// How many lots there may be with one that this opens, where that is bounded.
    pub lots_max: Option<usize>,
}

/// What the chances stand for that this operation gives. The operator's key is one alone with its actor's name, so that the grant's is
/// as well.
pub fn grant_key(operation: &Operation) -> BusinessKey {
    let key = operation.key.as_ref().map_or("", IdempotencyKey::as_str);
    format!("operator:{}:{key}", operation.actor).parse().expect("a name and a key are printable, and short enough")
}

/// Chances that an operator gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Granted {
    /// What it stands for: see [`grant_key`].
    pub key: BusinessKey,
    /// How many.
    pub amount: u64,
    /// When.
    pub at: Timestamp,
    /// When they lapse, or lapsed.
    pub lapse: Lapse,
    /// When an operator voided it.
    pub voided_at: Option<Timestamp>,
    /// How many the player had left then, which were taken away.
    pub taken: u64,
}

/// A player of whose chances some have lapsed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Lapsing {
    /// The campaign.
    pub campaign: CampaignId,
    /// The player.
    pub player: PlayerId,
    /// By when.
    pub now: Timestamp,
}

/// Chances of a store.
#[async_trait]
pub trait Chances {
    /// Gives a player more chances, and says how many they got in all beside those that they began with. Draws that are under way without them are
    /// decided again.
    async fn grant_chances(&self, operation: &Operation, grant: &ChanceGrant) -> Result<Done<u64>, GrantError>;

    /// Takes away what the player has left of what an operator gave, and says what has become of it. Doing it again changes nothing, whatever
    /// came in meanwhile.
    async fn void_grant(
        &self,
        operation: &Operation,
        campaign: &CampaignId,
        player: &PlayerId,
        grant: &BusinessKey,
    ) -> Result<Done<Granted>, VoidGrantError>;

    /// What operators gave a player in a campaign, by key, from those behind `after` on, at most `limit`.
    async fn grants(
        &self,
        campaign: &CampaignId,
        player: &PlayerId,
        after: Option<&BusinessKey>,
        limit: u32,
    ) -> Result<Vec<Granted>>;

    /// Takes away what has lapsed of lots of chances.
    async fn lapse_chances(&self, step: &Sweep) -> Result<Swept>;

    /// The same of these players, all of it, and answers for each. What is damaged of one spoils no other. Draws that are under way with
    /// what has lapsed are decided again.
    async fn lapse_chances_of(&self, lapsing: &[Lapsing]) -> Result<Vec<Result<()>>>;
}
