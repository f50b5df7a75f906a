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
    /// How it is compared.
    pub(crate) op: Op,
    /// What it is compared with, unless that is a list.
    pub(crate) value: Option<Scalar>,
    /// What it is compared with, all of one type: for `one_of` and `not_one_of`.
    #[serde(default)]
    pub(crate) values: Vec<Scalar>,
    /// For a guard: the pool that is drawn from where it matches.
    pub(crate) pool: Option<String>,
    /// For a guard: what is handed over instead of drawing where it matches.
    pub(crate) grant: Option<Grant>,
    /// For a guard: how the draw is refused where it matches.
    pub(crate) refuse: Option<Refuse>,
}

/// How an attribute is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Op {
    /// With `value`.
    Equals,
    /// With `value`; an attribute that is not there matches.
    NotEquals,
    /// With `values`.
    OneOf,
    /// With `values`; an attribute that is not there matches.
    NotOneOf,
    /// With `value`, an integer.
    AtLeast,
    /// With `value`, an integer.
    AtMost,
}
