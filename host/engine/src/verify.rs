//! The verifier: holds a document against the rules that it names. It collects all findings, and builds the pipeline that
//! draws run on where none of them is an error.
//!
//! To add a check: a [`Code`] with its page in `host/docs/errors/`, and the check in the file of its subject.

mod delivery;
mod examples;
mod guards;
mod header;
mod pools;
mod prizes;
mod reach;
mod rebates;
mod refusals;
mod rules;
mod skus;
mod titles;
mod trees;
mod units;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::str::FromStr;

use tombola_domain::digest::Digest;
use tombola_domain::fact::Fact;
use tombola_domain::id::{AttributeName, IdError, ListName, PrizeId};

pub use refusals::{REFUSAL_CODE_BYTES_MAX, REFUSAL_MESSAGE_BYTES_MAX};
pub use rules::{Lookup, RuleReference, RuleUse, rule_uses};
pub use titles::TITLE_CHARS_MAX;
pub use units::Units;

use crate::document::{Attribute, Document};
use crate::finding::{Code, Finding, Findings, Severity};
use crate::pipeline::Pipeline;

/// The most facts that the draws of one revision may ask for, or its rebates for one type of event, so that a snapshot stays one
/// small read.
pub const FACTS_MAX: usize = 64;

/// What a document was found to be.
#[derive(Debug)]
pub struct Verified {
    /// Ready to run; `None` where a finding is an error.
    pub pipeline: Option<Pipeline>,
    /// All findings, errors first.
    pub findings: Vec<Finding>,
}

/// Checks a document. `lookups` holds what was found for each of [`rule_uses`], in the same order.
pub fn verify(document: &Document, lookups: Vec<Lookup>, units: Units<'_>) -> Verified {
    let Verified { pipeline, findings } = check(document, lookups, units);
    let blocked = findings.iter().any(|finding| finding.severity() == Severity::Error);
    Verified { pipeline: pipeline.filter(|_| !blocked), findings }
}

/// The same for a document whose odds are asked for and which no draw will run on: there is a pipeline also where the only errors are
/// prizes that can never be won, since these have odds, too.
pub fn verify_for_odds(document: &Document, lookups: Vec<Lookup>) -> Verified {
    let Verified { pipeline, findings } = check(document, lookups, Units::Any);
    let harms = |finding: &Finding| finding.severity() == Severity::Error && finding.code != Code::NeverWon;
    let blocked = findings.iter().any(harms);
    Verified { pipeline: pipeline.filter(|_| !blocked), findings }
}

fn check(document: &Document, lookups: Vec<Lookup>, units: Units<'_>) -> Verified {
    let mut check = Check::new(document, units);
    let rules = check.rules(lookups);
    let pipeline = check.pipeline(&rules);
    Verified { pipeline, findings: check.findings.into_vec() }
}

/// A document under check.
struct Check<'a> {
    document: &'a Document,
    findings: Findings,
    /// Positions by name. Of two prizes with one name the first.
    prizes: HashMap<&'a str, usize>,
    pools: HashMap<&'a str, usize>,
    attributes: BTreeMap<AttributeName, Attribute>,
    /// By type.
    event_attributes: BTreeMap<&'a str, BTreeMap<AttributeName, Attribute>>,
    units: Units<'a>,
}

impl<'a> Check<'a> {
    fn new(document: &'a Document, units: Units<'a>) -> Self {
        let mut prizes = HashMap::new();
        for (position, prize) in document.prizes.iter().enumerate() {
            prizes.entry(prize.id.as_str()).or_insert(position);
        }
        let pools = document.pools.keys().enumerate().map(|(position, name)| (name.as_str(), position)).collect();
        Self {
            document,
            findings: Findings::default(),
            prizes,
            pools,
            attributes: BTreeMap::new(),
            event_attributes: BTreeMap::new(),
            units,
        }
    }

