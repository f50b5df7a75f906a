//! What a host holds when nobody asks for anything.

use std::sync::Arc;
use std::time::Duration;

use tombola_load::requests::Draws;
use tombola_load::{Load, closed};

use super::{Setting, documents, prepare};
use crate::process::memory_bytes;
use crate::table::{Row, Table, to_float};

/// Connections and time of the load between the two figures.
const CONNECTIONS: usize = 64;
const TIME_MAX: Duration = Duration::from_mins(5);
/// What comes after a load, such as a checkpoint, has ended by then.
const REST: Duration = Duration::from_secs(3);

pub(super) async fn memory(setting: &Setting) -> anyhow::Result<Table> {
    let host = setting.host()?;
    prepare(&host, documents::WITH_RULES, &documents::with_rules()).await?;
    let mebibytes = || Ok::<_, anyhow::Error>(to_float(memory_bytes(&host.id().to_string())?) / f64::from(1 << 20));
    let mut table = Table::new("How much memory does a host hold when nobody asks for anything?");
    table.add(Row::new("after its start").cell("", mebibytes()?, "MiB"));
    let draws = Draws::new(documents::WITH_RULES, host.client_token(), "memory", setting.draws);
    let report = closed(Load::new(host.target(), CONNECTIONS, setting.draws, TIME_MAX)?, Arc::new(draws)).await;
    tokio::time::sleep(REST).await;
    table.add(Row::new(format!("after {} draws", report.succeeded())).cell("", mebibytes()?, "MiB"));
    Ok(table)
}
