use proptest::prelude::*;
use serde_json::{Value, json};
use tombola_rule::testing::{self, Answer};
use tombola_rule::{Reward, Span};

use crate::SignIn;

fn coins(low: i64, high: i64) -> Reward {
    Reward::points("coins", Span { low, high })
}

fn chances(amount: i64) -> Reward {
    Reward::chances(Span { low: amount, high: amount })
}

#[track_caller]
fn check(config: &Value, is_first: bool, days_before: i64, expected: &[Reward]) {
    let rule = testing::rebate::<SignIn>(config);
    let given = rule.given("event.is_first_today", is_first).given("event.streak_days", days_before);
    assert_eq!(given.answer(), Answer::rewards(expected.to_vec()), "{days_before}");
}

#[test]
fn a_day_is_rewarded_once() {
    let config = json!({"unit": "coins", "base": [5, 10]});
    check(&config, true, 0, &[coins(5, 10)]);
    check(&config, true, 400, &[coins(5, 10)]);
    check(&config, false, 0, &[]);
    check(&json!({"chances": 2}), true, 0, &[chances(2)]);
}

#[test]
fn days_in_a_row_are_rewarded_besides_when_they_are_reached() {
    let config = json!({"unit": "coins", "base": 10, "streaks": [{"days": 3, "bonus": 20}, {"days": 7, "bonus": 50}]});
    let daily = coins(10, 10);
    for before in [0, 1, 3, 5, 7, 13, i64::MAX] {
        check(&config, true, before, std::slice::from_ref(&daily));
    }
    check(&config, true, 2, &[daily.clone(), coins(20, 20)]);
    check(&config, true, 6, &[daily, coins(50, 50)]);
    check(&config, false, 6, &[]);
    check(&json!({"unit": "coins", "streaks": [{"days": 2, "bonus": 9}]}), true, 0, &[]);
    check(&json!({"unit": "coins", "streaks": [{"days": 2, "bonus": 9}]}), true, 1, &[coins(9, 9)]);
    check(&json!({"chances": 1, "streaks": [{"days": 1, "bonus": 1}]}), true, 0, &[chances(1), chances(1)]);
}

#[test]
fn a_cycle_begins_anew() {
    let config = json!({"chances": 1, "cycle": 7, "streaks": [{"days": 7, "bonus": 2}]});
    for (before, is_bonus) in [(5, false), (6, true), (7, false), (13, true), (699, true), (700, false)] {
        let bonus = is_bonus.then(|| chances(2));
        check(&config, true, before, &[chances(1)].into_iter().chain(bonus).collect::<Vec<_>>());
    }
}

#[test]
fn mistakes_have_their_place() {
    let places = |config: Value| {
        testing::rebate_problems::<SignIn>(config).into_iter().map(|problem| problem.place).collect::<Vec<_>>()
    };
    for unclear in [
        json!({}),
        json!({"unit": "coins"}),
        json!({"base": 1}),
        json!({"unit": "coins", "base": 1, "chances": 1}),
        json!({"chances": 1, "base": 1}),
    ] {
        assert_eq!(places(unclear), [""]);
    }
    assert_eq!(places(json!({"chances": 1, "cycle": 0})), ["/cycle"]);
    assert_eq!(places(json!({"chances": 0})), ["/chances"]);
    let streaks =
        json!([{"days": 0, "bonus": 1}, {"days": 3, "bonus": 1}, {"days": 3, "bonus": 1}, {"days": 8, "bonus": 1}]);
    assert_eq!(
        places(json!({"chances": 1, "cycle": 7, "streaks": streaks})),
        ["/streaks/0", "/streaks/2", "/streaks/3"]
    );
}

proptest! {
    #[test]
    fn searching_equals_scanning(steps in prop::collection::vec(1i64..9, 0..20), before in 0i64..80, cycle in prop::option::of(1i64..300)) {
        let mut days = 0;
        let streaks: Vec<i64> = steps.iter().map(|step| { days += step; days }).collect();
        let cycle = cycle.map(|more| days + more);
        let written: Vec<_> = streaks.iter().map(|days| json!({"days": days, "bonus": 100 + days})).collect();
        let config = json!({"unit": "coins", "base": 1, "streaks": written, "cycle": cycle});
        let day = cycle.map_or(before, |cycle| before % cycle) + 1;
        let bonus = streaks.contains(&day).then(|| coins(100 + day, 100 + day));
        check(&config, true, before, &[coins(1, 1)].into_iter().chain(bonus).collect::<Vec<_>>());
    }
}
