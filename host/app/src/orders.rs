//! Orders: a player gives points and gets chances, in one commit.

use std::time::Duration;

use metrics::counter;
use tombola_domain::amount::AMOUNT_MAX;
use tombola_domain::digest::Digest;
use tombola_domain::id::{CampaignId, IdempotencyKey, OrderId, PlayerId, PrizeId};
use tombola_domain::order::order_id;
use tombola_engine::pipeline::{Pipeline, Sku};
use tombola_store::orders::{NewOrder, NotPlaced, Order, OrderQuery, OrderSnapshot, Placed, VoidError};
use tombola_store::{Done, Store, StoreError};

use crate::committer::{Batched, Committed};
use crate::intent::Intent;
use crate::{App, Error, Full, Result};

/// How often an order is made up on new terms while campaigns change.
const TRIES_MAX: usize = 8;
/// How long a request may take in all.
const DEADLINE: Duration = Duration::from_secs(10);

/// Orders that were answered, by campaign and outcome.
pub const ORDERS: &str = "tombola_orders_total";

/// A client's wish.
#[derive(Debug, Clone)]
pub struct OrderRequest {
    /// The campaign.
    pub campaign: CampaignId,
    /// Who buys.
    pub player: PlayerId,
    /// The client's name for this request.
    pub key: IdempotencyKey,
    /// What is bought.
    pub sku: PrizeId,
    /// How many of it, 1 to [`tombola_domain::order::QUANTITY_MAX`].
    pub quantity: u64,
}

impl OrderRequest {
    fn digest(&self) -> Digest {
        Digest::tagged("tombola/order-request/v1", &[self.sku.as_str().as_bytes(), &self.quantity.to_be_bytes()])
    }

    fn query(&self) -> OrderQuery {
        let Self { campaign, player, key, sku, .. } = self.clone();
        OrderQuery { campaign, player, key, sku }
    }
}

impl Batched for NewOrder {
    type Done = Result<Placed, NotPlaced>;
    const NAME: &'static str = "orders";

    async fn commit(store: &dyn Store, batch: &[Self]) -> tombola_store::Result<Vec<Self::Done>> {
        store.place_orders(batch).await
    }
}

impl App {
    /// Buys chances. An error means that nothing was bought, except where it says to repeat the request with its key.
    pub async fn order(&self, request: OrderRequest) -> Result<Placed> {
        let placed = tokio::time::timeout(DEADLINE, self.place(&request)).await.map_err(|_| Error::TimedOut)??;
        let outcome = if placed.replayed { "replayed" } else { "placed" };
        counter!(ORDERS, "campaign" => request.campaign.to_string(), "outcome" => outcome).increment(1);
        Ok(placed)
    }

    /// Undoes an order. What its chances were drawn with stays drawn.
    pub async fn void_order(&self, intent: Intent, campaign: &CampaignId, id: &OrderId) -> Result<Done<Order>> {
        intent.check_reason()?;
        let request = [b"void-order", campaign.as_str().as_bytes(), id.as_str().as_bytes()];
        let operation = intent.operation(&request, self.clock.now());
        Ok(self.store.void_order(&operation, campaign, id).await?)
    }

    /// A player's orders, latest first, each with its number, at most `limit`.
    pub async fn orders(
        &self,
        campaign: &CampaignId,
        player: &PlayerId,
        before: Option<u64>,
        limit: u32,
    ) -> Result<Vec<(u64, Order)>> {
        self.live.campaign(campaign)?;
        Ok(self.store.orders(campaign, player, before, limit).await?)
    }

    async fn place(&self, request: &OrderRequest) -> Result<Placed> {
        let digest = request.digest();
        let OrderSnapshot { known, left } = self.store.order_snapshot(&request.query()).await?;
        // The key comes before everything else: a client that repeats a request is answered also after the window.
        if let Some(known) = known {
            return placed_before(known, digest);
        }
        self.check_writes()?;
        self.check_left(request, left)?;
        let _entry = self.let_in(1)?;
        for _ in 0..TRIES_MAX {
            match self.commit(&self.order_committer, self.make_up(request, digest)?).await? {
                Committed::Done(Ok(placed)) => return Ok(placed),
                Committed::Done(Err(NotPlaced::Superseded(activation))) => self.catch_up(activation).await?,
                Committed::Done(Err(refused)) => return Err(refused.into()),
                Committed::Unknown => return self.resolve_order(request, digest).await,
            }
        }
        Err(Error::Contended)
    }

