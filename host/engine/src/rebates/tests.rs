use tombola_domain::rebate::Verdict;

use super::*;
use crate::decide::DRAW_FUEL_MAX;
use crate::facts;
use crate::pipeline::Pipeline;
use crate::rule::FaultKind;

mod amounts;
mod replayed;

const HEAD: &str = "campaign: spring\ntitle: Spring\nwindow: {opens: 2026-12-01T00:00:00Z, closes: 2027-01-01T00:00:00Z, timezone: Asia/Shanghai}\n\
                    chances: {granted: 0}\npools: {default: {mug: 1, pen: 1}}\n\
                    prizes: [{id: mug, title: Mug, stock: 5, limits: {player: 3, player_day: 2}}, {id: pen, title: Pen, stock: unlimited}]\n\
                    trees: {default: {root: a, nodes: {a: {grant: drawn, sold_out: nothing}}}}\n\
                    events: {purchase: {attributes: {amount: {type: integer, minimum: 0}}}, visit: {}}\n";

fn pipeline(rebates: &str) -> Pipeline {
    crate::testing::pipeline(&format!("{HEAD}rebates: [{rebates}]"))
}

/// What a purchase earns.
fn decided(pipeline: &Pipeline, facts: &[Value], seed: u8) -> Decided {
    let seed = Seed::from_bytes([seed; 32]);
    let event = pipeline.event("purchase").unwrap();
    decide(event, &Situation { facts, seed: &seed }).unwrap()
}

/// Each reward in a line, then each step.
fn shown(decided: &Decided) -> Vec<String> {
    let rewards = decided.rewards.iter().map(|reward| {
        let recipient = if reward.recipient == Recipient::Player { "player" } else { "referrer" };
        format!("{recipient} {} {:?} from {}", reward.amount, reward.gain, reward.node)
    });
    rewards.chain(decided.steps.iter().map(|step| format!("{} {}", step.node, step.outcome))).collect()
}

#[track_caller]
fn check(rebates: &str, facts: &[Value], expected: &[&str]) {
    assert_eq!(shown(&decided(&pipeline(rebates), facts, 1)), expected);
}

#[test]
fn all_rebates_of_the_event_run_and_add_up() {
    check(
        "{id: a, on: purchase, rule: say@1, config: {outcomes: [{rewards: [[coins, 5], [chances, 2, 2, referrer]]}]}}, \
         {id: other, on: visit, rule: say@1, config: {outcomes: [{rewards: [[coins, 9]]}]}}, \
         {id: b, on: purchase, rule: say@1, config: {fact: event.count.total, outcomes: [{rewards: []}, {rewards: [[prize mug]]}]}}",
        &[Value::Integer(1)],
        &[
            "player 5 Points(\"coins\") from rebates/a",
            "referrer 2 Chances from rebates/a",
            "player 1 Prize(\"mug\") from rebates/b",
            "rebates/a reward points coins, chances for the referrer",
            "rebates/b reward prize mug",
        ],
    );
}

#[test]
fn what_fails_gives_nothing_and_the_others_run() {
    let rebates = "{id: a, on: purchase, on_fault: nothing, rule: say@1, config: {fault: true, outcomes: [{rewards: [[coins]]}]}}, \
                   {id: b, on: purchase, rule: say@1, config: {pick: 1, outcomes: [{rewards: [[coins]]}]}}, \
                   {id: c, on: purchase, rule: say@1, config: {outcomes: [{rewards: []}]}}";
    check(rebates, &[], &["rebates/a fault: trap", "rebates/b fault: undeclared", "rebates/c reward nothing"]);
    let faults = decided(&pipeline(rebates), &[], 1).faults;
    let faults: Vec<_> = faults.iter().map(|fault| (fault.node.as_str(), fault.fault.kind)).collect();
    assert_eq!(faults, [("rebates/a", FaultKind::Trap), ("rebates/b", FaultKind::Undeclared)]);
}

#[test]
fn only_a_counted_stock_is_taken_from() {
    let rebate =
        "{id: a, on: purchase, rule: say@1, config: {outcomes: [{rewards: [[prize mug], [prize pen], [coins]]}]}}";
    let stocked: Vec<_> = decided(&pipeline(rebate), &[], 1).rewards.iter().map(|reward| reward.stocked).collect();
    assert_eq!(stocked, [true, false, false]);
}

