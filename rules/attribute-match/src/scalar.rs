//! Values to compare with, and lists of them.

use core::fmt;
use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer};

/// One value of a type that attributes have.
#[derive(Debug)]
pub(crate) enum Scalar {
    /// Yes or no.
    Boolean(bool),
    /// A signed 64-bit integer.
    Integer(i64),
    /// A text.
    Text(String),
}

/// A scalar that is only looked at.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Seen<'s> {
    Boolean(bool),
    Integer(i64),
    Text(&'s str),
}

impl Scalar {
    pub(crate) fn seen(&self) -> Seen<'_> {
        match self {
            Self::Boolean(value) => Seen::Boolean(*value),
            Self::Integer(value) => Seen::Integer(*value),
            Self::Text(value) => Seen::Text(value),
        }
    }
}

impl<'de> Deserialize<'de> for Scalar {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ScalarVisitor)
    }
}

impl JsonSchema for Scalar {
    fn schema_name() -> Cow<'static, str> {
        "Scalar".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": ["boolean", "integer", "string"] })
    }
}

struct ScalarVisitor;

impl Visitor<'_> for ScalarVisitor {
    type Value = Scalar;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text, an integer or a boolean")
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Scalar, E> {
        Ok(Scalar::Boolean(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Scalar, E> {
        Ok(Scalar::Integer(value))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Scalar, E> {
        i64::try_from(value).map(Scalar::Integer).map_err(|_| E::custom("this integer is too large"))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Scalar, E> {
        Ok(Scalar::Text(value.to_owned()))
    }
}
