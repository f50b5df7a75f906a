use crate::testing::{lines, verified};

const HEAD: &str = "campaign: spring\ntitle: Spring\nwindow: {opens: 2026-12-01T00:00:00Z}\n";

/// Each expected line is the beginning of a finding's line.
#[track_caller]
fn check(body: &str, expected: &[&str]) {
    let text = if body.contains("window:") {
        format!("campaign: spring\ntitle: Spring\n{body}")
    } else {
        format!("{HEAD}{body}")
    };
    let found = lines(&verified(&text).findings);
    let matches = found.lines().count() == expected.len()
        && found.lines().zip(expected).all(|(found, expected)| found.starts_with(expected));
    assert!(matches, "found:\n{found}expected:\n{}", expected.join("\n"));
}

const PHONE: &str = "prizes: [{id: phone, title: Phone, stock: unlimited}]\n";
const POOL: &str = "pools: {default: {phone: 1}}\n";

#[track_caller]
fn check_guard(guard: &str, expected: &[&str]) {
    check(&format!("{PHONE}{POOL}guards: [{{id: g, rule: say@1, {guard}}}]"), expected);
}

#[track_caller]
fn check_nodes(stock: &str, nodes: &str, expected: &[&str]) {
    let prizes =
        format!("prizes: [{{id: phone, title: Phone, stock: {stock}}}, {{id: mug, title: Mug, stock: unlimited}}]");
    check(
        &format!("{prizes}\npools: {{default: {{phone: 1, mug: 1}}}}\ntrees: {{default: {{root: a, nodes: {nodes}}}}}"),
        expected,
    );
}

#[test]
fn a_plain_campaign_has_no_findings() {
    check(&format!("{PHONE}{POOL}"), &[]);
}

#[test]
fn windows() {
    let body = |window: &str| format!("window: {window}\n{PHONE}{POOL}");
    check(&body("{opens: 2026-12-01T00:00:00Z, closes: 2026-12-01T00:00:00Z}"), &["window-reversed at /window/closes"]);
    check(
        &body("{opens: tomorrow, timezone: Mars}"),
        &["document-shape at /window/opens", "timezone-unknown at /window/timezone"],
    );
}

#[test]
fn chances() {
    let expected = ["chances-contradictory at /chances/day: 9 draws a day", "chances-contradictory at /chances/day: 9"];
    check(&format!("{PHONE}{POOL}chances: {{day: 9, month: 3, total: 5}}"), &expected);
}

#[test]
fn deliveries() {
    let prize = |deliver: &str, more: &str| {
        format!("prizes: [{{id: phone, title: P, stock: unlimited, deliver: {deliver}}}]\n{POOL}{more}")
    };
    for good in ["{points: 0}", "{points: {unit: coins, each: 3}}", "{webhook: crm}", "{manual: true}"] {
        check(&prize(good, ""), &[]);
    }
    check(&prize("{chances: 2}", "chances: {granted: 0}"), &[]);
    let uncounted = "chances-uncounted at /prizes/0/deliver/chances: chances are given here";
    check(&prize("{chances: 2}", ""), &[uncounted]);
    let nothing = "delivery-invalid at /prizes/0/deliver/chances: nothing is delivered";
    check(&prize("{chances: 0}", "chances: {granted: 1}"), &[nothing]);
    check(&prize("{points: {unit: coins, each: 0}}", ""), &["delivery-invalid at /prizes/0/deliver/points"]);
    check(&prize("{points: {unit: a b, each: 1}}", ""), &["unit-missing at /prizes/0/deliver/points/unit"]);
    check(&prize("{webhook: a/b}", ""), &["name-invalid at /prizes/0/deliver/webhook"]);
}

#[test]
fn the_stock_of_coupon_codes_is_their_pool() {
    let prize = |more: &str| format!("prizes: [{{id: phone, title: P{more}}}]\n{POOL}");
    check(&prize(", deliver: {codes: shop}"), &[]);
    let stated = ["stock-invalid at /prizes/0/stock: the stock is the free codes of the pool 'shop'"];
    for stock in ["5", "unlimited"] {
        check(&prize(&format!(", stock: {stock}, deliver: {{codes: shop}}")), &stated);
    }
    check(&prize(""), &["stock-invalid at /prizes/0/stock: no stock is written"]);
    check(&prize(", deliver: {manual: true}"), &["stock-invalid at /prizes/0/stock"]);
    check(&prize(", deliver: {codes: a/b}"), &["name-invalid at /prizes/0/deliver/codes"]);
    // It can run out, and whoever grants it says what follows.
    let tree = "\ntrees: {default: {root: a, nodes: {a: {grant: drawn}}}}";
    let missing = ["sold-out-missing at /trees/default/nodes/a: 'phone' can run out"];
    check(&(prize(", deliver: {codes: shop}") + tree), &missing);
}

