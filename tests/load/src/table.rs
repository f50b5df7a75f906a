//! Figures as people read them, and as JSON.

use std::time::Duration;

use serde::Serialize;
use tombola_load::Report;

/// One question, and the figures that answer it.
#[derive(Debug, Serialize)]
pub(crate) struct Table {
    question: &'static str,
    rows: Vec<Row>,
}

/// What was measured, with its figures.
#[derive(Debug, Serialize)]
pub(crate) struct Row {
    name: String,
    cells: Vec<Cell>,
}

#[derive(Debug, Serialize)]
struct Cell {
    label: &'static str,
    value: f64,
    unit: &'static str,
}

impl Table {
    pub(crate) fn new(question: &'static str) -> Self {
        Self { question, rows: Vec::new() }
    }

    pub(crate) fn add(&mut self, row: Row) {
        self.rows.push(row);
    }

    pub(crate) fn print(&self) {
        println!("\n{}", self.question);
        for row in &self.rows {
            println!("  {:<44}{}", row.name, row.cells.iter().map(Cell::text).collect::<Vec<_>>().join("  "));
        }
    }
}

impl Row {
    pub(crate) fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), cells: Vec::new() }
    }

    pub(crate) fn cell(mut self, label: &'static str, value: f64, unit: &'static str) -> Self {
        self.cells.push(Cell { label, value, unit });
        self
    }

    pub(crate) fn count(self, label: &'static str, count: u64, unit: &'static str) -> Self {
        self.cell(label, to_float(count), unit)
    }

    pub(crate) fn millis(self, label: &'static str, time: Duration) -> Self {
        self.cell(label, time.as_secs_f64() * 1e3, "ms")
    }

    /// Rate and latencies of a load.
    pub(crate) fn of(self, report: &Report) -> Self {
        let row = self.cell("", report.rate(), "/s");
        let row = row.millis("p50", report.latency(0.5)).millis("p99", report.latency(0.99));
        row.millis("p99.9", report.latency(0.999))
    }
}

impl Cell {
    fn text(&self) -> String {
        let Self { label, value, unit } = self;
        let digits = match value.abs() {
            100.0.. => 0,
            10.0.. => 1,
            _ => 2,
        };
        format!("{label}{}{value:>7.digits$} {unit}", if label.is_empty() { "" } else { " " })
    }
}

/// A count as a figure. No count here comes near 2^53.
#[expect(clippy::cast_precision_loss, reason = "no count here comes near 2^53")]
pub(crate) fn to_float(count: u64) -> f64 {
    count as f64
}

/// The middle one. Bad luck and good luck of a busy machine are left out on both sides.
pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
