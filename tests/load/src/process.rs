//! What the kernel says of a process.

use std::fs;
use std::time::Duration;

use anyhow::Context;

/// Clock ticks a second in what the kernel shows; the same on every Linux of today.
const TICKS_PER_SECOND: u64 = 100;

/// Bytes of memory that it holds at the moment: its resident set. `id` may be `self`.
pub(crate) fn memory_bytes(id: &str) -> anyhow::Result<u64> {
    let status =
        fs::read_to_string(format!("/proc/{id}/status")).context("reading what the kernel says of a process")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line.and_then(|line| line.trim().strip_suffix(" kB")).context("a process has a resident set")?;
    Ok(kib.trim().parse::<u64>().context("a number of kibibytes")? << 10)
}

/// Processor time that it has taken so far, all its threads together.
pub(crate) fn cpu_time(id: u32) -> anyhow::Result<Duration> {
    let fields = stat(&format!("/proc/{id}/stat"))?;
    let ticks = field(&fields, 13)? + field(&fields, 14)?;
    Ok(Duration::from_millis(ticks * 1_000 / TICKS_PER_SECOND))
}

/// Page faults of this thread so far that were met without reading from a disk.
pub(crate) fn page_faults() -> anyhow::Result<u64> {
    field(&stat("/proc/thread-self/stat")?, 9)
}

/// The fields from the third on: the second is a name in brackets, which may hold spaces.
fn stat(path: &str) -> anyhow::Result<String> {
    let stat = fs::read_to_string(path).with_context(|| format!("reading {path}"))?;
    Ok(stat.rsplit(')').next().unwrap_or_default().to_owned())
}

/// By its number in the kernel's documentation, less one.
fn field(fields: &str, number: usize) -> anyhow::Result<u64> {
    let field = fields.split_whitespace().nth(number - 2).context("the kernel says less than expected")?;
    field.parse().context("a count")
}
