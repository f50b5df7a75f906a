mod damage;
mod endings;

pub(crate) use self::damage::around_damage;

use std::collections::HashSet;

use async_trait::async_trait;
use serde_json::{Value, json};
use tombola_domain::award::State;
use tombola_domain::task::Queue;
use tombola_domain::time::Timestamp;
use tombola_store::audit::Verb;
use tombola_store::outbox::{COUNTED_MAX, Claim, Ending, Load, Outbox, REVIVED_MAX, ReviveError, Revived, Task};
use tombola_store::{Done, Operation, Result};

use crate::awards::{self, Changed};
use crate::db::{self, Row};
use crate::error::unavailable;
use crate::fields::{Fields, integer};
use crate::operations::{self, Change, Deed, Recorded};
use crate::store::SqlStore;
use crate::writer::Write;

#[async_trait]
impl Outbox for SqlStore {
    async fn due_queues(&self, now: Timestamp) -> Result<Vec<Queue>> {
        self.within(async {
            // From queue to queue, without a look at what is in between.
            let rows = db::query(
                "WITH RECURSIVE queues (queue) AS (
                     SELECT min(queue) FROM tasks
                     UNION ALL
                     SELECT (SELECT min(queue) FROM tasks WHERE tasks.queue > queues.queue) FROM queues
                     WHERE queues.queue IS NOT NULL
                 )
                 SELECT queue FROM queues WHERE queue IS NOT NULL
                 AND EXISTS (SELECT 1 FROM tasks WHERE tasks.queue = queues.queue AND due <= $1)
                 ORDER BY queue",
            )
            .bind(now.as_millis())
            .fetch_all(&mut *self.readers.reader().await?)
            .await
            .map_err(unavailable)?;
            rows.iter().map(|row| fields(row).parsed("queue")).collect()
        })
        .await
    }

    async fn claim_tasks(&self, claim: &Claim) -> Result<Vec<Task>> {
        self.within(async {
            let mut write = self.writer.begin().await?;
            let rows = db::query(
                "UPDATE tasks SET due = $4, owner = $5, fence = fence + 1, attempts = attempts + 1
                 WHERE queue = $1 AND (due, number) IN (
                     SELECT due, number FROM tasks WHERE queue = $1 AND due <= $2 ORDER BY due, number LIMIT $3)
                 RETURNING number, since, attempts, fence",
            )
            .bind(claim.queue.to_string())
            .bind(claim.now.as_millis())
            .bind(claim.limit)
            .bind(claim.until.as_millis())
            .bind(&claim.owner)
            .fetch_all(&mut write)
            .await
            .map_err(unavailable)?;
            let mut tasks: Vec<_> = rows.iter().map(|row| task(row, claim)).collect::<Result<_>>()?;
            if !tasks.is_empty() {
                write.commit().await?;
            }
            tasks.sort_unstable_by_key(|task| (task.since, task.number));
            Ok(tasks)
        })
        .await
    }

    async fn end_tasks(&self, endings: &[(Task, Ending)], at: Timestamp) -> Result<Vec<bool>> {
        self.within(async {
            let mut write = self.writer.begin().await?;
            let held = endings::end(&mut write, endings, at).await?;
            if held.contains(&true) {
                write.commit().await?;
            }
            Ok(held)
        })
        .await
    }

    async fn load(&self, queue: &Queue) -> Result<Load> {
        self.within(async {
            let row = db::query(
                "SELECT (SELECT count(*) FROM (SELECT 1 FROM tasks WHERE queue = $1 LIMIT $2) few) AS waiting,
                        (SELECT count(*) FROM (SELECT 1 FROM tasks WHERE queue = $1 AND due <> since LIMIT $2) few) AS tried,
                        (SELECT count(*) FROM (SELECT 1 FROM dead_letters WHERE queue = $1 LIMIT $2) few) AS dead,
                        -- The first that is due is older than all others that were never touched.
                        (SELECT since FROM tasks WHERE queue = $1 ORDER BY due, number LIMIT 1) AS first,
                        (SELECT min(since) FROM tasks WHERE queue = $1 AND due <> since) AS oldest",
            )
            .bind(queue.to_string())
            .bind(integer(COUNTED_MAX))
            .fetch_one(&mut *self.readers.reader().await?)
            .await
            .map_err(unavailable)?;
            let fields = fields(&row);
            let oldest = [fields.optional_time("first")?, fields.optional_time("oldest")?];
            Ok(Load {
                waiting: fields.count("waiting")?,
                tried: fields.count("tried")?,
                dead: fields.count("dead")?,
                oldest: oldest.into_iter().flatten().min(),
            })
        })
        .await
    }

    async fn revive_tasks(&self, operation: &Operation, queue: &Queue) -> Result<Done<Revived>, ReviveError> {
        let subject = queue.to_string();
        let deed = Deed { what: Verb::RetryAwards, subject: &subject, campaign: None };
        self.within(async {
            let mut write = self.writer.begin().await?;
            if let Some(result) = operations::replay::<_, ReviveError>(&mut write, operation, deed.is_same()).await? {
                return Ok(Done { result, replayed: true });
            }
            let numbers = oldest_dead(&mut write, &subject).await?;
            let keys: Vec<_> = numbers.iter().map(|number| (subject.clone(), *number)).collect();
            revive(&mut write, &keys, operation.at).await?;
            let note = operation.reason.as_str();
            let changes = numbers.iter().map(|award| Changed { award: *award, state: State::Pending, note });
            let changes: Vec<_> = changes.filter(|_| *queue != Queue::Referrals).collect();
            awards::change(&mut write, &changes, operation.at, Some(&operation.actor)).await?;
            let revived = Revived { revived: numbers.len() as u64, left: dead(&mut write, &subject).await? };
            operations::record(&mut write, operation, deed, Change::default(), &revived).await?;
            write.commit().await?;
            Ok(Done { result: revived, replayed: false })
        })
        .await
    }
}

