mod wanted;

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use tombola_app::model;
use tombola_app::tokens::Caller;
use utoipa::ToSchema;

use self::wanted::Wanted;
use crate::caller::{Viewer, campaigns};
use crate::page::{Page, PageQuery};
use crate::params::{Asked, asked};
use crate::problem::Problem;
use crate::router::Shared;

/// One operation.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Entry {
    /// 1, 2, 3… in the order in which they were done.
    number: u64,
    at: String,
    /// The token's name; `local` for who worked at the host's machine, `tombola` for the host itself.
    actor: String,
    what: String,
    /// A campaign, a list, the name of a rule, token or destination; `<campaign>/<prize>` for stock, an award or how many for awards.
    subject: String,
    /// Names what was there before; left out where nothing was, or where it has no name.
    #[serde(skip_serializing_if = "Option::is_none")]
    before: Option<String>,
    /// Names what is there since.
    #[serde(skip_serializing_if = "Option::is_none")]
    after: Option<String>,
    /// Empty where none was given.
    reason: String,
}

/// Who did what, and why: every write of an operator's, latest first. A token for some campaigns sees what concerns one of
/// them alone.
#[utoipa::path(
    get,
    path = "/v1/operator/audit",
    tag = "operator",
    params(Wanted),
    responses((status = 200, body = Page<Entry>)),
    security(("token" = ["viewer"])),
)]
pub(crate) async fn handle(
    State(shared): State<Shared>,
    Viewer(caller): Viewer,
    Asked(wanted): Asked<Wanted>,
) -> Result<Json<Page<Entry>>, Problem> {
    const LIST: &str = "audit";
    let (before, limit) = PageQuery { cursor: wanted.cursor.clone(), limit: wanted.limit.clone() }.after(LIST)?;
    let query = model::Query { before, ..query(caller, wanted)? };
    let entries = shared.app.audit(&query, limit + 1).await?;
    let entries = entries.into_iter().map(Entry::from).collect();
    Ok(Json(Page::new(LIST, entries, limit, |entry: &Entry| entry.number.to_string())))
}

fn query(caller: Caller, wanted: Wanted) -> Result<model::Query, Problem> {
    let campaigns = campaigns(caller, asked("campaign", wanted.campaign.as_deref())?)?;
    let what = asked("what", wanted.what.as_deref())?;
    Ok(model::Query { campaigns, actor: wanted.actor, what, before: None })
}

impl From<model::Entry> for Entry {
    fn from(entry: model::Entry) -> Self {
        Self {
            number: entry.number,
            at: entry.at.to_string(),
            actor: entry.actor,
            what: entry.what.as_str().to_owned(),
            subject: entry.subject,
            before: entry.before.map(|digest| digest.to_string()),
            after: entry.after.map(|digest| digest.to_string()),
            reason: entry.reason.as_str().to_owned(),
        }
    }
}
