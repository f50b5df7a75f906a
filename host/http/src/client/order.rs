use axum::extract::State;
use serde::{Deserialize, Serialize};
use tombola_app::model;
use tombola_app::orders::OrderRequest;
use tombola_domain::id::{CampaignId, PrizeId};
use tombola_domain::order::QUANTITY_MAX;
use utoipa::ToSchema;

use super::campaign::Price;
use crate::body::JsonBody;
use crate::caller::{Drawer, in_campaign, who};
use crate::observe::to_its_end;
use crate::once::{Created, created};
use crate::params::{Address, Key, parse};
use crate::problem::{Code, Problem};
use crate::rates::Rates;
use crate::route::Route;
use crate::router::Shared;

/// What is bought.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = OrderWish)]
#[serde(deny_unknown_fields)]
pub(crate) struct Body {
    /// Who buys. A player's own token needs none.
    player: Option<String>,
    /// One of the campaign's SKUs.
    sku: String,
    /// How many of it, 1 to 1000; 1 where nothing is said.
    #[schema(minimum = 1, maximum = 1000)]
    quantity: Option<u64>,
}

/// An order that was placed: it is paid, and its chances can be used.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Order {
    /// What a cursor stands for.
    #[serde(skip)]
    pub(super) number: u64,
    id: String,
    campaign: String,
    player: String,
    sku: String,
    quantity: u64,
    /// How many chances it brought, in all.
    chances: u64,
    /// What was paid, in all.
    price: Price,
    /// RFC 3339, UTC.
    ordered_at: String,
    /// When an operator undid it.
    #[serde(skip_serializing_if = "Option::is_none")]
    voided_at: Option<String>,
}

impl Order {
    pub(crate) fn new(number: u64, order: &model::Order) -> Self {
        Self {
            number,
            id: order.id.to_string(),
            campaign: order.campaign.to_string(),
            player: order.player.to_string(),
            sku: order.sku.to_string(),
            quantity: order.quantity,
            chances: order.chances,
            price: Price { unit: order.unit.to_string(), amount: order.price },
            ordered_at: order.ordered_at.to_string(),
            voided_at: order.voided_at.map(|at| at.to_string()),
        }
    }
}

/// Buys chances with what a player has: price, stock and chances change hands together or not at all.
#[utoipa::path(
    post,
    path = "/v1/campaigns/{campaign}/orders",
    tag = "client",
    params(("campaign" = String, Path), ("Idempotency-Key" = String, Header)),
    request_body = Body,
    responses(
        (status = 201, body = Order),
        (status = 200, description = "What an earlier request with this key bought.", body = Order),
        (status = 404, description = "No such campaign is published, or it sells no such thing.", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "The window is closed, the campaign is paused, the player has too little, or would have too many chances, or too few are left.", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The key was used for another request.", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "Nothing is known to be committed: repeat with the same key.", body = Problem, content_type = "application/problem+json"),
    ),
    security(("token" = ["player", "client"])),
)]
pub(crate) async fn handle(
    State(shared): State<Shared>,
    caller: Drawer,
    rates: Rates,
    Address(campaign): Address<String>,
    Key(key): Key,
    JsonBody(body): JsonBody<Body>,
) -> Result<(Route, Created<Order>), Problem> {
    let campaign: CampaignId = parse(&campaign)?;
    let caller = in_campaign(caller.0, &campaign)?;
    let player = who(&caller, body.player)?;
    let invalid = |detail: String| Problem::new(Code::BodyInvalid, detail);
    let sku: PrizeId = body.sku.parse().map_err(|error| invalid(format!("sku: {error}")))?;
    let quantity = body.quantity.unwrap_or(1);
    if !(1..=QUANTITY_MAX).contains(&quantity) {
        return Err(invalid(format!("quantity: 1 to {QUANTITY_MAX} are possible")));
    }
    rates.admit(&shared.app, &player, &campaign)?;
    let (app, route) = (std::sync::Arc::clone(&shared.app), Route::of(&player));
    let request = OrderRequest { campaign, player, key, sku, quantity };
    let placed = to_its_end("order", async move { app.order(request).await }).await?;
    Ok((route, created(placed.replayed, Order::new(0, &placed.order))))
}
