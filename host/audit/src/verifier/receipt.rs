//! A receipt as it is shown, and what its bytes say.

use std::collections::BTreeMap;

use data_encoding::{BASE64, HEXLOWER};
use tombola_domain::digest::Digest;
use tombola_domain::fact::{Fact, Value};
use tombola_domain::id::PlayerId;
use tombola_domain::receipt::{Receipt, commit_fact, commit_player};
use tombola_engine::document::Attribute;
use tombola_engine::pipeline::Pipeline;

use crate::values;
use crate::verdict::Flaw;
use crate::wire::{self, Disclosed};

/// A receipt whose hashes hold.
pub(super) struct Opened {
    pub(super) receipt: Receipt,
    pub(super) digest: Digest,
    /// What is behind its commitments, as far as that is shown. The facts are not held against theirs yet.
    pub(super) values: Option<Values>,
}

pub(super) struct Values {
    pub(super) player: PlayerId,
    facts: BTreeMap<String, Committed>,
}

/// A fact's value as it is shown, and what the receipt commits to.
struct Committed {
    value: serde_json::Value,
    salt: [u8; 32],
    commitment: Digest,
}

pub(super) fn open(shown: &wire::Receipt) -> Result<Opened, Flaw> {
    let unreadable = |error: String| Flaw::new("receipt.bytes", error);
    let bytes = BASE64.decode(shown.bytes.as_bytes()).map_err(|error| unreadable(error.to_string()))?;
    let receipt = Receipt::decode(&bytes).map_err(|error| unreadable(error.to_string()))?;
    if receipt.encode() != bytes {
        return Err(unreadable("they are not the one encoding of what they say".to_owned()));
    }
    let words = wire::Receipt::new(&bytes, receipt.clone(), shown.disclosure.clone(), shown.signature.clone());
    if words != *shown {
        return Err(first_difference(shown, &words));
    }
    let values = shown.disclosure.as_ref().map(|disclosed| values_of(disclosed, &receipt)).transpose()?;
    Ok(Opened { digest: Receipt::digest(&bytes), receipt, values })
}

/// Names the member whose words are not those of the bytes.
fn first_difference(shown: &wire::Receipt, words: &wire::Receipt) -> Flaw {
    let members = |receipt: &wire::Receipt| match serde_json::to_value(receipt) {
        Ok(serde_json::Value::Object(members)) => members,
        _ => serde_json::Map::new(),
    };
    let (shown, words) = (members(shown), members(words));
    let member = shown.keys().chain(words.keys()).find(|name| shown.get(*name) != words.get(*name));
    Flaw::new(format!("receipt.{}", member.map_or("", String::as_str)), "the bytes say something else")
}

fn values_of(disclosed: &Disclosed, receipt: &Receipt) -> Result<Values, Flaw> {
    let player: PlayerId = disclosed.player.parse().map_err(|_| flaw("player", "it is no player's id"))?;
    let salt = salt(&disclosed.player_salt).ok_or_else(|| flaw("player_salt", NO_SALT))?;
    if commit_player(&salt, &player) != receipt.terms.player {
        return Err(flaw("player", "the receipt commits to another one"));
    }
    let committed = |(name, commitment): &(String, Digest)| {
        let fact = disclosed.facts.get(name).ok_or_else(|| flaw("facts", &format!("'{name}' is missing")))?;
        let salt = self::salt(&fact.salt).ok_or_else(|| flaw(&format!("facts.{name}.salt"), NO_SALT))?;
        Ok((name.clone(), Committed { value: fact.value.clone(), salt, commitment: *commitment }))
    };
    let facts: BTreeMap<_, _> = receipt.terms.facts.iter().map(committed).collect::<Result<_, Flaw>>()?;
    if facts.len() < disclosed.facts.len() {
        return Err(flaw("facts", "there are more than the receipt commits to"));
    }
    Ok(Values { player, facts })
}

const NO_SALT: &str = "a salt is 64 hexadecimal digits in lower case";

fn salt(text: &str) -> Option<[u8; 32]> {
    HEXLOWER.decode(text.as_bytes()).ok()?.try_into().ok()
}

/// The facts of a revision, each held against its commitment. What type a value has, the revision says.
pub(super) fn facts(values: &Values, pipeline: &Pipeline) -> Result<Vec<Value>, Flaw> {
    let value = |fact: &Fact| {
        let name = fact.to_string();
        let flaw = |reason: &str| flaw(&format!("facts.{name}"), reason);
        let committed = values.facts.get(&name).ok_or_else(|| flaw("it is missing"))?;
        let expected = match fact {
            Fact::Attribute(attribute) => pipeline.attributes.get(attribute).map(Attribute::fact_type),
            _ => fact.entry().fact_type,
        };
        let value = expected.and_then(|expected| values::from_json(&committed.value, expected));
        let value = value.ok_or_else(|| flaw("it is of another type"))?;
        if commit_fact(&committed.salt, &name, &value) == committed.commitment {
            Ok(value)
        } else {
            Err(flaw("the receipt commits to another value"))
        }
    };
    pipeline.facts.iter().map(value).collect()
}

fn flaw(member: &str, reason: &str) -> Flaw {
    Flaw::new(format!("receipt.disclosure.{member}"), reason)
}
