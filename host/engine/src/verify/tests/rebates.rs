//! Events, and the rebates that say what they earn.

use super::*;

/// Findings about rebates for a `visit`, of which `attributes` are declared.
#[track_caller]
fn check_rebates(rebates: &str, expected: &[&str]) {
    let prizes = "prizes: [{id: phone, title: Phone, stock: 5, limits: {player: 1}}, {id: mug, title: Mug, stock: unlimited}]\n\
                  trees: {default: {root: a, nodes: {a: {grant: drawn, sold_out: nothing}}}}\n";
    let events = "events: {visit: {attributes: {shop: {type: text}, paid: {type: integer}}}}\nattributes: {age: {type: integer}}\n";
    check(&format!("{prizes}pools: {{default: {{phone: 1, mug: 1}}}}\n{events}rebates: [{rebates}]"), expected);
}

fn rebate(config: &str) -> String {
    format!("{{id: r, on: visit, rule: say@1, config: {{{config}}}}}")
}

#[test]
fn rebates() {
    check_rebates(
        &rebate("outcomes: [{rewards: []}, {rewards: [[coins, 1, 9], [prize phone], [prize mug, 1, 1, referrer]]}]"),
        &[],
    );
    check_rebates("", &["event-unused at /events/visit: no rebate is bound to the event 'visit'"]);
    check_rebates(
        "{id: r, on: visits, rule: say@1, config: {outcomes: [{rewards: []}], fact: event.attribute.shop}}",
        &["event-unknown at /rebates/0/on: no event 'visits' is declared", "event-unused at /events/visit"],
    );
    let twice = rebate("outcomes: [{rewards: []}]");
    check_rebates(&format!("{twice}, {twice}"), &["name-duplicate at /rebates/1/id: another rebate is called 'r'"]);
    check_rebates(
        "{id: a b, on: visit, rule: say@1, config: {outcomes: [{rewards: []}]}}",
        &["name-invalid at /rebates/0/id"],
    );
    for outcome in ["proceed", "{grant: [phone]}", "{follow: x}"] {
        check_rebates(
            &rebate(&format!("outcomes: [{outcome}]")),
            &["rule-fault at /rebates/0/config: 'say@1' declares no"],
        );
    }
    check_guard("config: {outcomes: [{rewards: []}]}", &["rule-fault at /guards/0/config"]);
    check_rebates(&rebate("wrong: 1"), &["rule-config at /rebates/0/config/wrong: not so"]);
    check_rebates("{id: r, on: visit, rule: sai@1}", &["rule-unknown at /rebates/0/rule"]);
}

#[test]
fn what_rebates_give_is_there_to_be_given() {
    check_rebates(
        &rebate("outcomes: [{rewards: [[gems], [gems, 2]]}, {rewards: [[gems]]}, {rewards: [[gems, 1, 1, referrer]]}]"),
        // Once for each that it is for.
        &["unit-missing at /rebates/0/config: there is no unit 'gems'", "unit-missing at /rebates/0/config"],
    );
    check_rebates(
        &rebate("outcomes: [{rewards: [[\"a b\"]]}]"),
        &["unit-missing at /rebates/0/config: \"a b\": a unit's name is 1 to 64"],
    );
    check_rebates(
        &rebate("outcomes: [{rewards: [[prize bike]]}]"),
        &["prize-unknown at /rebates/0/config: there is no prize 'bike'"],
    );
    check_rebates(
        &rebate("outcomes: [{rewards: [[prize phone, 1, 1, referrer]]}]"),
        &["referrer-limited at /rebates/0/config: 'phone' has limits"],
    );
    check_rebates(
        &rebate("outcomes: [{rewards: [[chances, 1], [chances, 2]]}]"),
        &["chances-uncounted at /rebates/0/config"],
    );
    let only = "prizes: [{id: phone, title: Phone, stock: unlimited}, {id: mug, title: Mug, stock: unlimited}]\npools: {default: {phone: 1}}\n\
                events: {visit: {}}\nrebates: [{id: r, on: visit, rule: say@1, config: {outcomes: [{rewards: [[prize PRIZE]]}]}}]";
    check(&only.replace("PRIZE", "mug"), &[]);
    check(&only.replace("PRIZE", "phone"), &["prize-never-won at /prizes/1"]);
}

