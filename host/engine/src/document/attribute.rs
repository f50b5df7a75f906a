use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tombola_domain::fact::{FactType, Value};

/// What a request may say under one name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Attribute {
    /// Its type.
    #[serde(rename = "type")]
    pub attribute_type: AttributeType,
    /// The values that are taken; left out: all of the type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub one_of: Option<Vec<Scalar>>,
    /// The smallest integer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minimum: Option<i64>,
    /// The largest integer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub maximum: Option<i64>,
    /// The longest text, in bytes; 256 unless said otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_length: Option<u32>,
    /// What holds where the request does not say. Left out: the fact is `none` then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<Scalar>,
}

/// The type of an attribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum AttributeType {
    /// UTF-8 text.
    Text,
    /// An integer within ±(2^53 − 1).
    Integer,
    /// Yes or no.
    Boolean,
}

/// A value of one of those types.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
#[serde(expecting = "a text, a whole number, or true or false")]
pub enum Scalar {
    /// Yes or no.
    Boolean(bool),
    /// An integer.
    Integer(i64),
    /// A text.
    Text(String),
}

/// The longest text where an attribute does not say, in bytes.
const TEXT_BYTES_DEFAULT: u32 = 256;
/// Integers on the wire stay exact in JSON readers that hold numbers as doubles.
const INTEGER_MAX: i64 = (1 << 53) - 1;

impl Attribute {
    /// The type of the fact that it becomes.
    pub fn fact_type(&self) -> FactType {
        match self.attribute_type {
            AttributeType::Text => FactType::Text,
            AttributeType::Integer => FactType::Integer,
            AttributeType::Boolean => FactType::Boolean,
        }
    }

    /// The fact that `given` becomes, or why it may not stand there.
    pub fn value(&self, given: Option<&Scalar>) -> Result<Value, String> {
        let Some(scalar) = given.or(self.default.as_ref()) else { return Ok(Value::None) };
        self.check(scalar)?;
        Ok(match scalar {
            Scalar::Boolean(value) => Value::Boolean(*value),
            Scalar::Integer(value) => Value::Integer(*value),
            Scalar::Text(value) => Value::Text(value.clone()),
        })
    }

    /// Whether a value has the type and keeps the bounds.
    pub fn check(&self, scalar: &Scalar) -> Result<(), String> {
        match (self.attribute_type, scalar) {
            (AttributeType::Text, Scalar::Text(text)) => self.check_text(text)?,
            (AttributeType::Integer, Scalar::Integer(number)) => self.check_integer(*number)?,
            (AttributeType::Boolean, Scalar::Boolean(_)) => {}
            _ => return Err(format!("a value of type {} is expected", self.fact_type())),
        }
        match &self.one_of {
            Some(values) if !values.contains(scalar) => Err("not one of the values that are declared".to_owned()),
            _ => Ok(()),
        }
    }

    fn check_text(&self, text: &str) -> Result<(), String> {
        let longest = self.max_length.unwrap_or(TEXT_BYTES_DEFAULT);
        if text.len() > longest as usize { Err(format!("at most {longest} bytes are allowed")) } else { Ok(()) }
    }

    fn check_integer(&self, number: i64) -> Result<(), String> {
        let low = self.minimum.unwrap_or(-INTEGER_MAX).max(-INTEGER_MAX);
        let high = self.maximum.unwrap_or(INTEGER_MAX).min(INTEGER_MAX);
        if (low..=high).contains(&number) { Ok(()) } else { Err(format!("a number from {low} to {high} is expected")) }
    }
}
