mod examples;
mod prizes;
mod rebates;
mod rules;
mod trees;

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
    let lifetime = |days: u32| format!("{PHONE}{POOL}chances: {{granted: 1, lifetime_days: {days}}}");
    check(&lifetime(36_525), &[]);
    for days in [0, 36_526] {
        check(&lifetime(days), &["lifetime-invalid at /chances/lifetime_days: a lifetime is 1 to 36525 days"]);
    }
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
