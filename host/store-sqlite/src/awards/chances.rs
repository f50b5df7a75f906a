//! Awards that are chances.

use std::collections::HashMap;

use serde_json::json;
use sqlx::sqlite::SqliteRow;
use tombola_domain::amount::AMOUNT_MAX;
use tombola_domain::award::State;
use tombola_domain::chance::Participation;
use tombola_domain::task::Queue;
use tombola_domain::time::Timestamp;
use tombola_store::Result;

use super::Changed;
use crate::error::unavailable;
use crate::fields::{Fields, integer};
use crate::writer::Write;
use crate::{delivery, draws};

/// Adds to what players have, and ends the tasks. The versions go up, so that draws under way are decided again.
pub(super) async fn deliver(mut write: Write, now: Timestamp, limit: u32) -> Result<u64> {
    let due = sqlx::query(
        "SELECT t.due, a.position, a.amount, a.deliver, p.* FROM tasks t
         JOIN awards a ON a.position = t.number JOIN draws d ON d.position = t.number
         JOIN participations p ON p.player = d.player AND p.campaign = d.campaign
         WHERE t.queue = ? AND t.due <= ? ORDER BY t.due, t.number LIMIT ?",
    )
    .bind(Queue::Chances.to_string())
    .bind(now.as_millis())
    .bind(limit)
    .fetch_all(&mut *write)
    .await
    .map_err(unavailable)?;
    if due.is_empty() {
        return Ok(0);
    }
    let mut players: HashMap<(String, String), Participation> = HashMap::new();
    let mut tasks = Vec::with_capacity(due.len());
    for row in &due {
        let fields = Fields { table: "awards", key: "position", row };
        let more = chances(&fields)?;
        let before = participation(row)?;
        let player = players.entry((fields.text("player")?, fields.text("campaign")?)).or_insert(before);
        *player = player.plus_chances(more);
        tasks.push((fields.time("due")?, fields.count("position")?));
    }
    save(&mut write, &players, &tasks).await?;
    let changes: Vec<_> =
        tasks.iter().map(|(_, award)| Changed { award: *award, state: State::Delivered, note: "" }).collect();
    super::change(&mut write, &changes, now, None).await?;
    write.commit().await?;
    Ok(tasks.len() as u64)
}

fn chances(fields: &Fields<'_>) -> Result<u64> {
    let delivery = delivery::read(fields)?;
    let amount = fields.get::<i64>("amount")?.min(AMOUNT_MAX);
    Ok(delivery.map_or(0, |delivery| delivery.chances(amount)))
}

/// Whoever won something takes part.
fn participation(row: &SqliteRow) -> Result<Participation> {
    let found = draws::participation(row)?;
    found.ok_or_else(|| unavailable(sqlx::Error::RowNotFound))
}

async fn save(
    write: &mut Write,
    players: &HashMap<(String, String), Participation>,
    tasks: &[(Timestamp, u64)],
) -> Result<()> {
    let row = |((player, campaign), after): (&(String, String), &Participation)| {
        json!([player, campaign, after.version, after.chances])
    };
    let players: Vec<_> = players.iter().map(row).collect();
    let tasks: Vec<_> = tasks.iter().map(|(due, number)| json!([due.as_millis(), integer(*number)])).collect();
    sqlx::query(
        "UPDATE participations SET version = q.value ->> 2, chances = q.value ->> 3 FROM json_each($1) q
         WHERE player = q.value ->> 0 AND campaign = q.value ->> 1;

         DELETE FROM tasks WHERE queue = $2
         AND (due, number) IN (SELECT value ->> 0, value ->> 1 FROM json_each($3))",
    )
    .bind(json!(players).to_string())
    .bind(Queue::Chances.to_string())
    .bind(json!(tasks).to_string())
    .execute(&mut **write)
    .await
    .map_err(unavailable)?;
    Ok(())
}