#[test]
fn names() {
    check(
        "prizes: [{id: a b, title: A, stock: 1}, {id: nothing, title: B, stock: 1}, {id: c, title: C, stock: 1}, {id: c, title: D, stock: 1}]\npools: {default: {a b: 1, c: 1}}",
        &[
            "name-invalid at /prizes/0/id",
            "name-reserved at /prizes/1/id",
            "name-duplicate at /prizes/3/id",
            "prize-never-won at /prizes/1",
        ],
    );
}

#[test]
fn odds() {
    let pool = |entries: &str| format!("{PHONE}pools: {{default: {entries}}}");
    check(&pool("{phone: \"0.61\"}"), &["odds-sum at /pools/default: the shares sum to 61/100"]);
    check(&pool("{phone: \"1\", nothing: rest}"), &["odds-sum at /pools/default"]);
    check(
        &pool("{phone: most, nothing: \"2/1\"}"),
        &["odds-invalid at /pools/default/nothing", "odds-invalid at /pools/default/phone"],
    );
    check(&pool("{phone: 1, nothing: rest}"), &["odds-invalid at /pools/default: weights"]);
    check(&pool("{phone: 0}"), &["odds-invalid at /pools/default: the weight"]);
    let fine = "{phone: \"1/9223372036854775807\", nothing: \"1/9223372036854775783\"}";
    check(&pool(fine), &["odds-too-fine at /pools/default"]);
    check(&pool("{phone: 9007199254740992}"), &["document-shape at /pools/default/phone: a weight is at most"]);
    check(&pool("{}"), &["odds-invalid at /pools/default", "prize-never-won at /prizes/0"]);
}

#[test]
fn pools() {
    check(
        &format!("{PHONE}pools: {{other: {{phone: 1}}}}"),
        &["pool-default-missing at /pools", "prize-never-won", "pool-unused at /pools/other"],
    );
    check(
        &format!("{PHONE}pools: {{default: {{phone: 1, phon: 1}}}}"),
        &["prize-unknown at /pools/default/phon: there is no prize 'phon'"],
    );
    check_guard(
        "config: {outcomes: [{choose: better}]}",
        &["pool-unknown at /guards/0/config: there is no pool 'better'"],
    );
}

#[test]
fn rules() {
    check(&format!("{PHONE}{POOL}guards: [{{id: g, rule: say}}]"), &["rule-reference-invalid at /guards/0/rule"]);
    check(&format!("{PHONE}{POOL}guards: [{{id: g, rule: sai@1}}]"), &["rule-unknown at /guards/0/rule"]);
    check(&format!("{PHONE}{POOL}guards: [{{id: g, rule: say@2}}]"), &["rule-unknown at /guards/0/rule"]);
    check(&format!("{PHONE}{POOL}guards: [{{id: g, rule: say@1.2.4}}]"), &["rule-unknown at /guards/0/rule"]);
    check_guard("config: {wrong: 1}", &["rule-config at /guards/0/config/wrong: not so"]);
    check_guard("config: {outcomes: []}", &["rule-fault at /guards/0/config"]);
    check_guard("config: {outcomes: [{follow: x}]}", &["rule-fault at /guards/0/config"]);
    check_guard("config: {outcomes: [proceed]}", &[]);
}

#[test]
fn facts() {
    check_guard("config: {outcomes: [proceed], fact: player.id}", &["fact-unknown at /guards/0/config"]);
    check_guard(
        "config: {outcomes: [proceed], fact: player.lists.banned, expected: integer}",
        &["fact-type at /guards/0/config: the rule asks for 'player.lists.banned' as integer, but it is a boolean"],
    );
    check_guard("config: {outcomes: [proceed], fact: attribute.age}", &["attribute-undeclared at /guards/0/config"]);
    check_guard("config: {outcomes: [proceed], fact: player.wins.mug}", &["prize-unknown at /guards/0/config"]);
    check_guard("config: {outcomes: [proceed], fact: player.wins.phone}", &[]);
    let many: Vec<_> = (0..65).map(|list| format!("n{list}: {{rule: say@1, config: {{outcomes: [{{follow: x}}], fact: player.lists.l{list}}}, on: {{x: n{}}}}}", list + 1)).collect();
    check_nodes(
        "unlimited",
        &format!(
            "{{a: {{rule: say@1, config: {{outcomes: [{{follow: x}}]}}, on: {{x: n0}}}}, n65: {{grant: drawn}}, {}}}",
            many.join(", ")
        ),
        &["document-too-large at /"],
    );
}

