use std::collections::BTreeSet;

use async_trait::async_trait;
use tombola_domain::award::State;
use tombola_store::events::Rebate;
use tombola_store::feed::{AwardMoved, Event, Feed, FeedError, Posting};
use tombola_store::{Result, StoreError};

use crate::db::{self, Connection, Row};
use crate::error::unavailable;
use crate::fields::{Fields, integer};
use crate::store::SqlStore;
use crate::writer::Write;
use crate::{awards, delivery, draws, events, ledger};

/// Every position is that of one row of one of these tables, so that these many positions are as many rows.
const DRAWS: &str = "
    SELECT d.*, a.deliver, a.state AS award_state FROM draws d LEFT JOIN awards a USING (position)
    WHERE d.position > $1 AND d.position <= $1 + $2";
const REBATES: &str = "
    SELECT rebates.*, events.id AS event_id FROM rebates JOIN events ON events.number = event
    WHERE position > $1 AND position <= $1 + $2";
const GIVEN: &str = "
    SELECT * FROM award_details WHERE position > $1 AND position <= $1 + $2 AND rebate IS NOT NULL";
const MOVED: &str = "
    SELECT a.*, c.position AS moved_position, c.state AS moved_state, c.at AS moved_at
    FROM award_changes c JOIN award_details a ON a.position = c.award
    WHERE c.position > $1 AND c.position <= $1 + $2";
const POSTED: &str = "SELECT * FROM postings WHERE position > $1 AND position <= $1 + $2";

#[async_trait]
impl Feed for SqlStore {
    async fn feed(&self, after: u64, limit: u32) -> Result<Vec<(u64, Event)>, FeedError> {
        self.within(async {
            let mut reader = self.readers.reader().await?;
            let last = last(&mut reader).await?;
            if after > last {
                return Err(FeedError::Ahead { last });
            }
            let (after, position, mut limit) = (integer(after), after + 1, limit);
            loop {
                match part(&mut reader, last, (after, limit)).await {
                    Err(error) if error.is_damage() && limit > 1 => limit /= 2,
                    Err(source) if source.is_damage() => return Err(FeedError::Damaged { position, source }),
                    read => return Ok(read?),
                }
            }
        })
        .await
    }
}

/// A part of the feed, which went on to `last` a while ago.
async fn part(connection: &mut Connection, last: u64, range: (i64, u32)) -> Result<Vec<(u64, Event)>> {
    let next = range.0.unsigned_abs() + 1;
    // Nothing that stands in the feed changes, and what comes after the first read goes in behind: it is cut off below.
    let mut found = read(connection, DRAWS, range, "position", drawn).await?;
    found.extend(read(connection, REBATES, range, "position", rebated).await?);
    found.extend(read(connection, GIVEN, range, "position", given).await?);
    found.extend(read(connection, MOVED, range, "moved_position", moved).await?);
    found.extend(posted(connection, range).await?);
    found.sort_unstable_by_key(|(position, _)| *position);
    let whole = found.iter().zip(next..).take_while(|((position, _), next)| position == next).count();
    found.truncate(whole);
    if found.is_empty() && next <= last {
        let (row, reason) = (next.to_string(), "nothing stands at this position".to_owned());
        return Err(StoreError::Corrupt { table: "feed", column: "position", row, reason });
    }
    Ok(found)
}

/// The last position that was taken.
async fn last(connection: &mut Connection) -> Result<u64> {
    let row = db::query("SELECT position FROM committer").fetch_one(connection).await.map_err(unavailable)?;
    Fields { table: "committer", key: "position", row: &row }.count("position")
}

async fn read(
    connection: &mut Connection,
    statement: &'static str,
    (after, limit): (i64, u32),
    position: &'static str,
    event: impl Fn(&Row) -> Result<Event>,
) -> Result<Vec<(u64, Event)>> {
    let rows = db::query(statement).bind(after).bind(limit).fetch_all(connection).await.map_err(unavailable)?;
    rows.iter().map(|row| Ok((fields(row).count(position)?, event(row)?))).collect()
}

fn fields(row: &Row) -> Fields<'_> {
    Fields { table: "feed", key: "position", row }
}

fn drawn(row: &Row) -> Result<Event> {
    let fields = fields(row);
    let award: Option<State> = fields.optional_parsed("award_state")?;
    let first = award.map(|_| delivery::read(&fields)).transpose()?;
    Ok(Event::Drawn(draws::draw(row)?, first.map(|delivery| State::first(delivery.as_ref()))))
}

/// As it was given: what happens to it later is no part of this.
fn rebated(row: &Row) -> Result<Event> {
    Ok(Event::Rebated(Rebate { reversed: None, ..events::rebate(row)? }))
}

fn given(row: &Row) -> Result<Event> {
    let award = awards::award(row)?;
    let first = State::first(award.delivery.as_ref());
    Ok(Event::Given(award, first))
}

fn moved(row: &Row) -> Result<Event> {
    let fields = fields(row);
    Ok(Event::Moved(AwardMoved {
        award: fields.parsed("id")?,
        campaign: fields.parsed("campaign")?,
        player: fields.parsed("player")?,
        prize: fields.parsed("prize")?,
        state: fields.parsed("moved_state")?,
        at: fields.time("moved_at")?,
    }))
}

async fn posted(connection: &mut Connection, (after, limit): (i64, u32)) -> Result<Vec<(u64, Event)>> {
    let rows = db::query(POSTED).bind(after).bind(limit).fetch_all(&mut *connection).await.map_err(unavailable)?;
    let numbers: BTreeSet<u64> = rows.iter().map(|row| fields(row).count("number")).collect::<Result<_>>()?;
    let mut transfers = ledger::transfers(connection, &numbers).await?;
    let posting = |row: &Row| {
        let fields = fields(row);
        let number = fields.count("number")?;
        let posting = Posting {
            number,
            key: fields.parsed("key")?,
            why: fields.parsed("why")?,
            at: fields.time("at")?,
            transfers: transfers.remove(&number).unwrap_or_default(),
        };
        Ok((fields.count("position")?, Event::Posted(posting)))
    };
    rows.iter().map(posting).collect()
}

/// Takes so many positions in the feed, and answers the one before them.
pub(crate) async fn advance(write: &mut Write, count: usize) -> Result<u64> {
    let before = write.position;
    write.position += count as u64;
    db::query("UPDATE committer SET position = $1")
        .bind(integer(write.position))
        .execute(write)
        .await
        .map_err(unavailable)?;
    Ok(before)
}
