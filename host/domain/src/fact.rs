//! Facts: named values about player, campaign, request, event or time, fixed when a draw begins or an event is looked at.
//!
//! The catalogue is closed. A fact is either one of [`CATALOGUE`] as it stands there, or one of its families with a name of
//! the operator's in the place of `<…>`. To add one: a [`Fact`] variant, its line in [`CATALOGUE`], and its value in the
//! engine's snapshot of facts.

use std::fmt;
use std::ops::RangeInclusive;
use std::str::FromStr;

use crate::amount::AMOUNT_MAX;
use crate::id::{AttributeName, ListName, PrizeId};

/// The type of a fact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FactType {
    /// Yes or no.
    Boolean,
    /// A signed 64-bit integer.
    Integer,
    /// A list of signed 64-bit integers.
    Integers,
    /// UTF-8 text.
    Text,
    /// A list of texts.
    Texts,
}

impl fmt::Display for FactType {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Boolean => "boolean",
            Self::Integer => "integer",
            Self::Integers => "integers",
            Self::Text => "text",
            Self::Texts => "texts",
        })
    }
}

/// The value of one fact. A fact that may be absent is [`Value::None`] where it is.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Value {
    /// Absent.
    None,
    /// See [`FactType::Boolean`].
    Boolean(bool),
    /// See [`FactType::Integer`].
    Integer(i64),
    /// See [`FactType::Integers`].
    Integers(Vec<i64>),
    /// See [`FactType::Text`].
    Text(String),
    /// See [`FactType::Texts`].
    Texts(Vec<String>),
}

impl Value {
    /// The type that this is a value of; `None` is one of every type.
    pub const fn fact_type(&self) -> Option<FactType> {
        match self {
            Self::None => None,
            Self::Boolean(_) => Some(FactType::Boolean),
            Self::Integer(_) => Some(FactType::Integer),
            Self::Integers(_) => Some(FactType::Integers),
            Self::Text(_) => Some(FactType::Text),
            Self::Texts(_) => Some(FactType::Texts),
        }
    }
}

/// A fact that the catalogue knows.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fact {
    /// Draws that the player made in this campaign.
    DrawsTotal,
    /// The same, in this month.
    DrawsMonth,
    /// The same, today.
    DrawsDay,
    /// How often the player won this prize in this campaign.
    Wins(PrizeId),
    /// Whether the player stands on this list.
    List(ListName),
    /// The player's stable bucket.
    Bucket,
    /// The time.
    NowSeconds,
    /// The day of the week.
    LocalWeekday,
    /// The minute of the day.
    LocalMinute,
    /// The day.
    LocalDay,
    /// Time since the campaign opened.
    ElapsedSeconds,
    /// Time until the campaign closes.
    RemainingSeconds,
    /// A request attribute that the campaign's document declares.
    Attribute(AttributeName),
    /// An attribute of the event, which the campaign's document declares.
    EventAttribute(AttributeName),
    /// Earlier events of the type.
    EventCountTotal,
    /// The same, on the event's day.
    EventCountDay,
    /// Days in a row before the event's that had one.
    EventStreakDays,
    /// Whether the event's day had none before.
    EventIsFirstToday,
    /// Time since the event occurred.
    EventAgeSeconds,
    /// Whether the event names a referrer.
    EventHasReferrer,
}

/// Where a fact is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Wherever a rule runs.
    Everywhere,
    /// Where something is drawn: to guards and branches.
    Draws,
    /// Where something is given for an event: to rebates.
    Events,
}

/// What operators and rule authors may know about a fact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// The name, or the family's name with its variable part in angle brackets.
    pub name: &'static str,
    /// `None` where the campaign's document says it.
    pub fact_type: Option<FactType>,
    /// What is counted or measured.
    pub unit: &'static str,
    /// What it means.
    pub meaning: &'static str,
    /// Whether it may be absent.
    pub nullable: bool,
}

const fn entry(name: &'static str, fact_type: FactType, unit: &'static str, meaning: &'static str) -> Entry {
    Entry { name, fact_type: Some(fact_type), unit, meaning, nullable: false }
}

