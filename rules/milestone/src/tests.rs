use serde_json::{Value, json};
use tombola_rule::testing::{self, Answer};
use tombola_rule::{Reward, Span};

use crate::Milestone;

#[test]
fn every_so_manieth_event_is_rewarded() {
    let rewarded = |every: i64, before: i64| {
        let rule = testing::rebate::<Milestone>(json!({"every": every, "rewards": [{"chances": 1}]}));
        let chance = Answer::rewards([Reward::chances(Span { low: 1, high: 1 })]);
        let answer = rule.given("event.count.total", before).answer();
        assert!(answer == chance || answer == Answer::rewards([]));
        answer == chance
    };
    let counted: Vec<i64> = (0..30).filter(|before| rewarded(10, *before)).map(|before| before + 1).collect();
    assert_eq!(counted, [10, 20, 30]);
    assert!((0..5).all(|before| rewarded(1, before)));
    assert!(rewarded(i64::MAX, i64::MAX - 1) && !rewarded(i64::MAX, i64::MAX));
}

#[test]
fn everything_that_is_written_is_given() {
    let rewards =
        json!([{"unit": "coins", "amount": [5, 9]}, {"unit": "stars"}, {"prize": "mug", "amount": 2}, {"chances": 3}]);
    let rule = testing::rebate::<Milestone>(json!({"every": 1, "rewards": rewards}));
    let span = |low, high| Span { low, high };
    let expected = [
        Reward::points("coins", span(5, 9)),
        Reward::points("stars", span(1, 1)),
        Reward::prize("mug", span(2, 2)),
        Reward::chances(span(3, 3)),
    ];
    assert_eq!(rule.given("event.count.total", 0).answer(), Answer::rewards(expected));
}

#[test]
fn mistakes_have_their_place() {
    let place = |every: i64, rewards: &Value| {
        testing::rebate_problems::<Milestone>(json!({"every": every, "rewards": rewards})).remove(0).place
    };
    assert_eq!(place(0, &json!([{"chances": 1}])), "/every");
    assert_eq!(place(1, &json!([])), "/rewards");
    assert_eq!(place(1, &Value::from(vec![json!({"chances": 1}); 17])), "/rewards");
    for unclear in [
        json!({}),
        json!({"amount": 1}),
        json!({"unit": "coins", "chances": 1}),
        json!({"unit": "coins", "prize": "mug"}),
        json!({"chances": 1, "amount": 1}),
    ] {
        assert_eq!(place(1, &json!([{"chances": 1}, unclear])), "/rewards/1", "{unclear}");
    }
    assert_eq!(place(1, &json!([{"unit": "coins", "amount": 0}])), "/rewards/0/amount");
}
