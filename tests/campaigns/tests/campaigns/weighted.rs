//! Effective odds where rules answer by weight, against going through every ticket by hand.
//!
//! No standard rule answers by weight, so two are written here as anybody would write them.

use std::collections::BTreeMap;

use proptest::prelude::*;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;
use tombola_campaign_tests::{Campaign, Library, Player, Reference};
use tombola_engine::document::{Document, Guard, GuardFault, Node};
use tombola_rule::config::Grant;
use tombola_rule::native::Rule;
use tombola_rule::{Branch, BranchNeeds, Decision, Facts, Fault, GuardNeeds, Outcome, Problems};

use crate::bed::{Odds, odds, pipeline, ratio, won};

/// Before the draw: now and then another pool.
struct Detour(Decision);

#[derive(Deserialize, JsonSchema)]
struct DetourConfig {
    pool: String,
    /// Weights of going on and of the pool.
    weights: [u64; 2],
}

impl tombola_rule::Guard for Detour {
    type Config = DetourConfig;

    fn configure(config: DetourConfig, needs: &mut GuardNeeds) -> Result<Self, Problems> {
        let [stays, leaves] = config.weights;
        Ok(Self(Decision::weighted([(stays, needs.proceed()), (leaves, needs.choose(config.pool))])))
    }

    fn decide(&self, _: &Facts<'_>) -> Result<Decision, Fault> {
        Ok(self.0.clone())
    }
}

/// After the draw: one of several prizes.
struct Wheel(Vec<(u64, Outcome)>);

#[derive(Deserialize, JsonSchema)]
struct WheelConfig {
    fields: Vec<Field>,
}

#[derive(Deserialize, JsonSchema)]
struct Field {
    weight: u64,
    grant: Grant,
}

impl Branch for Wheel {
    type Config = WheelConfig;

    fn configure(config: WheelConfig, needs: &mut BranchNeeds) -> Result<Self, Problems> {
        let field = |Field { weight, grant }: Field| (weight, needs.grant(grant.prize, grant.amount.span()));
        Ok(Self(config.fields.into_iter().map(field).collect()))
    }

    fn decide(&self, _: &Facts<'_>) -> Result<Decision, Fault> {
        Ok(Decision::weighted(self.0.iter().copied()))
    }
}

/// The pool that the guard may choose, and what it holds.
const POOL: &str = "from-200";
/// Prizes on the wheel, with their amounts. It turns where the drawn prize is sold out.
const FIELDS: [(&str, i64, i64); 3] = [("consolation", 1, 100), ("108", 1, 1), ("102", 2, 3)];

fn library() -> Library {
    let detour = Rule::guard::<Detour>("detour", "1.0.0", "Now and then another pool.");
    let wheel = Rule::branch::<Wheel>("wheel", "1.0.0", "One of several prizes.");
    Library::native_with(&[detour, wheel])
}

/// Campaign 100001 with the guard in front, and the wheel in the place of the consolation.
fn document(detour: [u64; 2], wheel: [u64; 3]) -> Document {
    let mut document = Campaign::C100001.document();
    document.guards.push(Guard {
        id: "detour".to_owned(),
        rule: "detour@1".to_owned(),
        config: json!({"pool": POOL, "weights": detour}),
        on_fault: GuardFault::Refuse,
        sold_out: None,
    });
    let fields = FIELDS.iter().zip(wheel).map(
        |((prize, low, high), weight)| json!({"weight": weight, "grant": {"prize": prize, "amount": [low, high]}}),
    );
    let config = json!({"fields": fields.collect::<Vec<_>>()});
    for tree in document.trees.values_mut() {
        let node = Node {
            rule: Some("wheel@1".to_owned()),
            config: Some(config.clone()),
            sold_out: Some("nothing".to_owned()),
            ..tree.nodes["rule_luck_award"].clone()
        };
        tree.nodes.insert("rule_luck_award".to_owned(), node);
    }
    document
}

/// Each of these as often as its weight says.
fn tickets<T: Clone>(weighted: impl IntoIterator<Item = (T, u64)>) -> Vec<T> {
    weighted.into_iter().flat_map(|(item, weight)| vec![item; usize::try_from(weight).unwrap()]).collect()
}

/// Goes through every ticket of the guard, of the pool and of the wheel, and counts what is won.
fn enumerated(detour: [u64; 2], wheel: [u64; 3], sold_out: &[&str]) -> Odds {
    let reference = Reference::read();
    let (_, tier) = reference.tiers(100_001).swap_remove(1);
    let pools = [tickets(reference.rates(100_001)), tickets(tier)];
    let guard = tickets([0, 1].into_iter().zip(detour));
    let fields = tickets(FIELDS.into_iter().zip(wheel));
    let is_left = |prize: &str| !sold_out.contains(&prize);
    let mut odds = Odds::new();
    for pool in guard.iter().map(|arm| &pools[*arm]) {
        let mut counts: BTreeMap<(&str, i64, i64), u64> = BTreeMap::new();
        for drawn in pool {
            for &(prize, low, high) in &fields {
                let outcome = match drawn.as_str() {
                    drawn if is_left(drawn) => (drawn, 1, if drawn == "101" { 100 } else { 1 }),
                    _ if is_left(prize) => (prize, low, high),
                    _ => ("nothing", 1, 1),
                };
                *counts.entry(outcome).or_default() += 1;
            }
        }
        let tickets = (guard.len() * pool.len() * fields.len()) as u64;
        for ((prize, low, high), count) in counts {
            *odds.entry(won(prize, low, high)).or_insert_with(|| ratio(0, 1)) += ratio(count, tickets);
        }
    }
    odds
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]
    #[test]
    fn effective_odds_equal_enumeration(
        detour in [1u64..5, 1u64..5],
        wheel in [1u64..4, 1u64..4, 1u64..4],
        sold_out in prop::sample::subsequence(vec!["101", "102", "103", "106", "107", "108", "109"], 0..=7),
    ) {
        let pipeline = pipeline(&library(), &document(detour, wheel));
        prop_assert_eq!(odds(&pipeline, &Player::new("somebody"), &sold_out), enumerated(detour, wheel, &sold_out));
    }
}
