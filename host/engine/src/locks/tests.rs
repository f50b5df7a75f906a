use super::*;
use crate::testing::pipeline;

const HEAD: &str = "campaign: spring\ntitle: Spring\nwindow: {opens: 2026-12-01T00:00:00Z}\n\
    prizes: [{id: phone, title: Phone, stock: 5, tree: locked}, {id: mug, title: Mug, stock: 0, tree: locked}, {id: points, title: Points, stock: unlimited}]\n\
    trees: {locked: {root: app, nodes: {\
      app: {rule: say@1, config: {fact: player.draws.day, outcomes: [{follow: off}, {follow: on}, {grant: [mug]}]}, on: {off: comfort, on: lock}, sold_out: comfort}, \
      lock: {rule: say@1, config: {fact: player.draws.month, outcomes: [{follow: shut}, {follow: open}, {follow: away}]}, on: {shut: comfort, open: hand-over, away: nothing}}, \
      hand-over: {grant: drawn, sold_out: comfort}, \
      comfort: {grant: points}}}}\n";

/// `prize: node answered -> leads on; …` in a line each, with facts (draws of day, month, total).
fn shown(rest: &str, facts: [i64; 3]) -> String {
    let pipeline = pipeline(&format!("{HEAD}{rest}"));
    let given = [("player.draws.day", facts[0]), ("player.draws.month", facts[1]), ("player.draws.total", facts[2])];
    let given = given.map(|(name, value)| (name.to_owned(), Value::Integer(value))).into();
    let values = crate::facts::of_new_player(&pipeline, pipeline.window.opens, &given).unwrap();
    let found = locks(&pipeline, &values).unwrap();
    assert!(found.is_complete);
    let node = |node: &LockNode| {
        let name = node.node.rsplit('/').next().unwrap();
        format!("{name} {} -> {}", node.answered.join("|"), node.leads_on.join("|"))
    };
    let line = |lock: &Lock| format!("{}: {}", lock.prize, lock.nodes.iter().map(node).collect::<Vec<_>>().join("; "));
    found.locks.iter().map(line).collect::<Vec<_>>().join("\n")
}

const POOL: &str = "pools: {default: {phone: 1, mug: 1, points: 1}}\n";

#[test]
fn each_rule_that_could_lead_on_is_named() {
    assert_eq!(shown(POOL, [0, 0, 0]), "phone: app off -> on\nmug: app off -> on|grant mug");
    assert_eq!(shown(POOL, [1, 0, 0]), "phone: lock shut -> open\nmug: app on -> grant mug; lock shut -> open");
    assert_eq!(shown(POOL, [1, 2, 0]), "phone: lock away -> open\nmug: app on -> grant mug; lock away -> open");
}

#[test]
fn what_is_handed_over_is_not_locked_whatever_the_stock() {
    assert_eq!(shown(POOL, [1, 1, 0]), "");
    // The rule hands the mug over by itself, and the phone to nobody then.
    assert_eq!(shown(POOL, [2, 0, 0]), "phone: app grant mug -> on");
}

#[test]
fn a_fault_locks_too() {
    // The rule answers an outcome that it did not declare.
    assert_eq!(shown(POOL, [9, 0, 0]), "phone: app  -> on\nmug: app  -> on|grant mug");
}

#[test]
fn only_what_may_be_drawn_is_looked_at() {
    let guards = "pools: {default: {phone: 1, points: 1}, rich: {mug: 1, phone: 1, points: 1}}\nguards: [{id: g, rule: say@1, config: {fact: player.draws.total, \
        outcomes: [proceed, {choose: rich}, {refuse: no}]}}]";
    assert_eq!(shown(guards, [0, 0, 0]), "phone: app off -> on");
    assert_eq!(shown(guards, [0, 0, 1]), "phone: app off -> on\nmug: app off -> on|grant mug");
    assert_eq!(shown(guards, [0, 0, 2]), "");
}

#[test]
fn a_chance_to_be_handed_over_is_no_lock() {
    let weighted = POOL.to_owned() + "guards: [{id: g, rule: say@1, config: {outcomes: [proceed, {refuse: no}]}}]";
    let text = format!("{HEAD}{weighted}").replace(
        "{fact: player.draws.month, outcomes: [{follow: shut}, {follow: open}, {follow: away}]}",
        "{outcomes: [{follow: shut}, {follow: open}, {follow: away}], weights: [8, 1, 1]}",
    );
    let pipeline = pipeline(&text);
    let found = locks(&pipeline, &[Value::Integer(1)]).unwrap();
    assert_eq!(found, Locks { locks: vec![], is_complete: true });
    let locked = locks(&pipeline, &[Value::Integer(0)]).unwrap().locks;
    assert_eq!(locked[0].nodes[0].facts, [("player.draws.day".to_owned(), Value::Integer(0))]);
    assert_eq!(locked[0].nodes[0].config["fact"], "player.draws.day");
}
