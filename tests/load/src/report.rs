use std::collections::BTreeMap;
use std::time::Duration;

use hdrhistogram::Histogram;

/// The longest latency that is told apart, in microseconds; longer ones count as this. No request may take as long.
const LATENCY_MAX_MICROS: u64 = 120_000_000;
/// Significant digits of a latency: an error of a thousandth.
const DIGITS: u8 = 3;

/// What came of a load.
#[derive(Debug, Clone)]
pub struct Report {
    latencies: Histogram<u64>,
    statuses: BTreeMap<u16, u64>,
    failures: u64,
    elapsed: Duration,
}

impl Report {
    pub(crate) fn new() -> Self {
        let latencies = Histogram::new_with_max(LATENCY_MAX_MICROS, DIGITS).expect("the bounds are a histogram's");
        Self { latencies, statuses: BTreeMap::new(), failures: 0, elapsed: Duration::ZERO }
    }

    pub(crate) fn answered(&mut self, status: u16, latency: Duration) {
        let micros = u64::try_from(latency.as_micros()).unwrap_or(u64::MAX);
        self.latencies.saturating_record(micros);
        *self.statuses.entry(status).or_default() += 1;
    }

    pub(crate) fn failed(&mut self) {
        self.failures += 1;
    }

    pub(crate) fn took(&mut self, elapsed: Duration) {
        self.elapsed = elapsed;
    }

    /// Adds another report's counts. What lasted longer counts as the time of both.
    pub fn add(&mut self, other: &Self) {
        self.latencies.add(&other.latencies).expect("all reports have the same bounds");
        for (status, count) in &other.statuses {
            *self.statuses.entry(*status).or_default() += count;
        }
        self.failures += other.failures;
        self.elapsed = self.elapsed.max(other.elapsed);
    }

    /// How many requests were answered, by status.
    pub fn statuses(&self) -> &BTreeMap<u16, u64> {
        &self.statuses
    }

    /// Requests that were answered with one of the statuses 200 to 299.
    pub fn succeeded(&self) -> u64 {
        self.statuses.range(200..300).map(|(_, count)| count).sum()
    }

    /// Requests that were not answered: the connection broke or could not be made.
    pub fn failures(&self) -> u64 {
        self.failures
    }

    /// From the first request to the last answer.
    pub fn elapsed(&self) -> Duration {
        self.elapsed
    }

    /// Successful answers a second.
    pub fn rate(&self) -> f64 {
        to_float(self.succeeded()) / self.elapsed.as_secs_f64()
    }

    /// The latency within which this share of the requests was answered; 0.99 is the ninety-ninth percentile. All statuses
    /// count, failures don't.
    pub fn latency(&self, quantile: f64) -> Duration {
        Duration::from_micros(self.latencies.value_at_quantile(quantile))
    }
}

/// Counts of a load stay far below 2^53.
#[expect(clippy::cast_precision_loss, reason = "a load has at most a hundred million requests")]
fn to_float(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reports_add_up() {
        let (mut one, mut other) = (Report::new(), Report::new());
        one.answered(201, Duration::from_millis(1));
        one.took(Duration::from_secs(2));
        other.answered(201, Duration::from_millis(3));
        other.answered(503, Duration::from_hours(1));
        other.failed();
        one.add(&other);
        assert_eq!(one.statuses(), &BTreeMap::from([(201, 2), (503, 1)]));
        assert_eq!((one.succeeded(), one.failures(), one.rate()), (2, 1, 1.0));
        assert_eq!(one.latency(0.3).as_millis(), 1);
        assert!(one.latency(1.0).as_secs() >= 119, "a latency beyond the bound counts as the bound");
    }
}