#[test]
fn facts_stand_in_their_place() {
    let asks = |fact: &str| rebate(&format!("outcomes: [{{rewards: []}}], fact: {fact}"));
    for fact in ["event.count.total", "event.has_referrer", "event.attribute.shop", "player.draws.day", "now.seconds"] {
        check_rebates(
            &asks(fact),
            if fact == "event.attribute.shop" { &["fact-type at /rebates/0/config"] } else { &[] },
        );
    }
    check_rebates(&asks("event.attribute.paid"), &[]);
    check_rebates(
        &asks("event.attribute.age"),
        &["attribute-undeclared at /rebates/0/config: the rule asks for the attribute 'age'"],
    );
    check_rebates(
        &asks("attribute.age"),
        &["fact-out-of-place at /rebates/0/config: the rule asks for 'attribute.age'"],
    );
    check_rebates(&asks("event.count"), &["fact-unknown at /rebates/0/config"]);
    check_guard(
        "config: {outcomes: [proceed], fact: event.count.total}",
        &["fact-out-of-place at /guards/0/config: the rule asks for 'event.count.total': it is a fact of events"],
    );
    check(
        &format!("{PHONE}{POOL}examples: [{{name: n, facts: {{event.count.total: 3}}, expect: {{pool: default}}}}]"),
        &["fact-out-of-place at /examples/0/facts/event.count.total"],
    );
}

#[test]
fn events() {
    let visit = |attributes: &str| {
        format!(
            "{PHONE}{POOL}events: {{visit: {{attributes: {{{attributes}}}}}}}\n\
             rebates: [{{id: r, on: visit, rule: say@1, config: {{outcomes: [{{rewards: []}}]}}}}]"
        )
    };
    check(
        &visit("paid: {type: integer, minimum: 1, default: 0}"),
        &["attribute-invalid at /events/visit/attributes/paid/default"],
    );
    check(&visit("paid: {type: text, maximum: 3}"), &["attribute-invalid at /events/visit/attributes/paid"]);
    check(&visit("a b: {type: text}"), &["name-invalid at /events/visit/attributes/a b"]);
    check(&visit("paid: {kind: text}"), &["document-shape at /events/visit"]);
    check(
        &format!("{PHONE}{POOL}events: {{a b: {{}}}}"),
        &["name-invalid at /events/a b", "event-unused at /events/a b"],
    );
    let many: Vec<_> = (0..65).map(|name| format!("e{name}: {{}}")).collect();
    check(&format!("{PHONE}{POOL}events: {{{}}}", many.join(", ")), &["document-too-large at /events"]);
}

#[test]
fn each_event_has_its_own_facts() {
    let rebates = |count: usize, on: &str| {
        let one = |list| {
            format!(
                "{{id: {on}{list}, on: {on}, rule: say@1, config: {{outcomes: [{{rewards: []}}], fact: player.lists.{on}{list}}}}}"
            )
        };
        (0..count).map(one).collect::<Vec<_>>().join(", ")
    };
    // As many as there may be rebates in all: far from what one event may ask for.
    let body =
        format!("{PHONE}{POOL}events: {{a: {{}}, b: {{}}}}\nrebates: [{}, {}]", rebates(16, "a"), rebates(16, "b"));
    check(&body, &[]);
    check(
        &format!("{PHONE}{POOL}events: {{a: {{}}}}\nrebates: [{}]", rebates(33, "a")),
        &["document-too-large at /rebates"],
    );
}

#[test]
fn whoever_does_not_know_the_units_takes_any() {
    let text = format!(
        "{HEAD}{PHONE}{POOL}events: {{visit: {{}}}}\nrebates: [{{id: r, on: visit, rule: say@1, config: {{outcomes: [{{rewards: [[UNIT]]}}]}}}}]"
    );
    let found = |unit: &str, units: crate::verify::Units<'_>| {
        lines(&crate::testing::verified_with(&text.replace("UNIT", unit), units).findings)
    };
    let coins = ["coins".parse().unwrap()].into();
    assert_eq!(found("gems", crate::verify::Units::Any), "");
    assert_eq!(found("coins", crate::verify::Units::Declared(&coins)), "");
    assert!(found("gems", crate::verify::Units::Declared(&coins)).starts_with("unit-missing"));
    assert!(found("\"\"", crate::verify::Units::Any).starts_with("unit-missing"));
}
