use crate::testing::{lines, pipeline};

const HEAD: &str = "campaign: spring\ntitle: Spring\nwindow: {opens: 2026-12-01T00:00:00Z}\n\
    prizes: [{id: phone, title: Phone, stock: 5, limits: {player: 1}, tree: locked}, {id: mug, title: Mug, stock: 9}, {id: points, title: Points, stock: unlimited}]\n\
    pools: {default: {phone: 1, mug: 2, points: 3}, better: {phone: 1, nothing: 1}}\n\
    guards: [{id: g, rule: say@1, config: {fact: player.draws.total, outcomes: [proceed, {choose: better}, {refuse: banned}, {grant: [points]}]}}]\n\
    trees: {locked: {root: lock, nodes: {\
      lock: {rule: say@1, config: {fact: player.draws.day, outcomes: [{follow: shut}, {follow: open}]}, on: {shut: comfort, open: hand-over}}, \
      hand-over: {grant: drawn, sold_out: comfort}, \
      comfort: {rule: say@1, config: {outcomes: [{grant: [points, 1, 9]}, {follow: mug}], weights: [3, 1]}, on: {mug: mug}}, \
      mug: {grant: mug, sold_out: nothing}}}}\n";

fn found(examples: &str) -> String {
    let text = format!("{HEAD}examples: [{examples}]");
    let document = crate::document::parse(&text).unwrap();
    lines(&super::run(&pipeline(&text), &document.examples, &mut ()).unwrap())
}

#[track_caller]
fn check(example: &str, expected: &str) {
    let found = found(&format!("{{name: this, {example}}}"));
    assert_eq!(found.trim_end().trim_start_matches("example-failed at /examples/0/"), expected);
}

#[test]
fn pools_and_refusals_are_known_before_the_ticket() {
    check("facts: {player.draws.total: 1}, expect: {pool: better}", "");
    check("facts: {player.draws.total: 2}, expect: {refused: banned}", "");
    check(
        "expect: {pool: better}",
        "expect/pool: 'this': the pool 'better' is expected, but the draw is from 'default', its path [hand-over], its end 'mug'",
    );
    check(
        "facts: {player.draws.total: 2}, expect: {pool: better}",
        "expect: 'this': a draw is expected, but the draw is refused with 'banned'",
    );
    check(
        "facts: {player.draws.total: 3}, expect: {refused: banned}",
        "expect/refused: 'this': a refusal with 'banned' is expected, but a guard hands over 'points'",
    );
}

#[test]
fn a_guards_grant_comes_before_any_ticket() {
    check("facts: {player.draws.total: 3}, expect: {prize: points, path: []}", "");
    check(
        "facts: {player.draws.total: 3}, expect: {pool: default}",
        "expect/pool: 'this': the pool 'default' is expected, but a guard hands over 'points'",
    );
}

#[test]
fn tickets_and_drawn_prizes_begin_in_their_tree() {
    check("facts: {player.draws.day: 1}, drawn: phone, expect: {path: [lock, hand-over], prize: phone}", "");
    check("facts: {player.draws.day: 1}, ticket: \"2\", expect: {prize: phone}", "");
    check("facts: {player.draws.total: 1}, drawn: nothing, expect: {pool: better, path: [], prize: nothing}", "");
    check(
        "ticket: \"6\", expect: {pool: default}",
        "ticket: 'this': the ticket is 6, and those of the pool 'default' lie below 6",
    );
    check(
        "facts: {player.draws.total: 1}, drawn: mug, expect: {pool: better}",
        "drawn: 'this': no ticket of the pool 'better' draws it",
    );
}

#[test]
fn what_is_sold_out_or_won_too_often_falls_through() {
    let day = "player.draws.day: 1";
    check(&format!("facts: {{{day}}}, sold_out: [phone, mug], drawn: mug, expect: {{prize: nothing}}"), "");
    // The weighted node behind it may answer either, so that the end is not one prize.
    let expected = "expect/prize: 'this': 'points' is expected, but the draw is from 'default', its path [lock, hand-over, comfort, mug], its end 'mug'";
    check(&format!("facts: {{{day}}}, sold_out: [phone], drawn: phone, expect: {{prize: points}}"), expected);
    check(&format!("facts: {{{day}, player.wins.phone: 1}}, drawn: phone, expect: {{prize: points}}"), expected);
}

