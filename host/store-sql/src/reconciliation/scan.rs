//! A part that is compared range by range.

use tombola_store::Result;
use tombola_store::reconciliation::Finding;

use super::found::{FOUND_MAX, told};
use crate::db::{self, Connection, Row};
use crate::error::unavailable;
use crate::fields::Fields;

/// How the keys of a part are written down.
#[derive(Clone, Copy)]
pub(super) enum Keys {
    Numbers,
    Players,
    Campaigns,
    /// A campaign and a number.
    Revisions,
    /// A queue, when a row of it is due, and its number.
    Tasks,
}

/// The keys of a table, one after the other.
#[derive(Clone, Copy)]
pub(super) struct Walk {
    pub(super) table: &'static str,
    pub(super) keys: Keys,
    /// How many rows there are after `$1`, up to `$2`, and the `last` key of them.
    pub(super) last: &'static str,
}

/// Rows of one key after the other, and what differs among them.
pub(super) struct Scan {
    pub(super) walk: Walk,
    /// How many rows a step looks at: some ten milliseconds.
    pub(super) rows: u32,
    /// What differs at keys after `$1`, up to `$2`; at most `$3` of each kind. `$4` says which
    /// revisions count chances ([`spans`](super::revisions::spans)).
    pub(super) find: &'static str,
}

/// A range of a part.
pub(super) struct Range {
    pub(super) rows: u64,
    after: String,
    to: String,
    /// The key after which the next one begins; `None` where this is the last.
    pub(super) next: Option<String>,
}

impl Keys {
    /// Before all keys and after them. What clients choose is of printable ASCII, and what is damaged may be anything.
    const fn ends(self) -> [&'static str; 2] {
        match self {
            Self::Numbers => ["0", "9223372036854775807"],
            Self::Players | Self::Campaigns => ["", "\u{10ffff}"],
            Self::Revisions => [r#"["",0]"#, "[\"\u{10ffff}\",0]"],
            Self::Tasks => [r#"["",0,0]"#, "[\"\u{10ffff}\",0,0]"],
        }
    }

    /// Where a part goes on.
    pub(super) fn after(self, after: &str) -> &str {
        if after.is_empty() { self.ends()[0] } else { after }
    }
}

impl Walk {
    /// The key of the last of so many rows behind another key, if there are as many; and how many there are.
    pub(super) async fn last(
        &self,
        connection: &mut Connection,
        after: &str,
        rows_max: u32,
    ) -> Result<(u64, Option<String>)> {
        let query = db::query(self.last);
        let query = match self.keys {
            Keys::Numbers => query.bind(number(self.keys.after(after))),
            _ => query.bind(self.keys.after(after)),
        };
        let row = query.bind(rows_max).fetch_one(connection).await.map_err(unavailable)?;
        let fields = Fields { table: self.table, key: "rows", row: &row };
        let rows = fields.count("rows")?;
        Ok((rows, if rows < u64::from(rows_max) { None } else { Some(fields.text("last")?) }))
    }
}

impl Range {
    /// Makes it end with a row of it, the how-manieth of whatever was counted.
    pub(super) fn end_at(&mut self, rows: usize, last: i64) {
        self.rows = rows as u64;
        self.next = Some(last.to_string());
    }

    /// What was found of rows that are in it still, by their numbers.
    pub(super) fn of_it(&self, found: Vec<(i64, Finding)>) -> Vec<Finding> {
        let is_in_it = |place: i64| self.next.as_deref().is_none_or(|next| place <= number(next));
        found.into_iter().filter(|(place, _)| is_in_it(*place)).map(|(_, finding)| finding).collect()
    }
}

impl Scan {
    /// The range of at most so many rows that begins after a key. The last one has no end, so that it holds also what has no fellow on
    /// the side whose keys are counted.
    pub(super) async fn range(&self, connection: &mut Connection, after: &str, rows_max: u32) -> Result<Range> {
        let (rows, next) = self.walk.last(connection, after, rows_max).await?;
        let [_, end] = self.walk.keys.ends();
        let after = self.walk.keys.after(after).to_owned();
        Ok(Range { rows, to: next.clone().unwrap_or_else(|| end.to_owned()), after, next })
    }

    pub(super) async fn rows(&self, connection: &mut Connection, range: &Range, spans: &str) -> Result<Vec<Row>> {
        let query = db::query(self.find);
        let query = match self.walk.keys {
            Keys::Numbers => query.bind(number(&range.after)).bind(number(&range.to)),
            _ => query.bind(&range.after).bind(&range.to),
        };
        let limit = i64::try_from(FOUND_MAX).expect("some hundred");
        query.bind(limit).bind(spans).fetch_all(connection).await.map_err(unavailable)
    }

    pub(super) async fn findings(
        &self,
        connection: &mut Connection,
        range: &Range,
        spans: &str,
    ) -> Result<Vec<Finding>> {
        self.rows(connection, range, spans).await?.iter().map(told).collect()
    }
}

/// A key that this wrote itself; any other is as if there were none.
pub(super) fn number(key: &str) -> i64 {
    key.parse().unwrap_or(0)
}
