//! Chances: how many draws a player may make, and has made; and which of them lapse.

mod holding;

use crate::amount::AMOUNT_MAX;
use crate::time::{LocalTime, Timestamp};

pub use holding::{Holding, TooManyLots};

/// Chances that a player may be given in one campaign, beside those that they begin with.
pub const ADDED_MAX: u64 = AMOUNT_MAX.unsigned_abs();

/// Chances that an operator can give a player at once, so that no slip of theirs uses up what there can ever be ([`ADDED_MAX`]).
pub const GIFT_MAX: u64 = 1_000_000;

/// Lots of one player in one campaign, beyond which nobody opens another at a time of their own choice: all of them are read with each
/// change of what the player has. Lifetimes in days open one a day, and so are their own bound.
pub const LOTS_MAX: usize = 1_000;

/// Caps on the draws of one player in one campaign. `None` is no cap. Month and day are those of the campaign's zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Caps {
    /// In all.
    pub total: Option<u64>,
    /// In one month.
    pub month: Option<u64>,
    /// In one day.
    pub day: Option<u64>,
    /// Whether each draw also takes a chance. Where it does not, chances that a player has left are kept.
    pub counts_chances: bool,
}

/// A count that starts anew with each period (a month, a day).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PeriodCount {
    /// The period in which `count` was counted, as [`LocalTime`] numbers it.
    pub period: i32,
    /// The count in that period.
    pub count: u64,
}

impl PeriodCount {
    /// The count in `period`. A period before the latest one has that one's count: a clock that is set back, or a change of
    /// time zone, gives no cap anew.
    pub const fn within(self, period: i32) -> u64 {
        if period <= self.period { self.count } else { 0 }
    }

    /// One more in `period`.
    #[must_use]
    pub const fn plus_one(self, period: i32) -> Self {
        Self { period: if period < self.period { self.period } else { period }, count: self.within(period) + 1 }
    }
}

/// The chances of a player in a campaign. What came in less what was used is what is left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Chances {
    /// Given when the campaign began to count them for this player; `None` where it does not count them yet.
    pub initial: Option<u64>,
    /// Given since, less what lapsed or was taken back: by operators, for events, as prizes, or bought. At most [`ADDED_MAX`].
    pub added: u64,
    /// Used by draws, at most as many as were given.
    pub used: u64,
    /// When the soonest of those lapse that can: of what was left of them when they were last looked at (see [`Holding`]).
    pub lapse_at: Option<Timestamp>,
}

impl Chances {
    /// How many are left, of which no more are told than can be exactly; `None` where they are not counted.
    pub fn left(&self) -> Option<u64> {
        let left = self.initial?.saturating_add(self.added).saturating_sub(self.used);
        Some(left.min(ADDED_MAX))
    }

    /// Whether some may have lapsed that still count as left: they are to be taken away before anything is decided on what is left.
    pub fn has_lapsed(&self, now: Timestamp) -> bool {
        self.lapse_at.is_some_and(|at| at <= now)
    }

    /// Whether so many more may be given.
    pub fn check_more(&self, wanted: u64) -> Result<(), TooMany> {
        let Self { added, .. } = *self;
        if wanted <= ADDED_MAX.saturating_sub(added) { Ok(()) } else { Err(TooMany { added, wanted }) }
    }
}

/// More chances than a player may be given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "the player was given {added} chances, and {wanted} more would exceed the {ADDED_MAX} that there may be in a campaign"
)]
pub struct TooMany {
    /// How many were given.
    pub added: u64,
    /// How many more were to be.
    pub wanted: u64,
}

/// A player in a campaign. The default is a player whom the campaign has not seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Participation {
    /// Changes with every write; 0 where there is no row yet.
    pub version: u64,
    /// Draws made, which is also the ordinal of the latest one.
    pub draws: u64,
    /// Draws made in the latest month that had any.
    pub month: PeriodCount,
    /// Draws made on the latest day that had any.
    pub day: PeriodCount,
    /// Chances given and used.
    pub chances: Chances,
}

/// Why a player may not draw now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Exhausted {
    /// All draws that the campaign allows one player are made.
    #[error("no draws are left in this campaign")]
    Total,
    /// All draws of this month are made.
    #[error("no draws are left this month")]
    Month,
    /// All draws of today are made.
    #[error("no draws are left today")]
    Day,
    /// No chance is left.
    #[error("no chances are left")]
    Chances,
}

impl Participation {
    /// This participation in a campaign that gives its players `granted` chances to start with, if it counts them: who has
    /// none counted yet starts now.
    #[must_use]
    pub fn counting(self, granted: Option<u64>) -> Self {
        Self { chances: Chances { initial: self.chances.initial.or(granted), ..self.chances }, ..self }
    }

    /// Whether one more draw is within the caps and the chances. The longest-lasting reason is named.
    pub fn check(&self, caps: &Caps, now: LocalTime) -> Result<(), Exhausted> {
        let spent = |cap: Option<u64>, count: u64| cap.is_some_and(|cap| count >= cap);
        if spent(caps.total, self.draws) {
            Err(Exhausted::Total)
        } else if caps.counts_chances && self.chances.left() == Some(0) {
            Err(Exhausted::Chances)
        } else if spent(caps.month, self.month.within(now.month)) {
            Err(Exhausted::Month)
        } else if spent(caps.day, self.day.within(now.day)) {
            Err(Exhausted::Day)
        } else {
            Ok(())
        }
    }

