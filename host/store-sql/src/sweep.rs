//! Clearing away what is due: of many rows at once, and where these can't be written, of ever fewer, down to the one that is damaged.

use std::fmt::Display;
use std::str::FromStr;

use tombola_domain::causes::Causes;
use tombola_domain::time::Timestamp;
use tombola_store::halves::Halves;
use tombola_store::sweep::{Place, Sweep, Swept};
use tombola_store::{Result, StoreError};

use crate::db::{self, Row};
use crate::error::unavailable;
use crate::fields::Fields;
use crate::store::SqlStore;
use crate::writer::Write;

/// Something that is done to many rows together, and to each of them where it can't be.
pub(crate) trait Clears {
    /// What names one.
    type Row: Sync;

    /// Does it to these in one transaction, and says of how many something was cleared away.
    fn clear(&self, write: Write, rows: &[Self::Row]) -> impl Future<Output = Result<u64>> + Send;
}

/// Rows of a table that fall due.
pub(crate) trait Due: Clears<Row = Place> {
    const TABLE: &'static str;
    /// Finds those that are due by `$1`, behind the place `$2`, `$3`, `$4`, at most `$5`: `due`, `owner` and `part` of each, in this order.
    const FIND: &'static str;

    /// Clears away what is due by then.
    fn by(now: Timestamp) -> Self;

    /// What names a row beside when it is due, and speaks of no person.
    fn name(place: &Place) -> &str;
}

/// Makes one step.
pub(crate) async fn step<D: Due + Sync>(store: &SqlStore, step: &Sweep) -> Result<Swept> {
    let due = find::<D>(store, step).await?;
    let next = due.last().filter(|_| due.len() as u64 == u64::from(step.limit)).cloned();
    let (cleared, damaged) = clear(store, &D::by(step.now), &due).await?;
    for (place, error) in damaged {
        let Place { due: at, .. } = due[place];
        let (table, name, due) = (D::TABLE, D::name(&due[place]), at.as_millis());
        let error = Causes(&error);
        tracing::error!(%error, table, name, due, "what is due can't be cleared away, since it is damaged");
    }
    Ok(Swept { cleared, next })
}

/// Does it to all of these, and answers for each.
pub(crate) async fn around_damage<C: Clears + Sync>(
    store: &SqlStore,
    what: &C,
    rows: &[C::Row],
) -> Result<Vec<Result<()>>> {
    let (_, damaged) = clear(store, what, rows).await?;
    let mut answers: Vec<_> = rows.iter().map(|_| Ok(())).collect();
    for (place, error) in damaged {
        answers[place] = Err(error);
    }
    Ok(answers)
}

/// Of how many something was cleared away, and which ones are damaged.
async fn clear<C: Clears + Sync>(
    store: &SqlStore,
    what: &C,
    rows: &[C::Row],
) -> Result<(u64, Vec<(usize, StoreError)>)> {
    let (mut cleared, mut damaged) = (0, Vec::new());
    let mut parts = Halves::of(rows.len());
    while let Some(part) = parts.pop() {
        match what.clear(store.writer.begin().await?, &rows[part.clone()]).await {
            Ok(done) => cleared += done,
            Err(error) if !error.is_damage() => return Err(error),
            Err(_) if parts.halve(&part) => {}
            Err(error) => damaged.push((part.start, error)),
        }
    }
    Ok((cleared, damaged))
}

async fn find<D: Due>(store: &SqlStore, Sweep { now, after, limit }: &Sweep) -> Result<Vec<Place>> {
    let rows = db::query(D::FIND)
        .bind(now.as_millis())
        .bind(after.due.as_millis())
        .bind(&after.owner)
        .bind(&after.part)
        .bind(*limit)
        .fetch_all(&mut *store.readers.reader().await?)
        .await
        .map_err(unavailable)?;
    let place = |row: &Row| {
        let fields = Fields { table: D::TABLE, key: "due", row };
        Ok(Place { due: fields.time("due")?, owner: fields.text("owner")?, part: fields.text("part")? })
    };
    rows.iter().map(place).collect()
}

/// What a text of a row says.
pub(crate) fn parsed<D: Due, T: FromStr<Err: Display>>(place: &Place, column: &'static str, text: &str) -> Result<T> {
    text.parse().map_err(|error: T::Err| {
        let (row, reason) = (format!("{} {}", D::name(place), place.due.as_millis()), error.to_string());
        StoreError::Corrupt { table: D::TABLE, column, row, reason }
    })
}
