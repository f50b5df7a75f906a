use std::sync::Arc;
use std::time::Duration;

use tombola_app::admission::Standing;
use tombola_app::draw::DrawAnswer;
use tombola_app::switches::SwitchView;
use tombola_app::{App, Error};
use tombola_domain::switch::{Limited, Setting, Switch};

use crate::fixture::{House, campaign, code, intent};

const PLAYER_RATE: Switch = Switch::Rate(Limited::Player);

async fn set(app: &App, key: &str, switch: Switch, setting: &str) {
    app.set_switch(intent(key), switch, switch.setting(setting).unwrap()).await.unwrap();
}

/// Two hosts on one database: the one that is asked goes by a setting at once, the other once it looks.
#[tokio::test]
async fn while_nothing_is_written_known_keys_are_answered() {
    let house = House::new().await;
    house.publish(&campaign("")).await;
    let made = house.draw("alice", "1").await;
    let other = house.second_app().await;
    set(&other, "on", Switch::ReadsOnly, "on").await;
    assert!(house.app.writes() && !other.writes());
    house.app.take_up_switches().await.unwrap();
    assert_eq!(house.refusal("alice", "2").await, "reads-only");
    let DrawAnswer::Drawn { draws, replayed: true } = house.ask("alice", "1", &[]).await.unwrap() else {
        panic!("the key is known");
    };
    assert_eq!(draws.first.id, made.id);

    let house = house.restart().await;
    assert_eq!(house.refusal("alice", "2").await, "reads-only");
    set(&house.app, "off", Switch::ReadsOnly, "off").await;
    assert_eq!(house.draw("alice", "2").await.ordinal, 2);
}

#[tokio::test]
async fn a_repeated_setting_is_answered_and_changes_nothing() {
    let house = House::new().await;
    set(&house.app, "on", Switch::DeliveriesOff, "on").await;
    set(&house.app, "off", Switch::DeliveriesOff, "off").await;
    let again = house.app.set_switch(intent("on"), Switch::DeliveriesOff, Setting::On).await.unwrap();
    assert_eq!((again.result, again.replayed), (1, true));
    assert!(house.app.delivers());
    let other = house.app.set_switch(intent("on"), Switch::DeliveriesOff, Setting::Off).await;
    assert_eq!(code(other), "idempotency-key-reused");
}

#[tokio::test]
async fn a_rate_is_taken_up_and_counts_on_every_host_by_itself() {
    let house = House::new().await;
    let (alice, spring) = ("alice".parse().unwrap(), "spring".parse().unwrap());
    assert!(!house.app.is_limiting());
    assert_eq!(house.app.admit_player(&alice).unwrap(), None);
    set(&house.app, "two", PLAYER_RATE, "2/8s").await;
    assert!(house.app.is_limiting());
    let told = |standing: Option<Standing>| standing.map(|standing| (standing.left, standing.more_in_s));
    assert_eq!(told(house.app.admit_player(&alice).unwrap()), Some((1, 9)));
    assert_eq!(told(house.app.admit_player(&alice).unwrap()), Some((0, 9)));
    let refused = house.app.admit_player(&alice).unwrap_err();
    assert!(refused.is_retryable());
    assert_eq!(refused.to_string(), "2 requests for this player are taken in 8 s; repeat it with the same key in 9 s");
    assert_eq!(house.app.admit_campaign(&spring).unwrap(), None);

    let other = house.second_app().await;
    assert_eq!(told(other.admit_player(&alice).unwrap()), Some((1, 9)));
    house.set_clock("2026-11-30T23:30:09+08:00");
    assert!(house.app.admit_player(&alice).is_ok());
    set(&other, "off", PLAYER_RATE, "off").await;
    house.app.take_up_switches().await.unwrap();
    assert!(!house.app.is_limiting());
}

#[tokio::test]
async fn settings_are_shown_with_what_holds_here() {
    let house = House::new().await;
    set(&house.app, "rate", PLAYER_RATE, "5/1s").await;
    set(&house.app, "default", PLAYER_RATE, "default").await;
    let views = house.app.switches().await.unwrap();
    let told = |view: &SwitchView| {
        let version = view.set.map(|set| set.version);
        (view.switch.as_str(), view.setting.to_string(), view.holds.to_string(), version)
    };
    let row = |switch, setting: &str, holds: &str, version| (switch, setting.to_owned(), holds.to_owned(), version);
    let expected = [
        row("reads-only", "off", "off", None),
        row("deliveries-off", "off", "off", None),
        row("token-rate", "default", "off", None),
        row("player-rate", "default", "off", Some(2)),
        row("campaign-rate", "default", "off", None),
    ];
    assert_eq!(views.iter().map(told).collect::<Vec<_>>(), expected);
}

#[tokio::test]
async fn a_task_looks_for_settings() {
    let house = House::new().await;
    let unaware = Arc::new(house.second_app().await);
    App::keep_current(&unaware);
    set(&house.app, "on", Switch::ReadsOnly, "on").await;
    // However long it takes: a test that hangs fails.
    while unaware.writes() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert!(matches!(unaware.check_writes(), Err(Error::NotAdmitted(_))));
}