async fn oldest_dead(write: &mut Write, queue: &str) -> Result<Vec<u64>> {
    let rows = db::query("SELECT queue, number FROM dead_letters WHERE queue = $1 ORDER BY number LIMIT $2")
        .bind(queue)
        .bind(REVIVED_MAX)
        .fetch_all(write)
        .await
        .map_err(unavailable)?;
    rows.iter().map(|row| fields(row).count("number")).collect()
}

async fn dead(write: &mut Write, queue: &str) -> Result<u64> {
    let count: i64 =
        db::query_scalar("SELECT count(*) FROM (SELECT 1 FROM dead_letters WHERE queue = $1 LIMIT $2) few")
            .bind(queue)
            .bind(integer(COUNTED_MAX))
            .fetch_one(write)
            .await
            .map_err(unavailable)?;
    Ok(count.unsigned_abs())
}

/// Makes tasks of these dead letters again, by queue and number, with as many tries before them as a new one has. Their fences go on, so
/// that who had them once changes nothing, and their reasons, which say that they were tried.
pub(crate) async fn revive(write: &mut Write, letters: &[(String, u64)], at: Timestamp) -> Result<()> {
    db::query(
        "INSERT INTO tasks (queue, due, number, since, fence, reason)
         SELECT queue, $2, number, since, fence, reason FROM json_each($1) q
         JOIN dead_letters ON queue = q.value ->> 0 AND number = CAST(q.value ->> 1 AS BIGINT);

         DELETE FROM dead_letters WHERE (queue, number) IN (
             SELECT CAST(value ->> 0 AS TEXT), CAST(value ->> 1 AS BIGINT) FROM json_each($1))",
    )
    .bind(json!(letters).to_string())
    .bind(at.as_millis())
    .execute(write)
    .await
    .map_err(unavailable)?;
    Ok(())
}

/// Ends tasks that the store does itself, which are never claimed: `tasks` has where each lies and its number, and `dead` the number of
/// each that is given up, with the reason.
pub(crate) async fn end_in_house(
    write: &mut Write,
    queue: &Queue,
    tasks: &Value,
    dead: &Value,
    now: Timestamp,
) -> Result<()> {
    db::query(
        "INSERT INTO dead_letters (queue, number, since, attempts, fence, reason, at)
         SELECT queue, number, since, attempts + 1, fence, q.value ->> 1, $4
         FROM json_each($3) q JOIN tasks ON queue = $1 AND number = CAST(q.value ->> 0 AS BIGINT)
         WHERE (due, number) IN (
             SELECT CAST(value ->> 0 AS BIGINT), CAST(value ->> 1 AS BIGINT) FROM json_each($2));

         DELETE FROM tasks WHERE queue = $1
         AND (due, number) IN (
             SELECT CAST(value ->> 0 AS BIGINT), CAST(value ->> 1 AS BIGINT) FROM json_each($2))",
    )
    .bind(queue.to_string())
    .bind(tasks.to_string())
    .bind(dead.to_string())
    .bind(now.as_millis())
    .execute(write)
    .await
    .map_err(unavailable)?;
    Ok(())
}

