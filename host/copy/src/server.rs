//! Writing to the server, and reading what was written.

use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use sqlx::{AssertSqlSafe, PgConnection};
use tombola_store_sql::db::Connection;

use crate::copy::Limits;
use crate::error::CopyError;
use crate::row::{Key, Row};
use crate::table::Table;

/// How what `COPY` takes in its binary form begins and ends.
const HEADER: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";
const TRAILER: [u8; 2] = (-1_i16).to_be_bytes();

/// Rows of a table that follow each other.
pub(crate) struct Range<'t> {
    table: &'t Table,
    bytes: Vec<u8>,
    rows: usize,
    first: Option<Key>,
}

impl<'t> Range<'t> {
    pub(crate) fn of(table: &'t Table) -> Self {
        Self { table, bytes: HEADER.to_vec(), rows: 0, first: None }
    }

    pub(crate) fn push(&mut self, row: &Row) {
        let columns = i16::try_from(self.table.columns.len()).expect("no database has so many columns");
        self.bytes.extend(columns.to_be_bytes());
        self.bytes.extend(&row.0);
        self.rows += 1;
        self.first.get_or_insert_with(|| row.key(self.table));
    }

    pub(crate) fn rows(&self) -> usize {
        self.rows
    }

    /// Whether there may be one more.
    pub(crate) fn is_below(&self, limits: Limits) -> bool {
        self.rows == 0 || self.rows < limits.rows && self.bytes.len() < limits.bytes
    }

    /// Writes them in the transaction under way.
    pub(crate) async fn write(mut self, server: &mut Connection) -> Result<(), CopyError> {
        self.bytes.extend(TRAILER);
        let statement = format!("COPY \"{}\" ({}) FROM STDIN (FORMAT binary)", self.table.name, self.table.columns());
        let written = async {
            let mut copy = to_server(server).copy_in_raw(&statement).await?;
            copy.send(&self.bytes[..]).await?;
            copy.finish().await.map(drop)
        };
        written.await.map_err(|source| CopyError::Write {
            table: self.table.name.clone(),
            key: self.first.map(|key| key.shown(self.table)).unwrap_or_default(),
            source,
        })
    }
}

/// All rows in the order of their keys.
pub(crate) fn rows<'c>(server: &'c mut Connection, table: &'c Table) -> BoxStream<'c, Result<Row, CopyError>> {
    let found = sqlx::query(AssertSqlSafe(table.select(false))).fetch(to_server(server));
    found.map(|row| row.and_then(|row| Row::of_server(table, &row)).map_err(CopyError::Target)).boxed()
}

/// The last key that is there.
pub(crate) async fn last_key(server: &mut Connection, table: &Table) -> Result<Option<Key>, CopyError> {
    let backwards: Vec<_> = table.key.iter().map(|place| format!("\"{}\" DESC", table.columns[*place].name)).collect();
    let (columns, name, backwards) = (table.columns(), &table.name, backwards.join(", "));
    let last = AssertSqlSafe(format!("SELECT {columns} FROM \"{name}\" ORDER BY {backwards} LIMIT 1"));
    let last = sqlx::query(last).fetch_optional(to_server(server)).await;
    let key = |row| Ok(Row::of_server(table, &row)?.key(table));
    last.and_then(|row| row.map(key).transpose()).map_err(CopyError::Target)
}

/// How many rows a table has.
pub(crate) async fn count(server: &mut Connection, table: &Table) -> Result<u64, CopyError> {
    let count = sqlx::query_scalar(AssertSqlSafe(format!("SELECT count(*) FROM \"{}\"", table.name)));
    let count: i64 = count.fetch_one(to_server(server)).await.map_err(CopyError::Target)?;
    Ok(count.unsigned_abs())
}

/// Has a table number its next row above all that it has, and above this.
pub(crate) async fn number_from(server: &mut Connection, table: &Table, highest: i64) -> Result<(), CopyError> {
    let Some(column) = &table.numbered else { return Ok(()) };
    let name = &table.name;
    // Where nothing was ever numbered, the first is still to come.
    let set = AssertSqlSafe(format!(
        "SELECT setval(pg_get_serial_sequence('\"{name}\"', '{column}'), highest)
         FROM (SELECT greatest(max(\"{column}\"), $1) AS highest FROM \"{name}\") numbers WHERE highest > 0"
    ));
    sqlx::query(set).bind(highest).execute(to_server(server)).await.map(drop).map_err(CopyError::Target)
}

fn to_server(connection: &mut Connection) -> &mut PgConnection {
    connection.as_postgres().expect("the target is on a server")
}
