//! The recorders behind `/metrics`: one keeps what it was told for as long as the process runs, the other forgets what it is not told
//! again, so that what is gone (a campaign that closed, a prize) is neither shown nor alarmed of.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, anyhow};
use metrics::{Counter, Gauge, Histogram, Key, KeyName, Metadata, Recorder, SharedString, Unit, gauge};
use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle, PrometheusRecorder};
use metrics_util::MetricKindMask;
use tombola_app::levels;
use tombola_app::measured::{RULE_FUEL, RULE_SECONDS};
use tombola_domain::time::Timestamp;

/// What the host's clock says, for whoever compares it with another.
const CLOCK_SECONDS: &str = "tombola_clock_seconds";
/// What is told again every quarter of a minute is gone after this: longer than a database is busy, and shorter than an alert is borne
/// of something that is not there.
const PASSING_IDLE_MAX: Duration = Duration::from_mins(3);

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
pub struct Measures {
    lasting: PrometheusHandle,
    passing: PrometheusHandle,
}

impl Measures {
    /// Begins to record for the whole process. Hosts of one process share what is recorded.
    pub fn install() -> anyhow::Result<Self> {
        static INSTALLED: Mutex<Option<Measures>> = Mutex::new(None);
        let mut installed = INSTALLED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(measures) = &*installed {
            return Ok(measures.clone());
        }
        let recorders = Recorders::new(PASSING_IDLE_MAX).context("the metrics' buckets")?;
        let measures = recorders.measures();
        metrics::set_global_recorder(recorders).map_err(|_| anyhow!("something else records metrics already"))?;
        *installed = Some(measures.clone());
        Ok(measures)
    }

    /// All of it in the Prometheus text format, at this moment.
    pub fn render(&self, now: Timestamp) -> String {
        gauge!(CLOCK_SECONDS).set(Duration::from_millis(now.as_millis().max(0).unsigned_abs()).as_secs_f64());
        self.lasting.render() + &self.passing.render()
    }

    /// Keeps memory bounded; never ends by itself.
    pub async fn keep_up(self) {
        let mut period = tokio::time::interval(UPKEEP_PERIOD);
        loop {
            period.tick().await;
            self.lasting.run_upkeep();
        }
    }
}

/// Where what is counted and measured goes, by its name. The recorder forgets by kind and by silence only, and whoever holds on to a
/// counter that it forgot counts for nobody: so only gauges that are set by their names, again and again, may be forgotten.
struct Recorders {
    lasting: PrometheusRecorder,
    passing: PrometheusRecorder,
}

impl Recorders {
    fn new(passing_idle_max: Duration) -> Result<Self, BuildError> {
        let passing = PrometheusBuilder::new().idle_timeout(MetricKindMask::GAUGE, Some(passing_idle_max));
        Ok(Self { lasting: builder()?.build_recorder(), passing: passing.build_recorder() })
    }

    fn measures(&self) -> Measures {
        Measures { lasting: self.lasting.handle(), passing: self.passing.handle() }
    }
}

impl Recorder for Recorders {
    fn describe_counter(&self, key: KeyName, unit: Option<Unit>, description: SharedString) {
        self.lasting.describe_counter(key, unit, description);
    }

    fn describe_gauge(&self, key: KeyName, unit: Option<Unit>, description: SharedString) {
        self.lasting.describe_gauge(key, unit, description);
    }

    fn describe_histogram(&self, key: KeyName, unit: Option<Unit>, description: SharedString) {
        self.lasting.describe_histogram(key, unit, description);
    }

    fn register_counter(&self, key: &Key, metadata: &Metadata<'_>) -> Counter {
        self.lasting.register_counter(key, metadata)
    }

    fn register_gauge(&self, key: &Key, metadata: &Metadata<'_>) -> Gauge {
        let is_passing = levels::PASSING.contains(&key.name());
        let recorder = if is_passing { &self.passing } else { &self.lasting };
        recorder.register_gauge(key, metadata)
    }

    fn register_histogram(&self, key: &Key, metadata: &Metadata<'_>) -> Histogram {
        self.lasting.register_histogram(key, metadata)
    }
}

fn builder() -> Result<PrometheusBuilder, BuildError> {
    PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Full(RULE_SECONDS.to_owned()), RULE_SECONDS_BUCKETS)?
        .set_buckets_for_metric(Matcher::Full(RULE_FUEL.to_owned()), FUEL_BUCKETS)?
        .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), SECONDS_BUCKETS)?
        .set_buckets_for_metric(Matcher::Suffix("_draws".to_owned()), DRAWS_BUCKETS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_told_again_is_forgotten_and_nothing_else() {
        let recorders = Recorders::new(Duration::ZERO).unwrap();
        let measures = recorders.measures();
        let rendered = || metrics::with_local_recorder(&recorders, || measures.render(Timestamp::from_millis(1_500)));
        let [stock, queue] = ["tombola_stock_units{prize=\"mug\"} 3", "tombola_queue_waiting 4"];
        metrics::with_local_recorder(&recorders, || {
            gauge!("tombola_stock_units", "prize" => "mug").set(3.0);
            gauge!("tombola_queue_waiting").set(4.0);
        });
        let first = rendered();
        assert!(first.contains(stock) && first.contains(queue), "{first}");
        assert!(first.contains("tombola_clock_seconds 1.5\n"), "{first}");
        // The clock behind it may stand still from one look to the next.
        let later = std::iter::repeat_with(rendered).find(|text| !text.contains(stock)).expect("there is no end to it");
        assert!(later.contains(queue), "{later}");
        assert!(!later.contains("tombola_stock_units"), "{later}");
    }
}
