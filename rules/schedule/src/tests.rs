use serde_json::{Value, json};
use tombola_rule::testing::{self, Answer};

use crate::{Opening, Switch};

/// Which of these times, as weekday and `"HH:MM"`, are open.
fn check(config: &Value, times: &[(i64, &str, bool)]) {
    let rule = testing::branch::<Switch>(config);
    for &(weekday, time, open) in times {
        let (hour, minute) = time.split_once(':').unwrap();
        let minute = hour.parse::<i64>().unwrap() * 60 + minute.parse::<i64>().unwrap();
        let now = rule.given("now.local.weekday", weekday).given("now.local.minute", minute);
        assert_eq!(now.answer(), Answer::follow(if open { "open" } else { "closed" }), "{weekday} {time}");
    }
}

fn guard(config: &Value, minute: i64) -> Answer {
    let rule = testing::guard::<Opening>(config);
    rule.given("now.local.weekday", 3).given("now.local.minute", minute).answer()
}

fn place(config: &Value) -> String {
    testing::branch_problems::<Switch>(config).remove(0).place
}

#[test]
fn hours_hold_every_day() {
    let config = json!({ "hours": ["09:00-12:00", "13:30-24:00"] });
    check(&config, &[(1, "08:59", false), (1, "09:00", true), (7, "11:59", true), (7, "12:00", false)]);
    check(&config, &[(2, "13:29", false), (2, "13:30", true), (2, "23:59", true), (3, "00:00", false)]);
}

#[test]
fn weekdays_hold_all_day() {
    let config = json!({ "weekdays": ["mon", "sun"] });
    check(
        &config,
        &[(1, "00:00", true), (1, "23:59", true), (2, "00:00", false), (6, "23:59", false), (7, "00:00", true)],
    );
}

#[test]
fn hours_over_midnight_belong_to_the_day_on_which_they_begin() {
    let config = json!({ "hours": ["22:00-02:00"], "weekdays": ["fri", "sun"] });
    check(
        &config,
        &[(5, "01:00", false), (5, "22:00", true), (6, "01:59", true), (6, "02:00", false), (6, "22:00", false)],
    );
    check(&config, &[(7, "21:59", false), (7, "23:00", true), (1, "00:30", true), (1, "02:00", false)]);
}

#[test]
fn a_guard_refuses_outside() {
    let closed = |message| Answer::refuse("closed", message);
    let config = json!({ "hours": ["09:00-12:00"] });
    assert_eq!(guard(&config, 600), Answer::proceed());
    assert_eq!(guard(&config, 0), closed("This draw is closed at this hour."));
    let config = json!({ "hours": ["09:00-12:00"], "pool": "p", "refuse": { "message": "Closed." } });
    assert_eq!(guard(&config, 600), Answer::choose("p"));
    assert_eq!(guard(&config, 0), closed("Closed."));
}

#[test]
fn a_guard_chooses_inside() {
    let config = json!({ "hours": ["09:00-12:00"], "pool": "p" });
    assert_eq!(guard(&config, 600), Answer::choose("p"));
    assert_eq!(guard(&config, 0), Answer::proceed());
}

#[test]
fn mistakes_have_their_place() {
    assert_eq!(place(&json!({})), "");
    for range in
        ["9:00-12:00", "09:00", "09:60-10:00", "24:00-01:00", "09:00-09:00", "25:00-26:00", "09:00-24:01", "a€:00-1"]
    {
        assert_eq!(place(&json!({ "hours": ["00:00-01:00", range] })), "/hours/1", "{range}");
    }
    assert_eq!(place(&json!({ "weekdays": ["mon", "monday"] })), "/weekdays/1");
    assert_eq!(place(&json!({ "hours": vec!["00:00-01:00"; 25] })), "/hours");
    assert_eq!(place(&json!({ "hours": ["00:00-01:00"], "pool": "p" })), "");
    assert_eq!(place(&json!({ "hours": ["00:00-01:00"], "end": "01:00" })), "/end");
}
