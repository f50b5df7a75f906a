use serde::Deserialize;
use utoipa::IntoParams;

/// What is to be known beside the lines.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Wanted {
    /// When the codes expire of which nothing else is said (RFC 3339); never, where it is left out.
    pub(super) expires_at: Option<String>,
    /// Why, for the record: one line of up to 500 bytes.
    #[serde(default)]
    pub(super) reason: String,
}
