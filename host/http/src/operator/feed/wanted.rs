use serde::Deserialize;
use utoipa::IntoParams;

/// Which part of the feed.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Wanted {
    /// `next` of the answer before; left out for the beginning.
    #[serde(default)]
    pub(super) after: u64,
    /// Positions of one answer: 1 to 1,000, 200 where nothing is said.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 1_000)]
    pub(super) limit: Option<String>,
}
