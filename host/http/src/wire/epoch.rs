use data_encoding::HEXLOWER;
use serde::Serialize;
use tombola_app::EpochView;
use tombola_app::model::Phase;
use tombola_audit::wire;
use tombola_domain::time::Timestamp;
use utoipa::ToSchema;

/// A span of draws whose seeds come from one secret.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Epoch {
    pub(crate) epoch: u64,
    /// `announced`: it comes next; `current`: draws belong to it; `ended`: its secret is shown; `abandoned`: it was given up when a copy
    /// of the database was put in its place, and its secret is not shown.
    state: &'static str,
    /// The hash of its secret; `host/docs/receipts.md` says how it is made.
    commitment: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    began_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ended_at: Option<String>,
    /// The secret, in hexadecimal: every seed of the epoch follows from it.
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<String>,
}

impl From<EpochView> for Epoch {
    fn from(view: EpochView) -> Self {
        let secret = secret(&view);
        let text = |at: Timestamp| Some(at.to_string());
        let (state, began_at, ended_at) = match view.phase {
            Phase::Announced => ("announced", None, None),
            Phase::Current { began_at } => ("current", text(began_at), None),
            Phase::Ended { began_at, ended_at, .. } => ("ended", text(began_at), text(ended_at)),
            Phase::Abandoned { began_at, ended_at } => ("abandoned", began_at.and_then(text), text(ended_at)),
        };
        Self { epoch: view.number, state, commitment: view.commitment.to_string(), began_at, ended_at, secret }
    }
}

fn secret(view: &EpochView) -> Option<String> {
    match &view.phase {
        Phase::Ended { secret, .. } => Some(HEXLOWER.encode(secret.as_bytes())),
        _ => None,
    }
}

/// What is shown of an epoch to who checks receipts.
pub(crate) fn shown(view: &EpochView) -> wire::Epoch {
    wire::Epoch { epoch: view.number, commitment: view.commitment.to_string(), secret: secret(view) }
}
