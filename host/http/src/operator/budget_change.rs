use axum::extract::State;
use serde::Deserialize;
use tombola_app::ledger::LedgerChange;
use tombola_domain::id::{CampaignId, UnitName};
use tombola_domain::ledger::ADJUSTMENT_MAX;
use utoipa::ToSchema;

use super::budget::Budget;
use crate::body::JsonBody;
use crate::caller::{Publisher, in_campaign};
use crate::once::{Once, once};
use crate::params::{Address, Key, parse};
use crate::problem::{Code, Problem};
use crate::reason;
use crate::router::Shared;

/// A change of what somebody has of a unit.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = LedgerChange)]
#[serde(deny_unknown_fields)]
pub(crate) struct Change {
    /// The unit, which must be declared.
    unit: String,
    /// How much more; below zero, how much less. Never below what is left.
    #[schema(minimum = -1_000_000_000_000_i64, maximum = 1_000_000_000_000_i64)]
    add: i64,
    /// Why, for the record: one line of up to 500 bytes.
    #[serde(default)]
    pub(super) reason: String,
}

impl Change {
    /// The unit and how much more.
    pub(super) fn read(&self) -> Result<(UnitName, i64), Problem> {
        let invalid = |detail: String| Problem::new(Code::BodyInvalid, detail);
        let unit = self.unit.parse().map_err(|error| invalid(format!("unit: {error}")))?;
        if self.add == 0 || self.add.unsigned_abs() > ADJUSTMENT_MAX.unsigned_abs() {
            return Err(invalid(format!(
                "add: a number other than 0, within ±{ADJUSTMENT_MAX}, is expected; give more in several steps"
            )));
        }
        Ok((unit, self.add))
    }
}

/// Gives a campaign more to give away, or takes back what it has not given away, while it runs.
#[utoipa::path(
    post,
    path = "/v1/operator/campaigns/{campaign}/budget",
    tag = "operator",
    params(("campaign" = String, Path), ("Idempotency-Key" = String, Header)),
    request_body = Change,
    responses(
        (status = 200, body = Budget),
        (status = 404, description = "No such campaign was ever published, or no such unit is declared.", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "More would be taken back than is left.", body = Problem, content_type = "application/problem+json"),
    ),
    security(("token" = ["publisher"])),
)]
pub(crate) async fn handle(
    State(shared): State<Shared>,
    caller: Publisher,
    Address(campaign): Address<String>,
    Key(key): Key,
    JsonBody(body): JsonBody<Change>,
) -> Result<Once<Budget>, Problem> {
    let campaign: CampaignId = parse(&campaign)?;
    let intent = in_campaign(caller.0, &campaign)?.intent(key, reason::of_body(&body.reason)?);
    let (unit, add) = body.read()?;
    let adjusted = shared.app.adjust_budget(LedgerChange { intent, whose: campaign.clone(), unit, add }).await?;
    let budgets = shared.app.budgets(&campaign).await?;
    Ok(once(adjusted, |_| Budget::new(budgets)))
}
