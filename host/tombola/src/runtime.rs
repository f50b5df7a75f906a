//! The threads that a host runs on.

use std::thread::available_parallelism;
use std::time::Duration;

use anyhow::Context;

/// Rules are evaluated where their draw runs: a hop to another thread costs more than most of them take. So there is a
/// second thread even on one core, for a rule may hold its own until its deadline.
const THREADS_MIN: usize = 2;
/// How long blocking work that nobody waits for may go on after everything else has ended.
const LEFTOVER_DEADLINE: Duration = Duration::from_secs(2);

/// Runs a command to its end.
pub(crate) fn block_on<T>(work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    let threads = available_parallelism().map_or(THREADS_MIN, |cores| cores.get().max(THREADS_MIN));
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(threads)
        .thread_name("tombola")
        .enable_all()
        .build()
        .context("starting threads")?;
    let result = runtime.block_on(work);
    runtime.shutdown_timeout(LEFTOVER_DEADLINE);
    result
}
