use serde::Serialize;
use tombola_app::model;
use utoipa::ToSchema;

/// A place at which the live revision differs from the one that a request started from.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RevisionDifference)]
pub(crate) struct Difference {
    /// JSON pointer into the canonical text of both revisions.
    place: String,
    change: Change,
}

/// How it differs.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RevisionChange)]
#[serde(rename_all = "lowercase")]
enum Change {
    /// Only the live revision has it.
    Added,
    /// Only the other one has it.
    Removed,
    /// Both have it, with other values.
    Changed,
}

impl From<model::Difference> for Difference {
    fn from(difference: model::Difference) -> Self {
        let change = match difference.change {
            model::Change::Added => Change::Added,
            model::Change::Removed => Change::Removed,
            model::Change::Changed => Change::Changed,
        };
        Self { place: difference.place, change }
    }
}
