use serde_json::{Value, json};
use tombola_rule::testing::{self, Answer};
use tombola_rule::{Reward, Span};

use crate::Referral;

#[track_caller]
fn check(config: &Value, before: i64, has_referrer: bool, expected: &[Reward]) {
    let rule = testing::rebate::<Referral>(config);
    let given = rule.given("event.count.total", before).given("event.has_referrer", has_referrer);
    assert_eq!(given.answer(), Answer::rewards(expected.to_vec()));
}

#[test]
fn the_first_event_of_who_was_brought_is_rewarded() {
    let span = Span { low: 1, high: 1 };
    let coins = Reward::points("coins", Span { low: 100, high: 100 });
    let both = json!({"referrer": [{"unit": "coins", "amount": 100}], "player": [{"chances": 1}, {"prize": "mug"}]});
    let rewards = [coins.clone().for_referrer(), Reward::chances(span), Reward::prize("mug", span)];
    check(&both, 0, true, &rewards);
    check(&both, 1, true, &[]);
    check(&both, 0, false, &[]);
    check(&json!({"referrer": [{"unit": "coins", "amount": 100}]}), 0, true, &[coins.clone().for_referrer()]);
    check(&json!({"player": [{"unit": "coins", "amount": 100}]}), 0, true, &[coins]);
}

#[test]
fn mistakes_have_their_place() {
    let place = |config: Value| testing::rebate_problems::<Referral>(config).remove(0).place;
    assert_eq!(place(json!({})), "");
    assert_eq!(place(json!({"player": [{"amount": 1}]})), "/player/0");
    assert_eq!(place(json!({"referrer": [{"chances": 1}, {}]})), "/referrer/1");
    let nine = vec![json!({"chances": 1}); 9];
    assert_eq!(place(json!({"referrer": nine, "player": nine})), "");
    assert_eq!(place(json!({"player": vec![json!({"chances": 1}); 17]})), "/player");
}
