//! What is provably safe to repair: one side is recorded and the other is missing as a whole, with all that it would have changed.
//!
//! Each repair looks again, in the transaction that makes it, and makes what is missing under the business key that it would have had, so that
//! nothing is made twice, neither by two passes nor by whoever should have made it. That a budget was not charged is not repaired: whether
//! its balance lacks the charge as well would take all that was ever moved out of it, while nobody writes.

use tombola_domain::id::AwardId;
use tombola_domain::time::Timestamp;
use tombola_store::Result;
use tombola_store::awards::Award;
use tombola_store::reconciliation::{Comparison, Finding};

use crate::awards;
use crate::chances::{self, Added, Lifetimes, Room};
use crate::db;
use crate::error::unavailable;
use crate::ledger;
use crate::writer::Write;

/// Whether it is worth another look: something is missing as a whole.
pub(super) fn is_repairable(finding: &Finding) -> bool {
    let repaired = [Comparison::AwardPoints, Comparison::AwardChances, Comparison::AwardTask];
    finding.found == 0 && repaired.contains(&finding.comparison)
}

/// Repairs what was found, and says whether it did.
pub(super) async fn repair(write: &mut Write, finding: &Finding, at: Timestamp) -> Result<bool> {
    match finding.comparison {
        Comparison::AwardPoints => post(write, finding, at).await,
        Comparison::AwardChances => add(write, finding, at).await,
        Comparison::AwardTask => put_back(write, finding).await,
        _ => Ok(false),
    }
}

/// The award that a finding is of, if the condition holds of it, over the columns of `award_details`.
async fn award(write: &mut Write, finding: &Finding, query: &'static str) -> Result<Option<Award>> {
    let Ok(id) = finding.subject.parse::<AwardId>() else { return Ok(None) };
    let row = db::query(query).bind(position(write, &id).await?).fetch_optional(write).await.map_err(unavailable)?;
    row.as_ref().map(awards::award).transpose()
}

async fn position(write: &mut Write, id: &AwardId) -> Result<Option<i64>> {
    db::query_scalar(
        "SELECT coalesce((SELECT position FROM rebate_awards WHERE id = $1), (SELECT position FROM draws WHERE id = $2))",
    )
    .bind(id.as_str())
    .bind(id.draw().as_ref().map(tombola_domain::id::DrawId::as_str))
    .fetch_one(write)
    .await
    .map_err(unavailable)
}

/// Posts points that are recorded as delivered. What else the player has must be what was moved: then the balance lacks them as well.
async fn post(write: &mut Write, finding: &Finding, at: Timestamp) -> Result<bool> {
    let Some(award) = award(write, finding, UNPOSTED).await? else { return Ok(false) };
    let units = ledger::units(write).await?;
    let Some(posting) = awards::posting(&award, &units, at) else { return Ok(false) };
    let posted = ledger::post(write, &[posting]).await?;
    Ok(posted.iter().all(|posted| posted.as_ref().is_ok_and(|posted| !posted.replayed)))
}

const UNPOSTED: &str = "
    SELECT a.* FROM award_details a WHERE position = $1 AND state = 'delivered' AND deliver -> 'points' IS NOT NULL
    AND (SELECT c.actor FROM award_changes c WHERE c.award = a.position ORDER BY c.position DESC LIMIT 1) IS NULL
    AND NOT EXISTS (SELECT 1 FROM postings p WHERE p.player = a.player AND p.key = 'award:' || a.id)
    -- It may have been posted under a key that is damaged.
    AND NOT EXISTS (
        SELECT 1 FROM postings p WHERE p.player = a.player AND p.key >= 'award:' AND p.key < 'award;' AND NOT EXISTS (
            SELECT 1 FROM draws d JOIN awards w USING (position) WHERE d.id = substr(p.key, 7, length(p.key) - 8)
            UNION ALL SELECT 1 FROM rebate_awards r WHERE r.id = substr(p.key, 7)))
    AND NOT EXISTS (
        SELECT 1 FROM postings p WHERE p.player = a.player AND p.why = 'delivery' AND NOT (p.key >= 'award:' AND p.key < 'award;'))
    -- Or by a posting that is gone, or is another's by now, while what it moved is still there.
    AND NOT EXISTS (
        SELECT 1 FROM transfers t LEFT JOIN postings p ON p.number = t.posting
        WHERE t.to_owner = a.player AND t.to_kind IN ('player', 'debt') AND p.player IS DISTINCT FROM a.player)
    AND NOT EXISTS (
        SELECT 1 FROM (
            SELECT kind, sum(change) AS moved FROM (
                SELECT from_kind AS kind, -amount AS change FROM transfers t WHERE from_owner = a.player
                AND t.unit = coalesce(deliver -> 'points' ->> 'unit', 'points') AND from_kind IN ('player', 'held', 'debt')
                UNION ALL
                SELECT to_kind, amount FROM transfers t WHERE to_owner = a.player
                AND t.unit = coalesce(deliver -> 'points' ->> 'unit', 'points') AND to_kind IN ('player', 'held', 'debt')) moves
            GROUP BY kind) sums
        FULL JOIN (SELECT kind, balance FROM accounts WHERE owner = a.player AND kind IN ('player', 'held', 'debt')
                   AND accounts.unit = coalesce(deliver -> 'points' ->> 'unit', 'points')) listed USING (kind)
        WHERE coalesce(moved, 0) <> coalesce(balance, 0))";

