//! Partitions of receipts, and of the values behind them. Each is a table that is named by its first position.

use async_trait::async_trait;
use tombola_store_sql::db::{self, Connection, Row};
use tombola_store_sql::{Partition, Partitions};

use crate::driver::Postgres;
use crate::hosts::count;
use crate::server::raw;

/// What is parted, always alike.
const PARTED: [&str; 2] = ["receipts", "disclosures"];

/// How long is waited for whoever reads. Draws wait meanwhile, as they do for any write.
const PATIENCE: &str = "SET LOCAL lock_timeout = '250ms'";

/// Bounds as the server shows them. The first partition has none below.
const BOUNDS: &str = "
    SELECT coalesce(CAST(substring(bounds FROM 'FROM \\(''(\\d+)''\\)') AS BIGINT), 0) AS first,
           CAST(substring(bounds FROM 'TO \\(''(\\d+)''\\)') AS BIGINT) AS bound
    FROM (SELECT pg_get_expr(c.relpartbound, c.oid) AS bounds FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
          WHERE i.inhparent = CAST('tombola.receipts' AS REGCLASS)) listed
    ORDER BY bound";

#[async_trait]
impl Partitions for Postgres {
    async fn list(&self, connection: &mut Connection) -> Result<Vec<Partition>, sqlx::Error> {
        list(connection).await
    }

    async fn add(&self, write: &mut Connection, partition: Partition) -> Result<(), sqlx::Error> {
        run(write, adding(partition)).await
    }

    async fn split(&self, write: &mut Connection, partition: Partition, end: u64) -> Result<(), sqlx::Error> {
        let Partition { first, .. } = partition;
        let from = if first == 0 { "MINVALUE".to_owned() } else { first.to_string() };
        let split = PARTED.map(|table| {
            format!(
                "ALTER TABLE {table} DETACH PARTITION {table}_{first};
                 ALTER TABLE {table} ATTACH PARTITION {table}_{first} FOR VALUES FROM ({from}) TO ({end});"
            )
        });
        run(write, split.concat() + &adding(Partition { first: end, ..partition })).await
    }

    async fn drop(&self, write: &mut Connection, Partition { first, .. }: Partition) -> Result<(), sqlx::Error> {
        run(write, PARTED.map(|table| format!("DROP TABLE {table}_{first};")).concat()).await
    }
}

/// All of them, in order.
pub(crate) async fn list(connection: &mut Connection) -> Result<Vec<Partition>, sqlx::Error> {
    let partition = |row: &Row| Ok(Partition { first: count(row, "first")?, end: count(row, "bound")? });
    db::query(BOUNDS).fetch_all(connection).await?.iter().map(partition).collect()
}

/// What adds one: a table by itself at first, since what is made as a partition would wait for whoever reads.
pub(crate) fn adding(Partition { first, end }: Partition) -> String {
    let add = PARTED.map(|table| {
        format!(
            "CREATE TABLE {table}_{first} (LIKE {table} INCLUDING INDEXES);
             ALTER TABLE {table} ATTACH PARTITION {table}_{first} FOR VALUES FROM ({first}) TO ({end});"
        )
    });
    add.concat()
}

/// Runs it within a transaction that writes.
async fn run(write: &mut Connection, change: String) -> Result<(), sqlx::Error> {
    write.lose();
    let server = write.as_postgres().expect("a store on a server writes to it");
    let done = raw(format!("{PATIENCE}; {change}")).execute(server).await;
    write.judge(done.as_ref().err());
    done.map(drop)
}
