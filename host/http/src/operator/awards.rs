mod wanted;

use axum::Json;
use axum::extract::State;
use tombola_app::model::AwardQuery;
use tombola_app::tokens::Caller;

use self::wanted::Wanted;
use crate::caller::{Viewer, campaigns};
use crate::page::{Page, PageQuery};
use crate::params::{Asked, asked};
use crate::problem::Problem;
use crate::router::Shared;
use crate::wire::award::Award;

/// Awards, earliest first. A page may have fewer than `limit`, or none, though more follow: it ends after a look at 10,000.
#[utoipa::path(
    get,
    path = "/v1/operator/awards",
    tag = "operator",
    params(Wanted),
    responses((status = 200, body = Page<Award>)),
    security(("token" = ["viewer"])),
)]
pub(crate) async fn handle(
    State(shared): State<Shared>,
    Viewer(caller): Viewer,
    Asked(wanted): Asked<Wanted>,
) -> Result<Json<Page<Award>>, Problem> {
    const LIST: &str = "awards";
    let (after, limit) = PageQuery { cursor: wanted.cursor.clone(), limit: wanted.limit.clone() }.after(LIST)?;
    let query = AwardQuery { after: after.unwrap_or_default(), ..query(caller, &wanted)? };
    let page = shared.app.awards(&query, limit).await?;
    let next = page.next.map(|next: u64| next.to_string());
    Ok(Json(Page::going_on(LIST, page.awards.iter().map(Award::from).collect(), next.as_deref())))
}

fn query(caller: Caller, wanted: &Wanted) -> Result<AwardQuery, Problem> {
    let campaigns = campaigns(caller, asked("campaign", wanted.campaign.as_deref())?)?;
    let prize = asked("prize", wanted.prize.as_deref())?;
    let state = asked("state", wanted.state.as_deref())?;
    Ok(AwardQuery { campaigns, prize, state, after: 0 })
}
