//! Events: what players did. A [`Tally`] is what a campaign remembers of one player's earlier events of one type.
//! What an event earned is taken back [`Step`] by step, each for a [`Part`] of it.

mod part;

use crate::chance::PeriodCount;
use crate::time::LocalTime;

pub use part::{Part, PartRefused, Step};

/// A player's events of one type, as one campaign counts them. The default is a player who has none.
///
/// Days are those of the campaign's time zone. An event of a day before the latest one that had any counts as one of that day,
/// as with [`PeriodCount`]: a late event, a clock that is set back or a change of time zone neither breaks a streak nor
/// begins a day anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    /// In all.
    pub total: u64,
    /// On the latest day that had any.
    pub day: PeriodCount,
    /// Days in a row that had one, up to that day and with it.
    pub streak_days: u64,
}

impl Tally {
    /// The events before one that occurs now, on the same day.
    pub const fn today(&self, now: LocalTime) -> u64 {
        self.day.within(now.day)
    }

    /// Days in a row before the day of an event that occurs now, each of which had one; 0 where the day before had none.
    pub fn streak_before(&self, now: LocalTime) -> u64 {
        if self.is_of_latest_day(now) {
            self.streak_days.saturating_sub(1)
        } else if self.total > 0 && self.day.period.checked_add(1) == Some(now.day) {
            self.streak_days
        } else {
            0
        }
    }

    /// This tally with one more event, which occurs now.
    #[must_use]
    pub fn after(&self, now: LocalTime) -> Self {
        Self {
            total: self.total.saturating_add(1),
            day: self.day.plus_one(now.day),
            streak_days: self.streak_before(now).saturating_add(1),
        }
    }

    fn is_of_latest_day(&self, now: LocalTime) -> bool {
        self.total > 0 && now.day <= self.day.period
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;
    use crate::time::{Timestamp, Zone};

    /// For each moment: events today and days in a row before it, as they are seen then.
    #[track_caller]
    fn check(zone: &str, moments: &[(&str, u64, u64)]) {
        let zone: Zone = zone.parse().unwrap();
        let mut tally = Tally::default();
        for (position, (moment, today, streak)) in moments.iter().enumerate() {
            let now = zone.local(moment.parse().unwrap());
            assert_eq!(
                (tally.total, tally.today(now), tally.streak_before(now)),
                (position as u64, *today, *streak),
                "{moment}"
            );
            tally = tally.after(now);
        }
    }

    #[test]
    fn days_in_a_row_are_counted_from_the_one_before() {
        check(
            "UTC",
            &[
                ("2026-12-01T10:00:00Z", 0, 0),
                ("2026-12-01T23:59:59Z", 1, 0),
                ("2026-12-02T00:00:00Z", 0, 1),
                ("2026-12-03T12:00:00Z", 0, 2),
                ("2026-12-03T12:00:01Z", 1, 2),
                ("2026-12-05T00:00:00Z", 0, 0),
                ("2026-12-06T00:00:00Z", 0, 1),
            ],
        );
    }

    #[test]
    fn days_end_where_the_campaign_is() {
        // Midnight in Shanghai is 16:00 UTC.
        let moments = [("2026-12-31T15:59:59Z", 0, 0), ("2026-12-31T16:00:00Z", 0, 1), ("2027-01-01T15:59:59Z", 1, 1)];
        check("Asia/Shanghai", &moments);
        check("UTC", &[("2026-12-31T15:59:59Z", 0, 0), ("2026-12-31T16:00:00Z", 1, 0), ("2027-01-01T15:59:59Z", 0, 1)]);
    }

    #[test]
    fn months_end_and_years_begin_without_a_gap() {
        check("UTC", &[("2028-02-28T12:00:00Z", 0, 0), ("2028-02-29T12:00:00Z", 0, 1), ("2028-03-01T12:00:00Z", 0, 2)]);
        check("UTC", &[("2027-02-28T12:00:00Z", 0, 0), ("2027-03-01T12:00:00Z", 0, 1)]);
        check("UTC", &[("2026-12-31T23:00:00Z", 0, 0), ("2027-01-01T01:00:00Z", 0, 1)]);
    }

    #[test]
    fn a_day_that_is_shorter_or_longer_is_one_day() {
        // Berlin's clocks go forward on 2026-03-29 and back on 2026-10-25, both at 01:00 UTC.
        check(
            "Europe/Berlin",
            &[
                ("2026-03-28T22:59:59Z", 0, 0),
                ("2026-03-28T23:00:00Z", 0, 1),
                ("2026-03-29T21:59:59Z", 1, 1),
                ("2026-03-29T22:00:00Z", 0, 2),
            ],
        );
        check(
            "Europe/Berlin",
            &[
                ("2026-10-24T21:59:59Z", 0, 0),
                ("2026-10-24T22:00:00Z", 0, 1),
                ("2026-10-25T00:30:00Z", 1, 1),
                ("2026-10-25T01:30:00Z", 2, 1),
                ("2026-10-25T22:59:59Z", 3, 1),
                ("2026-10-25T23:00:00Z", 0, 2),
            ],
        );
        // Samoa had no 2011-12-30 at all: a day was left out, and the streak is broken as if it had been missed.
        check("Pacific/Apia", &[("2011-12-30T09:00:00Z", 0, 0), ("2011-12-30T10:30:00Z", 0, 0)]);
    }

    #[test]
    fn what_is_late_counts_as_of_the_latest_day() {
        check(
            "UTC",
            &[
                ("2026-12-01T10:00:00Z", 0, 0),
                ("2026-12-02T10:00:00Z", 0, 1),
                ("2026-12-01T11:00:00Z", 1, 1),
                ("2026-11-01T11:00:00Z", 2, 1),
                ("2026-12-03T10:00:00Z", 0, 2),
            ],
        );
    }

    proptest! {
        #[test]
        fn in_order_it_is_what_counting_all_of_them_gives(steps in prop::collection::vec(0i64..40, 0..60), zone in prop::sample::select(vec!["UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu"])) {
            let zone: Zone = zone.parse().unwrap();
            let (mut tally, mut days) = (Tally::default(), Vec::new());
            // About the time when clocks change, in steps of a few hours.
            let mut moment = 1_792_000_000_000;
            for step in steps {
                moment += step * 3_000_000;
                let now = zone.local(Timestamp::from_millis(moment));
                let before: BTreeSet<i32> = days.iter().copied().collect();
                let streak = (1..=days.len()).take_while(|back| before.contains(&(now.day - i32::try_from(*back).unwrap()))).count();
                prop_assert_eq!(tally.streak_before(now), streak as u64);
                prop_assert_eq!(tally.today(now), days.iter().filter(|day| **day == now.day).count() as u64);
                prop_assert_eq!(tally.total, days.len() as u64);
                tally = tally.after(now);
                days.push(now.day);
            }
        }

        #[test]
        fn in_any_order_the_latest_day_never_goes_back(days in prop::collection::vec(20_000i32..20_020, 1..40)) {
            let mut tally = Tally::default();
            for (position, day) in days.iter().enumerate() {
                let now = LocalTime { day: *day, month: 0, weekday: 1, minute: 0 };
                let after = tally.after(now);
                prop_assert!(after.day.period >= tally.day.period && after.day.count >= 1);
                prop_assert_eq!(after.total, position as u64 + 1);
                prop_assert!((1..=after.total).contains(&after.streak_days));
                // An event today can be nothing but one more of today.
                prop_assert_eq!(after.after(now).streak_days, after.streak_days);
                tally = after;
            }
        }
    }
}
