use std::str::FromStr;

use jiff::civil::DateTime;
use jiff::tz::{Offset, TimeZone};

/// The zone in which the reference's database wrote its times, which it does not say itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Zone {
    name: String,
    zone: TimeZone,
}

/// A name that no zone has.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no time zone '{0}'; use a name such as Asia/Shanghai or UTC")]
pub struct UnknownZone(String);

impl FromStr for Zone {
    type Err = UnknownZone;

    fn from_str(name: &str) -> Result<Self, UnknownZone> {
        let zone = TimeZone::get(name).map_err(|_| UnknownZone(name.to_owned()))?;
        Ok(Self { name: name.to_owned(), zone })
    }
}

impl Zone {
    /// Its IANA name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What a server is told by `SET TIME_ZONE`: an offset such as `+00:00`, or a name. `None` where only a server knows what that is, as with
    /// `SYSTEM`.
    pub(super) fn of_server(name: &str) -> Option<Self> {
        if !name.starts_with(['+', '-']) {
            return name.parse().ok();
        }
        let (hours, minutes) = name.get(1..)?.split_once(':')?;
        let seconds = i32::from(hours.parse::<u8>().ok()?) * 3600 + i32::from(minutes.parse::<u8>().ok()?) * 60;
        let offset = Offset::from_seconds(if name.starts_with('-') { -seconds } else { seconds }).ok()?;
        Some(Self { name: name.to_owned(), zone: TimeZone::fixed(offset) })
    }

    /// A time of the database (`2024-03-09 10:15:10`), which was written in that zone, as RFC 3339 with the offset that held here then. Of a
    /// time that came twice, the first.
    pub(super) fn moment(&self, text: &str, written: &Self) -> Option<String> {
        let local: DateTime = text.parse().ok()?;
        let moment = written.zone.to_ambiguous_timestamp(local).compatible().ok()?;
        Some(moment.display_with_offset(self.zone.to_offset(moment)).to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_get_the_offset_of_their_zone() {
        let shanghai: Zone = "Asia/Shanghai".parse().unwrap();
        assert_eq!(shanghai.moment("2024-03-09 10:15:10", &shanghai).unwrap(), "2024-03-09T10:15:10+08:00");
        assert_eq!(shanghai.moment("0000-00-00 00:00:00", &shanghai), None);
        let berlin: Zone = "Europe/Berlin".parse().unwrap();
        assert_eq!(berlin.moment("2024-07-01 00:00:00", &berlin).unwrap(), "2024-07-01T00:00:00+02:00");
        assert_eq!(berlin.moment("2024-07-01 00:00:00", &shanghai).unwrap(), "2024-06-30T18:00:00+02:00");
        assert!("Nowhere".parse::<Zone>().is_err());
    }

    #[test]
    fn servers_are_told_offsets_or_names() {
        let shanghai: Zone = "Asia/Shanghai".parse().unwrap();
        let cases = [("+00:00", "18"), ("-05:30", "23:30"), ("+8:00", "10"), ("Europe/Berlin", "17")];
        for (name, time) in cases {
            let moment = shanghai.moment("2024-03-09 10:00:00", &Zone::of_server(name).unwrap()).unwrap();
            assert!(moment.starts_with(&format!("2024-03-09T{time}")), "{name}: {moment}");
        }
        for name in ["SYSTEM", "+", "+1", "+99:00", "+a:00", "-99999:99999", "+30000:00"] {
            assert_eq!(Zone::of_server(name), None, "{name}");
        }
    }
}