#[test]
fn attributes() {
    let body = |attribute: &str| format!("{PHONE}{POOL}attributes: {{age: {attribute}}}");
    check(&body("{type: integer, minimum: 1, default: 0}"), &["attribute-invalid at /attributes/age/default"]);
    check(
        &body("{type: text, one_of: [app, 7], default: web}"),
        &["attribute-invalid at /attributes/age/one_of/1", "attribute-invalid at /attributes/age/default"],
    );
    check(&body("{type: text, minimum: 1}"), &["attribute-invalid at /attributes/age"]);
    check(&body("{type: boolean, max_length: 1}"), &["attribute-invalid at /attributes/age"]);
    check(&body("{type: integer, minimum: 1, one_of: [1, 2], default: 2}"), &[]);
}

#[test]
fn guards() {
    let two = "guards: [{id: g, rule: say@1, config: {outcomes: [proceed]}}, {id: g, rule: say@1, config: {outcomes: [proceed]}}]";
    check(&format!("{PHONE}{POOL}{two}"), &["name-duplicate at /guards/1/id"]);
    let stocked = "prizes: [{id: phone, title: Phone, stock: 1}]\n";
    let grant = "guards: [{id: g, rule: say@1, config: {outcomes: [proceed, {grant: [phone]}]}";
    check(&format!("{stocked}{POOL}{grant}}}]"), &["sold-out-missing at /guards/0: 'phone' can run out"]);
    check(&format!("{stocked}{POOL}{grant}, sold_out: nothing}}]"), &[]);
    check(&format!("{stocked}{POOL}{grant}, sold_out: refuse}}]"), &["node-unknown at /guards/0/sold_out"]);
    check(&format!("{PHONE}{POOL}{grant}, sold_out: nothing}}]"), &["sold-out-impossible at /guards/0/sold_out"]);
    check_guard(
        "config: {outcomes: [{refuse: no}]}",
        &["prize-never-won at /prizes/0", "pool-unused at /pools/default"],
    );
}

#[test]
fn refusals() {
    let refuse = |code: &str| format!("config: {{outcomes: [proceed, {{refuse: {code}}}]}}");
    check_guard(&refuse("not-now"), &[]);
    check_guard(&refuse("Not now"), &["rule-fault at /guards/0/config: 'say@1' may refuse with the code \"Not now\""]);
    check_guard(
        "config: {outcomes: [proceed, {refuse: A}, {refuse: B}]}",
        &["rule-fault at /guards/0/config: 'say@1' may refuse with the code \"A\""],
    );
}

#[test]
fn trees_and_their_edges() {
    let lock = |on: &str| {
        format!(
            "{{a: {{rule: say@1, config: {{outcomes: [{{follow: yes}}, {{follow: no}}]}}, on: {on}}}, b: {{grant: drawn}}}}"
        )
    };
    check_nodes("unlimited", &lock("{yes: b, no: b}"), &[]);
    check_nodes("unlimited", &lock("{yes: b, no: nothing}"), &[]);
    check_nodes("unlimited", &lock("{yes: b}"), &["edge-missing at /trees/default/nodes/a: the rule may answer 'no'"]);
    check_nodes(
        "unlimited",
        &lock("{yes: b, no: b, maybe: b}"),
        &["edge-impossible at /trees/default/nodes/a/on/maybe"],
    );
    check_nodes("unlimited", &lock("{yes: b, no: b, maybe: b}, on_fault: {follow: maybe}"), &[]);
    check_nodes(
        "unlimited",
        &lock("{yes: b, no: b}, on_fault: {follow: maybe}"),
        &["edge-missing at /trees/default/nodes/a/on_fault"],
    );
    check_nodes("unlimited", &lock("{yes: b, no: c}"), &["node-unknown at /trees/default/nodes/a/on/no"]);
    check_nodes("unlimited", &lock("{yes: a, no: b}"), &["tree-cycle at /trees/default/nodes/a"]);
    check_nodes("unlimited", "{a: {grant: drawn}, b: {grant: drawn}}", &["node-unreachable at /trees/default/nodes/b"]);
    check_nodes(
        "unlimited",
        "{a: {grant: drawn, rule: say@1, config: {outcomes: [{follow: x}]}, on: {x: nothing}}}",
        &["node-shape at /trees/default/nodes/a"],
    );
    check_nodes("unlimited", "{a: {grant: drawn, amount: 0}}", &["document-shape at /trees/default/nodes/a/amount"]);
    check_nodes(
        "unlimited",
        "{b: {grant: drawn}}",
        &["node-unknown at /trees/default/root", "prize-never-won", "prize-never-won", "node-unreachable"],
    );
}

