use serde_json::json;
use tombola_rule::testing::{self, Answer};

use crate::Blacklist;

fn check(config: &serde_json::Value, listed: bool, expected: &Answer) {
    let rule = testing::guard::<Blacklist>(config);
    assert_eq!(rule.given("player.lists.banned", listed).answer(), *expected);
}

fn place(config: &serde_json::Value) -> String {
    testing::guard_problems::<Blacklist>(config).remove(0).place
}

#[test]
fn listed_players_are_granted() {
    let config = json!({ "list": "banned", "grant": { "prize": "points", "amount": [1, 5] } });
    check(&config, true, &Answer::grant("points", 1, 5));
    check(&config, false, &Answer::proceed());
    check(&json!({ "list": "banned", "grant": { "prize": "points" } }), true, &Answer::grant("points", 1, 1));
}

#[test]
fn listed_players_are_refused() {
    let config = json!({ "list": "banned", "refuse": { "code": "fraud", "message": "Please call us." } });
    check(&config, true, &Answer::refuse("fraud", "Please call us."));
    check(&config, false, &Answer::proceed());
    let standard = Answer::refuse("listed", "You can't take part in this draw.");
    check(&json!({ "list": "banned", "refuse": {} }), true, &standard);
}

#[test]
fn mistakes_have_their_place() {
    assert_eq!(place(&json!({ "list": "banned" })), "");
    assert_eq!(place(&json!({ "list": "banned", "refuse": {}, "grant": { "prize": "p" } })), "");
    assert_eq!(place(&json!({ "list": "", "refuse": {} })), "/list");
    assert_eq!(place(&json!({ "list": "banned", "refuse": { "code": "No!" } })), "/refuse/code");
    assert_eq!(place(&json!({ "list": "banned", "grant": { "prize": "p", "amount": 0 } })), "/grant/amount");
    assert_eq!(place(&json!({ "list": "banned", "grant": { "prize": "p", "amount": [5, 1] } })), "/grant/amount");
    assert_eq!(place(&json!({ "list": "banned", "pool": "p" })), "/pool");
}