#[test]
fn without_a_ticket_every_ticket_must_come_to_it() {
    let facts = "facts: {player.draws.total: 1, player.draws.day: 1}";
    check(&format!("{facts}, sold_out: [phone, mug], drawn: nothing, expect: {{prize: nothing}}"), "");
    check(
        &format!("{facts}, expect: {{prize: phone}}"),
        "expect/prize: 'this': 'phone' is expected, but the draw is from 'better', its path empty, its end 'nothing'",
    );
}

#[test]
fn the_draws_of_all_examples_are_bounded() {
    let example = "{name: n, drawn: phone, expect: {pool: default}}";
    // Two draws each, as the weighted node has two answers.
    let many = |count: usize| vec![example; count].join(", ");
    assert_eq!(found(&many(64)), "");
    let mut draws = 3;
    let document = crate::document::parse(&format!("{HEAD}examples: [{example}]")).unwrap();
    let pipeline = pipeline(HEAD);
    let mut hold = || {
        super::hold(&pipeline, &document.examples[0], &mut draws, &mut ()).unwrap().map_err(|failure| failure.message)
    };
    assert_eq!(hold(), Ok(()));
    assert_eq!(
        hold(),
        Err("the examples stand for more than 1024 draws; say which ticket or prize is drawn".to_owned())
    );
}

/// An example of an event in a campaign of two rebates.
#[track_caller]
fn check_event(example: &str, expected: &str) {
    let rebates = "events: {visit: {attributes: {paid: {type: integer}}}}\n\
                   rebates: [{id: a, on: visit, rule: say@1, config: {fact: event.count.total, outcomes: [{rewards: []}, {rewards: [[coins, 1, 9], [prize points, 2, 2, referrer]]}]}}, \
                   {id: b, on: visit, rule: say@1, config: {weights: [1, 1], outcomes: [{rewards: [[stars]]}, {rewards: [[stars]]}]}}]\n";
    let text = format!("{HEAD}{rebates}examples: [{{name: this, event: visit, {example}}}]");
    let document = crate::document::parse(&text).unwrap();
    let verified = crate::testing::verified(&text);
    let found = match verified.pipeline {
        Some(pipeline) => lines(&super::run(&pipeline, &document.examples, &mut ()).unwrap()),
        None => lines(&verified.findings),
    };
    assert_eq!(found.trim_end().trim_start_matches("example-failed at /examples/0/"), expected);
}

#[test]
fn events_earn_what_is_expected_in_every_way() {
    check_event("expect: {rewards: [{unit: stars}]}", "");
    check_event(
        "facts: {event.count.total: 1}, expect: {rewards: [{unit: coins, amount: [1, 9]}, {prize: points, amount: 2, referrer: true}, {unit: stars}]}",
        "",
    );
    check_event(
        "expect: {rewards: []}",
        "expect/rewards: 'this': nothing is expected, but the event earns 1 points stars",
    );
    check_event(
        "facts: {event.count.total: 1}, expect: {rewards: [{chances: 2}]}",
        "expect/rewards: 'this': 2 chances is expected, but the event earns 1 to 9 points coins, 2 prize points for the referrer, 1 points stars",
    );
}

#[test]
fn examples_of_events_are_judged_before_they_are_tried() {
    let invalid = |text: &str| format!("example-invalid at /examples/0{text}");
    check_event("expect: {prize: points}", &invalid("/expect: of an event the rewards are expected, and nothing else"));
    check_event(
        "ticket: \"1\", expect: {rewards: [{unit: stars}]}",
        &invalid(": sold_out, ticket and drawn are for draws, and an event draws nothing"),
    );
    check_event(
        "expect: {rewards: [{unit: stars, chances: 1}]}",
        &invalid("/expect/rewards/0: it is not clear what is expected"),
    );
    check_event(
        "facts: {event.attribute.paid: many}, expect: {rewards: []}",
        &invalid("/facts/event.attribute.paid: 'event.attribute.paid': a value of type integer is expected"),
    );
    let draw = format!("{HEAD}examples: [{{name: this, expect: {{rewards: []}}}}]");
    let found = lines(&crate::testing::verified(&draw).findings);
    assert!(found.starts_with(&invalid("/expect/rewards: rewards are those of an event")), "{found}");
    let unknown = format!("{HEAD}examples: [{{name: this, event: visits, expect: {{rewards: []}}}}]");
    assert!(lines(&crate::testing::verified(&unknown).findings).starts_with("event-unknown at /examples/0/event"));
}
