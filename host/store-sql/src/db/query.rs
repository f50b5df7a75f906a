use std::borrow::Cow;
use std::marker::PhantomData;
use std::sync::Arc;

use sqlx::postgres::PgArguments;
use sqlx::sqlite::SqliteArguments;
use sqlx::{AssertSqlSafe, Postgres, Sqlite};

use super::statements::{Statement, statements};
use super::{Bind, Column, Connection, Link, Row, Value};

/// A statement with its parameters.
#[must_use = "a query does nothing before it is run"]
pub struct Query<'q> {
    sql: &'static str,
    values: Vec<Value<'q>>,
}

/// A statement whose rows have one column.
#[must_use = "a query does nothing before it is run"]
pub struct QueryScalar<'q, T> {
    query: Query<'q>,
    column: PhantomData<fn() -> T>,
}

/// What came of a statement that finds nothing.
#[derive(Debug, Clone, Copy)]
pub struct Done {
    rows_affected: u64,
}

/// A statement, or several that run one after the other, of which parameters `$1`, `$2`, … are the same in each.
pub fn query<'q>(sql: &'static str) -> Query<'q> {
    Query { sql, values: Vec::new() }
}

/// A statement whose rows have one column.
pub fn query_scalar<'q, T>(sql: &'static str) -> QueryScalar<'q, T> {
    QueryScalar { query: query(sql), column: PhantomData }
}

impl<'q> Query<'q> {
    /// Adds a parameter.
    pub fn bind(mut self, value: impl Bind<'q>) -> Self {
        self.values.push(value.value());
        self
    }

    /// Runs it for what it changes.
    pub async fn execute(self, connection: &mut Connection) -> Result<Done, sqlx::Error> {
        match connection {
            Connection::Sqlite(connection) => {
                let done = self.on_sqlite().execute(connection).await?;
                Ok(Done { rows_affected: done.rows_affected() })
            }
            Connection::Postgres(link) => {
                link.begin().await?;
                let done = self.execute_on_postgres(link).await;
                link.end(done).await
            }
        }
    }

    /// All rows.
    pub async fn fetch_all(self, connection: &mut Connection) -> Result<Vec<Row>, sqlx::Error> {
        match connection {
            Connection::Sqlite(connection) => {
                Ok(self.on_sqlite().fetch_all(connection).await?.into_iter().map(Row::Sqlite).collect())
            }
            Connection::Postgres(link) => {
                link.begin().await?;
                let rows = self.fetch_on_postgres(link).await;
                link.end(rows).await
            }
        }
    }

    /// The first row, if there is one.
    pub async fn fetch_optional(self, connection: &mut Connection) -> Result<Option<Row>, sqlx::Error> {
        match connection {
            Connection::Sqlite(connection) => Ok(self.on_sqlite().fetch_optional(connection).await?.map(Row::Sqlite)),
            Connection::Postgres(_) => Ok(self.fetch_all(connection).await?.into_iter().next()),
        }
    }

    /// The first row, of which it is an error that there is none.
    pub async fn fetch_one(self, connection: &mut Connection) -> Result<Row, sqlx::Error> {
        self.fetch_optional(connection).await?.ok_or(sqlx::Error::RowNotFound)
    }

    fn on_sqlite(self) -> sqlx::query::Query<'q, Sqlite, SqliteArguments> {
        self.values.into_iter().fold(sqlx::query(self.sql), |query, value| match value {
            Value::Boolean(value) => query.bind(value),
            Value::Integer(value) => query.bind(value),
            Value::Text(value) => query.bind(value.map(Cow::into_owned)),
            Value::Bytes(value) => query.bind(value.map(Cow::into_owned)),
        })
    }

    async fn execute_on_postgres(&self, link: &mut Link) -> Result<Done, sqlx::Error> {
        let (mut rows_affected, keeps_statements) = (0, link.keeps_statements());
        for statement in &*statements(self.sql) {
            let query = self.on_postgres(statement).persistent(keeps_statements);
            rows_affected += query.execute(link.connection()).await?.rows_affected();
        }
        Ok(Done { rows_affected })
    }

    async fn fetch_on_postgres(&self, link: &mut Link) -> Result<Vec<Row>, sqlx::Error> {
        let (mut rows, keeps_statements) = (Vec::new(), link.keeps_statements());
        for statement in &*statements(self.sql) {
            let query = self.on_postgres(statement).persistent(keeps_statements);
            let found = query.fetch_all(link.connection()).await?;
            rows.extend(found.into_iter().map(Row::Postgres));
        }
        Ok(rows)
    }

    fn on_postgres(&self, statement: &Statement) -> sqlx::query::Query<'_, Postgres, PgArguments> {
        // What is in the program's own texts, in other words.
        let query = sqlx::query(AssertSqlSafe(Arc::clone(&statement.sql)));
        statement.parameters.iter().fold(query, |query, place| match &self.values[*place] {
            Value::Boolean(value) => query.bind(value.map(i64::from)),
            Value::Integer(value) => query.bind(*value),
            Value::Text(value) => query.bind(value.as_deref()),
            Value::Bytes(value) => query.bind(value.as_deref()),
        })
    }
}

impl<'q, T: for<'r> Column<'r>> QueryScalar<'q, T> {
    /// Adds a parameter.
    pub fn bind(self, value: impl Bind<'q>) -> Self {
        Self { query: self.query.bind(value), ..self }
    }

    /// The column of all rows.
    pub async fn fetch_all(self, connection: &mut Connection) -> Result<Vec<T>, sqlx::Error> {
        self.query.fetch_all(connection).await?.iter().map(|row| row.try_get(0)).collect()
    }

    /// The column of the first row, if there is one.
    pub async fn fetch_optional(self, connection: &mut Connection) -> Result<Option<T>, sqlx::Error> {
        self.query.fetch_optional(connection).await?.map(|row| row.try_get(0)).transpose()
    }

    /// The column of the first row, of which it is an error that there is none.
    pub async fn fetch_one(self, connection: &mut Connection) -> Result<T, sqlx::Error> {
        self.query.fetch_one(connection).await?.try_get(0)
    }
}

impl Done {
    /// How many rows it changed, added or deleted.
    pub fn rows_affected(self) -> u64 {
        self.rows_affected
    }
}
