use std::collections::BTreeMap;

use tombola_app::model::{Fault, Plan};
use tombola_app::trial::{Ticket, TrialRequest};
use tombola_app::{Error, Result};
use tombola_domain::digest::Digest;
use tombola_domain::fact::Value;
use tombola_domain::id::CampaignId;
use tombola_engine::finding::Code;

use crate::fixture::{GATE, House, campaign, change, code};

const BROKEN: &str = "guards: [{id: gate, rule: gate@1, config: {broken: true}, on_fault: proceed}]";

fn spring() -> CampaignId {
    "spring".parse().unwrap()
}

fn banned() -> BTreeMap<String, Value> {
    BTreeMap::from([("player.lists.banned".to_owned(), Value::Boolean(true))])
}

#[tokio::test]
async fn a_trial_leaves_nothing_behind() {
    let house = House::new().await;
    house.publish(&campaign(GATE)).await;
    let tried = house.app.try_draw(&spring(), TrialRequest::default()).await.unwrap();
    assert_eq!((tried.revision, tried.trace.steps.len(), tried.trace.had), (Some(1), 1, Some(0)));
    let request = TrialRequest { facts: banned(), ..TrialRequest::default() };
    let refused = house.app.try_draw(&spring(), request).await.unwrap();
    assert!(matches!(refused.trace.plan, Plan::Refuse { ref code, .. } if code == "banned-too"));
    assert_ne!(tried.seed, refused.seed, "each trial has a seed of its own");
    let view = house.app.player(&spring(), &"new-player".parse().unwrap(), None, 10).await.unwrap();
    assert_eq!((view.participation.draws, view.refusal), (0, None));
    assert_eq!(house.draw("alice", "1").await.ordinal, 1);
}

#[tokio::test]
async fn a_trial_can_be_repeated() {
    let house = House::new().await;
    let amounts = "trees: {default: {root: a, nodes: {a: {grant: drawn, amount: [1, 1000000]}}}}";
    house.publish(&campaign(amounts)).await;
    let one = house.app.try_draw(&spring(), TrialRequest::default()).await.unwrap();
    let same = TrialRequest { seed: Some(one.seed), ..TrialRequest::default() };
    assert_eq!(house.app.try_draw(&spring(), same).await.unwrap().trace, one.trace);
    let other = house.app.try_draw(&spring(), TrialRequest::default()).await.unwrap();
    assert_ne!(other.trace.plan, one.trace.plan);
}

#[tokio::test]
async fn a_document_is_tried_before_it_is_published() {
    let house = House::new().await;
    let on = |document: String, ticket| TrialRequest { document: Some(document), ticket, ..TrialRequest::default() };
    let wrong = "examples: [{name: wrong, expect: {prize: nothing}}]";
    // Nothing is published, and an example that fails is left aside.
    let tried = house.app.try_draw(&spring(), on(campaign(wrong), Ticket::Drawing("points".to_owned()))).await.unwrap();
    assert_eq!((tried.revision, tried.trace.drawn.unwrap().ticket), (None, 0));
    let refused = |document, ticket| async { code(house.app.try_draw(&spring(), on(document, ticket)).await) };
    assert_eq!(refused(campaign("").replace("points: 1}", "points: 0}"), Ticket::Seeded).await, "document-refused");
    assert_eq!(refused(campaign(""), Ticket::Number(1)).await, "ticket-too-high");
    assert_eq!(refused(campaign(""), Ticket::Drawing("nothing".to_owned())).await, "prize-not-drawn");
    assert_eq!(refused(campaign(""), Ticket::Drawing("car".to_owned())).await, "prize-refused");
    let unknown = TrialRequest {
        facts: BTreeMap::from([("player.name".to_owned(), Value::None)]),
        ..on(campaign(""), Ticket::Seeded)
    };
    assert_eq!(code(house.app.try_draw(&spring(), unknown).await), "fact-refused");
    assert_eq!(code(house.app.try_draw(&spring(), TrialRequest::default()).await), "campaign-unknown");
}

