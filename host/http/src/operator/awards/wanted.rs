use serde::Deserialize;
use utoipa::IntoParams;

/// Which awards, and which page of them.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Wanted {
    /// Only those of this campaign.
    pub(super) campaign: Option<String>,
    /// Only those of this prize.
    pub(super) prize: Option<String>,
    /// Only those that are so far: `pending`, `delivered`, `failed`, `voided`, `to_do` or `in_progress`.
    pub(super) state: Option<String>,
    /// `next` of the page before; left out for the first.
    pub(super) cursor: Option<String>,
    /// Members of a page: 1 to 200, 50 where nothing is said.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 200)]
    pub(super) limit: Option<String>,
}
