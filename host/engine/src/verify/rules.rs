//! Rules: how a document names them, and what they declare.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use tombola_domain::digest::Digest;
use tombola_domain::fact::{Fact, FactType};

use super::{Check, FACTS_MAX, nearest};
use crate::document::{Attribute, Document};
use crate::facts::out_of_place;
use crate::finding::{Code, within};
use crate::pipeline::PlacedRule;
use crate::rule::{FactNeed, Fault, Kind, Outcome, PrepareError, Problem, Rule, Unavailable};

/// How a document names a rule: `name@1`, `name@1.2` or `name@1.2.3`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleReference {
    /// The rule's name.
    pub name: String,
    /// The versions that it stands for.
    pub versions: semver::VersionReq,
}

/// A text that names no rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a rule is named like unlock@1, unlock@1.2 or unlock@1.2.3")]
pub struct ParseReferenceError;

impl FromStr for RuleReference {
    type Err = ParseReferenceError;

    fn from_str(text: &str) -> Result<Self, ParseReferenceError> {
        let (name, version) = text.split_once('@').ok_or(ParseReferenceError)?;
        let is_name = (1..=64).contains(&name.len())
            && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
        let is_version = version.starts_with(|first: char| first.is_ascii_digit());
        // All three parts name one version; fewer name the newest that begins so.
        let operator = if version.bytes().filter(|byte| *byte == b'.').count() >= 2 { '=' } else { '~' };
        let versions = semver::VersionReq::parse(&format!("{operator}{version}")).map_err(|_| ParseReferenceError)?;
        if is_name && is_version && !version.contains(',') {
            Ok(Self { name: name.to_owned(), versions })
        } else {
            Err(ParseReferenceError)
        }
    }
}

/// A rule as it stands in a document.
#[derive(Debug, Clone)]
pub struct RuleUse {
    /// JSON pointer to the guard or node.
    pub place: String,
    /// What kind is needed there.
    pub kind: Kind,
    /// As it is written.
    pub reference: String,
    /// Its config.
    pub config: serde_json::Value,
    /// The type of event that it is bound to, where it is a rebate.
    pub event: Option<String>,
}

/// What was found for a [`RuleUse`].
#[derive(Debug, Clone)]
pub enum Lookup {
    /// A rule, ready to run.
    Found {
        /// Its module.
        module: Digest,
        /// It.
        rule: Arc<dyn Rule>,
    },
    /// The reference could not be read.
    Invalid(ParseReferenceError),
    /// No module has this name.
    UnknownName,
    /// Modules of this name have other versions only.
    UnknownVersion(Vec<String>),
    /// The rule refuses its config.
    Refused(Vec<Problem>),
    /// The module holds no rule of the kind.
    WrongKind,
    /// The rule failed while it was being configured.
    Faulty(Fault),
}

impl Lookup {
    /// What came of preparing the rule of this module. A host that could not do it now knows nothing of the rule, so that there
    /// is nothing to verify either.
    pub fn prepared(module: Digest, prepared: Result<Arc<dyn Rule>, PrepareError>) -> Result<Self, Unavailable> {
        Ok(match prepared {
            Ok(rule) => Self::Found { module, rule },
            Err(PrepareError::Problems(problems)) => Self::Refused(problems),
            Err(PrepareError::WrongKind) => Self::WrongKind,
            Err(PrepareError::Fault(fault)) => Self::Faulty(fault),
            Err(PrepareError::Unavailable(error)) => return Err(error),
        })
    }
}

/// Every use of a rule in a document: guards first, then trees by name, then nodes by name, then rebates.
pub fn rule_uses(document: &Document) -> Vec<RuleUse> {
    let guards = document.guards.iter().enumerate().map(|(position, guard)| RuleUse {
        place: within("/guards", position),
        kind: Kind::Guard,
        reference: guard.rule.clone(),
        config: guard.config.clone(),
        event: None,
    });
    let nodes = document.trees.iter().flat_map(|(tree, written)| {
        let nodes = within(&within("/trees", tree), "nodes");
        written.nodes.iter().filter_map(move |(node, written)| {
            Some(RuleUse {
                place: within(&nodes, node),
                kind: Kind::Branch,
                reference: written.rule.clone()?,
                config: written.config.clone().unwrap_or_else(|| serde_json::Value::Object(serde_json::Map::new())),
                event: None,
            })
        })
    });
    let rebates = document.rebates.iter().enumerate().map(|(position, rebate)| RuleUse {
        place: within("/rebates", position),
        kind: Kind::Rebate,
        reference: rebate.rule.clone(),
        config: rebate.config.clone(),
        event: Some(rebate.on.clone()),
    });
    guards.chain(nodes).chain(rebates).collect()
}

