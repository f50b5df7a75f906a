use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The largest weight: a larger number would not be exact in readers of JSON that hold numbers as doubles.
const WEIGHT_MAX: u64 = (1 << 53) - 1;

/// A pool's share as it was written: a text (decimal, fraction or `rest`) or an integer weight.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ShareText {
    /// `"0.0001"`, `"1/5"`, `rest`.
    Text(String),
    /// `7`.
    Weight(u64),
}

impl Serialize for ShareText {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Text(text) => serializer.serialize_str(text),
            Self::Weight(weight) => serializer.serialize_u64(*weight),
        }
    }
}

impl<'de> Deserialize<'de> for ShareText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ShareVisitor)
    }
}

struct ShareVisitor;

impl Visitor<'_> for ShareVisitor {
    type Value = ShareText;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a share in quotes such as \"0.0001\" or \"1/5\", the word rest, or a whole-number weight")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<ShareText, E> {
        Ok(ShareText::Text(text.to_owned()))
    }

    fn visit_u64<E: Error>(self, weight: u64) -> Result<ShareText, E> {
        if weight > WEIGHT_MAX {
            return Err(E::custom(format!("a weight is at most {WEIGHT_MAX}; finer shares are fractions in quotes")));
        }
        Ok(ShareText::Weight(weight))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<ShareText, E> {
        Err(E::custom(format!("{number} would be a floating-point number, which is not exact; put it in quotes")))
    }
}

impl JsonSchema for ShareText {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Share".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "A decimal (\"0.0001\"), a fraction (\"1/5\") or rest, all of them exactly 1 in all; or an integer weight.",
            "oneOf": [
                {"type": "string", "pattern": r"^(rest|[0-9]+(\.[0-9]+)?|[0-9]+/[0-9]+)$"},
                {"type": "integer", "minimum": 1, "maximum": WEIGHT_MAX},
            ],
        })
    }
}
