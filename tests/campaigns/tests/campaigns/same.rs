//! The sandbox changes nothing: draw for draw, components answer as native code does.

use std::collections::{BTreeMap, BTreeSet};

use tombola_campaign_tests::{Campaign, Library, Player};
use tombola_domain::draw::Limit;
use tombola_domain::epoch::Secret;
use tombola_domain::random::{Seed, Stream};
use tombola_domain::time::Timestamp;
use tombola_engine::decide::{Decided, Situation, decide};
use tombola_engine::document::Scalar;
use tombola_engine::pipeline::{BranchOutcome, GuardOutcome, Node, Pipeline};

use crate::bed::{noon, pipeline, sandboxed};

/// Draws that are compared in each reference campaign; two of them make a hundred thousand.
const DRAWS: u64 = 50_000;
/// Draws that are compared in the campaign of all rules.
const DRAWS_EVERY_RULE: u64 = 20_000;

/// Makes up players, one after the other, with all that rules may ask about.
pub(crate) struct Crowd<'a> {
    pipeline: &'a Pipeline,
    chance: Stream,
}

/// One player's next draw.
pub(crate) struct Turn {
    pub(crate) player: Player,
    pub(crate) now: Timestamp,
    limits: Vec<Option<Limit>>,
}

impl<'a> Crowd<'a> {
    pub(crate) fn new(pipeline: &'a Pipeline) -> Self {
        Self { pipeline, chance: Seed::from_bytes([7; 32]).stream("crowd") }
    }

    fn one_in(&mut self, bound: u64) -> bool {
        self.chance.below(bound) == 0
    }

    pub(crate) fn turn(&mut self) -> Turn {
        let below = [3, 12, 75, 250, 1200][usize::try_from(self.chance.below(5)).unwrap()];
        let draws = self.chance.below(below);
        let player = Player {
            draws,
            draws_today: self.chance.below(draws.min(6) + 1),
            lists: self.lists(),
            attributes: self.attributes(),
            ..Player::new(&format!("player-{}", self.chance.below(10_000)))
        };
        // Any minute of four weeks.
        let minutes = i64::try_from(self.chance.below(4 * 7 * 24 * 60)).unwrap();
        let now = Timestamp::from_millis(noon().as_millis() + minutes * 60_000);
        let limits = (0..self.pipeline.prizes.len()).map(|_| self.one_in(10).then_some(Limit::Player)).collect();
        Turn { player, now, limits }
    }

    /// On each list with a chance of its own: most are invited, few are banned.
    fn lists(&mut self) -> Vec<tombola_domain::id::ListName> {
        let lists = self.pipeline.lists.iter();
        lists.filter(|list| self.chance.below(8) < if list.as_str() == "invited" { 7 } else { 1 }).cloned().collect()
    }

    /// Each attribute now and then, with a value that the document of all rules allows.
    fn attributes(&mut self) -> BTreeMap<tombola_domain::id::AttributeName, Scalar> {
        let mut attributes = BTreeMap::new();
        for name in self.pipeline.attributes.keys() {
            let value = match name.as_str() {
                "age" => Scalar::Integer(i64::try_from(self.chance.below(100)).unwrap()),
                "channel" => {
                    Scalar::Text(["app", "web", "kiosk"][usize::try_from(self.chance.below(3)).unwrap()].to_owned())
                }
                _ => Scalar::Boolean(self.one_in(2)),
            };
            if !self.one_in(3) {
                attributes.insert(name.clone(), value);
            }
        }
        attributes
    }
}

/// Every answer that a rule of the campaign may give, as it stands in a receipt.
fn possible(pipeline: &Pipeline) -> BTreeSet<(String, String)> {
    let prize = |position: usize| &pipeline.prizes[position].id;
    let guards = pipeline.guards.iter().flat_map(|guard| {
        guard.outcomes.iter().map(move |outcome| {
            let label = match outcome {
                GuardOutcome::Proceed => "proceed".to_owned(),
                GuardOutcome::Choose(pool) => format!("choose {}", pipeline.pools[*pool].name),
                GuardOutcome::Grant(granted, _) => format!("grant {}", prize(*granted)),
                GuardOutcome::Refuse(code, _) => format!("refuse {code}"),
            };
            (guard.rule.path.clone(), label)
        })
    });
    let rules = pipeline.trees.iter().flat_map(|tree| &tree.nodes);
    let rules = rules.filter_map(|node| if let Node::Rule(branch) = node { Some(branch) } else { None });
    let branches = rules.flat_map(|branch| {
        branch.outcomes.iter().map(move |outcome| {
            let label = match outcome {
                BranchOutcome::Follow(label, _) => format!("follow {label}"),
                BranchOutcome::Grant(granted, _) => format!("grant {}", prize(*granted)),
            };
            (branch.rule.path.clone(), label)
        })
    });
    guards.chain(branches).collect()
}

/// Fuel is the sandbox's alone.
fn without_fuel(mut decided: Decided) -> Decided {
    for step in &mut decided.steps {
        step.fuel = 0;
    }
    decided
}

fn check(campaign: Campaign, draws: u64) {
    let native = pipeline(&Library::native(), &campaign.document());
    let components = pipeline(&sandboxed(), &campaign.document());
    let secret = Secret::from_bytes([42; 32]);
    let mut crowd = Crowd::new(&native);
    let mut answers = BTreeSet::new();
    for number in 0..draws {
        let Turn { player, now, limits } = crowd.turn();
        let seed = secret.seed(&native.campaign, &player.id, number);
        let facts = player.facts(&native, now);
        assert_eq!(facts, player.facts(&components, now));
        let situation = Situation { facts: &facts, limits: &limits, seed: &seed };
        let expected = decide(&native, &situation).unwrap();
        let found = decide(&components, &situation).unwrap();
        assert!(found.steps.iter().all(|step| step.fuel > 0), "the sandbox meters");
        assert_eq!(without_fuel(found), expected, "draw {number} of {player:?} at {now:?}");
        answers.extend(expected.steps.into_iter().map(|step| (step.node, step.outcome)));
    }
    // The comparison says nothing about answers that were never given.
    assert_eq!(answers, possible(&native));
}

#[test]
fn draws_in_100001_are_the_same() {
    check(Campaign::C100001, DRAWS);
}

#[test]
fn draws_in_100006_are_the_same() {
    check(Campaign::C100006, DRAWS);
}

#[test]
fn draws_through_every_rule_are_the_same() {
    check(Campaign::EveryRule, DRAWS_EVERY_RULE);
}