/// The rules that were found, by place.
pub(super) struct Declared {
    rules: BTreeMap<String, DeclaredRule>,
    /// Whether every rule of the document was found, so that all outcomes are known.
    pub(super) complete: bool,
}

pub(super) struct DeclaredRule {
    /// Where it is a rebate.
    event: Option<String>,
    module: Digest,
    rule: Arc<dyn Rule>,
    facts: Vec<Fact>,
    config: Arc<serde_json::Value>,
}

impl Declared {
    pub(super) fn facts_of_draws(&self) -> BTreeSet<Fact> {
        self.facts_where(|rule| rule.event.is_none())
    }

    pub(super) fn facts_of_event(&self, event: &str) -> BTreeSet<Fact> {
        self.facts_where(|rule| rule.event.as_deref() == Some(event))
    }

    fn facts_where(&self, is_meant: impl Fn(&DeclaredRule) -> bool) -> BTreeSet<Fact> {
        self.rules.values().filter(|rule| is_meant(rule)).flat_map(|rule| rule.facts.iter().cloned()).collect()
    }

    pub(super) fn modules(&self) -> BTreeSet<Digest> {
        self.rules.values().map(|rule| rule.module).collect()
    }

    /// The outcomes that the rule at `place` may answer, if it was found.
    pub(super) fn outcomes(&self, place: &str) -> Option<&[Outcome]> {
        self.rules.get(place).map(|rule| rule.rule.needs().outcomes.as_slice())
    }

    /// The rule at `place`, with its facts as positions among `facts`.
    pub(super) fn place(&self, place: &str, path: String, reference: &str, facts: &[Fact]) -> Option<PlacedRule> {
        let found = self.rules.get(place)?;
        let position = |fact: &Fact| facts.binary_search(fact).expect("all facts of all rules, ascending");
        Some(PlacedRule {
            path,
            place: place.to_owned(),
            reference: reference.to_owned(),
            config: Arc::clone(&found.config),
            module: found.module,
            rule: Arc::clone(&found.rule),
            facts: found.facts.iter().map(position).collect(),
        })
    }
}

