use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use data_encoding::HEXLOWER_PERMISSIVE;
use serde::Deserialize;
use tombola_app::trial::{Ticket, TrialRequest};
use tombola_domain::id::CampaignId;
use utoipa::ToSchema;

use crate::body::JsonBody;
use crate::caller::{Editor, in_campaign};
use crate::params::{Address, parse};
use crate::problem::{Code, Problem};
use crate::router::Shared;
use crate::wire::fact::Fact;
use crate::wire::trial::Tried;

/// A draw that is to be tried.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = TrialWish)]
#[serde(deny_unknown_fields)]
pub(crate) struct Body {
    /// The document to try it on, as a text in YAML or JSON; left out, the live revision. Its examples are left aside.
    document: Option<String>,
    /// Facts by name, such as `player.draws.total`. What is left out is as for a new player now.
    #[serde(default)]
    #[schema(value_type = BTreeMap<String, serde_json::Value>)]
    facts: BTreeMap<String, Fact>,
    /// Prizes that are taken for sold out.
    #[serde(default)]
    sold_out: Vec<String>,
    /// The ticket that is drawn, a whole number below the total of the pool that is drawn from, as a text.
    ticket: Option<String>,
    /// Instead of a ticket: the prize that it draws, or `nothing`.
    drawn: Option<String>,
    /// The seed of a trial that is to be repeated, 64 hexadecimal digits; left out, a new one.
    seed: Option<String>,
}

/// One draw that commits nothing and touches no secret, with each of its steps.
#[utoipa::path(
    post,
    path = "/v1/operator/campaigns/{campaign}/try",
    tag = "operator",
    params(("campaign" = String, Path)),
    request_body = Body,
    responses(
        (status = 200, body = Tried),
        (status = 404, description = "No such campaign is published.", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The document has errors, or a fact, a prize or the ticket can't be used.", body = Problem, content_type = "application/problem+json"),
    ),
    security(("token" = ["editor"])),
)]
pub(crate) async fn handle(
    State(shared): State<Shared>,
    caller: Editor,
    Address(campaign): Address<String>,
    JsonBody(body): JsonBody<Body>,
) -> Result<Json<Tried>, Problem> {
    let campaign: CampaignId = parse(&campaign)?;
    in_campaign(caller.0, &campaign)?;
    let request = TrialRequest {
        ticket: ticket(body.ticket, body.drawn)?,
        seed: body.seed.map(|seed| bytes(&seed)).transpose()?,
        document: body.document,
        facts: body.facts.into_iter().map(|(name, fact)| (name, fact.into())).collect(),
        sold_out: body.sold_out,
    };
    Ok(Json(shared.app.try_draw(&campaign, request).await?.into()))
}

fn ticket(number: Option<String>, drawn: Option<String>) -> Result<Ticket, Problem> {
    let invalid = |detail| Problem::new(Code::BodyInvalid, detail);
    match (number, drawn) {
        (None, None) => Ok(Ticket::Seeded),
        (None, Some(prize)) => Ok(Ticket::Drawing(prize)),
        (Some(number), None) => {
            let number = number.parse().ok().filter(|_| number.bytes().all(|byte| byte.is_ascii_digit()));
            number.map(Ticket::Number).ok_or_else(|| invalid("ticket: a whole number as a text is expected"))
        }
        (Some(_), Some(_)) => Err(invalid("drawn: leave it out, since the ticket says already what is drawn")),
    }
}

fn bytes(seed: &str) -> Result<[u8; 32], Problem> {
    let bytes = HEXLOWER_PERMISSIVE.decode(seed.as_bytes()).ok().and_then(|bytes| bytes.try_into().ok());
    bytes.ok_or_else(|| Problem::new(Code::BodyInvalid, "seed: 64 hexadecimal digits are expected"))
}
