//! A player's chances with the lots of those that lapse.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use super::Chances;
use crate::ledger::Lapse;
use crate::time::Timestamp;

/// A player's chances in one campaign, and what of them lapses when: one **lot** for each time at which some do.
///
/// What lapses soonest is used first, and what never lapses last; chances that a player begins with are of the latter. A draw counts no
/// more than that it used one. Which ones were used is worked out when something else happens to them, by **settling**: what was used since
/// is taken out of the lots, soonest first, and what exceeds them was of those that never lapse. Nothing but uses happens between two
/// settlings, and none while a lot that holds something has lapsed, so that this comes to the same as moving each chance when it is used.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Holding {
    chances: Chances,
    /// Of the used ones, those that are settled.
    settled: u64,
    /// What was left of each lot then, by when it lapses. None is empty.
    lots: BTreeMap<Timestamp, u64>,
}

/// What comes in would lapse at a time at which nothing else does, and there are as many such times as there can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the player's chances lapse at {max} times, which is all there can be")]
pub struct TooManyLots {
    /// How many there can be.
    pub max: usize,
}

impl Holding {
    /// Chances of which so many used ones are settled, with what was left of each lot then.
    pub fn new(chances: Chances, settled: u64, lots: impl IntoIterator<Item = (Timestamp, u64)>) -> Self {
        let lots = lots.into_iter().filter(|(_, left)| *left > 0).collect();
        Self { chances: Chances { lapse_at: None, ..chances }, settled, lots }
    }

    /// The chances as they are now.
    pub fn chances(&self) -> Chances {
        Chances { lapse_at: self.lots.keys().next().copied(), ..self.chances }
    }

    /// What is left of each lot since the last settling, soonest first.
    pub fn lots(&self) -> impl ExactSizeIterator<Item = (Timestamp, u64)> {
        self.lots.iter().map(|(lapse, left)| (*lapse, *left))
    }

    /// Takes what was used since the last settling out of the lots.
    pub fn settle(&mut self) {
        let mut used = self.chances.used.saturating_sub(self.settled);
        self.settled = self.chances.used;
        self.lots.retain(|_, left| {
            let part = used.min(*left);
            used -= part;
            *left -= part;
            *left > 0
        });
    }

    /// Takes away what is left of lots that have lapsed, and says how much that was.
    pub fn lapse(&mut self, now: Timestamp) -> u64 {
        self.settle();
        let mut gone = 0;
        self.lots.retain(|lapse, left| {
            let stays = now < *lapse;
            gone += if stays { 0 } else { *left };
            stays
        });
        self.chances.added = self.chances.added.saturating_sub(gone);
        gone
    }

    /// Adds what comes in.
    pub fn add(&mut self, amount: u64, lapse: Lapse) {
        self.settle();
        self.chances.added = self.chances.added.saturating_add(amount);
        if let Lapse::At(at) = lapse
            && amount > 0
        {
            *self.lots.entry(at).or_default() += amount;
        }
    }

    /// Whether something may come in that lapses then, where there may be so many lots.
    pub fn check_lot(&self, lapse: Lapse, max: usize) -> Result<(), TooManyLots> {
        let is_new = lapse.time().is_some_and(|at| !self.lots.contains_key(&at));
        if is_new && self.lots.len() >= max { Err(TooManyLots { max }) } else { Ok(()) }
    }

    /// Takes back what is left of so many that were given, and says how much that was: out of the lot that they came in by, and where
    /// that does not suffice out of what lapses last. Of what has lapsed by now nothing is left: it is not taken out of what others gave.
    pub fn take_back(&mut self, amount: u64, given: Lapse, now: Timestamp) -> u64 {
        self.settle();
        if !given.is_after(now) {
            return 0;
        }
        let latest_first = self.lots.keys().rev().map(|at| Lapse::At(*at)).filter(|lapse| lapse.is_after(now));
        let order: Vec<_> = [given, Lapse::Never].into_iter().chain(latest_first).collect();
        let mut wanted = amount;
        for lapse in order {
            wanted -= self.take(wanted, lapse);
        }
        amount - wanted
    }

    /// Takes at most so many of what lapses then.
    fn take(&mut self, wanted: u64, lapse: Lapse) -> u64 {
        let part = match lapse {
            Lapse::Never => wanted.min(self.lasting()),
            Lapse::At(at) => {
                let left = self.lots.remove(&at).unwrap_or_default();
                let part = wanted.min(left);
                if part < left {
                    self.lots.insert(at, left - part);
                }
                part
            }
        };
        self.chances.added = self.chances.added.saturating_sub(part);
        part
    }

    /// How many are left that never lapse.
    fn lasting(&self) -> u64 {
        let Chances { initial, added, used, .. } = self.chances;
        let left = initial.unwrap_or_default().saturating_add(added).saturating_sub(used);
        left.saturating_sub(self.lots.values().sum())
    }
}
