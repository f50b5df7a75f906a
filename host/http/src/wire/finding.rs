use serde::Serialize;
use tombola_app::model::{self, Severity};
use utoipa::ToSchema;

/// One thing about a document.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Finding {
    /// `error` keeps the document from being published, `warning` does not.
    severity: &'static str,
    /// Stable; one page in `host/docs/errors/` each.
    code: &'static str,
    /// JSON pointer into the document.
    place: String,
    /// What is wrong there.
    message: String,
    /// What to do about it.
    hint: String,
}

impl From<model::Finding> for Finding {
    fn from(finding: model::Finding) -> Self {
        let severity = match finding.severity() {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        let model::Finding { code, place, message, hint } = finding;
        Self { severity, code: code.as_str(), place, message, hint }
    }
}