    /// Every part is checked before any is given up for another's mistakes.
    fn pipeline(&mut self, rules: &rules::Declared) -> Option<Pipeline> {
        let facts: Vec<Fact> = rules.facts_of_draws().into_iter().collect();
        let campaign = self.campaign();
        let title = self.title(&self.document.title, "/title");
        let window = self.window();
        let (caps, granted) = self.chances();
        let lifetime = self.chances_lifetime();
        let budget = self.document.budget.as_ref().map(|budget| self.unit(&budget.unit, "/budget/unit"));
        let prizes = self.all_prizes();
        let skus = self.all_skus();
        let pools = self.all_pools();
        let guards = self.all_guards(rules, &facts);
        let trees = self.all_trees(rules, &facts);
        let events = self.all_events(rules);
        self.reachability(rules);
        self.examples(rules, &facts);
        let prizes = prizes?;
        let limited = prizes.iter().filter(|prize| prize.has_limits()).map(|prize| prize.id.clone());
        let modules: BTreeSet<Digest> = rules.modules();
        Some(Pipeline {
            campaign: campaign?,
            budget: match budget {
                Some(unit) => Some(unit?),
                None => None,
            },
            title,
            window: window?,
            caps,
            granted,
            lifetime,
            attributes: self.attributes.clone(),
            lists: lists(&facts),
            wins: wins(&facts, limited),
            shortfall: self.document.shortfall.into(),
            events: events?,
            modules: modules.into_iter().collect(),
            prizes,
            skus: skus?,
            default_pool: *self.pools.get(crate::document::DEFAULT_POOL)?,
            pools: pools?,
            guards: guards?,
            trees: trees?,
            facts,
        })
    }

    /// What a draw's request may say, or an event of this type. `None` where there is no such type.
    fn attributes_of(&self, event: Option<&str>) -> Option<&BTreeMap<AttributeName, Attribute>> {
        match event {
            None => Some(&self.attributes),
            Some(event) => self.event_attributes.get(event),
        }
    }

    /// A name of the document's as an id, or a finding.
    fn name<T: FromStr<Err = IdError>>(&mut self, name: &str, place: &str) -> Option<T> {
        match name.parse() {
            Ok(name) => Some(name),
            Err(error) => {
                let hint = "Rename it; titles are for people and may hold any letters.";
                self.findings.add(Code::InvalidName, place, format!("'{name}': {error}"), hint);
                None
            }
        }
    }

    /// The position of a prize that `place` names, or a finding.
    fn prize_named(&mut self, name: &str, place: &str) -> Option<usize> {
        let position = self.prizes.get(name).copied();
        if position.is_none() {
            let hint = nearest(name, self.prizes.keys().copied());
            self.findings.add(Code::UnknownPrize, place, format!("there is no prize '{name}'"), hint);
        }
        position
    }
}

/// The lists among facts.
fn lists(facts: &[Fact]) -> Vec<ListName> {
    facts.iter().filter_map(|fact| if let Fact::List(list) = fact { Some(list.clone()) } else { None }).collect()
}

/// The prizes whose wins are among facts, and those that are `limited`, ascending.
fn wins(facts: &[Fact], limited: impl IntoIterator<Item = PrizeId>) -> Vec<PrizeId> {
    let asked = facts.iter().filter_map(|fact| if let Fact::Wins(prize) = fact { Some(prize.clone()) } else { None });
    asked.chain(limited).collect::<BTreeSet<_>>().into_iter().collect()
}

/// "Did you mean …?", where something similar is there.
fn nearest<'n>(name: &str, names: impl Iterator<Item = &'n str>) -> String {
    let mut names: Vec<&str> = names.collect();
    names.sort_unstable();
    let shared = |other: &str| other.bytes().zip(name.bytes()).take_while(|(one, other)| one == other).count();
    match names.iter().max_by_key(|other| shared(other)) {
        Some(best) if shared(best) > 0 => format!("Did you mean '{best}'?"),
        _ if names.is_empty() => "There are none.".to_owned(),
        _ => format!("There are: {}.", names.iter().take(8).copied().collect::<Vec<_>>().join(", ")),
    }
}

#[cfg(test)]
mod tests;