/// Adds chances that are recorded as delivered, where the player's count lacks them as well as the row.
async fn add(write: &mut Write, finding: &Finding, at: Timestamp) -> Result<bool> {
    let Some(award) = award(write, finding, UNADDED).await? else { return Ok(false) };
    let worth = award.delivery.as_ref().map_or(0, |delivery| delivery.worth(award.amount));
    let Ok(amount) = u64::try_from(worth) else { return Ok(false) };
    let (player, campaign, key) = (&award.player, &award.campaign, format!("award:{}", award.id));
    if Room::read(write, [(player, campaign)].into_iter()).await?.check(player, campaign, amount).is_err() {
        return Ok(false);
    }
    let lapse = Lifetimes::read(write, std::iter::once(award.position)).await?.lapse(award.position, at);
    chances::add(write, "award", &[Added { player, campaign, key, amount, granted: None, lapse, at }]).await?;
    Ok(true)
}

const UNADDED: &str = "
    SELECT a.* FROM award_details a
    JOIN participations p USING (player, campaign) WHERE position = $1 AND a.state = 'delivered' AND deliver ->> 'chances' IS NOT NULL
    AND (SELECT c.actor FROM award_changes c WHERE c.award = a.position ORDER BY c.position DESC LIMIT 1) IS NULL
    AND NOT EXISTS (SELECT 1 FROM chance_grants g WHERE g.player = a.player AND g.campaign = a.campaign AND g.key = 'award:' || a.id)
    -- Whoever works off the queue would add them as well.
    AND NOT EXISTS (SELECT 1 FROM tasks WHERE queue = 'chances' AND number = a.position)
    AND NOT EXISTS (
        SELECT 1 FROM chance_grants g WHERE g.player = a.player AND g.campaign = a.campaign AND g.key >= 'award:' AND g.key < 'award;'
        AND NOT EXISTS (
            SELECT 1 FROM draws d JOIN awards w USING (position) WHERE d.id = substr(g.key, 7, length(g.key) - 8)
            UNION ALL SELECT 1 FROM rebate_awards r WHERE r.id = substr(g.key, 7)))
    AND NOT EXISTS (
        SELECT 1 FROM chance_grants g WHERE g.player = a.player AND g.campaign = a.campaign AND g.why = 'award'
        AND NOT (g.key >= 'award:' AND g.key < 'award;'))
    AND p.chances_added = (SELECT coalesce(sum(amount), 0) FROM chance_grants g WHERE g.player = a.player AND g.campaign = a.campaign)";

/// What is known of the tries of a task that was put back: that there may have been some.
const PUT_BACK: &str = "it was lost, and put back by a reconciliation";

/// Puts the task of a waiting award back to where it would be, due at once.
async fn put_back(write: &mut Write, finding: &Finding) -> Result<bool> {
    let Some(award) = award(write, finding, UNQUEUED).await? else { return Ok(false) };
    let Some(queue) = award.delivery.as_ref().and_then(tombola_domain::award::Delivery::queue) else {
        return Ok(false);
    };
    db::query("INSERT INTO tasks (queue, due, number, since, reason) VALUES ($1, $3, $2, $3, $4)")
        .bind(queue.to_string())
        .bind(crate::fields::integer(award.position))
        .bind(award.won_at.as_millis())
        .bind(PUT_BACK)
        .execute(write)
        .await
        .map_err(unavailable)?;
    Ok(true)
}

const UNQUEUED: &str = "
    SELECT * FROM award_details a WHERE position = $1 AND state = 'pending'
    AND NOT EXISTS (SELECT 1 FROM tasks WHERE queue NOT IN ('referrals') AND number = a.position)
    AND NOT EXISTS (SELECT 1 FROM dead_letters WHERE queue NOT IN ('referrals') AND number = a.position)";