#[test]
fn what_can_run_out_says_what_follows() {
    check_nodes("5", "{a: {grant: drawn}}", &["sold-out-missing at /trees/default/nodes/a: 'phone' can run out"]);
    check_nodes("5", "{a: {grant: drawn, sold_out: nothing}}", &[]);
    check_nodes("5", "{a: {grant: drawn, sold_out: b}, b: {grant: mug}}", &[]);
    check_nodes(
        "unlimited",
        "{a: {grant: drawn, sold_out: nothing}}",
        &["sold-out-impossible at /trees/default/nodes/a/sold_out"],
    );
    check_nodes("unlimited, limits: {player: 1}", "{a: {grant: drawn}}", &["sold-out-missing"]);
    check_nodes(
        "5",
        "{a: {rule: say@1, config: {outcomes: [{grant: [phone]}]}}}",
        &["sold-out-missing at /trees/default/nodes/a", "prize-never-won at /prizes/1"],
    );
}

#[test]
fn prizes_that_can_never_be_won() {
    let blocked = "{a: {rule: say@1, config: {outcomes: [{follow: yes}, {follow: no}]}, on: {yes: c, no: c}}, b: {grant: drawn, sold_out: c}, c: {grant: mug}}";
    check_nodes(
        "5",
        blocked,
        &[
            "prize-never-won at /prizes/0: no path hands over the prize 'phone'",
            "node-unreachable at /trees/default/nodes/b",
        ],
    );
    check(
        &format!("prizes: [{{id: phone, title: P, stock: 1}}, {{id: mug, title: M, stock: 1}}]\n{POOL}"),
        &["prize-never-won at /prizes/1"],
    );
    check(
        &format!("{PHONE}{POOL}trees: {{x: {{root: a, nodes: {{a: {{grant: drawn}}}}}}}}"),
        &["tree-unused at /trees/x"],
    );
    check(
        "prizes: [{id: phone, title: Phone, stock: unlimited, tree: x}]\npools: {default: {phone: 1}}",
        &["tree-unknown at /prizes/0/tree"],
    );
}

#[test]
fn all_findings_come_at_once_and_errors_first() {
    check(
        "window: {opens: 2026-12-02T00:00:00Z, closes: 2026-12-01T00:00:00Z, timezone: Mars}\nchances: {day: 3, month: 2}\n\
         prizes: [{id: phone, title: Phone, stock: 1, tree: gone}]\npools: {default: {phone: \"0.4\", mug: \"0.7\"}}\n\
         guards: [{id: g, rule: nope@1}]",
        &[
            "rule-unknown at /guards/0/rule",
            "timezone-unknown",
            "window-reversed at /window/closes",
            "tree-unknown",
            "prize-unknown",
            "odds-sum",
            "chances-contradictory",
        ],
    );
}

#[test]
fn examples() {
    let body = |example: &str| {
        let prizes = "prizes: [{id: phone, title: Phone, stock: 1, limits: {player: 1}}, {id: mug, title: Mug, stock: unlimited}]";
        format!(
            "{prizes}\npools: {{default: {{phone: 1, mug: 1}}}}\nattributes: {{age: {{type: integer, maximum: 99}}}}\nexamples: [{{name: n, {example}}}]"
        )
    };
    let facts = |facts: &str| body(&format!("facts: {{{facts}}}, expect: {{pool: default}}"));
    check(&body("expect: {pool: default}"), &[]);
    check(&facts("player.wins.phone: 1"), &[]);
    check(&facts("player.draws.total: 1"), &["fact-unread at /examples/0/facts/player.draws.total"]);
    check(&facts("player.draw.total: 1"), &["fact-unknown at /examples/0/facts/player.draw.total"]);
    check(&facts("player.wins.bike: 1"), &["prize-unknown at /examples/0/facts/player.wins.bike"]);
    check(&facts("player.wins.phone: many"), &["example-invalid at /examples/0/facts/player.wins.phone"]);
    check(&facts("player.wins.phone: null"), &["example-invalid at /examples/0/facts/player.wins.phone"]);
    check(&facts("attribute.name: x"), &["attribute-undeclared at /examples/0/facts/attribute.name"]);
    check(&facts("attribute.age: 100"), &["example-invalid at /examples/0/facts/attribute.age"]);
    check(
        &body("sold_out: [phone, bike, mug], expect: {prize: nothing}"),
        &["prize-unknown at /examples/0/sold_out/1", "example-invalid at /examples/0/sold_out/2"],
    );
    check(
        &body("ticket: x, drawn: bike, expect: {pool: rich, prize: car}"),
        &[
            "prize-unknown at /examples/0/drawn",
            "example-invalid at /examples/0/ticket",
            "example-invalid at /examples/0/drawn",
            "pool-unknown at /examples/0/expect/pool",
            "prize-unknown at /examples/0/expect/prize",
        ],
    );
    check(&body("expect: {}"), &["example-invalid at /examples/0/expect: nothing is expected"]);
    check(&body("expect: {refused: no, prize: mug}"), &["example-invalid at /examples/0/expect: a refused draw"]);
    check(
        &body("drawn: phone, expect: {path: [hand-over, elsewhere]}"),
        &["node-unknown at /examples/0/expect/path/1"],
    );
}

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
