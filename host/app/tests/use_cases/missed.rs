//! Activations that the store has and this host did not hear of, as when a commit outlived its call.

use std::sync::Arc;
use std::time::Duration;

use tombola_app::App;
use tombola_domain::id::CampaignId;

use crate::fixture::{House, campaign, change, code, intent};

fn spring() -> CampaignId {
    "spring".parse().unwrap()
}

/// A campaign that this host takes to be paused, and that was resumed.
async fn resumed_unheard() -> House {
    let house = House::new().await;
    house.publish(&campaign("")).await;
    house.app.set_paused(intent("pause"), &spring(), true).await.unwrap();
    house.second_app().await.set_paused(intent("resume"), &spring(), false).await.unwrap();
    assert_eq!(house.refusal("alice", "1").await, "campaign-paused");
    house
}

#[tokio::test]
async fn a_resume_is_taken_up() {
    let house = resumed_unheard().await;
    house.app.take_up_missed().await.unwrap();
    assert_eq!(house.draw("alice", "1").await.ordinal, 1);
}

#[tokio::test]
async fn a_first_publish_and_a_reopened_window_are_taken_up() {
    let house = House::new().await;
    let other = house.second_app().await;
    other.publish(change("first"), &campaign("")).await.unwrap();
    assert_eq!(house.refusal("alice", "1").await, "campaign-unknown");
    house.app.take_up_missed().await.unwrap();
    house.set_clock("2027-01-15T12:00:00+08:00");
    assert_eq!(house.refusal("alice", "1").await, "campaign-closed");
    let longer = campaign("").replace("2026-12-31", "2027-12-31");
    other.publish(change("longer"), &longer).await.unwrap();
    house.app.take_up_missed().await.unwrap();
    assert_eq!(house.draw("alice", "1").await.revision, 2);
}

#[tokio::test]
async fn a_rotation_that_failed_for_an_unheard_one_succeeds_the_next_time() {
    let house = House::new().await;
    house.second_app().await.rotate_epoch(intent("unheard")).await.unwrap();
    assert_eq!(code(house.app.rotate_epoch(intent("first")).await), "epoch-not-current");
    assert_eq!(house.app.rotate_epoch(intent("second")).await.unwrap().current.number, 3);
}

/// Here every write fails, since another host has taken over; what is read is still true.
#[tokio::test]
async fn a_write_that_failed_is_looked_up() {
    let unaware = resumed_unheard().await;
    let taker = unaware.take_over().await;
    assert_eq!(code(unaware.app.set_paused(intent("again"), &spring(), false).await), "store-lost");
    assert!(!unaware.app.campaign(&spring()).await.unwrap().paused);
    let unheard = unaware.second_app().await;
    drop(taker);
    unheard.publish(change("unheard"), &campaign("chances: {total: 9}")).await.unwrap();
    assert_eq!(code(unaware.app.publish(change("mine"), &campaign("chances: {total: 3}")).await), "store-lost");
    assert_eq!(unaware.app.campaign(&spring()).await.unwrap().revision, 2);
}

#[tokio::test]
async fn a_task_looks_for_them() {
    let house = resumed_unheard().await;
    let unaware = Arc::new(house.second_app().await);
    App::keep_current(&unaware);
    house.second_app().await.set_paused(intent("stop"), &spring(), true).await.unwrap();
    // However long it takes: a test that hangs fails.
    while !unaware.campaign(&spring()).await.unwrap().paused {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}
