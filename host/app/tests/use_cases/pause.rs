use tombola_app::draw::DrawAnswer;
use tombola_domain::digest::Digest;
use tombola_domain::reason::Reason;
use tombola_store::Operation;
use tombola_store::campaigns::Campaigns;

use crate::fixture::{House, campaign, change, code, intent};

fn spring() -> tombola_domain::id::CampaignId {
    "spring".parse().unwrap()
}

#[tokio::test]
async fn a_paused_campaign_takes_no_draws() {
    let house = House::new().await;
    assert_eq!(code(house.app.set_paused(intent("early"), &spring(), true).await), "campaign-unknown");
    house.publish(&campaign("")).await;
    let made = house.draw("alice", "1").await;
    let pause = house.app.set_paused(intent("pause"), &spring(), true).await.unwrap();
    assert!(pause.result.paused && pause.result.changed && !pause.replayed);
    assert_eq!(house.refusal("alice", "2").await, "campaign-paused");
    // What was drawn before is still answered.
    let DrawAnswer::Drawn { draws, replayed: true } = house.ask("alice", "1", &[]).await.unwrap() else {
        panic!("the key is known");
    };
    assert_eq!(draws.first.id, made.id);
    assert!(house.app.campaign(&spring()).await.unwrap().paused);
    assert!(house.app.campaigns(None, |_| true, 9)[0].paused);
    house.app.ready().await.unwrap();

    let again = house.app.set_paused(intent("pause again"), &spring(), true).await.unwrap();
    assert!(again.result.paused && !again.result.changed);
    house.app.set_paused(intent("resume"), &spring(), false).await.unwrap();
    // A repeated pause is answered as it was, and not done again.
    assert!(house.app.set_paused(intent("pause"), &spring(), true).await.unwrap().replayed);
    assert_eq!(house.draw("alice", "2").await.ordinal, 2);
}

#[tokio::test]
async fn publishing_rolling_back_and_restarting_keep_a_pause() {
    let house = House::new().await;
    house.publish(&campaign("")).await;
    house.app.set_paused(intent("pause"), &spring(), true).await.unwrap();
    house.publish(&campaign("chances: {total: 9}")).await;
    assert_eq!(house.refusal("alice", "1").await, "campaign-paused");
    house.app.rollback(change("back"), 1).await.unwrap();
    assert_eq!(house.refusal("alice", "1").await, "campaign-paused");
    let house = house.restart().await;
    assert_eq!(house.refusal("alice", "1").await, "campaign-paused");
    house.app.set_paused(intent("resume"), &spring(), false).await.unwrap();
    assert_eq!(house.draw("alice", "1").await.revision, 1);
}

#[tokio::test]
async fn a_missed_pause_is_caught_up_with() {
    let house = House::new().await;
    house.publish(&campaign("")).await;
    // As if the answer had been lost between store and host.
    let at = "2026-11-30T23:30:00+08:00".parse().unwrap();
    let request = Digest::of(b"pause");
    let operation = Operation { actor: "operator".to_owned(), key: None, request, at, reason: Reason::default() };
    house.beside().await.set_paused(&operation, &spring(), true).await.unwrap();
    assert_eq!(house.refusal("alice", "1").await, "campaign-paused");
    // Already paused, as this host knows by now.
    assert!(!house.app.set_paused(intent("pause"), &spring(), true).await.unwrap().result.changed);
}

#[tokio::test]
async fn a_pause_that_was_missed_is_taken_up_by_whoever_asks_for_it_again() {
    let house = House::new().await;
    house.publish(&campaign("")).await;
    let unaware = house.second_app().await;
    house.app.set_paused(intent("pause"), &spring(), true).await.unwrap();
    assert!(!unaware.campaign(&spring()).await.unwrap().paused);
    assert!(unaware.set_paused(intent("pause"), &spring(), true).await.unwrap().replayed);
    assert!(unaware.campaign(&spring()).await.unwrap().paused);
}
