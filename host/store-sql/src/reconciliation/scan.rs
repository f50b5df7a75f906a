//! A part that is compared range by range.

use tombola_store::Result;
use tombola_store::reconciliation::Finding;

use super::found::{FOUND_MAX, finding};
use crate::db::{self, Connection, Row};
use crate::error::unavailable;
use crate::fields::Fields;

/// How the keys of a part are written down.
#[derive(Clone, Copy)]
pub(super) enum Keys {
    Numbers,
    Texts,
    /// A queue, when a row of it is due, and its number.
    Tasks,
}

/// Rows of one key after the other, and what differs among them.
pub(super) struct Scan {
    pub(super) keys: Keys,
    /// How many rows a step looks at: some ten milliseconds.
    pub(super) rows: u32,
    /// How many rows there are after `$1`, up to `$2`, and the `last` key of them.
    pub(super) last: &'static str,
    /// What differs at keys after `$1`, up to `$2`; at most `$3` of each kind. `$4` is an array of sums, each with its key.
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
    /// Before all keys and after them. What clients choose is of printable ASCII.
    const fn ends(self) -> [&'static str; 2] {
        match self {
            Self::Numbers => ["0", "9223372036854775807"],
            Self::Texts => ["", "\u{7f}"],
            Self::Tasks => [r#"["",0,0]"#, r#"["\u007f",0,0]"#],
        }
    }
}

impl Range {
    /// Makes it end with a row of it, the how-manieth of whatever was counted.
    pub(super) fn end_at(&mut self, rows: usize, last: i64) {
        self.rows = rows as u64;
        self.next = Some(last.to_string());
    }
}

impl Scan {
    /// The range that begins after a key. The last one has no end, so that it holds also what has no fellow on the side whose keys
    /// are counted.
    pub(super) async fn range(&self, connection: &mut Connection, after: &str) -> Result<Range> {
        let [first, end] = self.keys.ends();
        let after = if after.is_empty() { first.to_owned() } else { after.to_owned() };
        let query = db::query(self.last);
        let query = match self.keys {
            Keys::Numbers => query.bind(number(&after)),
            Keys::Texts | Keys::Tasks => query.bind(&after),
        };
        let row = query.bind(self.rows).fetch_one(connection).await.map_err(unavailable)?;
        let fields = Fields { table: "sqlite_schema", key: "last", row: &row };
        let rows = fields.count("rows")?;
        let next = if rows < u64::from(self.rows) { None } else { Some(fields.text("last")?) };
        Ok(Range { rows, to: next.clone().unwrap_or_else(|| end.to_owned()), after, next })
    }

    pub(super) async fn rows(&self, connection: &mut Connection, range: &Range, sums: &str) -> Result<Vec<Row>> {
        let query = db::query(self.find);
        let query = match self.keys {
            Keys::Numbers => query.bind(number(&range.after)).bind(number(&range.to)),
            Keys::Texts | Keys::Tasks => query.bind(&range.after).bind(&range.to),
        };
        let limit = i64::try_from(FOUND_MAX).expect("some hundred");
        query.bind(limit).bind(sums).fetch_all(connection).await.map_err(unavailable)
    }

    pub(super) async fn findings(
        &self,
        connection: &mut Connection,
        range: &Range,
        sums: &str,
    ) -> Result<Vec<Finding>> {
        self.rows(connection, range, sums).await?.iter().map(finding).collect()
    }
}

/// A key that this wrote itself; any other is as if there were none.
pub(super) fn number(key: &str) -> i64 {
    key.parse().unwrap_or(0)
}
