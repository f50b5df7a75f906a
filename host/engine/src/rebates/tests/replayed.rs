//! What was given is replayed, and whatever is altered is noticed at its place.

use proptest::prelude::*;
use tombola_domain::digest::Digest;
use tombola_domain::rebate::{Disclosure, OpenReceipt, Receipt, Terms};
use tombola_domain::receipt;
use tombola_domain::stock::Token;

use super::*;
use crate::replay::{Mismatch, Replay};

const REBATES: &str = "{id: a, on: purchase, rule: say@1, config: {fact: event.count.total, outcomes: [\
                       {rewards: []}, {rewards: [[coins, 1, 1000], [prize mug], [prize mug], [prize mug], [prize pen]]}]}}, \
                       {id: b, on: purchase, rule: say@1, config: {fact: event.has_referrer, outcomes: [\
                       {rewards: [[chances, 1, 5, referrer]]}, {rewards: [[chances, 1, 5], [coins, 7, 7, referrer]]}]}}, \
                       {id: c, on: purchase, rule: say@1, config: {weights: [1, 1], outcomes: [{rewards: [[stars]]}, {rewards: []}]}}";

/// A purchase that earned everything, and what it is held against.
struct Case {
    pipeline: Pipeline,
    player: tombola_domain::id::PlayerId,
    facts: Vec<Value>,
    receipt: Receipt,
}

/// Of the units that are asked for, the first so many are there.
fn case(seed: u8, won: u64, units: usize, has_referrer: bool) -> Case {
    let pipeline = pipeline(REBATES);
    let event = pipeline.event("purchase").unwrap();
    let facts = vec![Value::Integer(1), Value::Boolean(has_referrer)];
    let seed = Seed::from_bytes([seed; 32]);
    let disclosure = Disclosure {
        values: receipt::Disclosure {
            salt: [5; 32],
            player: "alice".parse().unwrap(),
            facts: event.facts.iter().map(ToString::to_string).zip(facts.clone()).collect(),
        },
        referrer: has_referrer.then(|| "bob".parse().unwrap()),
        event: "order-17".parse().unwrap(),
    };
    let decided = decide(event, &Situation { facts: &facts, seed: &seed }).unwrap();
    let terms = Terms {
        engine: "native".to_owned(),
        campaign: pipeline.campaign.clone(),
        revision: 1,
        revision_digest: Digest::of(b"revision"),
        modules: pipeline.modules.clone(),
        epoch: 1,
        epoch_commitment: Digest::of(b"epoch"),
        event_type: event.name.clone(),
        occurred_at: "2026-12-02T15:30:00Z".parse().unwrap(),
        received_at: "2026-12-02T15:30:05Z".parse().unwrap(),
        ordinal: 2,
        seed,
        player: disclosure.values.player_commitment(),
        referrer: disclosure.referrer_commitment(),
        event: disclosure.event_commitment(),
        facts: disclosure.values.fact_commitments(),
        lists: vec![],
        room: room(&pipeline, &decided.rewards, &[("mug".parse().unwrap(), Won { total: won, today: 0 })].into()),
        steps: decided.steps,
    };
    let open = OpenReceipt { terms, rewards: decided.rewards };
    let mut given = 0;
    let verdicts = open.settle(|_, reward| {
        Ok::<_, ()>(match (reward.stocked, given < units) {
            (false, _) => Verdict::Granted(None),
            (true, false) => Verdict::SoldOut { mark: 1 },
            (true, true) => {
                given += 1;
                Verdict::Granted(Some(Token { bucket: 0, unit: given as u64 }))
            }
        })
    });
    let receipt = open.close(&verdicts.unwrap());
    Case { player: disclosure.values.player, receipt, facts, pipeline }
}

impl Case {
    fn replayed(&self, same_rules: bool) -> Result<(), Mismatch> {
        let Case { pipeline, player, facts, receipt } = self;
        replay(receipt, &Replay { pipeline, player, facts, same_rules, same_zones: true }).unwrap()
    }
}

