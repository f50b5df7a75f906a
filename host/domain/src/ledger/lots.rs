use std::collections::BTreeMap;

use crate::time::Timestamp;

/// When a lot lapses. In the order in which lots are spent: what lapses soonest comes first, what never does last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Lapse {
    /// From then on it can't be spent.
    At(Timestamp),
    /// It never does.
    Never,
}

impl Lapse {
    /// Whether a lot can be spent at that time.
    pub fn is_after(self, at: Timestamp) -> bool {
        match self {
            Self::At(lapse) => at < lapse,
            Self::Never => true,
        }
    }

    /// When it lapses, if it does.
    pub const fn time(self) -> Option<Timestamp> {
        match self {
            Self::At(lapse) => Some(lapse),
            Self::Never => None,
        }
    }
}

impl From<Option<Timestamp>> for Lapse {
    fn from(time: Option<Timestamp>) -> Self {
        time.map_or(Self::Never, Self::At)
    }
}

/// What a transfer did to one of a player's lots.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LotChange {
    /// The lot.
    pub lapse: Lapse,
    /// What it became more; less, where it is negative.
    pub change: i64,
}

/// What a player has of a unit, by when it lapses. No lot is empty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lots(BTreeMap<Lapse, i64>);

impl Lots {
    /// Those, each with what is left of it.
    pub fn new(lots: impl IntoIterator<Item = (Lapse, i64)>) -> Self {
        Self(lots.into_iter().filter(|(_, left)| *left > 0).collect())
    }

    /// How much can be spent at that time. The sum of all lots is an account's balance, and so within its bounds.
    pub fn spendable(&self, at: Timestamp) -> i64 {
        self.0.iter().filter(|(lapse, _)| lapse.is_after(at)).map(|(_, left)| left).sum()
    }

    /// What lapsed by that time, and is still there.
    pub fn lapsed(&self, at: Timestamp) -> impl Iterator<Item = (Lapse, i64)> {
        self.0.iter().filter(move |(lapse, _)| !lapse.is_after(at)).map(|(lapse, left)| (*lapse, *left))
    }

    /// All of them, in the order in which they are spent.
    pub fn iter(&self) -> impl Iterator<Item = (Lapse, i64)> {
        self.0.iter().map(|(lapse, left)| (*lapse, *left))
    }

    /// What a lot holds.
    pub(super) fn left(&self, lapse: Lapse) -> i64 {
        self.0.get(&lapse).copied().unwrap_or_default()
    }

    /// Changes one lot, by no more than it holds.
    pub(super) fn change(&mut self, LotChange { lapse, change }: LotChange) {
        let left = self.0.entry(lapse).or_default();
        *left += change;
        if *left == 0 {
            self.0.remove(&lapse);
        }
    }

    /// How to take at most `amount`, from the `first` lot before all others, also where that has lapsed, and else from what lapses soonest.
    /// Nothing is taken of what else has lapsed.
    pub(super) fn taking(&self, first: Option<Lapse>, amount: i64, at: Timestamp) -> Vec<LotChange> {
        let first = first.map(|lapse| (lapse, self.left(lapse)));
        let is_other = |lapse: Lapse| Some(lapse) != first.map(|(lapse, _)| lapse);
        let others = self.iter().filter(|(lapse, _)| is_other(*lapse) && lapse.is_after(at));
        let mut wanted = amount;
        let mut changes = Vec::new();
        for (lapse, left) in first.into_iter().chain(others) {
            let part = wanted.min(left);
            if part > 0 {
                wanted -= part;
                changes.push(LotChange { lapse, change: -part });
            }
        }
        changes
    }
}
