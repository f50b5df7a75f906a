use axum::extract::State;
use serde::Deserialize;
use tombola_domain::switch;
use utoipa::ToSchema;

use super::switches::Switch;
use crate::body::JsonBody;
use crate::caller::{Publisher, all_campaigns};
use crate::observe::to_its_end;
use crate::once::{Once, once};
use crate::params::{Address, Key, parse};
use crate::problem::{Code, Problem};
use crate::reason;
use crate::router::Shared;

/// What a switch is to be set to.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = SwitchSetting)]
#[serde(deny_unknown_fields)]
pub(crate) struct Body {
    /// `on` or `off`; of a rate `off`, `default` for what each host's own settings say, or 1 to 1,000,000 requests in 1 to 3,600 seconds,
    /// such as `100/10s`.
    setting: String,
    /// Why, for the record: one line of up to 500 bytes.
    #[serde(default)]
    reason: String,
}

/// Sets a switch: `reads-only` (nothing is written that clients and operators ask for, and work in the background stands still),
/// `deliveries-off` (nothing that was won is handed over), `token-rate`, `player-rate` or `campaign-rate` (how many requests are let in).
/// The host that answers goes by it with its answer, every other within a second.
#[utoipa::path(
    put,
    path = "/v1/operator/switches/{switch}",
    tag = "operator",
    params(("switch" = String, Path), ("Idempotency-Key" = String, Header)),
    request_body = Body,
    responses((status = 200, description = "As it is by now.", body = Switch)),
    security(("token" = ["publisher"])),
)]
pub(crate) async fn handle(
    State(shared): State<Shared>,
    Publisher(caller): Publisher,
    Address(switch): Address<String>,
    Key(key): Key,
    JsonBody(body): JsonBody<Body>,
) -> Result<Once<Switch>, Problem> {
    let switch: switch::Switch = parse(&switch)?;
    all_campaigns(&caller)?;
    let intent = caller.intent(key, reason::of_body(&body.reason)?);
    let setting = switch.setting(&body.setting);
    let setting = setting.map_err(|error| Problem::new(Code::BodyInvalid, format!("setting: {error}")))?;
    // On a task of its own: what the store has must be taken up also when the operator hangs up.
    let app = std::sync::Arc::clone(&shared.app);
    let set = to_its_end("switch", async move { app.set_switch(intent, switch, setting).await }).await?;
    let view = shared.app.switches().await?.into_iter().find(|view| view.switch == switch);
    Ok(once(set, |_| view.expect("every switch is there").into()))
}
