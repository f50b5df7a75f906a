use anyhow::ensure;
use tombola_load::Report;

use crate::table::{Row, median};

/// What one load came to, round by round.
#[derive(Default)]
pub(super) struct Rounds {
    rates: Vec<f64>,
    all: Option<Report>,
}

impl Rounds {
    /// Adds a round of `count` requests, none of which may have failed.
    pub(super) fn add(&mut self, name: &str, count: u64, report: &Report) -> anyhow::Result<()> {
        let (statuses, failures) = (report.statuses(), report.failures());
        ensure!(report.succeeded() == count, "{name}: {statuses:?}, {failures} without answer");
        self.rates.push(report.rate());
        match &mut self.all {
            Some(all) => all.add(report),
            None => self.all = Some(report.clone()),
        }
        Ok(())
    }

    /// The rate, which is the median of the rounds.
    pub(super) fn rate(&self) -> f64 {
        median(self.rates.clone())
    }

    /// How many times another's rate it is: the median of the ratios within a round.
    pub(super) fn over(&self, other: &Self) -> f64 {
        median(self.rates.iter().zip(&other.rates).map(|(one, other)| one / other).collect())
    }

    /// Its rate, and the latencies of all rounds together.
    pub(super) fn row(&self, name: impl Into<String>) -> Row {
        let all = self.all.as_ref().expect("there is at least one round");
        let row = Row::new(name).cell("", self.rate(), "/s");
        row.millis("p50", all.latency(0.5)).millis("p99", all.latency(0.99)).millis("p99.9", all.latency(0.999))
    }
}

/// A part of a rate, for a load that is due: at least one a second.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "some thousands a second")]
pub(super) fn due(rate: f64, part: f64) -> u32 {
    ((rate * part) as u32).max(1)
}
