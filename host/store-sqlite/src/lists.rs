use async_trait::async_trait;
use sqlx::sqlite::SqliteRow;
use tombola_domain::id::{ListName, PlayerId};
use tombola_store::lists::{ListChange, ListError, ListState, Lists};
use tombola_store::{Done, Operation, Result};

use crate::error::unavailable;
use crate::fields::{Fields, integer};
use crate::operations::{self, Deed};
use crate::store::{SqliteStore, within};
use crate::writer::Write;

/// Players a statement. More would save little and hold more text at once.
const CHUNK_PLAYERS: usize = 10_000;

#[async_trait]
impl Lists for SqliteStore {
    async fn change_list(
        &self,
        operation: &Operation,
        list: &ListName,
        change: &ListChange,
    ) -> Result<Done<ListState>, ListError> {
        let deed = Deed { what: "change_list", subject: list.as_str() };
        within(self.list_deadline, async {
            let mut write = self.writer.begin().await?;
            if let Some(result) = operations::replay::<_, ListError>(&mut write, operation, deed).await? {
                return Ok(Done { result, replayed: true });
            }
            let before = begin_change(&mut write, list).await?;
            let size = apply(&mut write, list, before.size, change).await?;
            let state = ListState { version: before.version, size };
            set_size(&mut write, list, size).await?;
            operations::record(&mut write, operation, deed, &state).await?;
            write.commit().await?;
            Ok(Done { result: state, replayed: false })
        })
        .await
    }

    async fn lists(&self, after: Option<&ListName>, limit: u32) -> Result<Vec<(ListName, ListState)>> {
        self.within(async {
            let rows = sqlx::query("SELECT * FROM lists WHERE ?1 IS NULL OR name > ?1 ORDER BY name LIMIT ?2")
                .bind(after.map(ListName::as_str))
                .bind(limit)
                .fetch_all(&mut *self.readers.reader().await?)
                .await
                .map_err(unavailable)?;
            rows.iter().map(|row| Ok((fields(row).parsed("name")?, state(row)?))).collect()
        })
        .await
    }
}

/// Raises the list's version, or makes the list. The size is still that of before.
async fn begin_change(write: &mut Write, list: &ListName) -> Result<ListState> {
    sqlx::query(
        "INSERT INTO lists (name, version, size) VALUES (?, 1, 0)
         ON CONFLICT (name) DO UPDATE SET version = version + 1",
    )
    .bind(list.as_str())
    .execute(&mut **write)
    .await
    .map_err(unavailable)?;
    let row = sqlx::query("SELECT * FROM lists WHERE name = ?")
        .bind(list.as_str())
        .fetch_one(&mut **write)
        .await
        .map_err(unavailable)?;
    state(&row)
}

/// Answers the size afterwards.
async fn apply(write: &mut Write, list: &ListName, size: u64, change: &ListChange) -> Result<u64> {
    match change {
        ListChange::Edit { add: added, remove: removed } => {
            let size = size + add(write, list, added).await?;
            Ok(size - remove(write, list, removed).await?)
        }
        ListChange::Replace(players) => {
            sqlx::query("DELETE FROM list_members WHERE list = ?")
                .bind(list.as_str())
                .execute(&mut **write)
                .await
                .map_err(unavailable)?;
            add(write, list, players).await
        }
    }
}

async fn add(write: &mut Write, list: &ListName, players: &[PlayerId]) -> Result<u64> {
    let mut added = 0;
    for chunk in players.chunks(CHUNK_PLAYERS) {
        let done = sqlx::query(
            "INSERT INTO list_members (player, list) SELECT value, ?1 FROM json_each(?2) WHERE true
             ON CONFLICT (player, list) DO NOTHING",
        )
        .bind(list.as_str())
        .bind(names(chunk))
        .execute(&mut **write)
        .await
        .map_err(unavailable)?;
        added += done.rows_affected();
    }
    Ok(added)
}

async fn remove(write: &mut Write, list: &ListName, players: &[PlayerId]) -> Result<u64> {
    let mut removed = 0;
    for chunk in players.chunks(CHUNK_PLAYERS) {
        let done =
            sqlx::query("DELETE FROM list_members WHERE list = ?1 AND player IN (SELECT value FROM json_each(?2))")
                .bind(list.as_str())
                .bind(names(chunk))
                .execute(&mut **write)
                .await
                .map_err(unavailable)?;
        removed += done.rows_affected();
    }
    Ok(removed)
}

async fn set_size(write: &mut Write, list: &ListName, size: u64) -> Result<()> {
    sqlx::query("UPDATE lists SET size = ? WHERE name = ?")
        .bind(integer(size))
        .bind(list.as_str())
        .execute(&mut **write)
        .await
        .map_err(unavailable)?;
    Ok(())
}

fn names(players: &[PlayerId]) -> String {
    let names: Vec<&str> = players.iter().map(PlayerId::as_str).collect();
    serde_json::to_string(&names).expect("texts are JSON")
}

fn fields(row: &SqliteRow) -> Fields<'_> {
    Fields { table: "lists", key: "name", row }
}

fn state(row: &SqliteRow) -> Result<ListState> {
    let fields = fields(row);
    Ok(ListState { version: fields.count("version")?, size: fields.count("size")? })
}
