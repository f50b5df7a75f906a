use serde_json::{Value as Json, json};
use tombola_rule::Value;
use tombola_rule::testing::{self, Answer};

use crate::{Fork, Gate};

/// Whether a request with this attribute matches.
fn check(config: &Json, cases: &[(Value, bool)]) {
    let mut config = config.clone();
    config["attribute"] = json!("a");
    let rule = testing::branch::<Fork>(&config);
    for (value, expected) in cases {
        let answer = rule.given("attribute.a", value.clone()).answer();
        assert_eq!(answer, Answer::follow(if *expected { "match" } else { "no-match" }), "{config} {value:?}");
    }
}

fn place(config: &Json) -> String {
    testing::branch_problems::<Fork>(config).remove(0).place
}

#[test]
fn values_are_compared() {
    check(
        &json!({ "op": "equals", "value": "app" }),
        &[("app".into(), true), ("App".into(), false), (Value::None, false)],
    );
    check(
        &json!({ "op": "equals", "value": true }),
        &[(true.into(), true), (false.into(), false), (Value::None, false)],
    );
    check(&json!({ "op": "equals", "value": -3 }), &[((-3).into(), true), (3.into(), false)]);
    check(
        &json!({ "op": "not_equals", "value": "app" }),
        &[("app".into(), false), ("web".into(), true), (Value::None, true)],
    );
}

#[test]
fn values_are_looked_up() {
    let one_of = json!({ "op": "one_of", "values": ["gold", "black", "gold"] });
    check(&one_of, &[("gold".into(), true), ("black".into(), true), ("red".into(), false), (Value::None, false)]);
    let none_of = json!({ "op": "not_one_of", "values": [5, 1, 3] });
    check(&none_of, &[(1.into(), false), (3.into(), false), (5.into(), false), (4.into(), true), (Value::None, true)]);
}

#[test]
fn integers_have_an_order() {
    check(&json!({ "op": "at_least", "value": 18 }), &[(17.into(), false), (18.into(), true), (Value::None, false)]);
    check(&json!({ "op": "at_most", "value": 17 }), &[(17.into(), true), (18.into(), false), (Value::None, false)]);
}

#[test]
fn a_guard_does_something_about_a_match() {
    let consequences = [
        (json!({ "pool": "better" }), Answer::choose("better")),
        (json!({ "grant": { "prize": "points", "amount": 2 } }), Answer::grant("points", 2, 2)),
        (json!({ "refuse": { "code": "minor" } }), Answer::refuse("minor", "You can't take part in this draw.")),
    ];
    for (mut config, answer) in consequences {
        for (field, value) in [("attribute", json!("age")), ("op", json!("at_most")), ("value", json!(17))] {
            config[field] = value;
        }
        let rule = testing::guard::<Gate>(&config);
        assert_eq!(rule.given("attribute.age", 17).answer(), answer);
        assert_eq!(rule.given("attribute.age", 18).answer(), Answer::proceed());
    }
}

#[test]
fn mistakes_have_their_place() {
    assert_eq!(place(&json!({ "attribute": "", "op": "equals", "value": 1 })), "/attribute");
    assert_eq!(place(&json!({ "attribute": "a", "op": "like", "value": 1 })), "/op");
    assert_eq!(place(&json!({ "attribute": "a", "op": "equals", "values": [1] })), "");
    assert_eq!(place(&json!({ "attribute": "a", "op": "one_of", "value": 1 })), "");
    assert_eq!(place(&json!({ "attribute": "a", "op": "one_of", "values": [] })), "");
    assert_eq!(place(&json!({ "attribute": "a", "op": "one_of", "values": [1, "b"] })), "/values/1");
    assert_eq!(place(&json!({ "attribute": "a", "op": "one_of", "values": vec![1; 101] })), "/values");
    assert_eq!(place(&json!({ "attribute": "a", "op": "at_least", "value": "1" })), "/value");
    assert_eq!(place(&json!({ "attribute": "a", "op": "equals", "value": null })), "");
    assert_eq!(place(&json!({ "attribute": "a", "op": "equals", "value": [] })), "/value");
    assert_eq!(place(&json!({ "attribute": "a", "op": "equals", "value": 1, "pool": "p" })), "");
    let nothing_happens = json!({ "attribute": "a", "op": "equals", "value": 1 });
    assert_eq!(testing::guard_problems::<Gate>(&nothing_happens)[0].hint, "give one of `pool`, `grant` and `refuse`");
}
