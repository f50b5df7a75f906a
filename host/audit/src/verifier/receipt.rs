//! A receipt as it is shown, and what its bytes say. Flaws name members of the receipt.

use std::collections::BTreeMap;

use data_encoding::{BASE64, HEXLOWER};
use serde::Serialize;
use tombola_domain::digest::Digest;
use tombola_domain::fact::{Fact, Value};
use tombola_domain::id::{AttributeName, EventId, PlayerId};
use tombola_domain::rebate::{self, commit_event};
use tombola_domain::receipt::{DecodeError, Receipt, commit_fact, commit_player};
use tombola_engine::document::Attribute;

use crate::values;
use crate::verdict::Flaw;
use crate::wire::{self, Disclosed, DisclosedFact, DisclosedRebate};

/// A receipt whose hashes hold, with what is behind its commitments, as far as that is shown.
pub(super) struct Opened<R, V> {
    pub(super) receipt: R,
    pub(super) digest: Digest,
    pub(super) values: Option<V>,
}

/// A draw's.
pub(super) type OpenedDraw = Opened<Receipt, Values>;
/// A rebate's.
pub(super) type OpenedRebate = Opened<rebate::Receipt, RebateValues>;

/// Player and facts are those that the receipt commits to.
pub(super) struct Values {
    pub(super) player: PlayerId,
    facts: BTreeMap<String, Value>,
}

/// Player, referrer and event are those that the receipt commits to.
pub(super) struct RebateValues {
    pub(super) values: Values,
    pub(super) event: EventId,
}

/// What a receipt commits to of what is behind every receipt.
struct Commitments<'a> {
    player: &'a Digest,
    facts: &'a [(String, Digest)],
}

pub(super) fn open(shown: &wire::Receipt) -> Result<OpenedDraw, Flaw> {
    let (bytes, receipt) = read(&shown.bytes, Receipt::decode, Receipt::encode)?;
    let words = wire::Receipt::new(&bytes, receipt.clone(), shown.disclosure.clone(), shown.signature.clone());
    compare(shown, &words)?;
    let committed = Commitments { player: &receipt.terms.player, facts: &receipt.terms.facts };
    let values = |disclosed: &Disclosed| {
        let Disclosed { player, player_salt, facts } = disclosed;
        values_of((player, player_salt), facts, &committed)
    };
    let values = shown.disclosure.as_ref().map(values).transpose()?;
    Ok(Opened { digest: Receipt::digest(&bytes), receipt, values })
}

pub(super) fn open_rebate(shown: &wire::RebateReceipt) -> Result<OpenedRebate, Flaw> {
    let (bytes, receipt) = read(&shown.bytes, rebate::Receipt::decode, rebate::Receipt::encode)?;
    let words = wire::RebateReceipt::new(&bytes, receipt.clone(), shown.disclosure.clone(), shown.signature.clone());
    compare(shown, &words)?;
    let values = shown.disclosure.as_ref().map(|disclosed| rebate_values_of(disclosed, &receipt.terms)).transpose()?;
    Ok(Opened { digest: rebate::Receipt::digest(&bytes), receipt, values })
}

fn read<R>(
    shown: &str,
    decode: fn(&[u8]) -> Result<R, DecodeError>,
    encode: fn(&R) -> Vec<u8>,
) -> Result<(Vec<u8>, R), Flaw> {
    let unreadable = |error: String| Flaw::new("bytes", error);
    let bytes = BASE64.decode(shown.as_bytes()).map_err(|error| unreadable(error.to_string()))?;
    let receipt = decode(&bytes).map_err(|error| unreadable(error.to_string()))?;
    if encode(&receipt) == bytes {
        Ok((bytes, receipt))
    } else {
        Err(unreadable("they are not the one encoding of what they say".to_owned()))
    }
}

/// Names the member whose words are not those of the bytes.
fn compare<W: Serialize + PartialEq>(shown: &W, words: &W) -> Result<(), Flaw> {
    if shown == words {
        return Ok(());
    }
    let members = |receipt: &W| match serde_json::to_value(receipt) {
        Ok(serde_json::Value::Object(members)) => members,
        _ => serde_json::Map::new(),
    };
    let (shown, words) = (members(shown), members(words));
    let member = shown.keys().chain(words.keys()).find(|name| shown.get(*name) != words.get(*name));
    Err(Flaw::new(member.map_or("", String::as_str), "the bytes say something else"))
}

