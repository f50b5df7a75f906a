//! The values of a revision's facts for one draw.

use std::collections::BTreeMap;

use tombola_domain::chance::Participation;
use tombola_domain::draw::Limit;
use tombola_domain::fact::{Fact, FactType, Value};
use tombola_domain::id::{AttributeName, ListName, PlayerId, PrizeId};
use tombola_domain::time::{LocalTime, Timestamp};

use crate::document::{Attribute, Scalar};
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

/// A fact that is given by name can't be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the fact '{name}' can't be used: {reason}")]
pub struct Refused {
    /// Its name, as it was given.
    pub name: String,
    /// Why.
    pub reason: Reason,
}

/// Why a value can't stand for a fact.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Reason {
    /// The catalogue has no such name.
    #[error("there is no such fact")]
    Unknown,
    /// It is of an attribute that the document does not declare.
    #[error("the campaign declares no such attribute")]
    Undeclared,
    /// It is of a prize that the document does not have.
    #[error("the campaign has no such prize")]
    NoPrize,
    /// It is of another type.
    #[error("a value of type {0} is expected")]
    Type(FactType),
    /// It is never absent.
    #[error("it is never absent")]
    Absent,
    /// It is outside of what the attribute's declaration takes.
    #[error("{0}")]
    Bounds(String),
}

/// The fact of this name, if it may have this value in a campaign of these attributes and prizes.
pub(crate) fn check<'a>(
    name: &str,
    value: &Value,
    attribute: impl Fn(&AttributeName) -> Option<&'a Attribute>,
    is_prize: impl Fn(&PrizeId) -> bool,
) -> Result<Fact, Reason> {
    let fact: Fact = name.parse().map_err(|_| Reason::Unknown)?;
    let expected = match &fact {
        Fact::Attribute(name) => Some(attribute(name).ok_or(Reason::Undeclared)?.fact_type()),
        Fact::Wins(prize) if !is_prize(prize) => return Err(Reason::NoPrize),
        _ => fact.entry().fact_type,
    };
    match (value.fact_type(), expected) {
        (None, _) if !fact.entry().nullable => return Err(Reason::Absent),
        (Some(actual), Some(expected)) if actual != expected => return Err(Reason::Type(expected)),
        _ => {}
    }
    if let Fact::Attribute(name) = &fact
        && let (Some(attribute), Some(scalar)) = (attribute(name), scalar(value))
    {
        attribute.check(&scalar).map_err(Reason::Bounds)?;
    }
    Ok(fact)
}

fn scalar(value: &Value) -> Option<Scalar> {
    match value {
        Value::Boolean(value) => Some(Scalar::Boolean(*value)),
        Value::Integer(value) => Some(Scalar::Integer(*value)),
        Value::Text(value) => Some(Scalar::Text(value.clone())),
        Value::None | Value::Integers(_) | Value::Texts(_) => None,
    }
}

/// The attributes of a request that says none.
pub fn unsaid_attributes(pipeline: &Pipeline) -> BTreeMap<AttributeName, Value> {
    let unsaid = |(name, attribute): (&AttributeName, &Attribute)| {
        (name.clone(), attribute.value(None).expect("the verifier has checked the default"))
    };
    pipeline.attributes.iter().map(unsaid).collect()
}

/// The values of the pipeline's facts for a new player at `now`, with those that are `given` by name in their places. One
/// that no rule asks for must be right, too, and changes nothing.
pub fn of_new_player(
    pipeline: &Pipeline,
    now: Timestamp,
    given: &BTreeMap<String, Value>,
) -> Result<Vec<Value>, Refused> {
    let sources = Sources {
        player: &"new-player".parse().expect("printable"),
        participation: &Participation::default().counting(pipeline.granted),
        now,
        local: pipeline.window.zone.local(now),
        lists: &BTreeMap::new(),
        wins: &BTreeMap::new(),
        attributes: &unsaid_attributes(pipeline),
    };
    let mut values = values(pipeline, &sources);
    for (name, value) in given {
        let is_prize = |prize: &PrizeId| pipeline.prize(prize.as_str()).is_some();
        let fact = check(name, value, |name| pipeline.attributes.get(name), is_prize);
        let fact = fact.map_err(|reason| Refused { name: name.clone(), reason })?;
        if let Ok(position) = pipeline.facts.binary_search(&fact) {
            values[position] = value.clone();
        }
    }
    Ok(values)
}

/// Of each prize, the limit that a player has reached who won as often as the `given` facts say. Wins of one day are no fact,
/// so that such a limit is never reached here.
pub fn limits_of_given(pipeline: &Pipeline, given: &BTreeMap<String, Value>) -> Vec<Option<Limit>> {
    let limit = |prize: &crate::pipeline::Prize| {
        let most = prize.limit_player?;
        let Some(Value::Integer(wins)) = given.get(&Fact::Wins(prize.id.clone()).to_string()) else { return None };
        u64::try_from(*wins).is_ok_and(|wins| wins >= most).then_some(Limit::Player)
    };
    pipeline.prizes.iter().map(limit).collect()
}
