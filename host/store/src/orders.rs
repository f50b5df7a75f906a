//! Orders: points, the stock of what is sold, and chances change hands together or not at all.

use async_trait::async_trait;
use tombola_domain::chance::TooMany;
use tombola_domain::digest::Digest;
use tombola_domain::id::{CampaignId, IdempotencyKey, OrderId, PlayerId, PrizeId, UnitName};
use tombola_domain::ledger::Lapse;
use tombola_domain::time::Timestamp;

use crate::ledger::NotPosted;
use crate::{Done, KeyReused, Operation, Result, StoreError};

/// What was, or is to be, bought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// Its name.
    pub id: OrderId,
    /// The campaign.
    pub campaign: CampaignId,
    /// Who buys.
    pub player: PlayerId,
    /// What: a SKU of the campaign's.
    pub sku: PrizeId,
    /// How many of it, from 1.
    pub quantity: u64,
    /// The chances in all of them.
    pub chances: u64,
    /// The unit of the price.
    pub unit: UnitName,
    /// What all of them cost.
    pub price: i64,
    /// When.
    pub ordered_at: Timestamp,
    /// When an operator voided it.
    pub voided_at: Option<Timestamp>,
}

/// What is asked before an order is made up.
#[derive(Debug, Clone)]
pub struct OrderQuery {
    /// The campaign.
    pub campaign: CampaignId,
    /// Who buys.
    pub player: PlayerId,
    /// The client's key.
    pub key: IdempotencyKey,
    /// What is to be bought.
    pub sku: PrizeId,
}

/// What is known then, all of one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderSnapshot {
    /// The order that was placed under the key, with the digest of its request.
    pub known: Option<(Order, Digest)>,
    /// How many of the SKU are left; `None` where it never had a stock, and where the order is known.
    pub left: Option<u64>,
}

/// An order that is to be placed.
#[derive(Debug, Clone)]
pub struct NewOrder {
    /// The order.
    pub order: Order,
    /// The client's key.
    pub key: IdempotencyKey,
    /// The digest of the client's request.
    pub request: Digest,
    /// The activation of whose revision it has its terms.
    pub activation: u64,
    /// Whether the SKU's stock is counted.
    pub stocked: bool,
    /// Chances that a player starts with.
    pub granted: Option<u64>,
    /// When the chances lapse.
    pub lapse: Lapse,
}

/// An order that was placed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placed {
    /// It.
    pub order: Order,
    /// Whether an earlier request with the same key did it, and this one nothing.
    pub replayed: bool,
}

/// Why an order was not placed. Nothing of it was done.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotPlaced {
    /// The key was used for another request.
    #[error("the key was used for another order")]
    KeyReused,
    /// A newer activation holds; it is named. The terms may be others by now.
    #[error("activation {0} holds")]
    Superseded(u64),
    /// Fewer are left than are wanted.
    #[error("{left} are left")]
    SoldOut {
        /// How many.
        left: u64,
    },
    /// See [`TooMany`].
    #[error(transparent)]
    TooMany(#[from] TooMany),
    /// The price can't be paid.
    #[error(transparent)]
    NotPosted(#[from] NotPosted),
}

/// Why an order was not voided.
#[derive(Debug, thiserror::Error)]
pub enum VoidError {
    /// See [`KeyReused`].
    #[error(transparent)]
    KeyReused(#[from] KeyReused),
    /// The campaign has no order of this name.
    #[error("there is no order of this id")]
    Unknown,
    /// The price can't be given back.
    #[error(transparent)]
    NotPosted(#[from] NotPosted),
    /// See [`StoreError`].
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Orders of a store.
#[async_trait]
pub trait Orders {
    /// Places orders durably, in one transaction and in their order, and answers for each. One that is refused spoils no other. When
    /// the call fails as a whole it is unknown what was placed; each key tells. Where something is damaged, nothing was.
    async fn place_orders(&self, orders: &[NewOrder]) -> Result<Vec<Result<Placed, NotPlaced>>>;

    /// What is known before an order is placed, of a moment after this call. It waits for nobody who writes.
    async fn order_snapshot(&self, query: &OrderQuery) -> Result<OrderSnapshot>;

    /// Undoes an order: the price goes back where it came from, as many units are there for others, and of its chances those that the player
    /// has left are taken away. Doing it again changes nothing.
    async fn void_order(
        &self,
        operation: &Operation,
        campaign: &CampaignId,
        id: &OrderId,
    ) -> Result<Done<Order>, VoidError>;

    /// A player's orders in a campaign, latest first, from those before `before` on, at most `limit`.
    async fn orders(
        &self,
        campaign: &CampaignId,
        player: &PlayerId,
        before: Option<u64>,
        limit: u32,
    ) -> Result<Vec<(u64, Order)>>;
}
