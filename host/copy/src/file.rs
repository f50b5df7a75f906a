//! Reading the file.

use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use sqlx::AssertSqlSafe;
use tombola_store_sql::db::Connection;

use crate::error::CopyError;
use crate::row::{Key, Row, Value};
use crate::table::Table;

/// All rows in the order of their keys, or those behind a key.
pub(crate) fn rows<'c>(
    file: &'c mut Connection,
    table: &'c Table,
    behind: Option<Key>,
) -> BoxStream<'c, Result<Row, CopyError>> {
    let query = sqlx::query(AssertSqlSafe(table.select(behind.is_some())));
    let query = behind.into_iter().flat_map(|key| key.0).fold(query, |query, value| match value {
        Value::Integer(number) => query.bind(number),
        Value::Text(text) => query.bind(text),
        Value::Bytes(bytes) => query.bind(bytes),
    });
    let found = query.fetch(file.as_sqlite().expect("the source is a file"));
    found.map(|row| Row::of_file(table, &row.map_err(CopyError::Source)?)).boxed()
}

/// How many rows a table has.
pub(crate) async fn count(file: &mut Connection, table: &Table) -> Result<u64, CopyError> {
    let count = sqlx::query_scalar(AssertSqlSafe(format!("SELECT count(*) FROM \"{}\"", table.name)));
    let count: i64 =
        count.fetch_one(file.as_sqlite().expect("the source is a file")).await.map_err(CopyError::Source)?;
    Ok(count.unsigned_abs())
}

/// The highest number that a table gave to a row, which may be gone, where it keeps that.
pub(crate) async fn highest_number(file: &mut Connection, table: &Table) -> Result<i64, CopyError> {
    let highest = sqlx::query_scalar("SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = ?");
    let highest = highest.bind(&table.name).fetch_one(file.as_sqlite().expect("the source is a file")).await;
    highest.map_err(CopyError::Source)
}
