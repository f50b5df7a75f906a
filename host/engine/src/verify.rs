//! The verifier: holds a document against the rules that it names. It collects all findings, and builds the pipeline that
//! draws run on where none of them is an error.
//!
//! To add a check: a [`Code`] with its page in `host/docs/errors/`, and the check in the file of its subject.

mod examples;
mod guards;
mod header;
mod pools;
mod prizes;
mod reach;
mod refusals;
mod rules;
mod skus;
mod trees;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::str::FromStr;

use tombola_domain::digest::Digest;
use tombola_domain::fact::Fact;
use tombola_domain::id::{AttributeName, IdError};

pub use refusals::{REFUSAL_CODE_BYTES_MAX, REFUSAL_MESSAGE_BYTES_MAX};
pub use rules::{Lookup, RuleReference, RuleUse, rule_uses};

use crate::document::{Attribute, Document};
use crate::finding::{Code, Finding, Findings, Severity};
use crate::pipeline::Pipeline;

/// The most facts that one revision may ask for, so that a snapshot stays one small read.
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
pub fn verify(document: &Document, lookups: Vec<Lookup>) -> Verified {
    let Verified { pipeline, findings } = check(document, lookups);
    let blocked = findings.iter().any(|finding| finding.severity() == Severity::Error);
    Verified { pipeline: pipeline.filter(|_| !blocked), findings }
}

/// The same for a document whose odds are asked for and which no draw will run on: there is a pipeline also where the only errors are
/// prizes that can never be won, since these have odds, too.
pub fn verify_for_odds(document: &Document, lookups: Vec<Lookup>) -> Verified {
    let Verified { pipeline, findings } = check(document, lookups);
    let harms = |finding: &Finding| finding.severity() == Severity::Error && finding.code != Code::NeverWon;
    let blocked = findings.iter().any(harms);
    Verified { pipeline: pipeline.filter(|_| !blocked), findings }
}

fn check(document: &Document, lookups: Vec<Lookup>) -> Verified {
    let mut check = Check::new(document);
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
}

impl<'a> Check<'a> {
    fn new(document: &'a Document) -> Self {
        let mut prizes = HashMap::new();
        for (position, prize) in document.prizes.iter().enumerate() {
            prizes.entry(prize.id.as_str()).or_insert(position);
        }
        let pools = document.pools.keys().enumerate().map(|(position, name)| (name.as_str(), position)).collect();
        Self { document, findings: Findings::default(), prizes, pools, attributes: BTreeMap::new() }
    }

    /// Every part is checked before any is given up for another's mistakes.
    fn pipeline(&mut self, rules: &rules::Declared) -> Option<Pipeline> {
        let facts: Vec<Fact> = rules.facts().into_iter().collect();
        let campaign = self.campaign();
        let window = self.window();
        let (caps, granted) = self.chances();
        let prizes = self.all_prizes();
        let skus = self.all_skus();
        let pools = self.all_pools();
        let guards = self.all_guards(rules, &facts);
        let trees = self.all_trees(rules, &facts);
        self.reachability(rules);
        self.examples(rules.complete.then_some(&facts));
        let prizes = prizes?;
        let lists = facts.iter().filter_map(|fact| if let Fact::List(list) = fact { Some(list.clone()) } else { None });
        let wins =
            facts.iter().filter_map(|fact| if let Fact::Wins(prize) = fact { Some(prize.clone()) } else { None });
        let limited = prizes.iter().filter(|prize| prize.limit_player.is_some() || prize.limit_player_day.is_some());
        let wins: BTreeSet<_> = wins.chain(limited.map(|prize| prize.id.clone())).collect();
        let modules: BTreeSet<Digest> = rules.modules();
        Some(Pipeline {
            campaign: campaign?,
            title: self.document.title.clone(),
            window: window?,
            caps,
            granted,
            attributes: self.attributes.clone(),
            lists: lists.collect(),
            wins: wins.into_iter().collect(),
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

    /// A name of the document's as an id, or a finding.
    fn name<T: FromStr<Err = IdError>>(&mut self, name: &str, place: &str) -> Option<T> {
        match name.parse() {
            Ok(name) => Some(name),
            Err(error) => {
                let hint = "Rename it; titles are for people and may hold anything.";
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
