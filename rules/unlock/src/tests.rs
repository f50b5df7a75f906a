use serde_json::json;
use tombola_rule::Value;
use tombola_rule::testing::{self, Answer};

use crate::Unlock;

fn check(config: &serde_json::Value, fact: &str, value: impl Into<Value>, label: &str) {
    let rule = testing::branch::<Unlock>(config);
    assert_eq!(rule.given(fact, value).answer(), Answer::follow(label));
}

#[test]
fn draws_of_today_unlock() {
    let config = json!({ "draws": 3 });
    check(&config, "player.draws.day", 2, "locked");
    check(&config, "player.draws.day", 3, "unlocked");
    check(&config, "player.draws.day", 4, "unlocked");
}

#[test]
fn any_integer_fact_unlocks() {
    let config = json!({ "fact": "player.wins.phone", "at_least": 1 });
    check(&config, "player.wins.phone", 0, "locked");
    check(&config, "player.wins.phone", 1, "unlocked");
    check(&config, "player.wins.phone", Value::None, "locked");
}

#[test]
fn it_must_be_clear_what_unlocks() {
    let unclear = [
        json!({}),
        json!({ "fact": "now.seconds" }),
        json!({ "at_least": 3 }),
        json!({ "draws": 3, "at_least": 3 }),
        json!({ "draws": 3, "fact": "now.seconds", "at_least": 3 }),
    ];
    for config in unclear {
        assert_eq!(testing::branch_problems::<Unlock>(&config)[0].hint, "give `draws`, or `fact` and `at_least`");
    }
    assert_eq!(testing::branch_problems::<Unlock>(json!({ "draws": 0.5 }))[0].place, "/draws");
}
