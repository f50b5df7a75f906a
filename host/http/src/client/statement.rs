use axum::Json;
use axum::extract::State;
use serde::Serialize;
use tombola_app::model::StatementLine;
use tombola_domain::id::{PlayerId, UnitName};
use tombola_domain::ledger::{Account, LotChange};
use utoipa::ToSchema;

use crate::caller::{Anyone, for_player};
use crate::page::{Page, PageQuery};
use crate::params::{Address, Asked, parse};
use crate::problem::Problem;
use crate::router::Shared;

/// One line of a statement.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = StatementLine)]
pub(crate) struct Line {
    /// Names the transfer.
    number: u64,
    /// Names what was posted together, for an operator who voids it.
    posting: u64,
    /// RFC 3339, UTC.
    at: String,
    /// `award`, `reward`, `order`, `hold`, `lapse`, …
    why: &'static str,
    /// What it moved.
    amount: i64,
    /// From which account: the player's `balance`, what is `held` of theirs, their `debt`; left out where it is not theirs.
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<&'static str>,
    /// To which account, likewise.
    #[serde(skip_serializing_if = "Option::is_none")]
    to: Option<&'static str>,
    /// What of the balance it was or became, by when that lapses; left out where it was none of the balance.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    lots: Vec<Change>,
}

/// More or less in a lot.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LotChange)]
struct Change {
    /// Below 0 where it went out.
    change: i64,
    /// RFC 3339, UTC; never where it is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    lapses_at: Option<String>,
}

impl From<&LotChange> for Change {
    fn from(LotChange { lapse, change }: &LotChange) -> Self {
        Self { change: *change, lapses_at: lapse.time().map(|at| at.to_string()) }
    }
}

impl From<StatementLine> for Line {
    fn from(line: StatementLine) -> Self {
        Self {
            number: line.number,
            posting: line.posting,
            at: line.at.to_string(),
            why: line.why.as_str(),
            amount: line.transfer.amount,
            from: own(&line.transfer.from),
            to: own(&line.transfer.to),
            lots: line.transfer.lots.iter().map(Change::from).collect(),
        }
    }
}

/// The account's name, where it is a player's. A transfer between two players' accounts is none that this host makes.
fn own(account: &Account) -> Option<&'static str> {
    match account {
        Account::Player(_) => Some("balance"),
        Account::Held(_) => Some("held"),
        Account::Debt(_) => Some("debt"),
        Account::Budget(_) | Account::Prize(..) | Account::House(_) => None,
    }
}

/// What came in and went out of a player's account in a unit, latest first.
#[utoipa::path(
    get,
    path = "/v1/players/{player}/balances/{unit}/transfers",
    tag = "client",
    params(("player" = String, Path), ("unit" = String, Path), PageQuery),
    responses(
        (status = 200, body = Page<Line>),
        (status = 404, description = "No such unit is declared; the problem names those that are.", body = Problem, content_type = "application/problem+json"),
    ),
    security(("token" = ["player", "client", "viewer"])),
)]
pub(crate) async fn handle(
    State(shared): State<Shared>,
    Anyone(caller): Anyone,
    Address((player, unit)): Address<(String, String)>,
    Asked(page): Asked<PageQuery>,
) -> Result<Json<Page<Line>>, Problem> {
    let player: PlayerId = parse(&player)?;
    let unit: UnitName = parse(&unit)?;
    for_player(&caller, &player)?;
    let list = format!("transfers of {player} in {unit}");
    let (before, limit) = page.after(&list)?;
    let lines = shared.app.statement(&player, &unit, before, limit + 1).await?;
    let lines = lines.into_iter().map(Line::from).collect();
    Ok(Json(Page::new(&list, lines, limit, |line: &Line| line.number.to_string())))
}
