//! Trees: their nodes and edges, and what follows where a prize has run out.

use super::*;

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
