mod in_house;
mod moves;
mod rows;
mod void;
mod won;

pub(crate) use self::in_house::{points, posting};
pub(crate) use self::rows::award;
pub(crate) use self::void::{Voiding, undo};

use std::sync::atomic::AtomicU64;

use async_trait::async_trait;
use serde_json::json;
use tombola_domain::award::State;
use tombola_domain::id::{AwardId, CampaignId, DrawId, PlayerId};
use tombola_domain::time::Timestamp;
use tombola_store::awards::{
    Award, AwardHistory, Awards, CHANGES_MAX, InHouse, Move, MoveError, Moved, Page, Query, SCANNED_MAX, WonByEvent,
};
use tombola_store::ledger::Shortfalls;
use tombola_store::outbox::HandedOver;
use tombola_store::{Done, Operation, Result};

use crate::db;
use crate::error::unavailable;
use crate::fields::{clamped, integer};
use crate::store::SqlStore;
use crate::writer::Write;
use crate::{feed, outbox};

#[async_trait]
impl Awards for SqlStore {
    async fn award(&self, id: &AwardId) -> Result<Option<AwardHistory>> {
        Ok(self.histories(std::slice::from_ref(id)).await?.pop())
    }

    async fn histories(&self, awards: &[AwardId]) -> Result<Vec<AwardHistory>> {
        self.within(async {
            let rows = db::query(HISTORIES)
                .bind(names(awards))
                .bind(CHANGES_MAX)
                .fetch_all(&mut *self.readers.reader().await?)
                .await
                .map_err(unavailable)?;
            rows.iter().map(rows::history).collect()
        })
        .await
    }

    async fn awards_at(&self, positions: &[u64]) -> Result<Vec<Award>> {
        self.within(async {
            let rows = db::query(
                "SELECT a.* FROM json_each($1) q JOIN award_details a ON a.position = CAST(q.atom AS BIGINT) ORDER BY a.position",
            )
            .bind(json!(positions).to_string())
            .fetch_all(&mut *self.readers.reader().await?)
            .await
            .map_err(unavailable)?;
            rows.iter().map(award).collect()
        })
        .await
    }

    async fn awards(&self, query: &Query, limit: u32) -> Result<Page> {
        self.within(async {
            let (scan, by) = scan(query);
            let campaigns = query.campaigns.as_ref();
            let campaigns = campaigns.map(|names| names.iter().map(CampaignId::as_str).collect::<Vec<_>>());
            let mut reader = self.readers.reader().await?;
            let rows = db::query(scan.page)
                .bind(by)
                .bind(clamped(query.after))
                .bind(SCANNED_MAX)
                .bind(campaigns.map(|names| json!(names).to_string()))
                .bind(query.prize.as_ref().map(|prize| prize.as_str().to_owned()))
                .bind(query.state.map(State::as_str))
                .bind(limit)
                .fetch_all(&mut reader)
                .await
                .map_err(unavailable)?;
            let awards: Vec<_> = rows.iter().map(award).collect::<Result<_>>()?;
            if awards.len() >= limit as usize {
                let next = awards.last().map(|award| award.position);
                return Ok(Page { awards, next });
            }
            // It ended because there are no more, or because it had looked at so many.
            let last: Option<i64> = db::query_scalar(scan.last)
                .bind(by)
                .bind(clamped(query.after))
                .bind(SCANNED_MAX - 1)
                .fetch_optional(&mut reader)
                .await
                .map_err(unavailable)?;
            Ok(Page { awards, next: last.map(i64::unsigned_abs) })
        })
        .await
    }

    async fn won_by_events(
        &self,
        campaign: &CampaignId,
        player: &PlayerId,
        before: Option<u64>,
        limit: u32,
    ) -> Result<Vec<WonByEvent>> {
        let found = self.within(async {
            won::by_events(&mut *self.readers.reader().await?, campaign, player, before, limit).await
        });
        let found = found.await?;
        let names: Vec<_> = found.iter().map(|(award, _)| award.clone()).collect();
        Ok(won::in_order(found, self.histories(&names).await?))
    }

    async fn move_awards(
        &self,
        operation: &Operation,
        moves: &[Move],
        campaigns: &[CampaignId],
        shortfalls: &Shortfalls,
    ) -> Result<Done<Vec<Moved>>, MoveError> {
        self.within(moves::make(self, operation, moves, campaigns, shortfalls)).await
    }

    async fn deliver_in_house(&self, what: InHouse, now: Timestamp, limit: u32) -> Result<HandedOver> {
        let delivered = AtomicU64::new(0);
        let deliver = |write, limit| in_house::deliver(write, what, now, limit, &delivered);
        let ended = self.within(outbox::around_damage(self, &what.queue(), now, limit, deliver)).await?;
        Ok(HandedOver::of(ended, delivered.into_inner()))
    }
}

/// A change of an award's state.
pub(crate) struct Changed<'a> {
    /// Its position.
    pub(crate) award: u64,
    pub(crate) state: State,
    pub(crate) note: &'a str,
}