#[test]
fn an_event_may_take_as_much_fuel_as_a_draw() {
    let takes = |id: usize, fuel: u64| {
        format!("{{id: r{id}, on: purchase, rule: say@1, config: {{fuel: {fuel}, outcomes: [{{rewards: []}}]}}}}")
    };
    let rebates: Vec<_> = (0..6).map(|id| takes(id, DRAW_FUEL_MAX / 5)).collect();
    let decided = decided(&pipeline(&rebates.join(", ")), &[], 1);
    assert_eq!(decided.steps[4].outcome, "reward nothing");
    assert_eq!((decided.steps[5].outcome.as_str(), decided.steps[5].fuel), ("fault: fuel", 0));
    let quick = Situation { facts: &[], seed: &Seed::from_bytes([1; 32]) };
    let pipeline = pipeline(&takes(0, 101));
    let event = pipeline.event("purchase").unwrap();
    let stopped = decide_observed(event, &quick, Budget::stopping_after(100), &mut ());
    assert_eq!(stopped, Err(Unavailable::Unfinished));
}

#[test]
fn facts_of_rebates_are_none_of_the_draws() {
    let pipeline = pipeline(
        "{id: a, on: purchase, rule: say@1, config: {fact: event.attribute.amount, outcomes: [{rewards: []}]}}, \
         {id: b, on: purchase, rule: say@1, config: {fact: player.wins.pen, outcomes: [{rewards: [[prize mug]]}]}}, \
         {id: c, on: visit, rule: say@1, config: {fact: player.lists.vip, outcomes: [{rewards: []}]}}",
    );
    let names = |facts: &[tombola_domain::fact::Fact]| facts.iter().map(ToString::to_string).collect::<Vec<_>>();
    let [purchase, visit] = pipeline.events.as_slice() else { panic!("{:?}", pipeline.events) };
    assert_eq!(names(&purchase.facts), ["player.wins.pen", "event.attribute.amount"]);
    assert_eq!(names(&visit.facts), ["player.lists.vip"]);
    assert_eq!((names(&pipeline.facts).len(), pipeline.lists.len()), (0, 0));
    let wins: Vec<_> = purchase.wins.iter().map(ToString::to_string).collect();
    assert_eq!((wins.as_slice(), visit.wins.len()), (&["mug".to_owned(), "pen".to_owned()][..], 0));
    assert_eq!(visit.lists[0].as_str(), "vip");
    assert_eq!(pipeline.modules.len(), 1, "modules of rebates are the revision's");
}

#[test]
fn an_event_says_what_its_campaign_declares() {
    use crate::document::Scalar;
    let pipeline = pipeline("");
    let purchase = pipeline.event("purchase").unwrap();
    let said = |amount: Scalar| {
        let said = [("amount".to_owned(), amount), ("colour".to_owned(), Scalar::Boolean(true))].into();
        facts::event_attributes(purchase, &said)
    };
    let value = |attributes: &BTreeMap<_, Value>| attributes.values().next().cloned();
    assert_eq!(value(&said(Scalar::Integer(7)).unwrap()), Some(Value::Integer(7)));
    assert_eq!(value(&facts::event_attributes(purchase, &BTreeMap::new()).unwrap()), Some(Value::None));
    for wrong in [Scalar::Integer(-1), Scalar::Text("7".to_owned())] {
        assert_eq!(said(wrong).unwrap_err().name.as_str(), "amount");
    }
}

