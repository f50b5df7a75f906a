//! The values of a revision's facts for one draw, or for one event.

use std::collections::BTreeMap;

use tombola_domain::chance::Participation;
use tombola_domain::draw::Limit;
use tombola_domain::event::Tally;
use tombola_domain::fact::{Fact, FactType, Scope, Value};
use tombola_domain::id::{AttributeName, ListName, PlayerId, PrizeId};
use tombola_domain::time::{LocalTime, Timestamp};

use crate::document::{Attribute, Scalar};
use crate::pipeline::{Event, Pipeline};

/// What facts are made of. Maps hold what the `lists`, `wins` and `attributes` of the pipeline, or of the event, name.
#[derive(Debug, Clone)]
pub struct Sources<'a> {
    /// The player, for their bucket only.
    pub player: &'a PlayerId,
    /// The participation before this draw or event.
    pub participation: &'a Participation,
    /// When the draw began, or the event occurred.
    pub now: Timestamp,
    /// The same in the campaign's time zone.
    pub local: LocalTime,
    /// Lists on which the player stands.
    pub lists: &'a BTreeMap<ListName, bool>,
    /// How often the player won.
    pub wins: &'a BTreeMap<PrizeId, u64>,
    /// What the request or the event said, defaults filled in.
    pub attributes: &'a BTreeMap<AttributeName, Value>,
}

/// What the facts of an event are made of besides.
#[derive(Debug, Clone, Copy)]
pub struct Occurrence<'a> {
    /// The player's earlier events of this type.
    pub tally: &'a Tally,
    /// When the host was told.
    pub received_at: Timestamp,
    /// Whether it names a referrer.
    pub has_referrer: bool,
}

/// The values of the pipeline's facts, in its order.
pub fn values(pipeline: &Pipeline, sources: &Sources<'_>) -> Vec<Value> {
    pipeline.facts.iter().map(|fact| value(pipeline, sources, None, fact)).collect()
}

/// The values of an event's facts, in its order.
pub fn event_values(
    pipeline: &Pipeline,
    event: &Event,
    sources: &Sources<'_>,
    occurrence: &Occurrence<'_>,
) -> Vec<Value> {
    event.facts.iter().map(|fact| value(pipeline, sources, Some(occurrence), fact)).collect()
}

fn value(pipeline: &Pipeline, sources: &Sources<'_>, occurrence: Option<&Occurrence<'_>>, fact: &Fact) -> Value {
    let count = |count: u64| Value::Integer(i64::try_from(count).unwrap_or(i64::MAX));
    let Sources { participation, local, now, .. } = sources;
    // The verifier lets no guard and no branch ask for a fact of events.
    let of_event = |value: &dyn Fn(&Occurrence<'_>) -> Value| occurrence.map_or(Value::None, value);
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
        Fact::Attribute(name) | Fact::EventAttribute(name) => {
            sources.attributes.get(name).cloned().unwrap_or(Value::None)
        }
        Fact::EventCountTotal => of_event(&|event| count(event.tally.total)),
        Fact::EventCountDay => of_event(&|event| count(event.tally.today(*local))),
        Fact::EventStreakDays => of_event(&|event| count(event.tally.streak_before(*local))),
        Fact::EventIsFirstToday => of_event(&|event| Value::Boolean(event.tally.today(*local) == 0)),
        Fact::EventAgeSeconds => of_event(&|event| Value::Integer(seconds_between(*now, event.received_at))),
        Fact::EventHasReferrer => of_event(&|event| Value::Boolean(event.has_referrer)),
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
    /// It is not known where it is given.
    #[error("{0}")]
    OutOfPlace(&'static str),
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
    /// It is outside of what it can be.
    #[error("a number from {0} to {1} is expected")]
    Range(i64, i64),
    /// It is outside of what the attribute's declaration takes.
    #[error("{0}")]
    Bounds(String),
}

/// Why a fact is not known where a draw or an event is decided.
pub(crate) fn out_of_place(fact: &Fact, is_event: bool) -> Option<&'static str> {
    match (fact.scope(), is_event) {
        (Scope::Events, false) => Some("it is a fact of events, and no draw has it"),
        (Scope::Draws, true) => Some("it is a fact of draws, and no event has it"),
        _ => None,
    }
}

/// The fact of this name, if it may have this value where a draw (or an event) of these attributes is decided.
pub(crate) fn check<'a>(
    name: &str,
    value: &Value,
    is_event: bool,
    attribute: impl Fn(&AttributeName) -> Option<&'a Attribute>,
    is_prize: impl Fn(&PrizeId) -> bool,
) -> Result<Fact, Reason> {
    let fact: Fact = name.parse().map_err(|_| Reason::Unknown)?;
    if let Some(reason) = out_of_place(&fact, is_event) {
        return Err(Reason::OutOfPlace(reason));
    }
    let expected = match &fact {
        Fact::Attribute(name) | Fact::EventAttribute(name) => {
            Some(attribute(name).ok_or(Reason::Undeclared)?.fact_type())
        }
        Fact::Wins(prize) if !is_prize(prize) => return Err(Reason::NoPrize),
        _ => fact.entry().fact_type,
    };
    match (value.fact_type(), expected) {
        (None, _) if !fact.entry().nullable => return Err(Reason::Absent),
        (Some(actual), Some(expected)) if actual != expected => return Err(Reason::Type(expected)),
        _ => {}
    }
    if let (Value::Integer(number), Some(range)) = (value, fact.range())
        && !range.contains(number)
    {
        return Err(Reason::Range(*range.start(), *range.end()));
    }
    if let Fact::Attribute(name) | Fact::EventAttribute(name) = &fact
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
    unsaid(&pipeline.attributes)
}