/// Every fact and family of facts. None of them counts the draw or the event under way, and none names the player.
pub const CATALOGUE: &[Entry] = &[
    entry("player.draws.total", FactType::Integer, "draws", "Draws that the player has made in this campaign."),
    entry("player.draws.month", FactType::Integer, "draws", "The same in this month of the campaign's time zone."),
    entry("player.draws.day", FactType::Integer, "draws", "The same on this day of the campaign's time zone."),
    entry("player.wins.<prize>", FactType::Integer, "wins", "How often the player won this prize in this campaign."),
    entry("player.lists.<list>", FactType::Boolean, "", "Whether the player stands on this list."),
    entry("player.bucket", FactType::Integer, "0 to 999", "A stable number of the player, evenly spread."),
    entry(
        "now.seconds",
        FactType::Integer,
        "seconds",
        "Time since 1970-01-01 UTC when the draw began, or the event occurred.",
    ),
    entry(
        "now.local.weekday",
        FactType::Integer,
        "1 to 7",
        "Day of the week in the campaign's time zone; 1 is Monday.",
    ),
    entry("now.local.minute", FactType::Integer, "0 to 1439", "Minute of the day in the campaign's time zone."),
    entry("now.local.day", FactType::Integer, "days", "Days since 1970-01-01 in the campaign's time zone."),
    entry("campaign.elapsed_seconds", FactType::Integer, "seconds", "Time since the campaign opened."),
    Entry {
        nullable: true,
        ..entry("campaign.remaining_seconds", FactType::Integer, "seconds", "Time until the campaign closes.")
    },
    Entry {
        name: "attribute.<name>",
        fact_type: None,
        unit: "",
        meaning: "What the request says; declared under `attributes` in the campaign's document.",
        nullable: true,
    },
    Entry {
        name: "event.attribute.<name>",
        fact_type: None,
        unit: "",
        meaning: "What the event says; declared with its type under `events` in the campaign's document.",
        nullable: true,
    },
    entry(
        "event.count.total",
        FactType::Integer,
        "events",
        "Earlier events of this type of the player's in this campaign.",
    ),
    entry("event.count.day", FactType::Integer, "events", "The same on the event's day of the campaign's time zone."),
    entry("event.streak_days", FactType::Integer, "days", "Days in a row before the event's day that each had one."),
    entry("event.is_first_today", FactType::Boolean, "", "Whether the event's day had no earlier event of this type."),
    entry(
        "event.age_seconds",
        FactType::Integer,
        "seconds",
        "Time between the event and the moment when it was told of.",
    ),
    entry("event.has_referrer", FactType::Boolean, "", "Whether the event names a referrer."),
];

/// A name that the catalogue does not have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no fact '{0}'")]
pub struct UnknownFact(pub String);

impl FromStr for Fact {
    type Err = UnknownFact;

    fn from_str(name: &str) -> Result<Self, UnknownFact> {
        let fixed = match name {
            "player.draws.total" => Some(Self::DrawsTotal),
            "player.draws.month" => Some(Self::DrawsMonth),
            "player.draws.day" => Some(Self::DrawsDay),
            "player.bucket" => Some(Self::Bucket),
            "now.seconds" => Some(Self::NowSeconds),
            "now.local.weekday" => Some(Self::LocalWeekday),
            "now.local.minute" => Some(Self::LocalMinute),
            "now.local.day" => Some(Self::LocalDay),
            "campaign.elapsed_seconds" => Some(Self::ElapsedSeconds),
            "campaign.remaining_seconds" => Some(Self::RemainingSeconds),
            "event.count.total" => Some(Self::EventCountTotal),
            "event.count.day" => Some(Self::EventCountDay),
            "event.streak_days" => Some(Self::EventStreakDays),
            "event.is_first_today" => Some(Self::EventIsFirstToday),
            "event.age_seconds" => Some(Self::EventAgeSeconds),
            "event.has_referrer" => Some(Self::EventHasReferrer),
            _ => None,
        };
        let family = || {
            if let Some(prize) = name.strip_prefix("player.wins.") {
                return prize.parse().ok().map(Self::Wins);
            }
            if let Some(list) = name.strip_prefix("player.lists.") {
                return list.parse().ok().map(Self::List);
            }
            if let Some(attribute) = name.strip_prefix("event.attribute.") {
                return attribute.parse().ok().map(Self::EventAttribute);
            }
            name.strip_prefix("attribute.")?.parse().ok().map(Self::Attribute)
        };
        fixed.or_else(family).ok_or_else(|| UnknownFact(name.to_owned()))
    }
}

