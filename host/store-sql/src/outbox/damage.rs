//! The store's own work, past what can't be done.

use serde_json::json;
use tombola_domain::award::State;
use tombola_domain::causes::Causes;
use tombola_domain::task::Queue;
use tombola_domain::time::Timestamp;
use tombola_store::{Result, StoreError};

use crate::awards::{self, Changed};
use crate::db;
use crate::error::unavailable;
use crate::fields::Fields;
use crate::store::SqlStore;
use crate::writer::Write;

/// Why it is given up, for who looks at what was.
const REASON: &str = "what it needs is damaged; the host's log says what";

/// Does what is due in a queue, so much at once at most: less where something that it needs is damaged, and where that is what is due
/// next, it is given up.
pub(crate) async fn around_damage<F: Future<Output = Result<u64>> + Send>(
    store: &SqlStore,
    queue: &Queue,
    now: Timestamp,
    mut limit: u32,
    deliver: impl Fn(Write, u32) -> F + Send,
) -> Result<u64> {
    loop {
        match deliver(store.writer.begin().await?, limit).await {
            Err(error) if error.is_damage() && limit > 1 => limit /= 2,
            Err(error) if error.is_damage() => return give_up(store.writer.begin().await?, queue, now, &error).await,
            delivered => return delivered,
        }
    }
}

/// Gives up what is due next, without a look at what it is.
async fn give_up(mut write: Write, queue: &Queue, now: Timestamp, error: &StoreError) -> Result<u64> {
    let next = db::query("SELECT due, number FROM tasks WHERE queue = $1 AND due <= $2 ORDER BY due, number LIMIT 1")
        .bind(queue.to_string())
        .bind(now.as_millis())
        .fetch_optional(&mut write)
        .await
        .map_err(unavailable)?;
    let Some(row) = next else { return Ok(0) };
    let fields = Fields { table: "tasks", key: "number", row: &row };
    let (due, number) = (fields.get::<i64>("due")?, fields.count("number")?);
    super::end_in_house(&mut write, queue, &json!([[due, number]]), &json!([[number, REASON]]), now).await?;
    if *queue != Queue::Referrals {
        let change = Changed { award: number, state: State::Failed, note: REASON };
        awards::change(&mut write, &[change], now, None).await?;
    }
    write.commit().await?;
    let error = Causes(error);
    tracing::error!(%error, %queue, number, "what was won is given up until it is retried, since what it needs is damaged");
    Ok(1)
}