fn unsaid(attributes: &BTreeMap<AttributeName, Attribute>) -> BTreeMap<AttributeName, Value> {
    let unsaid = |(name, attribute): (&AttributeName, &Attribute)| {
        (name.clone(), attribute.value(None).expect("the verifier has checked the default"))
    };
    attributes.iter().map(unsaid).collect()
}

/// An attribute of an event is not what the campaign declares.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the event's attribute '{name}' can't be used: {reason}")]
pub struct RefusedAttribute {
    /// Its name.
    pub name: AttributeName,
    /// Why.
    pub reason: String,
}

/// What an event says, as far as the campaign declares it, defaults filled in. What else it says is ignored: it was told
/// to all campaigns.
pub fn event_attributes(
    event: &Event,
    said: &BTreeMap<String, Scalar>,
) -> Result<BTreeMap<AttributeName, Value>, RefusedAttribute> {
    let value = |(name, attribute): (&AttributeName, &Attribute)| match attribute.value(said.get(name.as_str())) {
        Ok(value) => Ok((name.clone(), value)),
        Err(reason) => Err(RefusedAttribute { name: name.clone(), reason }),
    };
    event.attributes.iter().map(value).collect()
}

/// The values of the pipeline's facts for a new player at `now`, with those that are `given` by name in their places. One
/// that no rule asks for must be right, too, and changes nothing.
pub fn of_new_player(
    pipeline: &Pipeline,
    now: Timestamp,
    given: &BTreeMap<String, Value>,
) -> Result<Vec<Value>, Refused> {
    let values = of_newcomer(pipeline, now, &unsaid(&pipeline.attributes), |sources| values(pipeline, sources));
    let attribute = |name: &AttributeName| pipeline.attributes.get(name);
    with_given(pipeline, values, given, &pipeline.facts, |name, value, is_prize| {
        check(name, value, false, attribute, is_prize)
    })
}

/// The same of the event's facts, for the first event of a new player, who was brought by nobody. It occurs at `now`, and the
/// host is told at once.
pub fn of_new_event(
    pipeline: &Pipeline,
    event: &Event,
    now: Timestamp,
    given: &BTreeMap<String, Value>,
) -> Result<Vec<Value>, Refused> {
    let occurrence = Occurrence { tally: &Tally::default(), received_at: now, has_referrer: false };
    let values = of_newcomer(pipeline, now, &unsaid(&event.attributes), |sources| {
        event_values(pipeline, event, sources, &occurrence)
    });
    let attribute = |name: &AttributeName| event.attributes.get(name);
    with_given(pipeline, values, given, &event.facts, |name, value, is_prize| {
        check(name, value, true, attribute, is_prize)
    })
}

fn of_newcomer(
    pipeline: &Pipeline,
    now: Timestamp,
    attributes: &BTreeMap<AttributeName, Value>,
    values: impl FnOnce(&Sources<'_>) -> Vec<Value>,
) -> Vec<Value> {
    values(&Sources {
        player: &"new-player".parse().expect("printable"),
        participation: &Participation::default().counting(pipeline.granted),
        now,
        local: pipeline.window.zone.local(now),
        lists: &BTreeMap::new(),
        wins: &BTreeMap::new(),
        attributes,
    })
}

fn with_given(
    pipeline: &Pipeline,
    mut values: Vec<Value>,
    given: &BTreeMap<String, Value>,
    facts: &[Fact],
    check: impl Fn(&str, &Value, &dyn Fn(&PrizeId) -> bool) -> Result<Fact, Reason>,
) -> Result<Vec<Value>, Refused> {
    for (name, value) in given {
        let is_prize = |prize: &PrizeId| pipeline.prize(prize.as_str()).is_some();
        let fact = check(name, value, &is_prize).map_err(|reason| Refused { name: name.clone(), reason })?;
        if let Ok(position) = facts.binary_search(&fact) {
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
