//! A sandbox as a server has it, with few slots and much patience.

use std::path::PathBuf;
use std::sync::Arc;

use serde_json::json;
use tombola_domain::digest::Digest;
use tombola_engine::rule::{Kind, PrepareError, Rule, RuleFactory};
use tombola_sandbox::{ClassSettings, Sandbox, Settings, WorkerSettings};

/// Seconds of processor time of one compiling process: several times what an honest rule of the largest size takes.
const CPU_SECONDS_MAX: u64 = 2;
/// For waiting on a busy machine, in milliseconds: a test that hangs fails.
const PATIENCE_MS: u64 = 540_000;

pub(crate) fn settings() -> Settings {
    let program = PathBuf::from(env!("CARGO_BIN_EXE_sandbox-worker"));
    let worker = WorkerSettings {
        cpu_seconds_max: CPU_SECONDS_MAX,
        wall_ms_max: PATIENCE_MS,
        wait_ms_max: PATIENCE_MS,
        ..WorkerSettings::new(program, Vec::new())
    };
    Settings { class: class(), worker, cache: None }
}

/// What rules may use, with a deadline that a busy machine can't reach before a rule's fuel ends.
pub(crate) fn class() -> ClassSettings {
    ClassSettings { slots: 8, evaluations_max: 4, wait_ms_max: 60_000, deadline_ms: 60_000, ..ClassSettings::FAST }
}

pub(crate) fn sandbox() -> Arc<Sandbox> {
    Arc::new(Sandbox::new(settings()).unwrap())
}

pub(crate) async fn prepare(sandbox: &Sandbox, component: &[u8], kind: Kind) -> Result<Arc<dyn Rule>, PrepareError> {
    sandbox.prepare(Digest::of(component), component, kind, &json!({})).await
}
