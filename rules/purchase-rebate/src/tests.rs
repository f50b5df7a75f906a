use proptest::prelude::*;
use serde_json::{Value, json};
use tombola_rule::config::AMOUNT_MAX;
use tombola_rule::testing::{self, Answer};
use tombola_rule::{Reward, Span};

use crate::PurchaseRebate;

const FACT: &str = "event.attribute.paid";

/// The points, 0 for nothing.
#[track_caller]
fn check(config: &Value, amount: impl Into<tombola_rule::Value>, points: i64) {
    let rule = testing::rebate::<PurchaseRebate>(config);
    let expected = (points > 0).then(|| Reward::points("coins", Span { low: points, high: points }));
    assert_eq!(rule.given(FACT, amount).answer(), Answer::rewards(expected));
}

fn config(more: &Value) -> Value {
    let mut config = json!({"attribute": "paid", "per_mille": 50, "unit": "coins"});
    config.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    config
}

#[test]
fn points_are_rounded_down() {
    let plain = config(&json!({}));
    for (amount, points) in [(19, 0), (20, 1), (39, 1), (40, 2), (1_999, 99), (2_000, 100)] {
        check(&plain, amount, points);
    }
    for amount in [0, -1, -2_000, i64::MIN] {
        check(&plain, amount, 0);
    }
    check(&plain, tombola_rule::Value::None, 0);
}

#[test]
fn floor_and_cap_hold() {
    let bounded = config(&json!({"floor": 5, "cap": 100, "from": 10}));
    for (amount, points) in [(9, 0), (10, 5), (119, 5), (120, 6), (2_000, 100), (i64::MAX, 100)] {
        check(&bounded, amount, points);
    }
    check(&config(&json!({"floor": 5, "cap": 5})), 1, 5);
}

#[test]
fn no_amount_is_too_large() {
    let most = json!({"attribute": "paid", "per_mille": 1_000_000, "unit": "coins"});
    check(&most, i64::MAX, AMOUNT_MAX);
    check(&most, 9_007_199_254_740, 9_007_199_254_740_000);
    check(&json!({"attribute": "paid", "per_mille": 1, "unit": "coins"}), i64::MAX, AMOUNT_MAX);
    check(&json!({"attribute": "paid", "per_mille": 1, "unit": "coins"}), AMOUNT_MAX, 9_007_199_254_740);
}

#[test]
fn mistakes_have_their_place() {
    for (more, place) in [
        (json!({"per_mille": 0}), "/per_mille"),
        (json!({"per_mille": 1_000_001}), "/per_mille"),
        (json!({"from": 0}), "/from"),
        (json!({"floor": -1}), "/floor"),
        (json!({"cap": AMOUNT_MAX + 1}), "/cap"),
        (json!({"floor": 6, "cap": 5}), "/floor"),
        (json!({"unit": 5}), "/unit"),
    ] {
        assert_eq!(testing::rebate_problems::<PurchaseRebate>(config(&more))[0].place, place, "{more}");
    }
}

proptest! {
    #[test]
    fn it_is_what_exact_fractions_say(amount: i64, per_mille in 1i64..=1_000_000, floor in 0i64..1_000, width in 1i64..AMOUNT_MAX - 1_000) {
        let cap = floor + width;
        let rule = json!({"attribute": "paid", "per_mille": per_mille, "unit": "coins", "floor": floor, "cap": cap});
        // The largest whole number that is no more than the fraction: one more would be.
        let (low, high) = (i128::from(floor), i128::from(cap));
        let product = i128::from(amount) * i128::from(per_mille);
        let whole = product.div_euclid(1000);
        prop_assert!(whole * 1000 <= product && product < (whole + 1) * 1000);
        let points = if amount < 1 { 0 } else { whole.clamp(low, high) };
        check(&rule, amount, i64::try_from(points).unwrap());
    }
}
