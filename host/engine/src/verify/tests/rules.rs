//! Rules, what they ask for, and guards.

use super::*;

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
