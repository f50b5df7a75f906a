use axum::Json;
use serde::Serialize;
use tombola_domain::fact::{CATALOGUE, Entry};
use utoipa::ToSchema;

use crate::caller::Viewer;

/// Every fact that a rule may ask for.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Facts {
    items: Vec<Fact>,
}

/// A fact, or a family of them.
#[derive(Debug, Serialize, ToSchema)]
struct Fact {
    /// The name; a part in angle brackets stands for a name of the operator's.
    name: &'static str,
    /// Left out where the campaign's document says it.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    fact_type: Option<String>,
    /// What is counted or measured.
    unit: &'static str,
    /// What it means.
    meaning: &'static str,
    /// Whether it may be absent.
    nullable: bool,
}

impl From<&Entry> for Fact {
    fn from(entry: &Entry) -> Self {
        let Entry { name, fact_type, unit, meaning, nullable } = *entry;
        Self { name, fact_type: fact_type.map(|fact_type| fact_type.to_string()), unit, meaning, nullable }
    }
}

/// The fact catalogue. None of the facts counts the draw under way, and none names the player.
#[utoipa::path(
    get,
    path = "/v1/operator/facts",
    tag = "operator",
    responses((status = 200, body = Facts)),
    security(("token" = ["viewer"])),
)]
pub(crate) async fn handle(_: Viewer) -> Json<Facts> {
    Json(Facts { items: CATALOGUE.iter().map(Fact::from).collect() })
}
