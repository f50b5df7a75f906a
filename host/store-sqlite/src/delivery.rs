//! How an award reaches its player, in the form in which documents say it: `{"points": 3}`, `{"webhook": "crm"}`.

use serde::{Deserialize, Serialize};
use tombola_domain::award::Delivery;
use tombola_store::Result;

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

/// What the column `deliver` says.
pub(crate) fn read(fields: &Fields<'_>) -> Result<Option<Delivery>> {
    const COLUMN: &str = "deliver";
    if fields.get::<Option<&str>>(COLUMN)?.is_none() {
        return Ok(None);
    }
    let wrong = |error: tombola_domain::id::IdError| fields.wrong(COLUMN, &error);
    Ok(Some(match fields.json(COLUMN)? {
        Wire::Points(Points::Plain(each)) => Delivery::Points { unit: POINTS.parse().map_err(wrong)?, each },
        Wire::Points(Points::Of { unit, each }) => Delivery::Points { unit: unit.parse().map_err(wrong)?, each },
        Wire::Chances(each) => Delivery::Chances(each),
        Wire::Webhook(destination) => Delivery::Webhook(destination.parse().map_err(wrong)?),
        Wire::Codes(pool) => Delivery::Codes(pool.parse().map_err(wrong)?),
        Wire::Manual(_) => Delivery::Manual,
    }))
}
