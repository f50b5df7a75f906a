use proptest::prelude::*;
use tombola_domain::amount::Span;
use tombola_domain::random::Seed;
use tombola_domain::receipt::{Disclosure, Format, OpenReceipt};
use tombola_domain::stock::Token;

use super::*;
use crate::testing::pipeline;

/// Limits decide how far the tree is walked, weights where to, and amounts are ranges.
const CAMPAIGN: &str = "
campaign: spring
title: Spring
window: {opens: 2026-12-01T00:00:00Z, closes: 2027-01-01T00:00:00Z, timezone: Asia/Shanghai}
prizes:
  - {id: phone, title: Phone, stock: 5}
  - {id: mug, title: Mug, stock: unlimited, limits: {player: 1, player_day: 1}}
  - {id: points, title: Points, stock: unlimited}
pools: {default: {phone: 1, mug: 1, nothing: 1}}
guards: [{id: g, rule: say@1, config: {fact: player.draws.total, outcomes: [proceed, proceed]}}]
trees:
  default:
    root: a
    nodes:
      a: {grant: drawn, sold_out: b}
      b: {grant: mug, sold_out: c}
      c: {rule: say@1, config: {weights: [1, 2], outcomes: [{follow: d}, {grant: [points, 1, 100]}]}, on: {d: d}}
      d: {grant: points, amount: [5, 500]}
";

/// A draw whose grants are refused until the `granted`th, with what its receipt commits to.
fn drawn(seed: u8, is_limited: bool, granted: usize) -> (Pipeline, PlayerId, Vec<Value>, Receipt) {
    let pipeline = pipeline(CAMPAIGN);
    let player: PlayerId = "alice".parse().unwrap();
    let facts = vec![Value::Integer(1)];
    let seed = Seed::from_bytes([seed; 32]);
    let limit = is_limited.then_some(Limit::PlayerDay);
    let limits = [None, limit, None];
    let decided = decide(&pipeline, &Situation { facts: &facts, limits: &limits, seed: &seed }).unwrap();
    let Plan::Draw { ticket, grants } = decided.plan else { panic!("nothing refuses") };
    let verdicts: Vec<Verdict> =
        grants.iter().enumerate().map(|(position, grant)| verdict(grant, position >= granted)).collect();
    let last = verdicts.iter().position(|verdict| matches!(verdict, Verdict::Granted(_)));
    let disclosure = Disclosure {
        salt: [3; 32],
        player: player.clone(),
        facts: vec![("player.draws.total".to_owned(), facts[0].clone())],
    };
    let drawn_at = "2026-12-02T12:00:00Z".parse().unwrap();
    let terms = Terms {
        format: Format::Two,
        engine: "native".to_owned(),
        campaign: pipeline.campaign.clone(),
        revision: 1,
        revision_digest: Digest::of(b"revision"),
        modules: pipeline.modules.clone(),
        epoch: 1,
        epoch_commitment: Digest::of(b"epoch"),
        draw: draw_id(&player, &seed, drawn_at),
        drawn_at,
        ordinal: 2,
        seed,
        player: disclosure.player_commitment(),
        facts: disclosure.fact_commitments(),
        lists: vec![],
        limits: limit.map(|limit| ("mug".parse().unwrap(), limit)).into_iter().collect(),
        ticket,
        steps: decided.steps,
    };
    let receipt = OpenReceipt { terms, grants }.close(&verdicts[..last.map_or(verdicts.len(), |last| last + 1)]);
    (pipeline, player, facts, receipt)
}

fn verdict(grant: &Grant, is_granted: bool) -> Verdict {
    match (grant.limit, grant.stocked, is_granted) {
        (Some(limit), _, _) => Verdict::LimitReached(limit),
        (None, true, false) => Verdict::SoldOut { mark: 1 },
        (None, true, true) => Verdict::Granted(Some(Token { bucket: 0, unit: 1 })),
        (None, false, _) => Verdict::Granted(None),
    }
}

#[track_caller]
fn replayed(receipt: &Receipt, (pipeline, player, facts): (&Pipeline, &PlayerId, &[Value])) -> Result<(), Mismatch> {
    replay(receipt, &Replay { pipeline, player, facts, same_rules: true, same_zones: true }).unwrap()
}

proptest! {
    #[test]
    fn what_was_drawn_is_replayed(seed: u8, is_limited: bool, granted in 0usize..5) {
        let (pipeline, player, facts, receipt) = drawn(seed, is_limited, granted);
        prop_assert_eq!(replayed(&receipt, (&pipeline, &player, &facts)), Ok(()));
    }
}

