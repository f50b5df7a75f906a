//! The minutes of a week that a schedule covers.

use schemars::JsonSchema;
use serde::Deserialize;
use tombola_rule::{Fact, FactNeeds, Facts, Problem};

const MINUTES_A_DAY: u32 = 24 * 60;
const MINUTES_A_WEEK: u32 = 7 * MINUTES_A_DAY;

/// Hours in a schedule: more would not be read by anybody.
const HOURS_MAX: usize = 24;

/// A day of the week.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Weekday {
    /// Monday, the first.
    Mon,
    /// Tuesday.
    Tue,
    /// Wednesday.
    Wed,
    /// Thursday.
    Thu,
    /// Friday.
    Fri,
    /// Saturday.
    Sat,
    /// Sunday.
    Sun,
}

/// All days, in the order of the fact `now.local.weekday`.
const WEEK: [Weekday; 7] =
    [Weekday::Mon, Weekday::Tue, Weekday::Wed, Weekday::Thu, Weekday::Fri, Weekday::Sat, Weekday::Sun];

/// The covered minutes, counted from Monday 00:00, as ranges without their ends. An end may lie in the next week.
#[derive(Debug)]
pub(crate) struct Week {
    open: Vec<(u32, u32)>,
    weekday: Fact<i64>,
    minute: Fact<i64>,
}

impl Week {
    /// No hours means all day, no weekdays means every day.
    pub(crate) fn new(hours: &[String], weekdays: &[Weekday], needs: &mut FactNeeds) -> Result<Self, Problem> {
        if hours.is_empty() && weekdays.is_empty() {
            return Err(Problem::at("", "this schedule is always open").hint("give `hours` or `weekdays`"));
        }
        if hours.len() > HOURS_MAX {
            return Err(Problem::at("/hours", "these are more than 24 ranges"));
        }
        let mut ranges = Vec::new();
        for (index, text) in hours.iter().enumerate() {
            ranges.push(range(text).ok_or_else(|| no_range(index))?);
        }
        if ranges.is_empty() {
            ranges.push((0, MINUTES_A_DAY));
        }
        let days = (0_u32..).zip(WEEK).filter(|(_, day)| weekdays.is_empty() || weekdays.contains(day));
        let shift =
            |day: u32| move |&(start, end): &(u32, u32)| (start + day * MINUTES_A_DAY, end + day * MINUTES_A_DAY);
        Ok(Self {
            open: days.flat_map(|(day, _)| ranges.iter().map(shift(day))).collect(),
            weekday: needs.fact("now.local.weekday"),
            minute: needs.fact("now.local.minute"),
        })
    }

    /// Whether now is covered.
    pub(crate) fn is_open(&self, facts: &Facts<'_>) -> bool {
        let day = facts.get(self.weekday) - 1;
        let now = day * i64::from(MINUTES_A_DAY) + facts.get(self.minute);
        let covers = |now: i64| self.open.iter().any(|&(start, end)| i64::from(start) <= now && now < i64::from(end));
        covers(now) || covers(now + i64::from(MINUTES_A_WEEK))
    }
}

fn no_range(index: usize) -> Problem {
    Problem::at_item("/hours", index, "this is no range of hours")
        .hint("write it like 09:00-12:30, from 00:00 to 24:00")
}

/// `"22:00-02:00"` as minutes from the day's beginning; the end is later, if need be on the next day.
fn range(text: &str) -> Option<(u32, u32)> {
    let (start, end) = text.split_once('-')?;
    let (start, end) = (time(start)?, time(end)?);
    if start == end || start == MINUTES_A_DAY {
        return None;
    }
    Some((start, if end < start { end + MINUTES_A_DAY } else { end }))
}

/// `"09:30"` as minutes from the day's beginning, up to `"24:00"`.
fn time(text: &str) -> Option<u32> {
    let &[h1, h2, b':', m1, m2] = text.as_bytes() else { return None };
    let number = |tens: u8, ones: u8| Some(char::from(tens).to_digit(10)? * 10 + char::from(ones).to_digit(10)?);
    let (hour, minute) = (number(h1, h2)?, number(m1, m2)?);
    let total = hour * 60 + minute;
    (minute < 60 && total <= MINUTES_A_DAY).then_some(total)
}
