use axum::Json;
use axum::extract::State;
use serde::Serialize;
use tombola_app::model::{DifferencesAfter, Drift};
use utoipa::ToSchema;

use crate::caller::{Viewer, all_campaigns};
use crate::page::{Page, PageQuery};
use crate::params::Asked;
use crate::problem::{Code, Problem};
use crate::router::Shared;

/// Something that is kept twice and is not the same twice.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Difference {
    /// 1, 2, 3… in the order in which they were found; as logs name it.
    number: u64,
    /// What was compared, as in `award_points`; `damage` is a row that can't be read.
    comparison: String,
    /// Of what: an award, a rebate, an order, a number, a campaign, a unit; of what can't be read, its table and which row of it.
    subject: String,
    /// Whose it is; left out where it is nobody's.
    #[serde(skip_serializing_if = "Option::is_none")]
    player: Option<String>,
    /// An amount or a count; 0 of what can only be right or wrong.
    found: i64,
    /// What the other side comes to; 1 of what can only be right or wrong.
    expected: i64,
    /// What both sides say; of what can't be read, what is wrong and where.
    evidence: serde_json::Value,
    first_seen: String,
    last_seen: String,
    /// Left out where it was not repaired.
    #[serde(skip_serializing_if = "Option::is_none")]
    repaired_at: Option<String>,
    /// When a pass no longer found it; left out where it is there.
    #[serde(skip_serializing_if = "Option::is_none")]
    gone_at: Option<String>,
    #[serde(skip)]
    is_open: bool,
}

impl From<Drift> for Difference {
    fn from(difference: Drift) -> Self {
        let is_open = difference.is_open();
        let Drift { number, finding, first_seen, last_seen, repaired_at, gone_at } = difference;
        Self {
            number,
            comparison: finding.comparison.as_str().to_owned(),
            subject: finding.subject,
            player: finding.player.map(|player| player.to_string()),
            found: finding.found,
            expected: finding.expected,
            evidence: serde_json::from_str(&finding.evidence).unwrap_or_default(),
            first_seen: first_seen.to_string(),
            last_seen: last_seen.to_string(),
            repaired_at: repaired_at.map(|at| at.to_string()),
            gone_at: gone_at.map(|at| at.to_string()),
            is_open,
        }
    }
}

/// What passes found that differs: what is open first, and then what was repaired or is gone, each from the earliest on.
#[utoipa::path(
    get,
    path = "/v1/operator/reconciliation",
    tag = "operator",
    params(PageQuery),
    responses((status = 200, body = Page<Difference>)),
    security(("token" = ["viewer"])),
)]
pub(crate) async fn handle(
    State(shared): State<Shared>,
    Viewer(caller): Viewer,
    Asked(page): Asked<PageQuery>,
) -> Result<Json<Page<Difference>>, Problem> {
    const LIST: &str = "reconciliation";
    all_campaigns(&caller)?;
    let (after, limit) = page.after::<String>(LIST)?;
    let after = after.as_deref().map_or(Ok(DifferencesAfter::default()), read)?;
    let differences = shared.app.differences(after, limit + 1).await?;
    let items = differences.into_iter().map(Difference::from).collect();
    Ok(Json(Page::new(LIST, items, limit, |last: &Difference| {
        format!("{}{}", if last.is_open { "open " } else { "past " }, last.number)
    })))
}

/// Where a page ended.
fn read(cursor: &str) -> Result<DifferencesAfter, Problem> {
    let parts = cursor.split_once(' ').and_then(|(kind, number)| Some((kind == "past", number.parse().ok()?)));
    let (past, number) = parts.ok_or_else(|| {
        Problem::new(Code::QueryInvalid, "cursor: it is not one that this call gave; leave it out to begin anew")
    })?;
    Ok(DifferencesAfter { past, number })
}
