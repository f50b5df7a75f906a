//! The values of a revision's facts for one draw.

use std::collections::BTreeMap;

use tombola_domain::chance::Participation;
use tombola_domain::fact::{Fact, Value};
use tombola_domain::id::{AttributeName, ListName, PlayerId, PrizeId};
use tombola_domain::time::{LocalTime, Timestamp};

use crate::pipeline::Pipeline;

/// What facts are made of. Maps hold what the pipeline's `lists`, `wins` and `attributes` name.
#[derive(Debug, Clone)]
pub struct Sources<'a> {
    /// The player, for their bucket only.
    pub player: &'a PlayerId,
    /// The participation before this draw.
    pub participation: &'a Participation,
    /// When the draw began.
    pub now: Timestamp,
    /// The same in the campaign's time zone.
    pub local: LocalTime,
    /// Lists on which the player stands.
    pub lists: &'a BTreeMap<ListName, bool>,
    /// How often the player won.
    pub wins: &'a BTreeMap<PrizeId, u64>,
    /// What the request said, defaults filled in.
    pub attributes: &'a BTreeMap<AttributeName, Value>,
}

/// The values of the pipeline's facts, in its order.
pub fn values(pipeline: &Pipeline, sources: &Sources<'_>) -> Vec<Value> {
    pipeline.facts.iter().map(|fact| value(pipeline, sources, fact)).collect()
}

fn value(pipeline: &Pipeline, sources: &Sources<'_>, fact: &Fact) -> Value {
    let count = |count: u64| Value::Integer(i64::try_from(count).unwrap_or(i64::MAX));
    let Sources { participation, local, now, .. } = sources;
    match fact {
        Fact::DrawsTotal => count(participation.draws),
        Fact::DrawsMonth => count(participation.month.within(local.month)),
        Fact::DrawsDay => count(participation.day.within(local.day)),
        Fact::Wins(prize) => count(sources.wins.get(prize).copied().unwrap_or(0)),
        Fact::List(list) => Value::Boolean(sources.lists.get(list).copied().unwrap_or(false)),
        Fact::Bucket => Value::Integer(i64::from(sources.player.bucket())),
        Fact::NowSeconds => Value::Integer(now.as_seconds()),
        Fact::LocalWeekday => Value::Integer(i64::from(local.weekday)),
        Fact::LocalMinute => Value::Integer(i64::from(local.minute)),
        Fact::LocalDay => Value::Integer(i64::from(local.day)),
        Fact::ElapsedSeconds => Value::Integer(seconds_between(pipeline.window.opens, *now)),
        Fact::RemainingSeconds => match pipeline.window.closes {
            Some(closes) => Value::Integer(seconds_between(*now, closes)),
            None => Value::None,
        },
        Fact::Attribute(name) => sources.attributes.get(name).cloned().unwrap_or(Value::None),
    }
}

fn seconds_between(from: Timestamp, to: Timestamp) -> i64 {
    (to.as_millis() - from.as_millis()).div_euclid(1000)
}