impl Check<'_> {
    pub(super) fn rules(&mut self, lookups: Vec<Lookup>) -> Declared {
        self.declare_attributes();
        let uses = rule_uses(self.document);
        assert_eq!(uses.len(), lookups.len(), "one lookup for each use");
        let mut declared = Declared { rules: BTreeMap::new(), complete: true };
        for (rule_use, lookup) in uses.into_iter().zip(lookups) {
            match self.declared(&rule_use, lookup) {
                Some(rule) => _ = declared.rules.insert(rule_use.place, rule),
                None => declared.complete = false,
            }
        }
        self.bound_facts(&declared.facts_of_draws(), "");
        for event in self.document.events.keys() {
            self.bound_facts(&declared.facts_of_event(event), &within("/events", event));
        }
        declared
    }

    fn bound_facts(&mut self, facts: &BTreeSet<Fact>, place: &str) {
        let count = facts.len();
        if count > FACTS_MAX {
            let message = format!("the rules ask for {count} facts; {FACTS_MAX} are allowed");
            self.findings.add(Code::TooLarge, place, message, "Let rules share facts, or drop a rule.");
        }
    }

    fn declared(&mut self, rule_use: &RuleUse, lookup: Lookup) -> Option<DeclaredRule> {
        let place = within(&rule_use.place, "rule");
        let reference = &rule_use.reference;
        match lookup {
            Lookup::Found { module, rule } => return self.found(rule_use, module, rule),
            Lookup::Invalid(error) => {
                self.findings.add(
                    Code::RuleReference,
                    place,
                    format!("'{reference}': {error}"),
                    "Name the rule and its version.",
                );
            }
            Lookup::UnknownName => {
                let message = format!("no module for '{reference}' is uploaded");
                self.findings.add(
                    Code::UnknownRule,
                    place,
                    message,
                    "Upload it (`tombola rule push`), or mend the name.",
                );
            }
            Lookup::UnknownVersion(versions) => {
                let message = format!("no module for '{reference}' is uploaded");
                let hint = format!("There are versions {}.", versions.join(", "));
                self.findings.add(Code::UnknownRule, place, message, hint);
            }
            Lookup::Refused(problems) => {
                let config = within(&rule_use.place, "config");
                for Problem { place, message, hint } in problems {
                    self.findings.add(Code::RuleConfig, format!("{config}{place}"), message, hint);
                }
            }
            Lookup::WrongKind => {
                let message = format!("'{reference}' holds no {}", rule_use.kind);
                let hint = "Guards stand under guards, branches in trees, rebates under rebates.";
                self.findings.add(Code::RuleKind, place, message, hint);
            }
            Lookup::Faulty(fault) => {
                let message = format!("the rule failed while it was being configured: {fault}");
                let hint = "Test the rule with this config (`tombola_rule::testing`), or use another version.";
                self.findings.add(Code::RuleFault, within(&rule_use.place, "config"), message, hint);
            }
        }
        None
    }

    fn found(&mut self, rule_use: &RuleUse, module: Digest, rule: Arc<dyn Rule>) -> Option<DeclaredRule> {
        let place = within(&rule_use.place, "config");
        let is_guards = |outcome: &Outcome| !matches!(outcome, Outcome::Follow(_) | Outcome::Rewards(_));
        let is_branchs = |outcome: &Outcome| matches!(outcome, Outcome::Follow(_) | Outcome::Grant { .. });
        let outcomes = &rule.needs().outcomes;
        let fits = match rule_use.kind {
            Kind::Guard => outcomes.iter().all(is_guards),
            Kind::Branch => outcomes.iter().all(is_branchs),
            Kind::Rebate => outcomes.iter().all(|outcome| matches!(outcome, Outcome::Rewards(_))),
        };
        if !fits || outcomes.is_empty() {
            let message = format!("'{}' declares no outcomes that stand here", rule_use.reference);
            self.findings.add(Code::RuleFault, &place, message, "The rule is faulty; use another version.");
            return None;
        }
        let event = rule_use.event.as_deref();
        let facts: Vec<_> = rule.needs().facts.iter().map(|need| self.fact(need, event, &place)).collect();
        let config = Arc::new(rule_use.config.clone());
        let facts = facts.into_iter().collect::<Option<_>>()?;
        Some(DeclaredRule { event: rule_use.event.clone(), module, facts, rule, config })
    }

    fn fact(&mut self, need: &FactNeed, event: Option<&str>, place: &str) -> Option<Fact> {
        let FactNeed { name, expected } = need;
        let Ok(fact) = name.parse::<Fact>() else {
            let names = tombola_domain::fact::CATALOGUE.iter().map(|entry| entry.name);
            let hint = nearest(name, names);
            self.findings.add(Code::UnknownFact, place, format!("the rule asks for '{name}', which is no fact"), hint);
            return None;
        };
        if let Some(reason) = out_of_place(&fact, event.is_some()) {
            let message = format!("the rule asks for '{name}': {reason}");
            self.findings.add(Code::FactOutOfPlace, place, message, "Ask for another fact, or use another rule.");
            return None;
        }
        let actual = self.fact_type(&fact, event, place)?;
        if actual != *expected {
            let message = format!("the rule asks for '{name}' as {expected}, but it is {}", Article(actual));
            self.findings.add(Code::FactType, place, message, "Ask for another fact, or declare the attribute so.");
            return None;
        }
        Some(fact)
    }

    fn fact_type(&mut self, fact: &Fact, event: Option<&str>, place: &str) -> Option<FactType> {
        match fact {
            Fact::Attribute(name) | Fact::EventAttribute(name) => {
                // That there is no such event is a finding of its own.
                let declared = self.attributes_of(event)?.get(name).map(Attribute::fact_type);
                if declared.is_none() {
                    let message = format!("the rule asks for the attribute '{name}', which is not declared");
                    let of_event = event.map_or_else(String::new, |event| format!(" of the event '{event}'"));
                    let hint = format!("Add `{name}: {{type: …}}` under attributes{of_event}.");
                    self.findings.add(Code::UndeclaredAttribute, place, message, hint);
                }
                declared
            }
            Fact::Wins(prize) => {
                self.prize_named(prize.as_str(), place)?;
                fact.entry().fact_type
            }
            _ => fact.entry().fact_type,
        }
    }
}

/// A type with its article.
struct Article(FactType);

impl fmt::Display for Article {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let article = if self.0 == FactType::Integer { "an" } else { "a" };
        match self.0 {
            FactType::Integers | FactType::Texts => write!(out, "{}", self.0),
            _ => write!(out, "{article} {}", self.0),
        }
    }
}
