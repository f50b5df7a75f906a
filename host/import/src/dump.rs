//! Dumps of MySQL tables, as `mysqldump` and its like write them.
//!
//! A library takes the text apart into words with their places; here stands what a dump does with them. Definitions of tables are read
//! for the order of their columns, insertions for their rows, and the rest is passed over. What would have changed rows that are read
//! here is told as [`Skipped`], so that nobody takes them for what the database holds.

mod cells;
mod create;
mod cursor;
mod error;
mod faults;
mod insert;
mod set;
mod statements;
mod unquote;

use std::collections::BTreeMap;
use std::sync::Arc;

pub use self::cells::CellError;
pub(crate) use self::cells::{Cells, Time};
use self::create::Definition;
use self::cursor::Cursor;
pub use self::error::DumpError;
pub use self::faults::{FAULTS_MAX, Fault, Faults};

/// The longest dump, in bytes. The configuration of thousands of lotteries has less, and what is read in a second can be held in memory
/// as words.
pub const DUMP_BYTES_MAX: usize = 8 << 20;

/// What a dump holds of the tables that were asked for, and what it holds besides.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Dump {
    tables: BTreeMap<String, Table>,
    /// Rows of other tables, by table.
    pub others: BTreeMap<String, usize>,
    /// Statements that change rows, and were not followed.
    pub skipped: Vec<Skipped>,
    /// The time zone that the dump set last for itself.
    zone: Option<Arc<str>>,
}

/// A table that was defined or filled.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Table {
    columns: Option<Columns>,
    /// Those of the type `timestamp`.
    timestamps: Columns,
    /// In the order of the dump.
    pub rows: Vec<Row>,
}

/// Names of columns, in lower case: MySQL does not tell cases of them apart.
pub(crate) type Columns = Arc<[String]>;

/// A row with the place where it stands.
#[derive(Debug, PartialEq, Eq)]
pub struct Row {
    /// The line on which it begins, from 1.
    pub line: u64,
    columns: Columns,
    values: Vec<Value>,
    timestamps: Columns,
    /// The time zone that held where it stands, where the dump set one.
    zone: Option<Arc<str>>,
}

/// What a row holds in a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// `NULL`.
    Null,
    /// A text or a number, which is kept as it is written.
    Text(String),
    /// Something that only a server can compute.
    Expression,
}

/// A statement that was not followed.
#[derive(Debug, PartialEq, Eq)]
pub struct Skipped {
    /// Its first word, in upper case.
    pub verb: String,
    /// The line on which it begins, from 1.
    pub line: u64,
}

/// Reads a dump. Only rows of the `wanted` tables are kept. What can't be read is not in it, but among the `faults`.
pub fn read(bytes: &[u8], wanted: &[&str], faults: &mut Faults) -> Dump {
    let mut dump = Dump::default();
    // Where a text isn't even words, nobody knows where the next statement begins.
    let tokens = faults.take(statements::tokens(bytes)).unwrap_or_default();
    for statement in statements::split(&tokens) {
        if let Err(error) = dump.take(Cursor::new(statement), wanted, faults) {
            faults.add(error);
        }
    }
    dump
}

impl Dump {
    /// A table by its name, where it was defined or filled.
    pub fn table(&self, name: &str) -> Option<&Table> {
        self.tables.get(name)
    }

    /// Takes a statement. An error ends it where it stands; faults of single rows don't.
    fn take(&mut self, mut cursor: Cursor<'_>, wanted: &[&str], faults: &mut Faults) -> Result<(), DumpError> {
        let line = cursor.place().line;
        let verb = cursor.verb().unwrap_or_default();
        match verb.as_str() {
            "CREATE" => self.create(cursor),
            "DROP" => {
                for name in create::dropped(cursor) {
                    self.tables.remove(&name);
                }
                Ok(())
            }
            "INSERT" | "REPLACE" => self.insert(cursor, wanted, faults),
            "SET" => {
                set::time_zone(cursor, &mut self.zone);
                Ok(())
            }
            // What sets the scene for a server, and changes no row.
            "" | "LOCK" | "UNLOCK" | "USE" | "START" | "BEGIN" | "COMMIT" | "ALTER" | "ANALYZE" | "FLUSH" => Ok(()),
            _ => {
                self.skipped.push(Skipped { verb, line });
                Ok(())
            }
        }
    }

    fn create(&mut self, cursor: Cursor<'_>) -> Result<(), DumpError> {
        if let Some(Definition { name, columns, timestamps }) = create::table(cursor)? {
            let table = self.tables.entry(name).or_default();
            (table.columns, table.timestamps) = (columns, timestamps);
        }
        Ok(())
    }

    fn insert(&mut self, cursor: Cursor<'_>, wanted: &[&str], faults: &mut Faults) -> Result<(), DumpError> {
        let (name, insert) = insert::Insert::begin(cursor)?;
        if wanted.contains(&name.as_str()) {
            let table = self.tables.entry(name).or_default();
            insert.rows(table, self.zone.as_ref(), faults)?;
        } else {
            *self.others.entry(name).or_default() += insert.count();
        }
        Ok(())
    }
}

impl Table {
    /// Every column that was defined or filled, in alphabetical order.
    pub fn columns(&self) -> Vec<&str> {
        let filled = self.rows.iter().map(|row| &row.columns);
        let mut all: Vec<&str> =
            self.columns.iter().chain(filled).flat_map(|columns| columns.iter().map(String::as_str)).collect();
        all.sort_unstable();
        all.dedup();
        all
    }
}

impl Row {
    /// What stands in a column, where the row has it.
    pub fn value(&self, column: &str) -> Option<&Value> {
        let position = self.columns.iter().position(|name| name == column)?;
        self.values.get(position)
    }

    /// The time zone that the dump says of what stands in a column. It says none of a `datetime`, which a server keeps as it was written,
    /// and one of a `timestamp`, which a server writes in the zone that is set.
    pub fn zone(&self, column: &str) -> Option<&str> {
        self.zone.as_deref().filter(|_| self.timestamps.iter().any(|name| name == column))
    }
}

#[cfg(test)]
mod tests;
