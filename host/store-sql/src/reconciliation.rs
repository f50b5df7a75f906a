//! What is kept twice, held against itself; and what was found to differ.
//!
//! A pass goes through [`parts`], one after the other. Most are a [`scan::Scan`]: a range of keys, and one statement that finds what
//! differs in it. Where one number stands for rows of all times, such as the units of a stock that were handed over, these rows are added
//! up step by step ([`tallies`]): they are never changed, so that the sum up to one of them stays what it is, and the statement
//! that finds no more of them reads the number in the same moment.
//!
//! What can't be read is a finding as well ([`damage`]), behind which the pass goes on. A sum in which such a row may be missing is held
//! against its number only as far as it is certain.

mod accounts;
mod costs;
mod damage;
mod differences;
mod found;
mod holds;
mod levels;
mod loads;
mod parts;
mod players;
mod pools;
mod postings;
mod prices;
mod rebates;
mod repairs;
mod reversals;
mod revisions;
mod scan;
mod stock;
mod tallies;

use async_trait::async_trait;
use tombola_domain::causes::Causes;
use tombola_domain::time::Timestamp;
use tombola_store::reconciliation::{After, Compared, Cursor, Difference, Finding, Pass, PassError, Reconciliation};
use tombola_store::{Done, Operation, Result};

use crate::error::unavailable;
use crate::store::SqlStore;

impl SqlStore {
    /// Repairs it where that can be done, and notes that it did, in one transaction.
    async fn repair(&self, difference: &mut Difference, at: Timestamp) -> Result<()> {
        let mut write = self.writer.begin().await?;
        if repairs::repair(&mut write, &difference.finding, at).await? {
            differences::mark_repaired(&mut write, difference.number, at).await?;
            write.commit().await?;
            difference.repaired_at = Some(at);
        }
        Ok(())
    }
}

#[async_trait]
impl Reconciliation for SqlStore {
    async fn compare(&self, at: Cursor) -> Result<Compared> {
        self.within(async {
            let mut reader = self.readers.reader().await?;
            let compared = parts::step(&mut reader, at).await?;
            reader.forget().await.map_err(unavailable)?;
            Ok(compared)
        })
        .await
    }

    async fn settle(&self, findings: &[Finding], at: Timestamp) -> Result<Vec<Difference>> {
        if findings.is_empty() {
            return Ok(Vec::new());
        }
        self.within(async {
            let mut write = self.writer.begin().await?;
            let mut kept = differences::keep(&mut write, findings, at).await?;
            write.commit().await?;
            // What can't be repaired is known by now, and keeps nothing else from being.
            for difference in kept.iter_mut().filter(|difference| repairs::is_repairable(&difference.finding)) {
                match self.repair(difference, at).await {
                    Err(error) if error.is_damage() => {
                        let (number, error) = (difference.number, Causes(&error));
                        tracing::error!(
                            number,
                            %error,
                            "what is missing can't be put back, since what it needs is damaged"
                        );
                    }
                    repaired => repaired?,
                }
            }
            Ok(kept)
        })
        .await
    }

    async fn recorded_pass(&self, operation: &Operation) -> Result<Option<Pass>, PassError> {
        self.within(async { differences::recorded(&mut *self.readers.reader().await?, operation).await }).await
    }

    async fn end_pass(
        &self,
        pass: Pass,
        began: Timestamp,
        at: Timestamp,
        operation: Option<&Operation>,
    ) -> Result<Done<Pass>, PassError> {
        self.within(async { differences::end(self.writer.begin().await?, pass, began, at, operation).await }).await
    }

    async fn differences(&self, after: After, limit: u32) -> Result<Vec<Difference>> {
        self.within(async { differences::list(&mut *self.readers.reader().await?, after, limit).await }).await
    }
}