fn values_of(
    (player, player_salt): (&str, &str),
    facts: &BTreeMap<String, DisclosedFact>,
    committed: &Commitments<'_>,
) -> Result<Values, Flaw> {
    let player = person("player", player, player_salt, committed.player)?;
    let fact = |(name, commitment): &(String, Digest)| {
        let fact = facts.get(name).ok_or_else(|| flaw("facts", &format!("'{name}' is missing")))?;
        Ok((name.clone(), value_of(name, fact, commitment)?))
    };
    let found: BTreeMap<_, _> = committed.facts.iter().map(fact).collect::<Result<_, Flaw>>()?;
    if found.len() < facts.len() {
        return Err(flaw("facts", "there are more than the receipt commits to"));
    }
    Ok(Values { player, facts: found })
}

/// The value that is committed to. A commitment covers the type, so that it takes no revision to say of which one the fact is.
fn value_of(name: &str, shown: &DisclosedFact, commitment: &Digest) -> Result<Value, Flaw> {
    let salt = salt(&format!("facts.{name}.salt"), &shown.salt)?;
    let is_committed = |value: &Value| commit_fact(&salt, name, value) == *commitment;
    let value = values::from_json(&shown.value).into_iter().find(is_committed);
    value.ok_or_else(|| flaw(&format!("facts.{name}"), "the receipt commits to another value"))
}

fn rebate_values_of(disclosed: &DisclosedRebate, terms: &rebate::Terms) -> Result<RebateValues, Flaw> {
    let DisclosedRebate { player, player_salt, event, event_salt, referrer, referrer_salt, facts } = disclosed;
    let committed = Commitments { player: &terms.player, facts: &terms.facts };
    let values = values_of((player, player_salt), facts, &committed)?;
    let event: EventId = event.parse().map_err(|_| flaw("event", "it is no event's id"))?;
    if commit_event(&salt("event_salt", event_salt)?, &event) != terms.event {
        return Err(flaw("event", OTHER));
    }
    match (referrer, referrer_salt, &terms.referrer) {
        (Some(referrer), Some(salt), Some(committed)) => _ = person("referrer", referrer, salt, committed)?,
        (None, None, None) => {}
        (_, _, None) => return Err(flaw("referrer", "the receipt commits to none")),
        _ => return Err(flaw("referrer", "it is missing, or its salt is")),
    }
    Ok(RebateValues { values, event })
}

/// The player that is committed to.
fn person(member: &str, shown: &str, shown_salt: &str, committed: &Digest) -> Result<PlayerId, Flaw> {
    let player = shown.parse().map_err(|_| flaw(member, "it is no player's id"))?;
    let salt = salt(&format!("{member}_salt"), shown_salt)?;
    if commit_player(&salt, &player) == *committed { Ok(player) } else { Err(flaw(member, OTHER)) }
}

const OTHER: &str = "the receipt commits to another one";

fn salt(member: &str, text: &str) -> Result<[u8; 32], Flaw> {
    let bytes = HEXLOWER.decode(text.as_bytes()).ok().and_then(|bytes| bytes.try_into().ok());
    bytes.ok_or_else(|| flaw(member, "a salt is 64 hexadecimal digits in lower case"))
}

/// The values of these facts, which must be of their types. What type an attribute has, the revision says.
pub(super) fn facts(
    values: &Values,
    facts: &[Fact],
    attributes: &BTreeMap<AttributeName, Attribute>,
) -> Result<Vec<Value>, Flaw> {
    let value = |fact: &Fact| {
        let name = fact.to_string();
        let flaw = |reason: &str| flaw(&format!("facts.{name}"), reason);
        let value = values.facts.get(&name).ok_or_else(|| flaw("it is missing"))?;
        let expected = match fact {
            Fact::Attribute(attribute) | Fact::EventAttribute(attribute) => {
                attributes.get(attribute).map(Attribute::fact_type)
            }
            _ => fact.entry().fact_type,
        };
        let is_expected = |expected| value.fact_type().is_none_or(|fact_type| fact_type == expected);
        if expected.is_some_and(is_expected) { Ok(value.clone()) } else { Err(flaw("it is of another type")) }
    };
    facts.iter().map(value).collect()
}

fn flaw(member: &str, reason: &str) -> Flaw {
    Flaw::new(member, reason).within("disclosure")
}
