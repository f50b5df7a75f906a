use axum::extract::State;
use serde::Deserialize;
use tombola_app::stock::StockChange;
use tombola_domain::amount::AMOUNT_MAX;
use tombola_domain::id::{CampaignId, PrizeId};
use utoipa::ToSchema;

use super::stock::Level;
use crate::body::JsonBody;
use crate::caller::{Editor, in_campaign};
use crate::once::{Once, once};
use crate::params::{Address, Key, parse};
use crate::problem::{Code, Problem};
use crate::reason;
use crate::router::Shared;

/// A change of stock.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = StockChange)]
#[serde(deny_unknown_fields)]
pub(crate) struct Body {
    /// Units to add; below zero, to take away. Never below what is issued.
    add: i64,
    /// Why, for the record: one line of up to 500 bytes.
    #[serde(default)]
    reason: String,
}

/// Adds units of a prize, or takes away unissued ones, while draws go on.
#[utoipa::path(
    post,
    path = "/v1/operator/campaigns/{campaign}/prizes/{prize}/stock",
    tag = "operator",
    params(("campaign" = String, Path), ("prize" = String, Path), ("Idempotency-Key" = String, Header)),
    request_body = Body,
    responses(
        (status = 200, body = Level),
        (status = 404, description = "No stock of such a prize is kept.", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "More would be taken away than is left.", body = Problem, content_type = "application/problem+json"),
    ),
    security(("token" = ["editor"])),
)]
pub(crate) async fn handle(
    State(shared): State<Shared>,
    caller: Editor,
    Address((campaign, prize)): Address<(String, String)>,
    Key(key): Key,
    JsonBody(body): JsonBody<Body>,
) -> Result<Once<Level>, Problem> {
    let campaign: CampaignId = parse(&campaign)?;
    let prize: PrizeId = parse(&prize)?;
    let intent = in_campaign(caller.0, &campaign)?.intent(key, reason::of_body(&body.reason)?);
    if body.add == 0 || body.add.unsigned_abs() > AMOUNT_MAX.unsigned_abs() {
        return Err(Problem::new(Code::BodyInvalid, "add: a number other than 0, within ±(2^53 - 1), is expected"));
    }
    let change = StockChange { intent, campaign, prize: prize.clone(), add: body.add };
    Ok(once(shared.app.adjust_stock(change).await?, |level| Level::new(&prize, level)))
}
