use std::str::FromStr;

use jiff::civil::DateTime;
use jiff::tz::TimeZone;

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

    /// A time of the database (`2024-03-09 10:15:10`) as RFC 3339 with the offset that held here then. Of a time that came twice, the
    /// first.
    pub(super) fn moment(&self, text: &str) -> Option<String> {
        let local: DateTime = text.parse().ok()?;
        let moment = self.zone.to_ambiguous_timestamp(local).compatible().ok()?;
        Some(moment.display_with_offset(self.zone.to_offset(moment)).to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_get_the_offset_of_their_zone() {
        let shanghai: Zone = "Asia/Shanghai".parse().unwrap();
        assert_eq!(shanghai.moment("2024-03-09 10:15:10").unwrap(), "2024-03-09T10:15:10+08:00");
        assert_eq!(shanghai.moment("0000-00-00 00:00:00"), None);
        let berlin: Zone = "Europe/Berlin".parse().unwrap();
        assert_eq!(berlin.moment("2024-07-01 00:00:00").unwrap(), "2024-07-01T00:00:00+02:00");
        assert!("Nowhere".parse::<Zone>().is_err());
    }
}
