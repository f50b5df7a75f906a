//! The end of claims: one statement a table and one call for all.

use serde_json::{Value, json};
use tombola_domain::award::State;
use tombola_domain::time::Timestamp;
use tombola_store::Result;
use tombola_store::outbox::{Ending, Task};

use crate::awards::{self, Changed};
use crate::db;
use crate::error::unavailable;
use crate::fields::{Fields, integer};
use crate::writer::Write;

/// Ends those claims that still hold, and says which.
pub(super) async fn end(write: &mut Write, endings: &[(Task, Ending)], at: Timestamp) -> Result<Vec<bool>> {
    let held = held(write, endings).await?;
    let ended: Vec<_> = endings.iter().zip(&held).filter(|(_, held)| **held).map(|(ending, _)| ending).collect();
    write_endings(write, &ended, at).await?;
    let change = |(task, ending): &&(Task, Ending)| {
        let (state, note) = match ending {
            Ending::Done => (State::Delivered, ""),
            Ending::Dead { reason } => (State::Failed, reason.as_str()),
            Ending::Again { .. } | Ending::Returned => return None,
        };
        Some((task.number, state, note.to_owned()))
    };
    let states: Vec<_> = ended.iter().filter_map(change).collect();
    let changes: Vec<_> =
        states.iter().map(|(award, state, note)| Changed { award: *award, state: *state, note }).collect();
    awards::change(write, &changes, at, None).await?;
    Ok(held)
}

/// A task is its owner's as long as nobody else has claimed it: it lies where the claim put it, with its fence.
async fn held(write: &mut Write, endings: &[(Task, Ending)]) -> Result<Vec<bool>> {
    let rows: Vec<_> = endings.iter().map(|(task, _)| json!([key(task), task.fence])).collect();
    let found = db::query(
        "SELECT q.key AS number FROM json_each($1) q JOIN tasks
         ON queue = q.value -> 0 ->> 0 AND due = CAST(q.value -> 0 ->> 1 AS BIGINT) AND number = CAST(q.value -> 0 ->> 2 AS BIGINT)
            AND fence = CAST(q.value ->> 1 AS BIGINT)",
    )
    .bind(json!(rows).to_string())
    .fetch_all(write)
    .await
    .map_err(unavailable)?;
    let mut held = vec![false; endings.len()];
    for row in &found {
        let number = Fields { table: "tasks", key: "number", row }.count("number")?;
        if let Some(held) = usize::try_from(number).ok().and_then(|number| held.get_mut(number)) {
            *held = true;
        }
    }
    Ok(held)
}

/// Of each task that goes on, where it lies and its due time, reason and attempts; of each that was given up the reason.
async fn write_endings(write: &mut Write, ended: &[&(Task, Ending)], at: Timestamp) -> Result<()> {
    let (mut done, mut again, mut dead) = (vec![], vec![], vec![]);
    for (task, ending) in ended {
        match ending {
            Ending::Done => done.push(key(task)),
            Ending::Again { due, reason } => again.push(json!([key(task), due.as_millis(), reason, 0])),
            // It lies where it was put at first, ahead of all that came later.
            Ending::Returned => again.push(json!([key(task), task.since.as_millis(), null, 1])),
            Ending::Dead { reason } => dead.push(json!([key(task), reason])),
        }
    }
    db::query(WRITE)
        .bind(json!(done).to_string())
        .bind(json!(again).to_string())
        .bind(json!(dead).to_string())
        .bind(at.as_millis())
        .execute(write)
        .await
        .map_err(unavailable)?;
    Ok(())
}

/// Where a claimed task lies.
fn key(task: &Task) -> Value {
    json!([task.queue.to_string(), task.until.as_millis(), integer(task.number)])
}

/// The casts are there for the planner: without them a row's value is compared with a key column by column, over a whole queue.
const WRITE: &str = "
    DELETE FROM tasks WHERE (queue, due, number) IN (
        SELECT CAST(value ->> 0 AS TEXT), CAST(value ->> 1 AS BIGINT), CAST(value ->> 2 AS BIGINT) FROM json_each($1));

    UPDATE tasks SET due = CAST(q.value ->> 1 AS BIGINT), owner = NULL, reason = coalesce(q.value ->> 2, reason),
                     attempts = attempts - CAST(q.value ->> 3 AS BIGINT)
    FROM json_each($2) q
    WHERE queue = q.value -> 0 ->> 0 AND due = CAST(q.value -> 0 ->> 1 AS BIGINT) AND number = CAST(q.value -> 0 ->> 2 AS BIGINT);

    INSERT INTO dead_letters (queue, number, since, attempts, fence, reason, at)
    SELECT queue, number, since, attempts, fence, q.value ->> 1, $4
    FROM json_each($3) q JOIN tasks
    ON queue = q.value -> 0 ->> 0 AND due = CAST(q.value -> 0 ->> 1 AS BIGINT) AND number = CAST(q.value -> 0 ->> 2 AS BIGINT);

    DELETE FROM tasks WHERE (queue, due, number) IN (
        SELECT CAST(value -> 0 ->> 0 AS TEXT), CAST(value -> 0 ->> 1 AS BIGINT), CAST(value -> 0 ->> 2 AS BIGINT)
        FROM json_each($3))";
