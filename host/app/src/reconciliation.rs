//! Holding what is kept twice against itself, all of it, step by step.

use std::time::Duration;

use metrics::{counter, gauge};
use tombola_domain::time::Timestamp;
use tombola_store::reconciliation::{After, Cursor, Difference, Finding, Pass};
use tombola_store::{Done, Operation};

use crate::intent::Intent;
use crate::{App, Result};

/// Between two steps, which take some ten milliseconds: draws and whoever else reads go on.
const PAUSE: Duration = Duration::from_millis(5);
/// What a pass keeps at most. With more, something is wrong as a whole, and the first show what.
const FOUND_MAX: u64 = 10_000;

/// Differences that are open.
const DIFFERENCES: &str = "tombola_reconciliation_differences";
/// Rows that were looked at, over all passes.
const ROWS: &str = "tombola_reconciliation_rows_total";
/// What was repaired, over all passes.
const REPAIRED: &str = "tombola_reconciliation_repaired_total";
/// When the latest pass ended, in seconds since 1970.
const LAST_PASS: &str = "tombola_reconciliation_last_pass_seconds";

impl App {
    /// Makes a pass; waits for one that is under way on this host. Passes of several hosts at once find the same, each difference under
    /// one number; where their clocks differ, one that the other host saw earlier may be told once more.
    pub async fn reconcile(&self) -> Result<Pass> {
        let _turn = self.reconciling.lock().await;
        Ok(self.pass(None).await?.result)
    }

    /// Makes a pass that an operator wants, and records it. Under its key it is made once.
    pub async fn reconcile_for(&self, intent: Intent) -> Result<Done<Pass>> {
        let operation = intent.operation(&[b"reconcile"], self.clock.now());
        let _turn = self.reconciling.lock().await;
        match self.store.recorded_pass(&operation).await? {
            Some(result) => Ok(Done { result, replayed: true }),
            None => self.pass(Some(&operation)).await,
        }
    }

    /// Differences from there on, open ones first, at most `limit`.
    pub async fn differences(&self, after: After, limit: u32) -> Result<Vec<Difference>> {
        Ok(self.store.differences(after, limit).await?)
    }

    async fn pass(&self, operation: Option<&Operation>) -> Result<Done<Pass>> {
        let began = self.clock.now();
        let (mut pass, mut next) = (Pass::default(), Some(Cursor::default()));
        while let Some(at) = next {
            let compared = self.store.compare(at).await?;
            pass.rows += compared.rows;
            pass.found += compared.findings.len() as u64;
            counter!(ROWS).increment(compared.rows);
            if pass.found <= FOUND_MAX {
                self.settle(&compared.findings, &mut pass).await?;
            }
            next = compared.next;
            tokio::time::sleep(PAUSE).await;
        }
        // Where not all was kept, it is not known what is gone.
        let gone_before = if pass.found <= FOUND_MAX { began } else { Timestamp::from_millis(i64::MIN) };
        let done = self.store.end_pass(pass, gone_before, self.clock.now(), operation).await?;
        gauge!(DIFFERENCES).set(small(done.result.open));
        gauge!(LAST_PASS).set(small(self.clock.now().as_seconds().unsigned_abs()));
        let Pass { rows, found, new, repaired, open } = done.result;
        tracing::debug!(rows, found, new, repaired, open, "what is kept was compared with itself");
        Ok(done)
    }

    async fn settle(&self, findings: &[Finding], pass: &mut Pass) -> Result<()> {
        if findings.is_empty() {
            return Ok(());
        }
        for difference in self.store.settle(findings, self.clock.now()).await? {
            pass.new += u64::from(difference.is_new());
            pass.repaired += u64::from(difference.repaired_at.is_some());
            tell(&difference);
        }
        Ok(())
    }
}

/// Says of what is new what it is; whose it is can be looked up under its number.
fn tell(difference: &Difference) {
    let Difference { number, finding: Finding { comparison, subject, found, expected, .. }, .. } = difference;
    let comparison = comparison.as_str();
    if difference.repaired_at.is_some() {
        counter!(REPAIRED).increment(1);
        tracing::error!(number, comparison, %subject, found, expected, "something was missing and was put right");
    } else if difference.is_new() {
        tracing::error!(number, comparison, %subject, found, expected, "what is kept differs from what it should be the same as");
    }
}

/// A number as a gauge holds it: seconds of this century and counts of rows fit.
fn small(count: u64) -> f64 {
    u32::try_from(count).map_or(f64::INFINITY, f64::from)
}
