use axum::extract::State;
use tombola_domain::id::{CampaignId, PlayerId};

use super::chances::ChanceGrant;
use super::order_void::Voiding;
use crate::body::JsonBody;
use crate::caller::{Publisher, in_campaign};
use crate::once::{Once, once};
use crate::params::{Address, Key, parse};
use crate::problem::Problem;
use crate::reason;
use crate::router::Shared;

/// Takes away what a player has left of chances that an operator gave. Doing it again changes nothing, whatever came in meanwhile.
#[utoipa::path(
    post,
    path = "/v1/operator/campaigns/{campaign}/players/{player}/chances/{grant}/void",
    tag = "operator",
    params(("campaign" = String, Path), ("player" = String, Path), ("grant" = String, Path), ("Idempotency-Key" = String, Header)),
    request_body = Voiding,
    responses(
        (status = 200, body = ChanceGrant),
        (status = 404, description = "No operator gave the player such chances.", body = Problem, content_type = "application/problem+json"),
    ),
    security(("token" = ["publisher"])),
)]
pub(crate) async fn handle(
    State(shared): State<Shared>,
    caller: Publisher,
    Address((campaign, player, grant)): Address<(String, String, String)>,
    Key(key): Key,
    JsonBody(body): JsonBody<Voiding>,
) -> Result<Once<ChanceGrant>, Problem> {
    let campaign: CampaignId = parse(&campaign)?;
    let player: PlayerId = parse(&player)?;
    let grant = parse(&grant)?;
    let intent = in_campaign(caller.0, &campaign)?.intent(key, reason::of_body(&body.reason)?);
    Ok(once(shared.app.void_grant(intent, &campaign, &player, &grant).await?, ChanceGrant::from))
}
