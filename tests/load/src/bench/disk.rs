//! What the disk can do by itself.

use std::fs::File;
use std::io::{Seek, SeekFrom, Write};
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Context;

use crate::table::{Row, Table, to_float};

/// How long it is measured.
const SPAN: Duration = Duration::from_secs(4);
/// Bytes of one write: a small batch of draws in the log.
const WRITE_BYTES: usize = 64 << 10;
/// Bytes that are written over again and again, as the log's are.
const FILE_BYTES: u64 = 64 << 20;

/// Writes, each made durable before the next: no commit can be more frequent.
pub(super) fn syncs(folder: &Path) -> anyhow::Result<Table> {
    let mut file = tempfile::tempfile_in(folder).context("making a file on the disk that is measured")?;
    let block = vec![7; WRITE_BYTES];
    for _ in 0..FILE_BYTES / to_u64(WRITE_BYTES) {
        file.write_all(&block).context("filling it")?;
    }
    file.sync_all().context("making it durable")?;
    let mut times = measure(&mut file, &block).context("writing and syncing")?;
    times.sort_unstable();
    let total: Duration = times.iter().sum();
    let at = |percent: usize| times[times.len() * percent / 100];
    let mut table = Table::new("How often can the disk make a write durable?");
    let row = Row::new("64 KiB written over, and synced");
    let row = row.cell("", to_float(to_u64(times.len())) / total.as_secs_f64(), "/s");
    table.add(row.millis("p50", at(50)).millis("p99", at(99)));
    Ok(table)
}

fn measure(file: &mut File, block: &[u8]) -> std::io::Result<Vec<Duration>> {
    let (begun, mut times) = (Instant::now(), Vec::new());
    while begun.elapsed() < SPAN || times.is_empty() {
        let before = Instant::now();
        file.seek(SeekFrom::Start(to_u64(times.len() * block.len()) % FILE_BYTES))?;
        file.write_all(block)?;
        file.sync_data()?;
        times.push(before.elapsed());
    }
    Ok(times)
}

fn to_u64(count: usize) -> u64 {
    u64::try_from(count).expect("a size of this machine")
}
