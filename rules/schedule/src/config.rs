//! What operators write, for a guard and for a branch.

use schemars::JsonSchema;
use serde::Deserialize;
use tombola_rule::config::Refuse;

use crate::week::Weekday;

/// Hours, weekdays or both; a guard may also say what happens. A branch only follows `open` or `closed`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Ranges such as `"09:00-12:00"` or, over midnight, `"22:00-02:00"`; all day unless given.
    #[serde(default)]
    pub(crate) hours: Vec<String>,
    /// Every day unless given.
    #[serde(default)]
    pub(crate) weekdays: Vec<Weekday>,
    /// For a guard: the pool that is drawn from inside of the hours.
    pub(crate) pool: Option<String>,
    /// For a guard: how a draw outside of the hours is refused. Without `pool` it is refused in any case.
    pub(crate) refuse: Option<Refuse>,
}
