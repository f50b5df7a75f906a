use axum::extract::State;
use serde::Deserialize;
use tombola_domain::id::{CampaignId, OrderId};
use utoipa::ToSchema;

use crate::body::JsonBody;
use crate::caller::{Publisher, in_campaign};
use crate::client::order::Order;
use crate::once::{Once, once};
use crate::params::{Address, Key, parse};
use crate::problem::Problem;
use crate::reason;
use crate::router::Shared;

/// Why something is undone.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Voiding {
    /// For the record: one line of up to 500 bytes, and not empty.
    #[serde(default)]
    #[schema(required = true)]
    pub(super) reason: String,
}

/// Undoes an order: the price goes back, the units go back to their stock, and of its chances those that are left are taken away.
/// Doing it again changes nothing.
#[utoipa::path(
    post,
    path = "/v1/operator/campaigns/{campaign}/orders/{order}/void",
    tag = "operator",
    params(("campaign" = String, Path), ("order" = String, Path), ("Idempotency-Key" = String, Header)),
    request_body = Voiding,
    responses(
        (status = 200, body = Order),
        (status = 404, description = "The campaign has no such order.", body = Problem, content_type = "application/problem+json"),
    ),
    security(("token" = ["publisher"])),
)]
pub(crate) async fn handle(
    State(shared): State<Shared>,
    caller: Publisher,
    Address((campaign, order)): Address<(String, String)>,
    Key(key): Key,
    JsonBody(body): JsonBody<Voiding>,
) -> Result<Once<Order>, Problem> {
    let campaign: CampaignId = parse(&campaign)?;
    let order: OrderId = parse(&order)?;
    let intent = in_campaign(caller.0, &campaign)?.intent(key, reason::of_body(&body.reason)?);
    Ok(once(shared.app.void_order(intent, &campaign, &order).await?, |voided| Order::new(0, &voided)))
}