/// Tasks by queue, number and since when, as statements look for them.
fn listed(tasks: &[(String, u64, Timestamp)]) -> String {
    let task = |(queue, number, since): &(String, u64, Timestamp)| json!([queue, integer(*number), since.as_millis()]);
    json!(tasks.iter().map(task).collect::<Vec<_>>()).to_string()
}

/// Of which of these awards surely nobody was told: queue, number and since when. Their tasks lie where they were put, and were neither tried
/// nor given up since. Of any other, also of one whose task is lost, somebody may have been.
pub(crate) async fn untold(write: &mut Write, tasks: &[(String, u64, Timestamp)]) -> Result<HashSet<u64>> {
    let rows = db::query(
        "SELECT t.number FROM json_each($1) q JOIN tasks t
         ON t.queue = q.value ->> 0 AND t.due = CAST(q.value ->> 2 AS BIGINT) AND t.number = CAST(q.value ->> 1 AS BIGINT)
         WHERE due = since AND attempts = 0 AND reason = ''",
    )
    .bind(listed(tasks))
    .fetch_all(write)
    .await
    .map_err(unavailable)?;
    rows.iter().map(|row| fields(row).count("number")).collect()
}

/// Ends what is done for these awards, whether it waits, is claimed or was given up: queue, number and since when. Who has claimed
/// one finds that the claim does not hold any more.
pub(crate) async fn cancel(write: &mut Write, tasks: &[(String, u64, Timestamp)]) -> Result<()> {
    // One that was never touched is found where it was put, and any other one by when that was.
    db::query(
        "DELETE FROM tasks WHERE (queue, due, number) IN (
             SELECT t.queue, t.due, t.number FROM json_each($1) q JOIN tasks t
             ON t.queue = q.value ->> 0 AND t.due = CAST(q.value ->> 2 AS BIGINT) AND t.number = CAST(q.value ->> 1 AS BIGINT)
             UNION ALL
             SELECT t.queue, t.due, t.number FROM json_each($1) q JOIN tasks t
             ON t.queue = q.value ->> 0 AND t.since = CAST(q.value ->> 2 AS BIGINT) AND t.number = CAST(q.value ->> 1 AS BIGINT)
               AND t.due <> t.since);

         DELETE FROM dead_letters WHERE (queue, number) IN (
             SELECT CAST(value ->> 0 AS TEXT), CAST(value ->> 1 AS BIGINT) FROM json_each($1))",
    )
    .bind(listed(tasks))
    .execute(write)
    .await
    .map_err(unavailable)?;
    Ok(())
}

/// Drops dead letters of what was done otherwise.
pub(crate) async fn forget(write: &mut Write, letters: &[(String, u64)]) -> Result<()> {
    db::query(
        "DELETE FROM dead_letters WHERE (queue, number) IN (
             SELECT CAST(value ->> 0 AS TEXT), CAST(value ->> 1 AS BIGINT) FROM json_each($1))",
    )
    .bind(json!(letters).to_string())
    .execute(write)
    .await
    .map_err(unavailable)?;
    Ok(())
}

fn fields(row: &Row) -> Fields<'_> {
    Fields { table: "tasks", key: "number", row }
}

fn task(row: &Row, claim: &Claim) -> Result<Task> {
    let fields = fields(row);
    Ok(Task {
        queue: claim.queue.clone(),
        number: fields.count("number")?,
        since: fields.time("since")?,
        attempts: fields.small("attempts")?.unsigned_abs(),
        fence: fields.count("fence")?,
        until: claim.until,
    })
}

impl Recorded for Revived {
    fn to_json(&self) -> Value {
        json!({"revived": self.revived, "left": self.left})
    }

    fn from_json(value: &Value) -> Option<Self> {
        Some(Self { revived: value["revived"].as_u64()?, left: value["left"].as_u64()? })
    }
}
