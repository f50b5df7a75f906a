use serde_json::json;
use tombola_rule::testing::{self, Answer};

use crate::Allowlist;

fn check(config: &serde_json::Value, listed: bool, expected: &Answer) {
    let rule = testing::guard::<Allowlist>(config);
    assert_eq!(rule.given("player.lists.guests", listed).answer(), *expected);
}

#[test]
fn players_on_the_list_take_part() {
    for consequence in
        [json!({ "list": "guests", "refuse": {} }), json!({ "list": "guests", "grant": { "prize": "p" } })]
    {
        check(&consequence, true, &Answer::proceed());
    }
}

#[test]
fn others_are_refused_or_granted() {
    let refused = json!({ "list": "guests", "refuse": { "message": "For guests." } });
    check(&refused, false, &Answer::refuse("not-listed", "For guests."));
    check(&json!({ "list": "guests", "grant": { "prize": "p", "amount": 3 } }), false, &Answer::grant("p", 3, 3));
}

#[test]
fn one_consequence_is_needed() {
    for config in [json!({ "list": "guests" }), json!({ "list": "guests", "refuse": {}, "grant": { "prize": "p" } })] {
        let problem = testing::guard_problems::<Allowlist>(&config).remove(0);
        assert_eq!(problem.hint, "give either `grant` or `refuse`");
    }
    assert_eq!(testing::guard_problems::<Allowlist>(json!({ "list": "", "refuse": {} }))[0].place, "/list");
}
