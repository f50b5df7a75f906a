//! What operators write, for a guard and for a branch.

use schemars::JsonSchema;
use serde::Deserialize;
use tombola_rule::config::{Grant, Refuse};

use crate::scalar::Scalar;

/// A comparison and, for a guard, one of `pool`, `grant` and `refuse`. A branch only follows `match` or `no-match`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The attribute, as the campaign declares it.
    pub(crate) attribute: String,
    pub(crate) op: Op,
    /// With what.
    pub(crate) value: Option<Scalar>,
    /// With what, all of one type: for `one_of` and `not_one_of`.
    #[serde(default)]
    pub(crate) values: Vec<Scalar>,
    /// For a guard: the pool to draw from.
    pub(crate) pool: Option<String>,
    /// For a guard: what to hand over instead of drawing.
    pub(crate) grant: Option<Grant>,
    /// For a guard: how to refuse.
    pub(crate) refuse: Option<Refuse>,
}

// Comments on the variants are not documentation: each would stand in the schema, which is part of the component.
/// How. An attribute that is not there matches `not_equals` and `not_one_of` only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Op {
    // With `value`.
    Equals,
    NotEquals,
    // With `values`.
    OneOf,
    NotOneOf,
    // With `value`, an integer.
    AtLeast,
    AtMost,
}