/// Changes the states of awards, one after the other, each at a position of its own in the feed.
pub(crate) async fn change(
    write: &mut Write,
    changes: &[Changed<'_>],
    at: Timestamp,
    actor: Option<&str>,
) -> Result<()> {
    if changes.is_empty() {
        return Ok(());
    }
    let before = feed::advance(write, changes.len()).await?;
    let rows: Vec<_> = changes.iter().map(|change| json!([change.award, change.state.as_str(), change.note])).collect();
    db::query(
        "INSERT INTO award_changes (position, award, state, at, actor, note)
         SELECT $2 + 1 + q.key, CAST(q.value ->> 0 AS BIGINT), q.value ->> 1, $3, $4, q.value ->> 2 FROM jsonb_each($1) q;

         -- Of several changes of one award the last holds, which is the latest row.
         UPDATE awards SET state = (SELECT c.state FROM award_changes c WHERE c.award = awards.position
                                    ORDER BY c.position DESC LIMIT 1)
         WHERE position IN (SELECT CAST(value ->> 0 AS BIGINT) FROM json_each($1))",
    )
    .bind(json!(rows).to_string())
    .bind(integer(before))
    .bind(at.as_millis())
    .bind(actor)
    .execute(write)
    .await
    .map_err(unavailable)?;
    Ok(())
}

/// Awards as statements look for them: the name, and that of the draw that would have won it.
fn names<'a>(awards: impl IntoIterator<Item = &'a AwardId>) -> String {
    let name = |award: &AwardId| json!([award.as_str(), award.draw().as_ref().map(DrawId::as_str)]);
    json!(awards.into_iter().map(name).collect::<Vec<_>>()).to_string()
}

/// Of each award its row, its latest changes and what is known of its task: where it was put, wherever it was moved to, or given up.
const HISTORIES: &str = "
    SELECT a.*, (SELECT code FROM codes WHERE award = a.position) AS coupon_code,
           (SELECT json_group_array(json_array(state, at, actor, note) ORDER BY position)
            FROM (SELECT * FROM award_changes WHERE award = a.position ORDER BY position DESC LIMIT $2) c) AS changes,
           coalesce(
               (SELECT json_array(attempts, due, reason) FROM tasks
                WHERE queue = q.queue AND due = a.won_at AND number = a.position),
               (SELECT json_array(attempts, due, reason) FROM tasks
                WHERE queue = q.queue AND since = a.won_at AND number = a.position AND due <> since),
               (SELECT json_array(attempts, NULL, reason) FROM dead_letters
                WHERE queue = q.queue AND number = a.position)) AS attempts
    FROM (SELECT position, CASE WHEN deliver ->> 'webhook' IS NOT NULL THEN 'webhook/' || (deliver ->> 'webhook')
                                WHEN deliver ->> 'chances' IS NOT NULL THEN 'chances'
                                WHEN deliver -> 'points' IS NOT NULL THEN 'points' END AS queue
          FROM json_each($1) w JOIN awards ON position = coalesce((SELECT position FROM draws WHERE id = w.value ->> 1),
                                                                  (SELECT position FROM rebate_awards WHERE id = w.value ->> 0))) q
    JOIN award_details a USING (position)";

/// How awards are looked for, among those that a `$1` names.
struct Scan {
    /// Those at `$3` positions after `$2`, if they are wanted, in order.
    page: &'static str,
    /// The position that `page` ended at, if there was none wanted.
    last: &'static str,
}

macro_rules! scan {
    ($positions:literal) => {
        Scan {
            page: concat!(
                "SELECT d.* FROM (", $positions, " LIMIT $3) a JOIN award_details d USING (position)
                 WHERE ($4 IS NULL OR d.campaign IN (SELECT atom FROM json_each($4))) AND ($5 IS NULL OR d.prize = $5)
                   AND ($6 IS NULL OR d.state = $6)
                 ORDER BY position LIMIT $7"
            ),
            last: concat!($positions, " LIMIT 1 OFFSET $3"),
        }
    };
}

/// Awards of a state other than `delivered`, of which there are few.
const OF_STATE: Scan =
    scan!("SELECT position FROM awards WHERE state = $1 AND state <> 'delivered' AND position > $2 ORDER BY position");
const OF_CAMPAIGN: Scan = scan!(
    "SELECT position FROM (SELECT position FROM draws WHERE campaign = $1 AND prize IS NOT NULL AND position > $2
                           UNION ALL
                           SELECT position FROM rebate_awards WHERE campaign = $1 AND position > $2) w ORDER BY position"
);
const OF_ALL: Scan =
    scan!("SELECT position FROM awards WHERE position > $2 AND $1 IS NOT DISTINCT FROM $1 ORDER BY position");

/// The way that leaves the fewest to be looked at, and its `$1`.
fn scan(query: &Query) -> (Scan, Option<&str>) {
    match (query.state, query.campaigns.as_deref()) {
        (Some(state), _) if state != State::Delivered => (OF_STATE, Some(state.as_str())),
        (_, Some([campaign])) => (OF_CAMPAIGN, Some(campaign.as_str())),
        _ => (OF_ALL, None),
    }
}
