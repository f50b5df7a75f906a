//! How an award reaches its player, in the form in which documents say it: `{"points": 3}`, `{"webhook": "crm"}`.

use serde::{Deserialize, Serialize};
use tombola_domain::award::Delivery;

use crate::fields::Fields;

/// The unit of points where none is named.
const POINTS: &str = "points";

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Wire {
    Points(Points),
    Chances(u32),
    Webhook(String),
    Codes(String),
    Manual(bool),
}

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Points {
    Plain(u32),
    Of { unit: String, each: u32 },
}

pub(crate) fn encode(delivery: &Delivery) -> String {
    let wire = match delivery {
        Delivery::Points { unit, each } if unit.as_str() == POINTS => Wire::Points(Points::Plain(*each)),
        Delivery::Points { unit, each } => Wire::Points(Points::Of { unit: unit.to_string(), each: *each }),
        Delivery::Chances(each) => Wire::Chances(*each),
        Delivery::Webhook(destination) => Wire::Webhook(destination.to_string()),
        Delivery::Codes(pool) => Wire::Codes(pool.to_string()),
        Delivery::Manual => Wire::Manual(true),
    };
    serde_json::to_string(&wire).expect("texts and integers are JSON")
}

/// What [`encode`] said.
pub(crate) fn decode(text: &str) -> Result<Delivery, DecodeError> {
    Ok(match serde_json::from_str(text)? {
        Wire::Points(Points::Plain(each)) => Delivery::Points { unit: POINTS.parse()?, each },
        Wire::Points(Points::Of { unit, each }) => Delivery::Points { unit: unit.parse()?, each },
        Wire::Chances(each) => Delivery::Chances(each),
        Wire::Webhook(destination) => Delivery::Webhook(destination.parse()?),
        Wire::Codes(pool) => Delivery::Codes(pool.parse()?),
        Wire::Manual(_) => Delivery::Manual,
    })
}

/// A text that says no way of delivery.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DecodeError {
    #[error("not the JSON of a delivery: {0}")]
    Json(#[from] serde_json::Error),
    #[error(transparent)]
    Name(#[from] tombola_domain::id::IdError),
}

/// What the column `deliver` says.
pub(crate) fn read(fields: &Fields<'_>) -> tombola_store::Result<Option<Delivery>> {
    const COLUMN: &str = "deliver";
    let text = fields.get::<Option<&str>>(COLUMN)?;
    text.map(decode).transpose().map_err(|error| fields.wrong(COLUMN, &error))
}