    /// Tells whoever wants more than is left by what was read, so that those who come in vain keep nobody from writing.
    fn check_left(&self, request: &OrderRequest, left: Option<u64>) -> Result<()> {
        let campaign = self.live.campaign(&request.campaign)?;
        campaign.check_open(&request.campaign, self.clock.now())?;
        let sku = sku(campaign.pipeline(&request.campaign)?, &request.sku)?;
        match left.filter(|left| sku.stock.is_some() && *left < request.quantity) {
            Some(left) => Err(Error::SkuSoldOut { left }),
            None => Ok(()),
        }
    }

    /// On the terms that hold now.
    fn make_up(&self, request: &OrderRequest, digest: Digest) -> Result<NewOrder> {
        let standing = self.live.standing(&request.campaign)?;
        let pipeline = standing.campaign.pipeline(&request.campaign)?;
        let now = self.clock.now();
        standing.campaign.check_open(&request.campaign, now)?;
        let sku = sku(pipeline, &request.sku)?;
        // What can't be paid with any balance is refused as too dear rather than counted.
        let quantity = i64::try_from(request.quantity).unwrap_or(i64::MAX);
        let price = sku.price.saturating_mul(quantity).min(AMOUNT_MAX);
        let order = Order {
            id: order_id(
                &request.player,
                self.entropy.bytes().first_chunk().expect("sixteen of thirty-two bytes"),
                now,
            ),
            campaign: request.campaign.clone(),
            player: request.player.clone(),
            sku: sku.id.clone(),
            quantity: request.quantity,
            chances: sku.chances.saturating_mul(request.quantity),
            unit: sku.unit.clone(),
            price,
            ordered_at: now,
            voided_at: None,
        };
        let (stocked, granted, lapse) = (sku.stock.is_some(), pipeline.granted, pipeline.lapse(now));
        Ok(NewOrder {
            order,
            key: request.key.clone(),
            request: digest,
            activation: standing.activation,
            stocked,
            granted,
            lapse,
        })
    }

    /// What became of an order whose batch failed: its key tells.
    async fn resolve_order(&self, request: &OrderRequest, digest: Digest) -> Result<Placed> {
        if let Some(known) = self.store.order_snapshot(&request.query()).await?.known {
            return placed_before(known, digest).map(|placed| Placed { replayed: false, ..placed });
        }
        self.store.check().await?;
        Err(Error::Store(StoreError::Unavailable("the commit failed".into())))
    }
}

/// What an earlier request with this key bought.
fn placed_before((order, request): (Order, Digest), digest: Digest) -> Result<Placed> {
    if request == digest { Ok(Placed { order, replayed: true }) } else { Err(Error::KeyReused) }
}

fn sku<'a>(pipeline: &'a Pipeline, name: &PrizeId) -> Result<&'a Sku> {
    let found = pipeline.skus.iter().find(|sku| sku.id == *name);
    found.ok_or_else(|| Error::SkuUnknown(name.to_string()))
}

impl From<VoidError> for Error {
    fn from(error: VoidError) -> Self {
        match error {
            VoidError::KeyReused(error) => error.into(),
            VoidError::Unknown => Self::OrderUnknown,
            VoidError::NotPosted(error) => error.into(),
            VoidError::Store(error) => error.into(),
        }
    }
}

impl From<NotPlaced> for Error {
    fn from(refused: NotPlaced) -> Self {
        match refused {
            NotPlaced::KeyReused => Self::KeyReused,
            NotPlaced::Superseded(_) => Self::Contended,
            NotPlaced::SoldOut { left } => Self::SkuSoldOut { left },
            NotPlaced::TooMany(error) => Full::from(error).into(),
            NotPlaced::NotPosted(error) => error.into(),
        }
    }
}
