use axum::extract::State;
use serde::Serialize;
use tombola_app::model;
use utoipa::ToSchema;

use crate::caller::{Editor, all_campaigns};
use crate::observe::to_its_end;
use crate::once::{Once, once};
use crate::params::{Asked, Key};
use crate::problem::Problem;
use crate::reason::ReasonQuery;
use crate::router::Shared;

/// What a pass over all that is kept came to.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Pass {
    /// Rows that were compared.
    rows: u64,
    /// What differed.
    found: u64,
    /// Of these, what no pass had found before.
    new: u64,
    /// Of these, what was repaired.
    repaired: u64,
    /// Differences that somebody has to look at: `GET` lists them.
    open: u64,
}

impl From<model::Pass> for Pass {
    fn from(model::Pass { rows, found, new, repaired, open }: model::Pass) -> Self {
        Self { rows, found, new, repaired, open }
    }
}

/// Compares all that is kept twice (draws and awards, awards and the ledger, stock, codes, chances) now rather than within minutes, puts back
/// what is provably missing, and answers once it has gone through everything.
#[utoipa::path(
    post,
    path = "/v1/operator/reconciliation",
    tag = "operator",
    params(("Idempotency-Key" = String, Header), ReasonQuery),
    responses((status = 200, description = "Made now, or by an earlier request with this key.", body = Pass)),
    security(("token" = ["editor"])),
)]
pub(crate) async fn handle(
    State(shared): State<Shared>,
    Editor(caller): Editor,
    Key(key): Key,
    Asked(reason): Asked<ReasonQuery>,
) -> Result<Once<Pass>, Problem> {
    all_campaigns(&caller)?;
    let intent = caller.intent(key, reason.read()?);
    let app = std::sync::Arc::clone(&shared.app);
    // On a task of its own, so that it is recorded also when the operator hangs up.
    Ok(once(to_its_end("pass", async move { app.reconcile_for(intent).await }).await?, Pass::from))
}
