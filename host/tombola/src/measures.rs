//! The recorder behind `/metrics`.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use anyhow::Context;
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use tombola_app::measured::{RULE_FUEL, RULE_SECONDS};

/// How often what was recorded is folded into buckets, so that memory stays bounded while nobody asks.
const UPKEEP_PERIOD: Duration = Duration::from_secs(5);

/// From a microsecond, half of the cheapest evaluation, to the deadline of a rule.
const RULE_SECONDS_BUCKETS: &[f64] = &[
    0.000_001, 0.000_002, 0.000_005, 0.000_01, 0.000_02, 0.000_05, 0.000_1, 0.000_2, 0.000_5, 0.001, 0.005, 0.02, 0.1,
];
/// From half a millisecond, less than any disk's sync, to the deadline of a request.
const SECONDS_BUCKETS: &[f64] =
    &[0.000_5, 0.001, 0.002, 0.004, 0.008, 0.016, 0.03, 0.06, 0.12, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0];
/// Powers of two up to the largest batch.
const DRAWS_BUCKETS: &[f64] = &[1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0];
/// From what a rule takes that does nothing to what one evaluation may take.
const FUEL_BUCKETS: &[f64] = &[500.0, 1e3, 2e3, 5e3, 1e4, 2e4, 5e4, 1e5, 2e5, 5e5, 1e6, 2e6, 5e6];

/// What the process has counted and measured so far.
#[derive(Clone)]
pub struct Measures(PrometheusHandle);

impl Measures {
    /// Begins to record for the whole process. Hosts of one process share what is recorded.
    pub fn install() -> anyhow::Result<Self> {
        static INSTALLED: Mutex<Option<PrometheusHandle>> = Mutex::new(None);
        let mut installed = INSTALLED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(handle) = &*installed {
            return Ok(Self(handle.clone()));
        }
        let handle = builder().context("the metrics' buckets")?.install_recorder().context("recording metrics")?;
        *installed = Some(handle.clone());
        Ok(Self(handle))
    }

    /// All of it in the Prometheus text format.
    pub fn render(&self) -> String {
        self.0.render()
    }

    /// Keeps memory bounded; never ends by itself.
    pub async fn keep_up(self) {
        let mut period = tokio::time::interval(UPKEEP_PERIOD);
        loop {
            period.tick().await;
            self.0.run_upkeep();
        }
    }
}

fn builder() -> Result<PrometheusBuilder, metrics_exporter_prometheus::BuildError> {
    PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Full(RULE_SECONDS.to_owned()), RULE_SECONDS_BUCKETS)?
        .set_buckets_for_metric(Matcher::Full(RULE_FUEL.to_owned()), FUEL_BUCKETS)?
        .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), SECONDS_BUCKETS)?
        .set_buckets_for_metric(Matcher::Suffix("_draws".to_owned()), DRAWS_BUCKETS)
}
