use async_trait::async_trait;
use sqlx::sqlite::SqliteRow;
use tombola_domain::award::State;
use tombola_domain::id::{AwardId, DrawId};
use tombola_store::Result;
use tombola_store::feed::{AwardMoved, Event, Feed};

use crate::error::unavailable;
use crate::fields::{Fields, clamped, integer};
use crate::store::SqliteStore;
use crate::writer::Write;
use crate::{delivery, draws};

#[async_trait]
impl Feed for SqliteStore {
    async fn feed(&self, after: u64, limit: u32) -> Result<Vec<(u64, Event)>> {
        let after = clamped(after).min(i64::MAX - i64::from(limit));
        self.within(async {
            // Every position is that of one draw or of one change, so that these many positions are as many rows.
            let rows = sqlx::query(
                "SELECT d.position AS event, d.*, a.deliver, a.state AS award_state, NULL AS moved_state, NULL AS moved_at
                 FROM draws d LEFT JOIN awards a USING (position)
                 WHERE d.position > ?1 AND d.position <= ?1 + ?2
                 UNION ALL
                 SELECT c.position, d.*, NULL, NULL, c.state, c.at
                 FROM award_changes c JOIN draws d ON d.position = c.award
                 WHERE c.position > ?1 AND c.position <= ?1 + ?2
                 ORDER BY event",
            )
            .bind(after)
            .bind(limit)
            .fetch_all(&mut *self.readers.reader().await?)
            .await
            .map_err(unavailable)?;
            rows.iter().map(event).collect()
        })
        .await
    }
}

fn event(row: &SqliteRow) -> Result<(u64, Event)> {
    let fields = Fields { table: "draws", key: "id", row };
    let event = if let Some(state) = fields.optional_parsed("moved_state")? {
        Event::Moved(moved(&fields, state)?)
    } else {
        let award: Option<State> = fields.optional_parsed("award_state")?;
        let first = award.map(|_| delivery::read(&fields)).transpose()?;
        Event::Drawn(draws::draw(row)?, first.map(|delivery| State::first(delivery.as_ref())))
    };
    Ok((fields.count("event")?, event))
}

fn moved(fields: &Fields<'_>, state: State) -> Result<AwardMoved> {
    Ok(AwardMoved {
        award: AwardId::of_draw(&fields.parsed::<DrawId>("id")?),
        campaign: fields.parsed("campaign")?,
        player: fields.parsed("player")?,
        prize: fields.parsed("prize")?,
        state,
        at: fields.time("moved_at")?,
    })
}

/// Takes so many positions in the feed, and answers the one before them.
pub(crate) async fn advance(write: &mut Write, count: usize) -> Result<u64> {
    let before = write.position;
    write.position += count as u64;
    sqlx::query("UPDATE committer SET position = ?")
        .bind(integer(write.position))
        .execute(&mut **write)
        .await
        .map_err(unavailable)?;
    Ok(before)
}
