//! What the kernel has to do for an evaluation: nothing. Counted rather than timed, so that it holds on any machine.
//!
//! A guest that keeps to its resident memory takes no page fault and no system call; one that doesn't shows that either would
//! be noticed. System calls are counted by forbidding them: a thread that may make none evaluates, in a child process that
//! the first one ends.

use std::os::unix::process::ExitStatusExt;
use std::process::{Command, ExitStatus};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use seccompiler::{BpfProgram, SeccompAction, SeccompFilter};
use serde_json::{Value as Json, json};
use tombola_domain::digest::Digest;
use tombola_domain::fact::{FactType, Value};
use tombola_engine::rule::{Kind, Rule, RuleFactory};
use tombola_standard_rules::standard;

use crate::bed::{FUEL, prepare, sandbox};
use tombola_guests::Guest;

/// Evaluations before any is counted: what is made on first use is there by then.
const WARM_UP: u64 = 1_000;
/// Evaluations that are counted.
const COUNTED: u64 = 10_000;
/// Fewer than one page fault in a thousand evaluations.
const FAULTS_MAX: u64 = COUNTED / 1_000;

/// One rule for each way to take facts and to answer.
fn rules() -> [(&'static str, Kind, Json); 4] {
    [
        ("weight-tier", Kind::Guard, json!({"fact": "player.draws.total", "tiers": [{"from": 60, "pool": "better"}]})),
        ("attribute-match", Kind::Guard, json!({"attribute": "channel", "op": "equals", "value": "app", "pool": "b"})),
        ("blacklist", Kind::Guard, json!({"list": "banned", "grant": {"prize": "points", "amount": [1, 3]}})),
        ("consolation", Kind::Branch, json!({"prize": "points", "amount": [1, 100]})),
    ]
}

async fn prepared(name: &str, kind: Kind, config: &Json) -> Arc<dyn Rule> {
    let component = standard().iter().find(|rule| rule.name == name).unwrap().component;
    sandbox().prepare(Digest::of(component), component, kind, config).await.unwrap()
}

/// Writes behind what is kept resident, as a guest does whose stack or heap is larger than the SDK's.
async fn badly_shaped() -> Arc<dyn Rule> {
    let decide = "(i32.store (i32.const 100000) (i32.const 1)) (i32.const 640)";
    prepare(&Guest { memory: "4", ..Guest::deciding(decide) }).await.unwrap()
}

fn facts(rule: &dyn Rule) -> Vec<Value> {
    let plain = |expected| match expected {
        FactType::Boolean => Value::Boolean(true),
        FactType::Integer => Value::Integer(61),
        FactType::Integers => Value::Integers(vec![1, 2, 3]),
        FactType::Text => Value::Text("app".to_owned()),
        FactType::Texts => Value::Texts(vec!["app".to_owned()]),
    };
    rule.needs().facts.iter().map(|need| plain(need.expected)).collect()
}

fn evaluate_all(rules: &[(Arc<dyn Rule>, Vec<Value>)], times: u64) {
    for (rule, facts) in rules {
        evaluate(&**rule, facts, times);
    }
}

fn evaluate(rule: &dyn Rule, facts: &[Value], times: u64) {
    for _ in 0..times {
        rule.evaluate(facts, FUEL).unwrap().decision.unwrap();
    }
}

/// Page faults of this thread so far that were met without reading from a disk.
fn page_faults() -> u64 {
    let stat = std::fs::read_to_string("/proc/thread-self/stat").unwrap();
    // After the name in brackets, which may hold spaces, this is the eighth field.
    stat.rsplit(')').next().unwrap().split_whitespace().nth(7).unwrap().parse().unwrap()
}

fn faults_of(rule: &dyn Rule) -> u64 {
    let facts = facts(rule);
    evaluate(rule, &facts, WARM_UP);
    let before = page_faults();
    evaluate(rule, &facts, COUNTED);
    page_faults() - before
}

#[tokio::test]
async fn an_evaluation_takes_no_page_fault() {
    for (name, kind, config) in rules() {
        let faults = faults_of(&*prepared(name, kind, &config).await);
        assert!(faults < FAULTS_MAX, "{name}: {faults} in {COUNTED} evaluations");
    }
}

#[tokio::test]
async fn a_badly_shaped_guest_takes_page_faults() {
    let faults = faults_of(&*badly_shaped().await);
    assert!(faults >= COUNTED, "{faults} in {COUNTED} evaluations");
}

/// Allows no system call at all to the thread that it is given to, and ends the process at the first.
fn forbidding() -> BpfProgram {
    let architecture = std::env::consts::ARCH.try_into().unwrap();
    let filter = SeccompFilter::new(
        std::iter::empty().collect(),
        SeccompAction::KillProcess,
        SeccompAction::Allow,
        architecture,
    );
    filter.unwrap().try_into().unwrap()
}

/// Returns if the rules are evaluated without a system call; otherwise this process ends.
fn evaluate_under_filter(rules: Vec<Arc<dyn Rule>>) {
    let done = Arc::new(AtomicBool::new(false));
    let sees_done = Arc::clone(&done);
    thread::spawn(move || {
        let with_facts = |rule: Arc<dyn Rule>| (Arc::clone(&rule), facts(&*rule));
        let rules: Vec<_> = rules.into_iter().map(with_facts).collect();
        evaluate_all(&rules, WARM_UP);
        seccompiler::apply_filter(&forbidding()).unwrap();
        evaluate_all(&rules, COUNTED);
        done.store(true, Ordering::Release);
        // Not even ending is allowed; the thread ends with its process.
        loop {
            std::hint::spin_loop();
        }
    });
    while !sees_done.load(Ordering::Acquire) {
        thread::sleep(Duration::from_millis(1));
    }
}

#[tokio::test]
#[ignore = "evaluated in a child of the tests below"]
async fn child_shaped() {
    let mut prepared_rules = Vec::new();
    for (name, kind, config) in rules() {
        prepared_rules.push(prepared(name, kind, &config).await);
    }
    evaluate_under_filter(prepared_rules);
}

#[tokio::test]
#[ignore = "evaluated in a child of the tests below"]
async fn child_badly_shaped() {
    evaluate_under_filter(vec![badly_shaped().await]);
}

fn run_child(test: &str) -> ExitStatus {
    let child = Command::new(std::env::current_exe().unwrap()).args(["--exact", test, "--ignored"]).output().unwrap();
    println!("{}{}", String::from_utf8_lossy(&child.stdout), String::from_utf8_lossy(&child.stderr));
    child.status
}

#[test]
fn an_evaluation_makes_no_system_call() {
    assert!(run_child("counters::child_shaped").success());
}

#[test]
fn a_badly_shaped_guest_makes_system_calls() {
    const SIGSYS: i32 = 31;
    assert_eq!(run_child("counters::child_badly_shaped").signal(), Some(SIGSYS));
}
