use axum::extract::State;
use serde::Deserialize;
use tombola_app::model::Unit as DeclaredUnit;
use tombola_domain::id::UnitName;
use tombola_domain::ledger::Lifetime;
use utoipa::ToSchema;

use super::units::Unit;
use crate::body::JsonBody;
use crate::caller::{Editor, all_campaigns};
use crate::once::{Once, once};
use crate::params::{Address, Key, parse};
use crate::problem::{Code, Problem};
use crate::reason;
use crate::router::Shared;

/// The longest title, in bytes.
const TITLE_BYTES_MAX: usize = 200;

/// A unit's declaration.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = UnitDeclaration)]
#[serde(deny_unknown_fields)]
pub(crate) struct Body {
    /// For people: one line of 1 to 200 bytes.
    title: String,
    /// For how many days what comes in can be spent, to the end of the last day (UTC): 1 to 36525; for ever where it is left out.
    lifetime_days: Option<u32>,
    /// Why, for the record: one line of up to 500 bytes.
    #[serde(default)]
    reason: String,
}

/// Declares a unit that players and campaigns may have, or declares it anew: a new lifetime holds for what comes in from then on.
#[utoipa::path(
    put,
    path = "/v1/operator/units/{unit}",
    tag = "operator",
    params(("unit" = String, Path), ("Idempotency-Key" = String, Header)),
    request_body = Body,
    responses((status = 200, body = Unit)),
    security(("token" = ["editor"])),
)]
pub(crate) async fn handle(
    State(shared): State<Shared>,
    caller: Editor,
    Address(unit): Address<String>,
    Key(key): Key,
    JsonBody(body): JsonBody<Body>,
) -> Result<Once<Unit>, Problem> {
    let name: UnitName = parse(&unit)?;
    all_campaigns(&caller.0)?;
    let intent = caller.0.intent(key, reason::of_body(&body.reason)?);
    let invalid = |detail: String| Problem::new(Code::BodyInvalid, detail);
    if !(1..=TITLE_BYTES_MAX).contains(&body.title.len()) {
        return Err(invalid(format!("title: 1 to {TITLE_BYTES_MAX} bytes are expected, and not {}", body.title.len())));
    }
    if body.title.contains(char::is_control) {
        return Err(invalid("title: one line is expected, without control characters".to_owned()));
    }
    let lifetime = body.lifetime_days.map(Lifetime::new).transpose();
    let lifetime = lifetime.map_err(|error| invalid(format!("lifetime_days: {error}")))?;
    let unit = DeclaredUnit { name, title: body.title, lifetime };
    Ok(once(shared.app.put_unit(intent, &unit).await?, |()| unit.into()))
}
