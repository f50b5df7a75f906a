use axum::Json;
use axum::extract::State;
use serde::Serialize;
use tombola_app::switches::SwitchView;
use utoipa::ToSchema;

use crate::caller::Viewer;
use crate::problem::Problem;
use crate::router::Shared;

/// A switch.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Switch {
    /// `reads-only`, `deliveries-off`, `token-rate`, `player-rate` or `campaign-rate`.
    switch: &'static str,
    /// What it is set to: `on` or `off`; of a rate `off`, `default` or so many requests in so many seconds, such as `100/10s`.
    setting: String,
    /// What holds on the host that answers: its own setting where that is `default`.
    holds: String,
    /// Goes up by one each time that it is set; 0 where nobody has set it yet.
    version: u64,
    /// When it was set last. RFC 3339, UTC.
    #[serde(skip_serializing_if = "Option::is_none")]
    set_at: Option<String>,
}

impl From<SwitchView> for Switch {
    fn from(view: SwitchView) -> Self {
        let SwitchView { switch, setting, holds, set } = view;
        Self {
            switch: switch.as_str(),
            setting: setting.to_string(),
            holds: holds.to_string(),
            version: set.map_or(0, |set| set.version),
            set_at: set.map(|set| set.set_at.to_string()),
        }
    }
}

/// All switches.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Switches {
    items: Vec<Switch>,
}

/// What operators have set for all hosts.
#[utoipa::path(
    get,
    path = "/v1/operator/switches",
    tag = "operator",
    responses((status = 200, body = Switches)),
    security(("token" = ["viewer"])),
)]
pub(crate) async fn handle(State(shared): State<Shared>, _: Viewer) -> Result<Json<Switches>, Problem> {
    Ok(Json(Switches { items: shared.app.switches().await?.into_iter().map(Switch::from).collect() }))
}
