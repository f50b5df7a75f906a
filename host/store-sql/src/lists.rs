use async_trait::async_trait;
use tombola_domain::digest::Digest;
use tombola_domain::id::{ListName, PlayerId};
use tombola_domain::list_digest::ListDigest;
use tombola_store::audit::Verb;
use tombola_store::lists::{ListEdit, ListError, ListState, Lists, Staging};
use tombola_store::{Done, Operation, Result, StoreError};

use self::points::Points;
use crate::db::{self, Connection, Row};
use crate::error::unavailable;
use crate::fields::{Fields, integer};
use crate::operations::{self, Change, Deed};
use crate::store::{SqlStore, within};
use crate::writer::Write;

mod points;
mod staging;

/// Players a statement. More would save little and hold more text at once.
const CHUNK_PLAYERS: usize = 10_000;

#[async_trait]
impl Lists for SqlStore {
    async fn edit_list(
        &self,
        operation: &Operation,
        list: &ListName,
        edit: &ListEdit,
        allow_empty: bool,
    ) -> Result<Done<ListState>, ListError> {
        let deed = deed(list);
        within(self.list_deadline, async {
            // One edit at a time: the points of the largest have some hundred megabytes.
            let _turn = self.editing.lock().await;
            let points = Points::of(edit).await?;
            let mut write = self.writer.begin().await?;
            if let Some(result) = operations::replay::<_, ListError>(&mut write, operation, deed.is_same()).await? {
                return Ok(Done { result, replayed: true });
            }
            let before = find(&mut write, list).await?;
            let kept = match before {
                Some(kept) => kept,
                None => make(&mut write).await?,
            };
            let state = apply(&mut write, kept, edit, &points).await?;
            if state.size == 0 && kept.state.size > 0 && !allow_empty {
                return Err(ListError::Emptied);
            }
            set(&mut write, list, kept.generation, state).await?;
            let change = Change { before: before.map(|before| before.state.digest), after: Some(state.digest) };
            operations::record(&mut write, operation, deed, change, &state).await?;
            write.commit().await?;
            Ok(Done { result: state, replayed: false })
        })
        .await
    }

    async fn begin_staging(&self) -> Result<Staging> {
        self.within(staging::begin(self)).await
    }

    async fn stage(&self, staging: &mut Staging, players: &[PlayerId]) -> Result<()> {
        within(self.list_deadline, staging::add(self, staging, players)).await
    }

    async fn replace_list(
        &self,
        operation: &Operation,
        list: &ListName,
        staging: &Staging,
        allow_empty: bool,
    ) -> Result<Done<ListState>, ListError> {
        let deed = deed(list);
        self.within(async {
            let mut write = self.writer.begin().await?;
            if let Some(result) = operations::replay::<_, ListError>(&mut write, operation, deed.is_same()).await? {
                return Ok(Done { result, replayed: true });
            }
            if staging.size == 0 && !allow_empty {
                return Err(ListError::Emptied);
            }
            let before = find(&mut write, list).await?;
            let digest = staging.digest.digest();
            let version = next_version(before.map(|before| before.state), &digest);
            let state = ListState { version, size: staging.size, digest };
            staging::take(&mut write, staging, before.map(|before| before.generation)).await?;
            set(&mut write, list, staging.generation, state).await?;
            let change = Change { before: before.map(|before| before.state.digest), after: Some(state.digest) };
            operations::record(&mut write, operation, deed, change, &state).await?;
            write.commit().await?;
            Ok(Done { result: state, replayed: false })
        })
        .await
    }

    async fn abandon_staging(&self, staging: &Staging) -> Result<()> {
        self.within(staging::abandon(self, staging)).await
    }

    async fn sweep_lists(&self, limit: u32) -> Result<bool> {
        self.within(staging::sweep(self, limit)).await
    }

    async fn list(&self, list: &ListName) -> Result<Option<ListState>> {
        self.within(async { Ok(find(&mut *self.readers.reader().await?, list).await?.map(|kept| kept.state)) }).await
    }

    async fn lists(&self, after: Option<&ListName>, limit: u32) -> Result<Vec<(ListName, ListState)>> {
        self.within(async {
            let rows = db::query("SELECT * FROM lists WHERE $1 IS NULL OR name > $1 ORDER BY name LIMIT $2")
                .bind(after.map(ListName::as_str))
                .bind(limit)
                .fetch_all(&mut *self.readers.reader().await?)
                .await
                .map_err(unavailable)?;
            rows.iter().map(|row| Ok((fields(row).parsed("name")?, kept(row)?.state))).collect()
        })
        .await
    }
}

fn deed(list: &ListName) -> Deed<'_> {
    Deed { what: Verb::ChangeList, subject: list.as_str(), campaign: None }
}

