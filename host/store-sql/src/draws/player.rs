//! What is known of one player in one campaign.

use tombola_domain::id::{CampaignId, PlayerId};
use tombola_store::Result;
use tombola_store::draws::{PlayerState, Refusal};

use super::rows;
use crate::chances;
use crate::db::{self, Connection, Row};
use crate::error::unavailable;
use crate::fields::Fields;

/// Whose draws are wanted, and which.
pub(super) struct Page<'a> {
    pub(super) campaign: &'a CampaignId,
    pub(super) player: &'a PlayerId,
    pub(super) before: Option<u64>,
    pub(super) draws_max: u32,
}

/// One statement, so that all is of one moment: a row for each draw, or a single one without, and on each of them the
/// participation and the refusal.
pub(super) async fn read(connection: &mut Connection, page: &Page<'_>) -> Result<PlayerState> {
    let found = db::query(concat!(
        "SELECT p.version, p.draws, p.month, p.month_count, p.day, p.day_count,
                p.chances_initial, p.chances_added, p.chances_used, p.chances_lapse_at, ",
        chances::holding_columns!(),
        ", r.code AS refusal_code, r.at AS refused_at, d.*, c.code AS coupon_code
         FROM (SELECT 1) one
         LEFT JOIN participations p ON p.player = $1 AND p.campaign = $2
         LEFT JOIN refusals r ON r.player = $1 AND r.campaign = $2
         LEFT JOIN (SELECT * FROM draws WHERE player = $1 AND campaign = $2 AND ($3 IS NULL OR ordinal < $3)
                    ORDER BY ordinal DESC LIMIT $4) d ON true
         LEFT JOIN codes c ON c.award = d.position
         ORDER BY d.ordinal DESC",
    ))
    .bind(page.player.as_str())
    .bind(page.campaign.as_str())
    .bind(page.before.map(|before| i64::try_from(before).unwrap_or(i64::MAX)))
    .bind(page.draws_max)
    .fetch_all(connection)
    .await
    .map_err(unavailable)?;
    let first = found.first().ok_or_else(|| unavailable(sqlx::Error::RowNotFound))?;
    let has_draws = first.try_get::<Option<i64>, _>("ordinal").map_err(unavailable)?.is_some();
    let draws = if has_draws { found.iter().map(rows::draw_with_code).collect() } else { Ok(vec![]) };
    Ok(PlayerState {
        participation: rows::participation(first)?,
        holding: chances::holding(first)?,
        draws: draws?,
        refusal: refusal(page, first)?,
    })
}

fn refusal(page: &Page<'_>, row: &Row) -> Result<Option<Refusal>> {
    let fields = Fields { table: "refusals", key: "campaign", row };
    let Some(code) = fields.get("refusal_code")? else { return Ok(None) };
    let (campaign, player) = (page.campaign.clone(), page.player.clone());
    Ok(Some(Refusal { campaign, player, code, at: fields.time("refused_at")? }))
}
