//! What every test needs: a sandbox with its compiling process, and short ways to use it.

use std::path::PathBuf;
use std::sync::Arc;

use serde_json::json;
use tombola_domain::digest::Digest;
use tombola_domain::fact::Value;
use tombola_engine::rule::{
    AdmitError, Decision, Evaluation, Fuel, Kind, Manifest, Pick, PrepareError, Rule, RuleFactory, Unavailable,
};
use tombola_sandbox::{CacheSettings, ClassSettings, Sandbox, Settings, WorkerSettings};

use tombola_guests::Guest;

/// Fuel that is plenty for everything but a loop.
pub(crate) const FUEL: Fuel = Fuel::All(1_000_000);

pub(crate) fn worker() -> WorkerSettings {
    WorkerSettings::new(PathBuf::from(env!("CARGO_BIN_EXE_sandbox-worker")), Vec::new())
}

/// The usual settings, with few slots (a test never needs many) and much patience (machines that run tests are busy).
pub(crate) fn settings() -> Settings {
    let class = ClassSettings { slots: 8, evaluations_max: 4, wait_ms_max: 60_000, ..ClassSettings::FAST };
    Settings { class, worker: worker(), cache: None }
}

pub(crate) fn sandbox() -> Sandbox {
    Sandbox::new(settings()).unwrap()
}

pub(crate) fn caching(cache: CacheSettings, worker: WorkerSettings) -> Sandbox {
    Sandbox::new(Settings { cache: Some(cache), worker, ..settings() }).unwrap()
}

pub(crate) async fn admit(component: &[u8]) -> Result<Manifest, AdmitError> {
    sandbox().admit(component).await
}

pub(crate) async fn prepare_in(sandbox: &Sandbox, component: &[u8]) -> Result<Arc<dyn Rule>, PrepareError> {
    sandbox.prepare(Digest::of(component), component, Kind::Guard, &json!({"a": 1})).await
}

/// The guest as a guard that is ready to run.
pub(crate) async fn prepare(guest: &Guest) -> Result<Arc<dyn Rule>, PrepareError> {
    prepare_in(&sandbox(), &guest.component()).await
}

pub(crate) fn evaluate(rule: &Arc<dyn Rule>) -> Result<Evaluation, Unavailable> {
    rule.evaluate(&[Value::Integer(7)], FUEL)
}

/// The answer "certainly this outcome".
pub(crate) fn certain(outcome: u32) -> Decision {
    Decision::Certain(Pick { outcome, amounts: Vec::new() })
}
