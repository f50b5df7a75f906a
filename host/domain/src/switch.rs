//! Switches: what operators set for all hosts at once, while they run.

use std::fmt;
use std::num::NonZeroU32;
use std::str::FromStr;

/// The most requests of a rate: more than any host answers in its shortest window.
pub const REQUESTS_MAX: u32 = 1_000_000;
/// The longest window of a rate, in seconds: an hour. Who is limited for longer has a quota, which a campaign's document says.
pub const WINDOW_MAX: u32 = 3_600;

/// Something that can be set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Switch {
    /// Whether nothing is written that clients and operators ask for.
    ReadsOnly,
    /// Whether nothing that was won is handed over.
    DeliveriesOff,
    /// How many requests are let in.
    Rate(Limited),
}

/// Whose requests a rate limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Limited {
    /// Those that come with one token.
    Token,
    /// Those that are for one player.
    Player,
    /// Those that are in one campaign.
    Campaign,
}

/// What a switch is set to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Setting {
    /// It holds.
    On,
    /// It does not hold; of a rate, there is none.
    Off,
    /// So many requests are let in.
    Rate(Rate),
    /// What each host's own settings say.
    Default,
}

/// So many requests, in any span of so many seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// 1 to [`REQUESTS_MAX`].
    requests: NonZeroU32,
    /// 1 to [`WINDOW_MAX`].
    window_s: NonZeroU32,
}

/// A text that names no switch.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a switch is one of {}", Switch::ALL.map(Switch::as_str).join(", "))]
pub struct ParseSwitchError;

/// A text that is nothing that the switch can be set to.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParseSettingError {
    /// It is there or not.
    #[error("it is `on` or `off`")]
    Binary,
    /// It is a rate, or none.
    #[error("it is `off`, `default`, or {ParseRateError}")]
    Rate,
}

/// A text that is no rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("1 to {REQUESTS_MAX} requests in 1 to {WINDOW_MAX} seconds, such as `100/10s`")]
pub struct ParseRateError;

impl Switch {
    /// Every one.
    pub const ALL: [Self; 5] = [
        Self::ReadsOnly,
        Self::DeliveriesOff,
        Self::Rate(Limited::Token),
        Self::Rate(Limited::Player),
        Self::Rate(Limited::Campaign),
    ];

    /// Its name in rows, on the wire and on command lines.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ReadsOnly => "reads-only",
            Self::DeliveriesOff => "deliveries-off",
            Self::Rate(Limited::Token) => "token-rate",
            Self::Rate(Limited::Player) => "player-rate",
            Self::Rate(Limited::Campaign) => "campaign-rate",
        }
    }

    /// What it is before anybody sets it.
    pub const fn initial(self) -> Setting {
        match self {
            Self::ReadsOnly | Self::DeliveriesOff => Setting::Off,
            Self::Rate(_) => Setting::Default,
        }
    }

    /// A setting of this switch's.
    pub fn setting(self, text: &str) -> Result<Setting, ParseSettingError> {
        match (self, text) {
            (_, "off") => Ok(Setting::Off),
            (Self::ReadsOnly | Self::DeliveriesOff, "on") => Ok(Setting::On),
            (Self::ReadsOnly | Self::DeliveriesOff, _) => Err(ParseSettingError::Binary),
            (Self::Rate(_), "default") => Ok(Setting::Default),
            (Self::Rate(_), rate) => rate.parse().map(Setting::Rate).map_err(|ParseRateError| ParseSettingError::Rate),
        }
    }
}

impl Limited {
    /// Every one.
    pub const ALL: [Self; 3] = [Self::Token, Self::Player, Self::Campaign];

    /// In answers and metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Token => "token",
            Self::Player => "player",
            Self::Campaign => "campaign",
        }
    }
}

impl Rate {
    /// A rate within the bounds.
    pub fn new(requests: u32, window_s: u32) -> Option<Self> {
        let within = |number: u32, most: u32| NonZeroU32::new(number).filter(|number| number.get() <= most);
        Some(Self { requests: within(requests, REQUESTS_MAX)?, window_s: within(window_s, WINDOW_MAX)? })
    }

    /// How many requests.
    pub const fn requests(self) -> NonZeroU32 {
        self.requests
    }

    /// In how many seconds.
    pub const fn window_s(self) -> NonZeroU32 {
        self.window_s
    }
}

impl fmt::Display for Switch {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

impl fmt::Display for Setting {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::On => out.write_str("on"),
            Self::Off => out.write_str("off"),
            Self::Rate(rate) => rate.fmt(out),
            Self::Default => out.write_str("default"),
        }
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}/{}s", self.requests, self.window_s)
    }
}

impl FromStr for Switch {
    type Err = ParseSwitchError;

    fn from_str(text: &str) -> Result<Self, ParseSwitchError> {
        Self::ALL.into_iter().find(|switch| switch.as_str() == text).ok_or(ParseSwitchError)
    }
}

impl FromStr for Rate {
    type Err = ParseRateError;

    fn from_str(text: &str) -> Result<Self, ParseRateError> {
        let (requests, window) = text.split_once('/').ok_or(ParseRateError)?;
        let window_s = window.strip_suffix('s').ok_or(ParseRateError)?;
        let number = |text: &str| text.parse::<u32>().map_err(|_| ParseRateError);
        Self::new(number(requests)?, number(window_s)?).ok_or(ParseRateError)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back() {
        for switch in Switch::ALL {
            assert_eq!(switch.to_string().parse(), Ok(switch));
            assert_eq!(switch.setting(&switch.initial().to_string()), Ok(switch.initial()));
        }
        assert_eq!("writes-only".parse::<Switch>(), Err(ParseSwitchError));
        assert!(ParseSwitchError.to_string().contains("one of reads-only, deliveries-off, token-rate, "));
        for text in ["1/1s", "1000000/3600s", "off", "default"] {
            let setting = Switch::Rate(Limited::Player).setting(text).unwrap();
            assert_eq!(setting.to_string(), text);
        }
    }

    #[test]
    fn each_switch_has_its_own_settings() {
        for text in ["", "true", "default", "1/1s"] {
            assert_eq!(Switch::ReadsOnly.setting(text), Err(ParseSettingError::Binary), "{text}");
        }
        for text in ["", "on", "0/1s", "1/0s", "1000001/1s", "1/3601s", "1/1", "1/1m", "1/-1s", "/", "1 / 1s"] {
            assert_eq!(Switch::Rate(Limited::Token).setting(text), Err(ParseSettingError::Rate), "{text}");
        }
        let told = ParseSettingError::Rate.to_string();
        assert_eq!(told, "it is `off`, `default`, or 1 to 1000000 requests in 1 to 3600 seconds, such as `100/10s`");
    }
}
