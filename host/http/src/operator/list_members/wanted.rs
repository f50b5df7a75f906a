use serde::Deserialize;
use utoipa::IntoParams;

/// What is to be known beside the lines.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Wanted {
    /// Must be true where the body is empty.
    #[serde(default)]
    pub(super) allow_empty: bool,
    /// Why, for the record: one line of up to 500 bytes.
    #[serde(default)]
    pub(super) reason: String,
}