/// A list, and where its members are.
#[derive(Clone, Copy)]
struct Kept {
    generation: u64,
    state: ListState,
}

async fn find(connection: &mut Connection, list: &ListName) -> Result<Option<Kept>> {
    let row = db::query("SELECT * FROM lists WHERE name = $1")
        .bind(list.as_str())
        .fetch_optional(connection)
        .await
        .map_err(unavailable)?;
    row.as_ref().map(kept).transpose()
}

/// A list that has nobody on it yet, and no row.
async fn make(write: &mut Write) -> Result<Kept> {
    let generation = staging::generation(write, "current").await?;
    let state = ListState { version: 0, size: 0, digest: ListDigest::default().digest() };
    Ok(Kept { generation, state })
}

/// Answers the state afterwards.
async fn apply(write: &mut Write, kept: Kept, edit: &ListEdit, points: &Points) -> Result<ListState> {
    let ListState { size, digest, .. } = kept.state;
    let before = ListDigest::from_digest(&digest).ok_or_else(|| no_sum(kept.generation))?;
    let added = add(write, kept.generation, &edit.add).await?;
    let digest = before + points.sum(&added);
    let removed = remove(write, kept.generation, &edit.remove).await?;
    let digest = digest - points.sum(&removed);
    let size = size + added.len() as u64 - removed.len() as u64;
    let digest = digest.digest();
    Ok(ListState { version: next_version(Some(kept.state), &digest), size, digest })
}

/// A version is that of a content: what changes nothing leaves it. A list that is new has its first, also where nobody is on it.
fn next_version(before: Option<ListState>, digest: &Digest) -> u64 {
    match before {
        Some(before) if before.version > 0 && before.digest == *digest => before.version,
        before => before.map_or(0, |before| before.version) + 1,
    }
}

/// Answers those who were not there before.
async fn add(write: &mut Write, generation: u64, players: &[PlayerId]) -> Result<Vec<String>> {
    let mut added = Vec::new();
    for chunk in players.chunks(CHUNK_PLAYERS) {
        let rows = db::query(
            "INSERT INTO list_members (generation, player) SELECT $1, atom FROM json_each($2) WHERE true
             ON CONFLICT (generation, player) DO NOTHING RETURNING player",
        )
        .bind(integer(generation))
        .bind(names(chunk))
        .fetch_all(write)
        .await
        .map_err(unavailable)?;
        for row in &rows {
            let fields = Fields { table: "list_members", key: "generation", row };
            added.push(fields.text("player")?);
        }
    }
    Ok(added)
}

/// Answers those who were there before.
async fn remove(write: &mut Write, generation: u64, players: &[PlayerId]) -> Result<Vec<String>> {
    let mut removed = Vec::new();
    for chunk in players.chunks(CHUNK_PLAYERS) {
        let rows = db::query(
            "DELETE FROM list_members WHERE generation = $1 AND player IN (SELECT atom FROM json_each($2))
             RETURNING player",
        )
        .bind(integer(generation))
        .bind(names(chunk))
        .fetch_all(write)
        .await
        .map_err(unavailable)?;
        for row in &rows {
            let fields = Fields { table: "list_members", key: "generation", row };
            removed.push(fields.text("player")?);
        }
    }
    Ok(removed)
}

async fn set(write: &mut Write, list: &ListName, generation: u64, state: ListState) -> Result<()> {
    db::query(
        "INSERT INTO lists (name, version, size, generation, digest) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (name) DO UPDATE SET version = excluded.version, size = excluded.size,
                                          generation = excluded.generation, digest = excluded.digest",
    )
    .bind(list.as_str())
    .bind(integer(state.version))
    .bind(integer(state.size))
    .bind(integer(generation))
    .bind(&state.digest.as_bytes()[..])
    .execute(write)
    .await
    .map_err(unavailable)?;
    Ok(())
}

fn names(players: &[PlayerId]) -> String {
    let names: Vec<&str> = players.iter().map(PlayerId::as_str).collect();
    serde_json::to_string(&names).expect("texts are JSON")
}

/// A digest that is none.
fn no_sum(generation: u64) -> StoreError {
    let reason = "this is no sum of players".to_owned();
    StoreError::Corrupt { table: "lists", column: "digest", row: format!("generation {generation}"), reason }
}

fn fields(row: &Row) -> Fields<'_> {
    Fields { table: "lists", key: "name", row }
}

fn kept(row: &Row) -> Result<Kept> {
    let fields = fields(row);
    let digest: Digest = fields.digest("digest")?;
    let state = ListState { version: fields.count("version")?, size: fields.count("size")?, digest };
    Ok(Kept { generation: fields.count("generation")?, state })
}
