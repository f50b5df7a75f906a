use axum::Json;
use axum::extract::State;
use serde::Serialize;
use tombola_app::model::StockLevel;
use tombola_domain::id::{CampaignId, PrizeId};
use utoipa::ToSchema;

use crate::caller::{Viewer, in_campaign};
use crate::params::{Address, parse};
use crate::problem::Problem;
use crate::router::Shared;

/// The stock of one prize.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Level {
    prize: String,
    /// Units in all.
    stock: u64,
    /// Units handed over.
    issued: u64,
    /// Units left.
    left: u64,
    /// Whether a draw found it sold out.
    sold_out: bool,
    /// Goes up with each change of `stock` or `sold_out`; receipts cite it.
    version: u64,
}

impl Level {
    pub(crate) fn new(prize: &PrizeId, level: StockLevel) -> Self {
        Self {
            prize: prize.to_string(),
            stock: level.stock,
            issued: level.issued,
            left: level.stock - level.issued,
            sold_out: level.mark.sold_out,
            version: level.mark.version,
        }
    }
}

/// The stock of every prize that ever had one.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Stock {
    items: Vec<Level>,
}

/// The stock of a campaign's prizes.
#[utoipa::path(
    get,
    path = "/v1/operator/campaigns/{campaign}/stock",
    tag = "operator",
    params(("campaign" = String, Path)),
    responses((status = 200, body = Stock)),
    security(("token" = ["viewer"])),
)]
pub(crate) async fn handle(
    State(shared): State<Shared>,
    caller: Viewer,
    Address(campaign): Address<String>,
) -> Result<Json<Stock>, Problem> {
    let campaign: CampaignId = parse(&campaign)?;
    in_campaign(caller.0, &campaign)?;
    let levels = shared.app.stock(&campaign).await?;
    Ok(Json(Stock { items: levels.iter().map(|(prize, level)| Level::new(prize, *level)).collect() }))
}
