//! Events through the campaign of all rules: what they earn is what is remembered of the earlier ones makes of them, components
//! decide as native code does, and every receipt is replayed by both.

use std::collections::{BTreeMap, BTreeSet};

use tombola_campaign_tests::{Campaign, Library};
use tombola_domain::chance::Participation;
use tombola_domain::digest::Digest;
use tombola_domain::epoch::Secret;
use tombola_domain::event::Tally;
use tombola_domain::fact::Value;
use tombola_domain::id::{EventId, EventType, PlayerId};
use tombola_domain::random::{Seed, Stream};
use tombola_domain::rebate::{Disclosure, OpenReceipt, Receipt, Terms, Verdict};
use tombola_domain::receipt;
use tombola_domain::stock::Token;
use tombola_domain::time::Timestamp;
use tombola_engine::document::Scalar;
use tombola_engine::facts::{Occurrence, Sources, event_attributes, event_values};
use tombola_engine::pipeline::{Event, Pipeline};
use tombola_engine::rebates::{Decided, Situation, Won, decide, replay, room};
use tombola_engine::replay::Replay;

use crate::bed::{noon, pipeline, sandboxed};

/// Players whose events are mixed.
const PLAYERS: u64 = 20;
const EVENTS: u64 = 2_000;
/// Mugs that there are for all of them.
const MUGS: u64 = 150;

/// What is remembered of one player.
#[derive(Default)]
pub(crate) struct Memory {
    pub(crate) ordinal: u64,
    tallies: BTreeMap<EventType, Tally>,
    mugs: u64,
    mugs_today: (i32, u64),
}

/// An event as it is told of.
pub(crate) struct Told {
    id: EventId,
    pub(crate) player: PlayerId,
    referrer: Option<PlayerId>,
    pub(crate) event_type: &'static str,
    paid: Option<i64>,
    pub(crate) at: Timestamp,
}

/// The event of this number: some minutes after the one before, of some player.
pub(crate) fn told(chance: &mut Stream, number: u64, at: Timestamp) -> Told {
    let player = chance.below(PLAYERS);
    Told {
        id: format!("event-{number}").parse().unwrap(),
        player: format!("player-{player}").parse().unwrap(),
        referrer: player.is_multiple_of(2).then(|| "referrer".parse().unwrap()),
        event_type: if chance.below(3) == 0 { "purchase" } else { "sign-in" },
        paid: (chance.below(8) > 0).then(|| i64::try_from(chance.below(20_000)).unwrap()),
        at: Timestamp::from_millis(at.as_millis() + i64::try_from(chance.below(90)).unwrap() * 60_000),
    }
}

pub(crate) fn facts(pipeline: &Pipeline, event: &Event, told: &Told, memory: &Memory) -> Vec<Value> {
    let said = told.paid.map(|paid| ("paid".to_owned(), Scalar::Integer(paid))).into_iter().collect();
    let sources = Sources {
        player: &told.player,
        participation: &Participation::default(),
        now: told.at,
        local: pipeline.window.zone.local(told.at),
        lists: &BTreeMap::new(),
        wins: &BTreeMap::new(),
        attributes: &event_attributes(event, &said).unwrap(),
    };
    let tally = memory.tallies.get(&event.name).copied().unwrap_or_default();
    let occurrence = Occurrence { tally: &tally, received_at: told.at, has_referrer: told.referrer.is_some() };
    event_values(pipeline, event, &sources, &occurrence)
}

pub(crate) fn disclosure(event: &Event, told: &Told, facts: &[Value], salt: [u8; 32]) -> Disclosure {
    let facts = event.facts.iter().map(ToString::to_string).zip(facts.iter().cloned()).collect();
    Disclosure {
        values: receipt::Disclosure { salt, player: told.player.clone(), facts },
        referrer: told.referrer.clone(),
        event: told.id.clone(),
    }
}

pub(crate) fn opened(
    pipeline: &Pipeline,
    event: &Event,
    told: &Told,
    memory: &Memory,
    disclosure: &Disclosure,
) -> OpenReceipt {
    let facts: Vec<_> = disclosure.values.facts.iter().map(|(_, value)| value.clone()).collect();
    let seed = Secret::from_bytes([42; 32]).rebate_seed(&pipeline.campaign, &told.player, memory.ordinal);
    let Decided { rewards, steps, faults } = decide(event, &Situation { facts: &facts, seed: &seed }).unwrap();
    assert_eq!(faults, []);
    let today = pipeline.window.zone.local(told.at).day;
    let today = if memory.mugs_today.0 == today { memory.mugs_today.1 } else { 0 };
    let won = BTreeMap::from([("mug".parse().unwrap(), Won { total: memory.mugs, today })]);
    let terms = Terms {
        engine: "test".to_owned(),
        campaign: pipeline.campaign.clone(),
        revision: 1,
        revision_digest: Digest::of(b"revision"),
        modules: pipeline.modules.clone(),
        epoch: 1,
        epoch_commitment: Secret::from_bytes([42; 32]).commitment(),
        event_type: event.name.clone(),
        occurred_at: told.at,
        received_at: told.at,
        ordinal: memory.ordinal,
        seed,
        player: disclosure.values.player_commitment(),
        referrer: disclosure.referrer_commitment(),
        event: disclosure.event_commitment(),
        facts: disclosure.values.fact_commitments(),
        lists: vec![],
        room: room(pipeline, &rewards, &won),
        steps,
    };
    OpenReceipt { terms, rewards }
}