#[test]
fn facts_are_those_of_the_event() {
    let asked = [
        "event.attribute.amount",
        "event.count.total",
        "event.count.day",
        "event.streak_days",
        "event.is_first_today",
        "event.age_seconds",
        "event.has_referrer",
        "now.local.minute",
        "campaign.elapsed_seconds",
    ];
    let rebates = asked.iter().enumerate().map(|(id, fact)| {
        format!("{{id: r{id}, on: purchase, rule: say@1, config: {{fact: {fact}, outcomes: [{{rewards: []}}]}}}}")
    });
    let pipeline = pipeline(&rebates.collect::<Vec<_>>().join(", "));
    let event = pipeline.event("purchase").unwrap();
    let occurred_at = "2026-12-02T15:30:00Z".parse().unwrap();
    let local = pipeline.window.zone.local(occurred_at);
    let yesterday = tombola_domain::time::LocalTime { day: local.day - 1, ..local };
    let tally = tombola_domain::event::Tally::default().after(yesterday).after(yesterday).after(local);
    let attributes = BTreeMap::from([("amount".parse().unwrap(), Value::Integer(1999))]);
    let sources = facts::Sources {
        player: &"alice".parse().unwrap(),
        participation: &tombola_domain::chance::Participation::default(),
        now: occurred_at,
        local,
        lists: &BTreeMap::new(),
        wins: &BTreeMap::new(),
        attributes: &attributes,
    };
    let received_at = "2026-12-02T15:31:05Z".parse().unwrap();
    let occurrence = facts::Occurrence { tally: &tally, received_at, has_referrer: true };
    let values = facts::event_values(&pipeline, event, &sources, &occurrence);
    let found: BTreeMap<String, Value> = event.facts.iter().map(ToString::to_string).zip(values).collect();
    let expected = [
        ("event.attribute.amount", Value::Integer(1999)),
        ("event.count.total", Value::Integer(3)),
        ("event.count.day", Value::Integer(1)),
        ("event.streak_days", Value::Integer(1)),
        ("event.is_first_today", Value::Boolean(false)),
        ("event.age_seconds", Value::Integer(65)),
        ("event.has_referrer", Value::Boolean(true)),
        ("now.local.minute", Value::Integer(23 * 60 + 30)),
        ("campaign.elapsed_seconds", Value::Integer(39 * 3600 + 1800)),
    ];
    assert_eq!(found, expected.map(|(name, value)| (name.to_owned(), value)).into());
}

#[test]
fn facts_of_a_new_player_may_be_given() {
    let pipeline =
        pipeline("{id: a, on: purchase, rule: say@1, config: {fact: event.count.total, outcomes: [{rewards: []}]}}");
    let (event, now) = (pipeline.event("purchase").unwrap(), pipeline.window.opens);
    let given =
        |name: &str, value: Value| facts::of_new_event(&pipeline, event, now, &[(name.to_owned(), value)].into());
    assert_eq!(given("event.count.total", Value::Integer(4)), Ok(vec![Value::Integer(4)]));
    assert_eq!(given("event.attribute.amount", Value::Integer(4)), Ok(vec![Value::Integer(0)]));
    assert!(given("event.attribute.amount", Value::Integer(-4)).is_err());
    assert!(given("event.attribute.colour", Value::Integer(4)).is_err());
    assert!(matches!(
        given("attribute.x", Value::None),
        Err(facts::Refused { reason: facts::Reason::OutOfPlace(_), .. })
    ));
    let draw = facts::of_new_player(&pipeline, now, &[("event.count.total".to_owned(), Value::Integer(4))].into());
    assert!(matches!(draw, Err(facts::Refused { reason: facts::Reason::OutOfPlace(_), .. })));
}

#[test]
fn room_is_what_the_nearer_limit_leaves() {
    let pipeline = pipeline("");
    let mug = Reward {
        node: "rebates/a".to_owned(),
        recipient: Recipient::Player,
        gain: Gain::Prize("mug".parse().unwrap()),
        amount: 1,
        stocked: true,
        cost: 0,
    };
    let pen = Reward { gain: Gain::Prize("pen".parse().unwrap()), ..mug.clone() };
    let found = |total, today| {
        let won = BTreeMap::from([("mug".parse().unwrap(), Won { total, today })]);
        let room = room(&pipeline, &[pen.clone(), mug.clone(), mug.clone()], &won);
        room.iter().map(|room| (room.prize.to_string(), room.limit, room.left)).collect::<Vec<_>>()
    };
    assert_eq!(found(0, 0), [("mug".to_owned(), Limit::PlayerDay, 2)]);
    assert_eq!(found(1, 0), [("mug".to_owned(), Limit::Player, 2)]);
    assert_eq!(found(2, 1), [("mug".to_owned(), Limit::Player, 1)]);
    assert_eq!(found(2, 2), [("mug".to_owned(), Limit::PlayerDay, 0)]);
    assert_eq!(found(9, 9), [("mug".to_owned(), Limit::Player, 0)]);
    let referrers = Reward { recipient: Recipient::Referrer, ..mug };
    assert_eq!(room(&pipeline, &[referrers, pen], &BTreeMap::new()), []);
}
