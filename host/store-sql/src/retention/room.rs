//! Partitions ahead of what is written.

use std::time::Duration;

use tombola_domain::time::Timestamp;
use tombola_store::Result;

use super::position;
use crate::db::{self, Connection};
use crate::driver::{Partition, Partitions};
use crate::error::unavailable;
use crate::fields::{Fields, integer};
use crate::store::SqlStore;

/// Positions of a partition, at least. One ahead is always empty: hosts that together take ten thousand positions a second fill it in almost
/// two minutes, and it is looked after every few seconds.
const POSITIONS_MIN: u64 = 1 << 20;
/// A partition has this part of all positions so far, so that there are some dozens however much is drawn: a statement that asks for
/// one receipt looks at each of them while it is planned.
const PART_OF_ALL: u64 = 16;
/// For how long draws go into one partition where they are few: what is kept goes no later than this after it could.
const SPAN: Duration = Duration::from_hours(30 * 24);
/// Positions of a partition that is split, at most. All rows are looked at while nobody draws, for some hundred milliseconds; with
/// more than these a month it is full within four.
const SPLIT_MAX: u64 = 1 << 18;
/// With more partitions than this none is split: ten years of months.
const PARTITIONS_MAX: usize = 128;

/// What is to be done with them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Change {
    Add(Partition),
    /// From this position on another one begins.
    Split(Partition, u64),
}

/// Makes the next change, if there is one to make.
pub(super) async fn make(store: &SqlStore, partitions: &dyn Partitions, now: Timestamp) -> Result<bool> {
    let (position, since) = {
        let mut reader = store.readers.reader().await?;
        let known = partitions.list(&mut reader).await.map_err(unavailable)?;
        let position = position(&mut reader).await?;
        let since = match in_use(&known, position) {
            Some(partition) => first_draw(&mut reader, partition).await?,
            None => None,
        };
        if change(&known, position, since, now).is_none() {
            return Ok(false);
        }
        (position, since)
    };
    let mut write = store.writer.begin().await?;
    let known = partitions.list(&mut write).await.map_err(unavailable)?;
    // Where another partition has come into use since, the next look finds what is to be done with that.
    let since = since.filter(|_| in_use(&known, position) == in_use(&known, write.position));
    let Some(change) = change(&known, write.position, since, now) else { return Ok(false) };
    let changed = match change {
        Change::Add(partition) => partitions.add(&mut write, partition).await,
        Change::Split(partition, end) => partitions.split(&mut write, partition, end).await,
    };
    changed.map_err(unavailable)?;
    write.commit().await?;
    tracing::info!(?change, "there is room for the receipts that come next");
    Ok(true)
}

/// `since` is when the first draw was made in the partition that is in use.
fn change(known: &[Partition], position: u64, since: Option<Timestamp>, now: Timestamp) -> Option<Change> {
    if let Some(partition) = next_partition(known, position) {
        return Some(Change::Add(partition));
    }
    let next = position + 1;
    let partition = in_use(known, position)?;
    let is_due = since.is_some_and(|since| now.as_millis().saturating_sub(since.as_millis()) >= millis(SPAN));
    let is_split =
        is_due && known.len() < PARTITIONS_MAX && next < partition.end && next - partition.first <= SPLIT_MAX;
    is_split.then_some(Change::Split(partition, next))
}

/// The one that is to be added, if there is no empty one behind that in which the next position is.
pub fn next_partition(known: &[Partition], position: u64) -> Option<Partition> {
    let next = position + 1;
    if known.last().is_some_and(|last| last.first > next) {
        return None;
    }
    let first = known.last().map_or(next, |last| last.end);
    Some(Partition { first, end: first + POSITIONS_MIN.max(first / PART_OF_ALL) })
}

/// The partition that what was written last is in.
fn in_use(known: &[Partition], position: u64) -> Option<Partition> {
    known.iter().copied().find(|partition| (partition.first..partition.end).contains(&position))
}

async fn first_draw(reader: &mut Connection, partition: Partition) -> Result<Option<Timestamp>> {
    let row =
        db::query("SELECT id, drawn_at FROM draws WHERE position >= $1 AND position < $2 ORDER BY position LIMIT 1")
            .bind(integer(partition.first))
            .bind(integer(partition.end))
            .fetch_optional(reader)
            .await
            .map_err(unavailable)?;
    row.map(|row| Fields { table: "draws", key: "id", row: &row }.time("drawn_at")).transpose()
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: i64 = 24 * 60 * 60 * 1_000;

    fn partition(first: u64, end: u64) -> Partition {
        Partition { first, end }
    }

    /// What is done when the first draw of the partition in use is so many days old.
    #[track_caller]
    fn check(known: &[Partition], position: u64, days: Option<i64>, expected: Option<Change>) {
        let since = days.map(|_| Timestamp::from_millis(0));
        let now = Timestamp::from_millis(days.unwrap_or_default() * DAY);
        assert_eq!(change(known, position, since, now), expected);
    }

    #[test]
    fn one_partition_ahead_is_empty() {
        let known = [partition(0, POSITIONS_MIN), partition(POSITIONS_MIN, 2 * POSITIONS_MIN)];
        let add = |first, end| Some(Change::Add(partition(first, end)));
        check(&known, 0, None, None);
        check(&known, POSITIONS_MIN - 2, Some(1), None);
        check(&known, POSITIONS_MIN - 1, Some(1), add(2 * POSITIONS_MIN, 3 * POSITIONS_MIN));
        // Also where nobody has looked after it for long, or everything is gone.
        check(&known, 9 * POSITIONS_MIN, Some(1), add(2 * POSITIONS_MIN, 3 * POSITIONS_MIN));
        check(&[], 7, None, add(8, 8 + POSITIONS_MIN));
    }

    #[test]
    fn there_are_some_dozens_however_much_is_drawn() {
        let (mut known, mut position) = (vec![], 0);
        while position < 10_000_000_000 {
            match change(&known, position, None, Timestamp::from_millis(0)) {
                Some(Change::Add(next)) => known.push(next),
                _ => position = known[known.len() - 1].first,
            }
        }
        assert!(known.is_sorted_by(|one, next| one.end == next.first));
        assert!(known.len() < PARTITIONS_MAX, "{}", known.len());
    }

    #[test]
    fn a_month_s_draws_go_into_one_partition_where_they_are_few() {
        let known = [partition(0, POSITIONS_MIN), partition(POSITIONS_MIN, 2 * POSITIONS_MIN)];
        let split = |position| Some(Change::Split(known[0], position));
        check(&known, 5, Some(29), None);
        check(&known, 5, Some(30), split(6));
        check(&known, SPLIT_MAX - 1, Some(30), split(SPLIT_MAX));
        // Too many to be looked at while nobody draws; it is full soon.
        check(&known, SPLIT_MAX, Some(30), None);
        // Nothing was drawn.
        check(&known, 0, None, None);
        let many: Vec<_> = (0..).map(|number| partition(number, number + 1)).take(PARTITIONS_MAX - 2).collect();
        let first = many.len() as u64;
        let of = |first| [partition(first, first + 9), partition(first + 9, first + 99)];
        let many = [&many[..], &of(first)].concat();
        check(&many, first + 5, Some(90), None);
        check(&many[1..], first + 5, Some(90), Some(Change::Split(of(first)[0], first + 6)));
    }
}