/// Gives what there is of the mugs, and everything else.
pub(crate) fn closed(open: OpenReceipt, issued: &mut u64, stock: u64) -> Receipt {
    let verdicts = open.settle(|_, reward| {
        Ok::<_, ()>(match (reward.stocked, *issued < stock) {
            (false, _) => Verdict::Granted(None),
            (true, false) => Verdict::SoldOut { mark: 1 },
            (true, true) => {
                *issued += 1;
                Verdict::Granted(Some(Token { bucket: 0, unit: *issued }))
            }
        })
    });
    open.close(&verdicts.unwrap())
}

fn without_fuel(mut open: OpenReceipt) -> OpenReceipt {
    for step in &mut open.terms.steps {
        step.fuel = 0;
    }
    open
}

#[test]
fn what_events_earn_is_the_same_and_replayed() {
    let document = Campaign::EveryRule.document();
    let (native, components) = (pipeline(&Library::native(), &document), pipeline(&sandboxed(), &document));
    let mut chance = Seed::from_bytes([7; 32]).stream("events");
    let (mut at, mut issued, mut memories) = (noon(), 0, BTreeMap::<PlayerId, Memory>::new());
    let mut seen = BTreeSet::new();
    for number in 0..EVENTS {
        let told = told(&mut chance, number, at);
        at = told.at;
        let memory = memories.entry(told.player.clone()).or_default();
        memory.ordinal += 1;
        let event = native.event(told.event_type).unwrap();
        let facts = facts(&native, event, &told, memory);
        let disclosure = disclosure(event, &told, &facts, [5; 32]);
        let there = components.event(told.event_type).unwrap();
        let found = opened(&components, there, &told, memory, &disclosure);
        assert!(found.terms.steps.iter().all(|step| step.fuel > 0), "the sandbox meters");
        let open = opened(&native, event, &told, memory, &disclosure);
        let modules = found.terms.modules.clone();
        let mut same = without_fuel(found);
        same.terms.modules.clone_from(&open.terms.modules);
        assert_eq!(same, open, "event {number}");

        let receipt = closed(open, &mut issued, MUGS);
        let mut elsewhere = receipt.clone();
        elsewhere.terms.modules = modules;
        for (pipeline, receipt) in [(&native, &receipt), (&components, &elsewhere)] {
            let receipt = Receipt::decode(&receipt.encode()).unwrap();
            let against = Replay { pipeline, player: &told.player, facts: &facts, same_rules: false, same_zones: true };
            assert_eq!(replay(&receipt, &against).unwrap(), Ok(()), "event {number}: {receipt:#?}");
        }
        remember(memory, &native, event, &told, &receipt);
        seen.extend(receipt.rewards.iter().map(|rewarded| (rewarded.node.clone(), kind(rewarded.verdict))));
        seen.extend(receipt.terms.steps.into_iter().map(|step| (step.node, step.outcome)));
    }
    assert_eq!(issued, MUGS, "they ran out");
    // The comparison says nothing about what never came.
    for expected in [
        ("rebates/daily", "reward points coins"),
        ("rebates/daily", "reward points coins, points coins"),
        ("rebates/daily", "reward nothing"),
        ("rebates/invited", "reward points coins for the referrer, prize voucher"),
        ("rebates/cashback", "reward nothing"),
        ("rebates/third", "granted"),
        ("rebates/third", "sold out"),
        ("rebates/third", "limit"),
    ] {
        assert!(seen.contains(&(expected.0.to_owned(), expected.1.to_owned())), "{expected:?} among {seen:#?}");
    }
}

fn kind(verdict: Verdict) -> String {
    let kind = match verdict {
        Verdict::Granted(_) => "granted",
        Verdict::SoldOut { .. } => "sold out",
        Verdict::LimitReached(_) => "limit",
        Verdict::BudgetSpent { .. } => "budget",
        Verdict::NoReferrer => "no referrer",
    };
    kind.to_owned()
}

pub(crate) fn remember(memory: &mut Memory, pipeline: &Pipeline, event: &Event, told: &Told, receipt: &Receipt) {
    let local = pipeline.window.zone.local(told.at);
    let tally = memory.tallies.entry(event.name.clone()).or_default();
    *tally = tally.after(local);
    let mugs = receipt.granted().filter(|given| given.node == "rebates/third" && given.gain != coins()).count() as u64;
    memory.mugs += mugs;
    let today = if memory.mugs_today.0 == local.day { memory.mugs_today.1 } else { 0 };
    memory.mugs_today = (local.day, today + mugs);
    assert!(memory.mugs_today.1 <= 2, "no more than the document allows on one day");
}

fn coins() -> tombola_domain::rebate::Gain {
    tombola_domain::rebate::Gain::Points("coins".parse().unwrap())
}