#[tokio::test]
async fn an_example_that_fails_keeps_a_document_from_being_published() {
    let house = House::new().await;
    let with = |expected: &str| {
        let facts = "facts: {player.lists.banned: true}";
        campaign(&format!("{GATE}\nexamples: [{{name: banned, {facts}, expect: {{refused: {expected}}}}}]"))
    };
    let failed = house.app.publish(change("wrong"), &with("banned")).await;
    let Err(Error::Findings(findings)) = failed else { panic!("{failed:?}") };
    assert_eq!((findings[0].code, findings[0].place.as_str()), (Code::ExampleFailed, "/examples/0/expect/refused"));
    let checked = house.app.check(&spring(), &with("banned")).await.unwrap();
    assert_eq!((checked.findings, checked.odds.is_none()), (findings, true));
    house.publish(&with("banned-too")).await;
}

#[tokio::test]
async fn a_rule_that_fails_for_a_new_player_is_told_and_keeps_nothing_from_being_published() {
    let house = House::new().await;
    let checked = house.app.check(&spring(), &campaign(BROKEN)).await.unwrap();
    let told: Vec<_> =
        checked.findings.iter().map(|one| (one.code, one.place.as_str(), one.message.as_str())).collect();
    let message = "'gate@1' fails on a new player's facts (trap: it is broken)";
    assert_eq!(told, [(Code::RuleFails, "/guards/0", message)]);
    assert!(checked.odds.is_some(), "it is a warning");
    assert_eq!(house.publish(&campaign(BROKEN)).await.findings, checked.findings);
    let sound = house.app.check(&spring(), &campaign(GATE)).await.unwrap();
    assert_eq!(sound.findings, []);
}

#[tokio::test]
async fn faults_are_kept_and_told_to_those_who_may_see_them() {
    let house = House::new().await;
    house.publish(&campaign(BROKEN)).await;
    let check_faults = faults(&house, &[]).await.unwrap();
    assert_eq!(origins(&check_faults), ["check"], "the trial of a publish");
    house.draw("alice", "1").await;
    house.app.try_draw(&spring(), TrialRequest { facts: banned(), ..TrialRequest::default() }).await.unwrap();
    house.app.odds(&spring(), &tombola_app::odds::OddsRequest::default()).await.unwrap();
    let found = faults(&house, &["spring"]).await.unwrap();
    assert_eq!(origins(&found), ["odds", "try", "draw", "check"]);
    let Fault { revision, node, kind, message, facts: seen, at, .. } = &found[1];
    assert_eq!((*revision, node.as_str(), kind.as_str()), (Some(1), "guards/gate", "trap"));
    assert_eq!(
        (message.as_str(), seen.as_str()),
        ("it is broken\n  0: gate::decide", r#"{"player.lists.banned":true}"#)
    );
    assert_eq!(at.to_string(), "2026-11-30T15:30:00.000Z");
    assert!(!format!("{found:?}").contains("alice"), "no fault names a player");
    assert_eq!(faults(&house, &["autumn"]).await.unwrap(), []);
    // They outlast the host.
    let house = house.restart().await;
    assert_eq!(faults(&house, &[]).await.unwrap().len(), 4);
}

#[tokio::test]
async fn draws_with_faults_are_counted_for_an_hour() {
    let house = House::new().await;
    house.publish(&campaign(BROKEN)).await;
    let count = |house: &House| house.app.campaigns(None, |_| true, 10)[0].faults_last_hour;
    assert_eq!(count(&house), 0, "what is only tried is not counted");
    house.draw("alice", "1").await;
    house.draw("bob", "1").await;
    assert_eq!(count(&house), 2);
    house.set_clock("2026-12-01T00:29:00+08:00");
    assert_eq!(count(&house), 2);
    house.set_clock("2026-12-01T00:30:00+08:00");
    assert_eq!(count(&house), 0);
}

/// Those of the gate, seen with a token for these campaigns.
async fn faults(house: &House, campaigns: &[&str]) -> Result<Vec<Fault>> {
    let campaigns: Vec<_> = campaigns.iter().map(|campaign| campaign.parse().unwrap()).collect();
    house.app.faults(&Digest::of(b"native gate 1.1.0"), &campaigns).await
}

fn origins(faults: &[Fault]) -> Vec<&str> {
    faults.iter().map(|fault| fault.origin.as_str()).collect()
}
