use serde_json::json;
use tombola_rule::testing::{self, Answer};

use crate::Consolation;

#[test]
fn the_prize_is_granted() {
    for (amount, low, high) in [(json!(7), 7, 7), (json!([1, 100]), 1, 100), (json!([3, 3]), 3, 3)] {
        let rule = testing::branch::<Consolation>(json!({ "prize": "points", "amount": amount }));
        assert_eq!(rule.answer(), Answer::grant("points", low, high));
    }
    let rule = testing::branch::<Consolation>(json!({ "prize": "points" }));
    assert_eq!(rule.answer(), Answer::grant("points", 1, 1));
}

#[test]
fn amounts_are_checked() {
    let wrong = [
        json!(0),
        json!(-1),
        json!([2, 1]),
        json!(1_u64 << 53),
        json!(u64::MAX),
        json!([1]),
        json!([1, 2, 3]),
        json!("1"),
    ];
    for amount in wrong {
        let problems = testing::branch_problems::<Consolation>(json!({ "prize": "points", "amount": amount }));
        assert_eq!(problems[0].place, "/amount", "{amount}");
    }
}
