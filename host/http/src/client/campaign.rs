use std::collections::BTreeMap;

use axum::extract::State;
use axum::response::Response;
use serde::Serialize;
use tombola_domain::id::CampaignId;
use utoipa::ToSchema;

use crate::caller::{Anyone, in_campaign};
use crate::params::{Address, parse};
use crate::problem::Problem;
use crate::router::Shared;
use crate::view::{Freshness, Known, View};
use crate::wire::odds::{Probability, declared};

/// What clients may show of a campaign.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Campaign {
    campaign: String,
    title: String,
    /// The live revision.
    revision: u64,
    /// Its digest.
    digest: String,
    /// Whether it takes no draws for now.
    paused: bool,
    opens: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    closes: Option<String>,
    prizes: Vec<Prize>,
    /// What can be bought.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    skus: Vec<Sku>,
    /// The declared odds, by pool and entry.
    odds: BTreeMap<String, BTreeMap<String, Probability>>,
}

/// Something to win.
#[derive(Debug, Serialize, ToSchema)]
struct Prize {
    id: String,
    title: String,
    /// Units left; left out where the stock is unlimited.
    #[serde(skip_serializing_if = "Option::is_none")]
    left: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<serde_json::Value>,
}

/// A bundle of chances that players buy.
#[derive(Debug, Serialize, ToSchema)]
struct Sku {
    id: String,
    title: String,
    /// How many chances one has.
    chances: u64,
    price: Price,
    /// How many are left; left out where the stock is unlimited.
    #[serde(skip_serializing_if = "Option::is_none")]
    left: Option<u64>,
}

/// What something costs.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Price {
    pub(crate) unit: String,
    pub(crate) amount: i64,
}

/// The public view of a campaign, with its declared odds.
#[utoipa::path(
    get,
    path = "/v1/campaigns/{campaign}",
    tag = "client",
    params(("campaign" = String, Path), ("If-None-Match" = Option<String>, Header)),
    responses(
        (status = 200, body = Campaign),
        (status = 304, description = "It is what `If-None-Match` names."),
        (status = 404, description = "No such campaign is published.", body = Problem, content_type = "application/problem+json"),
    ),
    security(("token" = ["player", "client", "viewer"])),
)]
pub(crate) async fn handle(
    State(shared): State<Shared>,
    caller: Anyone,
    Address(campaign): Address<String>,
    known: Known,
) -> Result<Response, Problem> {
    let campaign: CampaignId = parse(&campaign)?;
    in_campaign(caller.0, &campaign)?;
    let view = shared.app.campaign(&campaign).await?;
    let prize = |prize: tombola_app::campaigns::PrizeView| Prize {
        id: prize.id.to_string(),
        title: prize.title,
        left: prize.left,
        data: prize.data,
    };
    let sku = |sku: tombola_app::campaigns::SkuView| Sku {
        id: sku.id.to_string(),
        title: sku.title,
        chances: sku.chances,
        price: Price { unit: sku.unit.to_string(), amount: sku.price },
        left: sku.left,
    };
    let body = Campaign {
        campaign: view.campaign.to_string(),
        title: view.title,
        revision: view.revision,
        digest: view.digest.to_string(),
        paused: view.paused,
        opens: view.opens.to_string(),
        closes: view.closes.map(|closes| closes.to_string()),
        prizes: view.prizes.into_iter().map(prize).collect(),
        skus: view.skus.into_iter().map(sku).collect(),
        odds: declared(view.pools),
    };
    Ok(known.answer(View::new(Freshness::Live, &body)))
}
