use axum::Json;
use axum::extract::State;
use serde::Serialize;
use tombola_app::model::Unit as DeclaredUnit;
use utoipa::ToSchema;

use crate::caller::Viewer;
use crate::problem::Problem;
use crate::router::Shared;

/// A unit of the ledger.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Unit {
    unit: String,
    /// For people.
    title: String,
    /// For how many days what comes in can be spent; left out where it is for ever.
    #[serde(skip_serializing_if = "Option::is_none")]
    lifetime_days: Option<u32>,
}

impl From<DeclaredUnit> for Unit {
    fn from(unit: DeclaredUnit) -> Self {
        let lifetime_days = unit.lifetime.map(tombola_domain::ledger::Lifetime::days);
        Self { unit: unit.name.to_string(), title: unit.title, lifetime_days }
    }
}

/// All units.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Units {
    items: Vec<Unit>,
}

/// All units that are declared, by name.
#[utoipa::path(
    get,
    path = "/v1/operator/units",
    tag = "operator",
    responses((status = 200, body = Units)),
    security(("token" = ["viewer"])),
)]
pub(crate) async fn handle(State(shared): State<Shared>, _: Viewer) -> Result<Json<Units>, Problem> {
    Ok(Json(Units { items: shared.app.units().await?.into_iter().map(Unit::from).collect() }))
}