/// Changes one thing of a draw that tried several grants, and answers where that is noticed.
#[track_caller]
fn check(change: impl Fn(&mut Receipt), place: &str) {
    let several = |seed: &u8| drawn(*seed, true, 9).3.tried.len() == 3;
    let seed = (0..=255).find(several).expect("some seed draws the phone");
    let (pipeline, player, facts, mut receipt) = drawn(seed, true, 9);
    change(&mut receipt);
    assert_eq!(replayed(&receipt, (&pipeline, &player, &facts)).unwrap_err().place, place);
}

#[test]
fn whatever_is_altered_is_noticed_at_its_place() {
    check(|receipt| receipt.terms.campaign = "autumn".parse().unwrap(), "campaign");
    check(|receipt| receipt.terms.modules.clear(), "modules");
    check(|receipt| receipt.terms.draw = "202612-a".parse().unwrap(), "draw");
    check(|receipt| receipt.terms.seed = Seed::from_bytes([200; 32]), "draw");
    check(|receipt| receipt.terms.drawn_at = "2027-01-01T00:00:00Z".parse().unwrap(), "draw");
    check(|receipt| receipt.terms.facts.clear(), "facts");
    check(|receipt| receipt.terms.lists.push(("vip".parse().unwrap(), 1)), "lists");
    check(|receipt| receipt.terms.ordinal = 7, "disclosure.facts.player.draws.total");
    check(|receipt| receipt.terms.limits[0].0 = "phone".parse().unwrap(), "limits");
    check(|receipt| receipt.terms.limits[0].0 = "car".parse().unwrap(), "limits");
    check(|receipt| receipt.terms.steps[0].outcome = "choose better".to_owned(), "steps[0]");
    check(|receipt| receipt.terms.steps[1].fuel += 1, "steps[1]");
    check(|receipt| _ = receipt.terms.steps.pop(), "steps");
    check(|receipt| receipt.terms.ticket = None, "ticket");
    check(|receipt| receipt.terms.ticket.as_mut().unwrap().number ^= 1, "ticket");
    check(|receipt| receipt.tried[0].verdict = Verdict::Granted(None), "tried[0]");
    check(|receipt| receipt.tried[0].verdict = verdict(&granted_phone(), true), "tried[0]");
    check(|receipt| receipt.tried[1].verdict = Verdict::SoldOut { mark: 1 }, "tried[1]");
    check(|receipt| receipt.tried[2].amount += 1, "tried[2]");
    check(|receipt| receipt.tried.push(receipt.tried[2].clone()), "tried[2]");
    check(|receipt| receipt.tried.truncate(2), "tried");
    check(|receipt| receipt.tried.clear(), "tried");
}

fn granted_phone() -> Grant {
    Grant {
        prize: "phone".parse().unwrap(),
        amount: Span::ONE.low(),
        stocked: true,
        cost: 0,
        limit: None,
        node: String::new(),
    }
}

#[test]
fn another_engine_may_count_fuel_otherwise() {
    let (pipeline, player, facts, mut receipt) = drawn(1, false, 0);
    receipt.terms.steps[0].fuel += 7;
    let against = Replay { pipeline: &pipeline, player: &player, facts: &facts, same_rules: false, same_zones: true };
    assert_eq!(replay(&receipt, &against).unwrap(), Ok(()));
    assert!(replayed(&receipt, (&pipeline, &player, &facts)).is_err());
    let ticket = receipt.terms.ticket.take().unwrap();
    assert!(replay(&receipt, &against).unwrap().unwrap_err().is_engines);
    // Which pool was drawn from, an engine has a say in; what comes out of it, none has.
    for wrong in [
        Ticket { number: (ticket.number + 1) % ticket.total, ..ticket.clone() },
        Ticket { total: ticket.total + 1, ..ticket.clone() },
        Ticket { pool: "other".parse().unwrap(), ..ticket },
    ] {
        receipt.terms.ticket = Some(wrong);
        let mismatch = replay(&receipt, &against).unwrap().unwrap_err();
        assert_eq!((&*mismatch.place, mismatch.is_engines), ("ticket", false));
    }
}

/// A draw that asked what day it was, where it was another than the zones here say.
#[test]
fn another_time_zone_database_may_call_a_moment_otherwise() {
    for fact in ["now.local.weekday", "now.local.minute", "now.local.day", "now.seconds"] {
        let (_, player, facts, mut receipt) = drawn(1, false, 9);
        let pipeline = pipeline(&CAMPAIGN.replace("player.draws.total", fact));
        receipt.terms.facts[0].0 = fact.to_owned();
        let replayed = |same_zones| {
            let against = Replay { pipeline: &pipeline, player: &player, facts: &facts, same_rules: true, same_zones };
            replay(&receipt, &against).unwrap().unwrap_err()
        };
        let place = format!("disclosure.facts.{fact}");
        assert_eq!((replayed(true).place, replayed(true).is_engines), (place.clone(), false));
        assert_eq!((replayed(false).place, replayed(false).is_engines), (place, fact != "now.seconds"));
    }
}