impl fmt::Display for Fact {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Wins(prize) => write!(out, "player.wins.{prize}"),
            Self::List(list) => write!(out, "player.lists.{list}"),
            Self::Attribute(name) => write!(out, "attribute.{name}"),
            Self::EventAttribute(name) => write!(out, "event.attribute.{name}"),
            _ => out.write_str(self.entry().name),
        }
    }
}

impl Fact {
    /// The values that it can have, where it is a number of which not all can be.
    pub const fn range(&self) -> Option<RangeInclusive<i64>> {
        match self {
            Self::DrawsTotal
            | Self::DrawsMonth
            | Self::DrawsDay
            | Self::Wins(_)
            | Self::EventCountTotal
            | Self::EventCountDay
            | Self::EventStreakDays => Some(0..=AMOUNT_MAX),
            Self::Bucket => Some(0..=999),
            Self::LocalWeekday => Some(1..=7),
            Self::LocalMinute => Some(0..=1_439),
            Self::List(_)
            | Self::NowSeconds
            | Self::LocalDay
            | Self::ElapsedSeconds
            | Self::RemainingSeconds
            | Self::Attribute(_)
            | Self::EventAttribute(_)
            | Self::EventIsFirstToday
            | Self::EventAgeSeconds
            | Self::EventHasReferrer => None,
        }
    }

    /// Its line in the catalogue.
    pub fn entry(&self) -> &'static Entry {
        let position = match self {
            Self::DrawsTotal => 0,
            Self::DrawsMonth => 1,
            Self::DrawsDay => 2,
            Self::Wins(_) => 3,
            Self::List(_) => 4,
            Self::Bucket => 5,
            Self::NowSeconds => 6,
            Self::LocalWeekday => 7,
            Self::LocalMinute => 8,
            Self::LocalDay => 9,
            Self::ElapsedSeconds => 10,
            Self::RemainingSeconds => 11,
            Self::Attribute(_) => 12,
            Self::EventAttribute(_) => 13,
            Self::EventCountTotal => 14,
            Self::EventCountDay => 15,
            Self::EventStreakDays => 16,
            Self::EventIsFirstToday => 17,
            Self::EventAgeSeconds => 18,
            Self::EventHasReferrer => 19,
        };
        &CATALOGUE[position]
    }

    /// Where it is known.
    pub const fn scope(&self) -> Scope {
        match self {
            Self::DrawsTotal
            | Self::DrawsMonth
            | Self::DrawsDay
            | Self::Wins(_)
            | Self::List(_)
            | Self::Bucket
            | Self::NowSeconds
            | Self::LocalWeekday
            | Self::LocalMinute
            | Self::LocalDay
            | Self::ElapsedSeconds
            | Self::RemainingSeconds => Scope::Everywhere,
            Self::Attribute(_) => Scope::Draws,
            Self::EventAttribute(_)
            | Self::EventCountTotal
            | Self::EventCountDay
            | Self::EventStreakDays
            | Self::EventIsFirstToday
            | Self::EventAgeSeconds
            | Self::EventHasReferrer => Scope::Events,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_entry_can_be_named_and_found_again() {
        for entry in CATALOGUE {
            let name = entry.name.replace("<prize>", "phone").replace("<list>", "banned").replace("<name>", "channel");
            let fact: Fact = name.parse().unwrap();
            assert_eq!(fact.entry(), entry);
            assert_eq!(fact.to_string(), name);
        }
    }

    #[test]
    fn unknown_names_are_refused() {
        let names = [
            "",
            "player",
            "player.id",
            "player.wins.",
            "player.lists.a b",
            "attribute.",
            "now.Seconds",
            "event.attribute.",
            "event.count",
        ];
        for name in names {
            assert_eq!(name.parse::<Fact>(), Err(UnknownFact(name.to_owned())));
        }
    }
}
