use axum::extract::State;
use serde::Deserialize;
use tombola_app::destinations::DestinationChange;
use tombola_app::destinations::bounds::DEFAULT;
use tombola_app::model::Limits;
use tombola_domain::id::DestinationName;
use tombola_domain::webhook::{ParseSecretError, SECRETS_MAX, Secret};
use utoipa::ToSchema;

use super::destinations::Destination;
use crate::body::JsonBody;
use crate::caller::{Publisher, all_campaigns};
use crate::once::{Once, once};
use crate::params::{Address, Key, parse};
use crate::problem::{Code, Problem};
use crate::reason;
use crate::router::Shared;

/// What a destination is to be.
#[derive(Deserialize, ToSchema)]
#[schema(as = DestinationSettings)]
#[serde(deny_unknown_fields)]
pub(crate) struct Body {
    /// Where messages are sent: `https://…`, at a public address unless the host lets others be called.
    url: String,
    /// One or two secrets, each `whsec_` and then 24 to 64 bytes in base 64. Messages are signed with both, so that one can take the
    /// other's place. Left out: those that it has stay. They are never shown again.
    secrets: Option<Vec<String>>,
    /// How long it may take to connect, in milliseconds: 100 to 30,000; 3,000 where nothing is said.
    connect_ms: Option<u32>,
    /// How long a call may take in all, in milliseconds: 100 to 60,000; 10,000 where nothing is said.
    call_ms: Option<u32>,
    /// Calls at once: 1 to 256; 16 where nothing is said.
    calls: Option<u32>,
    /// Why, for the record: one line of up to 500 bytes.
    #[serde(default)]
    reason: String,
}

/// Makes a destination of webhooks, or changes one. Messages that are sent after the answer are sent as it says.
#[utoipa::path(
    put,
    path = "/v1/operator/destinations/{destination}",
    tag = "operator",
    params(("destination" = String, Path), ("Idempotency-Key" = String, Header)),
    request_body = Body,
    responses(
        (status = 200, body = Destination),
        (status = 409, description = "There are as many destinations as there can be.", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "It may not have this address, or it has no secret.", body = Problem, content_type = "application/problem+json"),
    ),
    security(("token" = ["publisher"])),
)]
pub(crate) async fn handle(
    State(shared): State<Shared>,
    Publisher(caller): Publisher,
    Address(destination): Address<String>,
    Key(key): Key,
    JsonBody(body): JsonBody<Body>,
) -> Result<Once<Destination>, Problem> {
    let name: DestinationName = parse(&destination)?;
    // Every campaign may send its awards there.
    all_campaigns(&caller)?;
    let intent = caller.intent(key, reason::of_body(&body.reason)?);
    let Body { url, connect_ms, call_ms, calls, .. } = body;
    let limits = Limits {
        connect_ms: connect_ms.unwrap_or(DEFAULT.connect_ms),
        call_ms: call_ms.unwrap_or(DEFAULT.call_ms),
        calls: calls.unwrap_or(DEFAULT.calls),
    };
    let secrets = body.secrets.map(secrets).transpose()?;
    let change = DestinationChange { intent, name: name.clone(), url, secrets, limits };
    let put = shared.app.put_destination(change).await?;
    let view = shared.app.destination(&name).await?;
    Ok(once(put, |_| view.into()))
}

fn secrets(texts: Vec<String>) -> Result<Vec<Secret>, Problem> {
    if !(1..=SECRETS_MAX).contains(&texts.len()) {
        return Err(Problem::new(Code::BodyInvalid, format!("secrets: 1 to {SECRETS_MAX} are expected")));
    }
    let secret = |(position, text): (usize, String)| {
        let invalid =
            |error: ParseSecretError| Problem::new(Code::BodyInvalid, format!("secrets[{position}]: {error}"));
        text.parse().map_err(invalid)
    };
    let secrets: Vec<_> = texts.into_iter().enumerate().map(secret).collect::<Result<_, _>>()?;
    match &secrets[..] {
        [one, other] if one == other => Err(Problem::new(Code::BodyInvalid, "secrets[1]: it is the same as the other")),
        _ => Ok(secrets),
    }
}
