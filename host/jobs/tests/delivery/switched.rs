//! Deliveries that an operator switches off, and on again.

use std::time::Duration;

use tombola_app::intent::Intent;
use tombola_domain::award::State;
use tombola_domain::switch::{Setting, Switch};

use crate::house::{House, limits, until};
use crate::receiver::{Mood, Receiver};

/// Longer than it takes to look twice what is due. Nothing fails where it is too short on a busy machine.
const A_WHILE: Duration = Duration::from_millis(700);

async fn set(house: &House, switch: Switch, setting: Setting) {
    house.app.set_switch(Intent::of("operator"), switch, setting).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_won_waits_until_deliveries_are_on_again() {
    for switch in [Switch::DeliveriesOff, Switch::ReadsOnly] {
        let (mut house, crm) = (House::new().await, Receiver::start(Mood::Answer(204)).await);
        house.put("crm", &crm.url, limits(5_000, 8)).await;
        house.publish("spring", "{webhook: crm}").await;
        house.publish("autumn", "{points: 3}").await;
        house.publish("winter", "{chances: 3}").await;
        // Otherwise points are there with their draws.
        set(&house, Switch::DeliveriesOff, Setting::On).await;
        let mut awards = house.win("spring", 4).await;
        awards.extend(house.win("autumn", 4).await);
        awards.extend(house.win("winter", 4).await);
        set(&house, switch, Setting::On).await;
        if switch != Switch::DeliveriesOff {
            set(&house, Switch::DeliveriesOff, Setting::Off).await;
        }
        house.deliver();
        tokio::time::sleep(A_WHILE).await;
        assert_eq!((house.count(&awards, State::Pending).await, crm.count()), (12, 0), "{switch}");
        set(&house, switch, Setting::Off).await;
        house.all(&awards, State::Delivered).await;
        house.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn calls_under_way_end_and_no_others_begin() {
    let (mut house, crm) = (House::new().await, Receiver::start(Mood::Slow(Duration::from_millis(20))).await);
    house.put("crm", &crm.url, limits(5_000, 2)).await;
    house.publish("spring", "{webhook: crm}").await;
    let awards = house.win("spring", 60).await;
    house.deliver();
    until(async || crm.count() > 5).await;
    set(&house, Switch::DeliveriesOff, Setting::On).await;
    tokio::time::sleep(A_WHILE).await;
    assert!(crm.count() < 60, "{}", crm.count());
    set(&house, Switch::DeliveriesOff, Setting::Off).await;
    house.all(&awards, State::Delivered).await;
    assert_eq!((crm.count(), crm.taken().len()), (60, 60), "nothing is told twice");
    house.stop().await;
}