    /// How many more draws could be made now; `None` is without end.
    pub fn draws_left(&self, caps: &Caps, now: LocalTime) -> Option<u64> {
        let left = |cap: Option<u64>, count: u64| cap.map(|cap| cap.saturating_sub(count));
        [
            left(caps.total, self.draws),
            left(caps.month, self.month.within(now.month)),
            left(caps.day, self.day.within(now.day)),
            self.chances.left().filter(|_| caps.counts_chances),
        ]
        .into_iter()
        .flatten()
        .min()
    }

    /// The ordinal of the next draw.
    pub const fn next_ordinal(&self) -> u64 {
        self.draws + 1
    }

    /// This participation after one more draw.
    #[must_use]
    pub fn after_draw(&self, caps: &Caps, now: LocalTime) -> Self {
        let taken = u64::from(caps.counts_chances);
        Self {
            version: self.version + 1,
            draws: self.draws + 1,
            month: self.month.plus_one(now.month),
            day: self.day.plus_one(now.day),
            chances: Chances { used: self.chances.used + taken, ..self.chances },
        }
    }

    /// This participation with more chances.
    #[must_use]
    pub fn with_chances(self, added: u64) -> Self {
        let chances = Chances { added: self.chances.added.saturating_add(added), ..self.chances };
        Self { version: self.version + 1, chances, ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TODAY: LocalTime = LocalTime { day: 100, month: 3, weekday: 1, minute: 0 };
    const TOMORROW: LocalTime = LocalTime { day: 101, month: 3, weekday: 2, minute: 0 };
    const NEXT_MONTH: LocalTime = LocalTime { day: 130, month: 4, weekday: 3, minute: 0 };

    const CHANCES: Caps = Caps { total: None, month: None, day: None, counts_chances: true };

    fn after(count: usize, granted: Option<u64>, when: LocalTime) -> Participation {
        let caps = Caps { counts_chances: granted.is_some(), ..Caps::default() };
        let start = Participation::default().counting(granted);
        (0..count).fold(start, |participation, _| participation.after_draw(&caps, when))
    }

    #[test]
    fn caps_end_and_begin_anew() {
        let caps = Caps { total: Some(6), month: Some(4), day: Some(2), counts_chances: false };
        let twice = after(2, None, TODAY);
        assert_eq!(twice.check(&caps, TODAY), Err(Exhausted::Day));
        assert_eq!(twice.check(&caps, TOMORROW), Ok(()));
        let four = twice.after_draw(&caps, TOMORROW).after_draw(&caps, TOMORROW);
        assert_eq!(four.check(&caps, TOMORROW), Err(Exhausted::Month));
        assert_eq!(four.check(&caps, NEXT_MONTH), Ok(()));
        assert_eq!(four.draws_left(&caps, NEXT_MONTH), Some(2));
        let six = four.after_draw(&caps, NEXT_MONTH).after_draw(&caps, NEXT_MONTH);
        assert_eq!(six.check(&caps, NEXT_MONTH), Err(Exhausted::Total));
        assert_eq!((six.version, six.draws, six.next_ordinal()), (6, 6, 7));
    }

    #[test]
    fn a_clock_that_is_set_back_gives_no_cap_anew() {
        let caps = Caps { day: Some(1), ..Caps::default() };
        let tomorrows = after(1, None, TOMORROW);
        assert_eq!(tomorrows.check(&caps, TODAY), Err(Exhausted::Day));
        let again = tomorrows.after_draw(&caps, TODAY);
        assert_eq!(again.day, PeriodCount { period: TOMORROW.day, count: 2 });
    }

    #[test]
    fn chances_are_given_up_to_a_bound() {
        let given = |added| Chances { initial: Some(3), added, used: 1, lapse_at: None };
        assert_eq!(given(ADDED_MAX - 5).check_more(5), Ok(()));
        assert_eq!(given(ADDED_MAX - 5).check_more(6), Err(TooMany { added: ADDED_MAX - 5, wanted: 6 }));
        // As an older program may have left it.
        assert_eq!(given(ADDED_MAX + 5).check_more(1), Err(TooMany { added: ADDED_MAX + 5, wanted: 1 }));
        assert_eq!((given(7).left(), given(ADDED_MAX).left()), (Some(9), Some(ADDED_MAX)));
    }

    #[test]
    fn chances_run_out_where_they_are_counted() {
        let spent = after(1, Some(1), TODAY);
        assert_eq!(spent.check(&CHANCES, TOMORROW), Err(Exhausted::Chances));
        assert_eq!(spent.draws_left(&CHANCES, TOMORROW), Some(0));
        assert_eq!(after(9, None, TODAY).draws_left(&Caps::default(), TODAY), None);
        // Where a later revision no longer counts them, what is left is kept for one that does.
        assert_eq!(spent.check(&Caps::default(), TODAY), Ok(()));
        assert_eq!(spent.draws_left(&Caps::default(), TODAY), None);
        assert_eq!(after(1, Some(5), TODAY).after_draw(&Caps::default(), TODAY).chances.left(), Some(4));
        // Whoever gets more may draw as often again, also if they got them before the campaign counted.
        let more = spent.with_chances(2);
        assert_eq!((more.draws_left(&CHANCES, TODAY), more.version), (Some(2), 2));
        let early = Participation::default().with_chances(3).counting(Some(1));
        assert_eq!(early.draws_left(&CHANCES, TODAY), Some(4));
        // And who took part before they were counted starts with what a new player has.
        let started = after(3, None, TODAY).counting(Some(2));
        assert_eq!(started.draws_left(&CHANCES, TODAY), Some(2));
    }
}
