use serde::Serialize;
use tombola_domain::award::Delivery;
use utoipa::ToSchema;

/// How an award reaches its player, in the words of documents.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Deliver {
    /// Units of account.
    Points(Points),
    /// Chances for each unit of the amount.
    Chances(u32),
    /// The destination that is told.
    Webhook(String),
    /// The pool that its coupon code comes from.
    Codes(String),
    /// By people.
    Manual(bool),
}

/// Units of account for each unit of the amount.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Points {
    unit: String,
    each: u32,
}

impl From<&Delivery> for Deliver {
    fn from(delivery: &Delivery) -> Self {
        match delivery {
            Delivery::Points { unit, each } => Self::Points(Points { unit: unit.to_string(), each: *each }),
            Delivery::Chances(each) => Self::Chances(*each),
            Delivery::Webhook(destination) => Self::Webhook(destination.to_string()),
            Delivery::Codes(pool) => Self::Codes(pool.to_string()),
            Delivery::Manual => Self::Manual(true),
        }
    }
}
