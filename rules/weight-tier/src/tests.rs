use proptest::prelude::*;
use serde_json::json;
use tombola_rule::testing::{self, Answer};

use crate::WeightTier;

const FACT: &str = "player.draws.total";

fn check(tiers: &[(i64, &str)], value: i64, expected: &Answer) {
    let tiers: Vec<_> = tiers.iter().map(|(from, pool)| json!({ "from": from, "pool": pool })).collect();
    let rule = testing::guard::<WeightTier>(json!({ "fact": FACT, "tiers": tiers }));
    assert_eq!(rule.given(FACT, value).answer(), *expected, "{value}");
}

fn problem(config: &serde_json::Value) -> (String, String) {
    let problem = testing::guard_problems::<WeightTier>(config).remove(0);
    (problem.place, problem.message)
}

#[test]
fn the_highest_tier_that_is_reached_chooses() {
    let tiers = [(-5, "low"), (60, "better"), (200, "best"), (300, "better")];
    for (value, pool) in
        [(-5, "low"), (59, "low"), (60, "better"), (199, "better"), (200, "best"), (i64::MAX, "better")]
    {
        check(&tiers, value, &Answer::choose(pool));
    }
    for value in [-6, i64::MIN] {
        check(&tiers, value, &Answer::proceed());
    }
}

#[test]
fn an_absent_fact_reaches_nothing() {
    let rule = testing::guard::<WeightTier>(json!({ "fact": FACT, "tiers": [{ "from": i64::MIN, "pool": "p" }] }));
    assert_eq!(rule.given(FACT, tombola_rule::Value::None).answer(), Answer::proceed());
}

#[test]
fn each_pool_is_declared_once() {
    let tiers: Vec<_> = (0..10_000).map(|from| json!({ "from": from, "pool": format!("p{}", from % 3) })).collect();
    let rule = testing::guard::<WeightTier>(json!({ "fact": FACT, "tiers": tiers }));
    assert_eq!(rule.declared().outcomes.len(), 4);
    assert_eq!(rule.given(FACT, 9_998).answer(), Answer::choose("p2"));
}

#[test]
fn mistakes_have_their_place() {
    let unsorted = json!({ "fact": FACT, "tiers": [{ "from": 2, "pool": "a" }, { "from": 2, "pool": "b" }] });
    assert_eq!(problem(&unsorted).0, "/tiers/1");
    assert_eq!(problem(&json!({ "fact": FACT, "tiers": [] })).0, "/tiers");
    let unknown = json!({ "fact": FACT, "tiers": [{ "from": 2, "pol": "a" }] });
    assert_eq!(problem(&unknown), ("/tiers/0/pol".to_owned(), "there is no field `pol` here".to_owned()));
    let wrong = json!({ "fact": FACT, "tiers": [{ "from": "2", "pool": "a" }] });
    assert_eq!(problem(&wrong), ("/tiers/0/from".to_owned(), "expected i64, found a text".to_owned()));
    assert_eq!(problem(&json!({ "tiers": [] })).1, "the field `fact` is missing");
}

proptest! {
    #[test]
    fn searching_equals_scanning(steps in prop::collection::vec(1_i64..100, 1..50), value in -10_i64..3_000) {
        let mut from = 0;
        let tiers: Vec<(i64, String)> = steps.iter().map(|step| { from += step; (from, format!("p{}", from % 7)) }).collect();
        let borrowed: Vec<(i64, &str)> = tiers.iter().map(|(from, pool)| (*from, pool.as_str())).collect();
        let scanned = borrowed.iter().rev().find(|(from, _)| *from <= value);
        check(&borrowed, value, &scanned.map_or_else(Answer::proceed, |(_, pool)| Answer::choose(pool)));
    }
}
