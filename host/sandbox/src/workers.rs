//! The host's side of the compiling processes: how many there are, how long each may take, and what its end means.

mod process;

use std::process::ExitStatus;
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::time::timeout;
use tombola_engine::rule::Unavailable;
use tracing::warn;

use self::process::{Conversation, Process};
use crate::settings::{ClassSettings, WorkerSettings};
use crate::worker::PANIC_EXIT_CODE;
use crate::worker::message::{JailLimits, Job, Outcome, Request};

/// `SIGABRT`: an allocation failed, or an invariant.
const ABORTED: i32 = 6;
/// `SIGBUS`: the stack could not grow.
const BUS_ERROR: i32 = 7;
/// `SIGSEGV`: the stack ended.
const SEGMENT_ERROR: i32 = 11;
/// `SIGXCPU`: processor time ran out.
const OUT_OF_TIME: i32 = 24;

/// Why a job has no outcome.
#[derive(Debug)]
pub(crate) enum JobError {
    /// The component took the compiling process to its limits, or broke it.
    Costly(String),
    /// This host could not do it now.
    Unavailable(Unavailable),
}

/// The compiling processes of a sandbox.
#[derive(Debug)]
pub(crate) struct Workers {
    settings: WorkerSettings,
    free: Semaphore,
}

impl Workers {
    pub(crate) fn new(settings: WorkerSettings) -> Self {
        Self { free: Semaphore::new(settings.processes_max.max(1)), settings }
    }

    /// Does one job in a process of its own, which is gone when this ends, however it ends.
    pub(crate) async fn run(
        &self,
        class: &ClassSettings,
        job: Job,
        component: &[u8],
    ) -> Result<(Outcome, Vec<u8>), JobError> {
        let wait = Duration::from_millis(self.settings.wait_ms_max);
        let _permit = timeout(wait, self.free.acquire())
            .await
            .map_err(|_| unavailable(format!("no compiling process was free within {} ms", wait.as_millis())))?
            .expect("the semaphore is never closed");
        let limits = JailLimits {
            memory_bytes_max: self.settings.memory_bytes_max,
            cpu_seconds_max: self.settings.cpu_seconds_max,
        };
        let request = Request { limits, class: class.clone(), job };
        let process = Process::start(&self.settings)
            .map_err(|error| unavailable(format!("the compiling process could not be started: {error}")))?;
        let wall = Duration::from_millis(self.settings.wall_ms_max);
        match timeout(wall, process.converse(&request, component)).await {
            Ok(conversation) => self.judge(conversation),
            Err(_) => Err(unavailable(format!("the compiling process was killed after {} ms", wall.as_millis()))),
        }
    }

    fn judge(&self, conversation: Conversation) -> Result<(Outcome, Vec<u8>), JobError> {
        match conversation {
            Conversation::Done(outcome, code) => Ok((outcome, code)),
            Conversation::NoWorker(reason) => Err(unavailable(reason)),
            Conversation::Broken { error, status, stderr } => {
                let end = status.as_ref().map_or_else(ToString::to_string, ToString::to_string);
                warn!(error = %error, end, stderr, "a compiling process gave no reply");
                match status.ok().and_then(|status| self.excess(status)) {
                    Some(excess) => Err(JobError::Costly(excess)),
                    None => Err(unavailable(format!("the compiling process gave no reply: {end}"))),
                }
            }
        }
    }

    /// What a process ended of, if it is what it was given that made it end.
    fn excess(&self, status: ExitStatus) -> Option<String> {
        use std::os::unix::process::ExitStatusExt;
        let WorkerSettings { memory_bytes_max, cpu_seconds_max, .. } = &self.settings;
        match (status.signal(), status.code()) {
            (Some(OUT_OF_TIME), _) => Some(format!("it took more than {cpu_seconds_max} s of processor time")),
            (Some(ABORTED | BUS_ERROR | SEGMENT_ERROR), _) => {
                Some(format!("it took more than {} MiB of memory, or too deep a stack", memory_bytes_max >> 20))
            }
            (_, Some(PANIC_EXIT_CODE)) => Some("the compiler gave up on it".to_owned()),
            _ => None,
        }
    }
}

fn unavailable(reason: String) -> JobError {
    JobError::Unavailable(Unavailable::Host(reason))
}