proptest! {
    #[test]
    fn what_was_given_is_replayed(seed: u8, won in 0u64..5, units in 0usize..4, has_referrer: bool) {
        let case = case(seed, won, units, has_referrer);
        prop_assert_eq!(case.replayed(true), Ok(()));
        prop_assert_eq!(Receipt::decode(&case.receipt.encode()), Ok(case.receipt));
    }
}

#[track_caller]
fn check_altered(alter: impl Fn(&mut Receipt), place: &str) {
    let mut case = case(1, 1, 9, true);
    alter(&mut case.receipt);
    assert_eq!(case.replayed(true).unwrap_err().place, place);
}

#[test]
fn whatever_is_altered_is_noticed_at_its_place() {
    check_altered(|receipt| receipt.terms.campaign = "autumn".parse().unwrap(), "campaign");
    check_altered(|receipt| receipt.terms.modules.clear(), "modules");
    check_altered(|receipt| receipt.terms.event_type = "sale".parse().unwrap(), "event_type");
    check_altered(|receipt| receipt.terms.event_type = "visit".parse().unwrap(), "facts");
    check_altered(|receipt| receipt.terms.facts.clear(), "facts");
    check_altered(|receipt| receipt.terms.lists.push(("vip".parse().unwrap(), 1)), "lists");
    check_altered(|receipt| receipt.terms.occurred_at = "2027-01-01T00:00:00Z".parse().unwrap(), "occurred_at");
    check_altered(|receipt| receipt.terms.referrer = None, "disclosure.facts.event.has_referrer");
    check_altered(|receipt| receipt.terms.seed = Seed::from_bytes([200; 32]), "rewards[0]");
    check_altered(|receipt| receipt.terms.steps[0].outcome = "reward nothing".to_owned(), "steps[0]");
    check_altered(|receipt| receipt.terms.steps[1].fuel += 1, "steps[1]");
    check_altered(|receipt| _ = receipt.terms.steps.pop(), "steps");
    check_altered(|receipt| receipt.terms.room.clear(), "rewards[3]");
    check_altered(|receipt| receipt.terms.room[0].left = 0, "rewards[1]");
    check_altered(|receipt| receipt.terms.room[0].left = 1_000, "rewards[3]");
    check_altered(|receipt| receipt.terms.room[0].limit = Limit::PlayerDay, "rewards[3]");
    check_altered(|receipt| receipt.terms.room[0].prize = "pen".parse().unwrap(), "rewards[3]");
    check_altered(|receipt| receipt.rewards[0].amount += 1, "rewards[0]");
    check_altered(|receipt| receipt.rewards[0].recipient = Recipient::Referrer, "rewards[0]");
    check_altered(|receipt| receipt.rewards[0].verdict = Verdict::SoldOut { mark: 1 }, "rewards[0]");
    check_altered(|receipt| receipt.rewards[0].verdict = Verdict::NoReferrer, "rewards[0]");
    check_altered(|receipt| receipt.rewards[1].verdict = Verdict::Granted(None), "rewards[1]");
    check_altered(|receipt| receipt.rewards[1].verdict = Verdict::LimitReached(Limit::Player), "rewards[1]");
    check_altered(|receipt| receipt.rewards[3].verdict = Verdict::SoldOut { mark: 1 }, "rewards[3]");
    check_altered(|receipt| receipt.rewards[4].verdict = Verdict::SoldOut { mark: 1 }, "rewards[4]");
    check_altered(|receipt| _ = receipt.rewards.pop(), "rewards");
    check_altered(|receipt| receipt.rewards.push(receipt.rewards[0].clone()), "rewards");
    check_altered(|receipt| receipt.rewards.swap(0, 4), "rewards[0]");
}

#[test]
fn more_room_than_the_document_leaves_is_noticed() {
    let mut case = case(1, 0, 0, true);
    assert_eq!(case.replayed(true), Ok(()));
    case.receipt.terms.room[0].left = 4;
    assert_eq!(case.replayed(true).unwrap_err().place, "room");
}

#[test]
fn another_engine_may_count_fuel_otherwise() {
    let mut case = case(1, 0, 9, true);
    case.receipt.terms.steps[0].fuel += 7;
    assert_eq!(case.replayed(false), Ok(()));
    case.receipt.rewards[0].amount += 1;
    assert!(case.replayed(false).unwrap_err().is_engines);
}
