//! Configuring: what a rule makes of its config, and what is kept of it.

use std::sync::Arc;

use serde_json::json;
use tombola_domain::amount::Span;
use tombola_domain::digest::Digest;
use tombola_domain::fact::FactType;
use tombola_engine::rule::{FactNeed, FaultKind, Kind, Outcome, PrepareError, Problem, RuleFactory};

use crate::bed::{certain, evaluate, prepare, prepare_in, sandbox};
use tombola_guests::{Guest, segment};

async fn fault(guest: &Guest) -> (FaultKind, String) {
    match prepare(guest).await {
        Err(PrepareError::Fault(fault)) => (fault.kind, fault.message),
        other => panic!("a fault was expected: {other:?}"),
    }
}

async fn check(configure: &'static str, kind: FaultKind, message: &str) {
    let (found, text) = fault(&Guest { configure, ..Guest::default() }).await;
    assert!(found == kind && text.contains(message), "{kind:?} `{message}` expected: {found:?} {text}");
}

#[tokio::test]
async fn needs_are_read() {
    let rule = prepare(&Guest::default()).await.unwrap();
    let fact = FactNeed { name: "player.draws.total".to_owned(), expected: FactType::Integer };
    assert_eq!(rule.needs().facts, [fact]);
    let amount = Span::new(1, 10).unwrap();
    let outcomes = [
        Outcome::Proceed,
        Outcome::Choose("better".to_owned()),
        Outcome::Grant { prize: "points".to_owned(), amount },
        Outcome::Refuse { code: "no".to_owned(), message: "Not today.".to_owned() },
    ];
    assert_eq!(rule.needs().outcomes, outcomes);
}

#[tokio::test]
async fn what_configure_leaves_is_what_decide_finds() {
    // The length of the config goes through a global, through memory, and through a page that wasn't there before.
    let guest = Guest {
        configure: "(global.set $count (local.get $length))
            (i32.store (i32.const 3000) (local.get $length))
            (drop (memory.grow (i32.const 1)))
            (i32.store (i32.const 70000) (local.get $length))
            (i32.const 320)",
        decide: "(i32.store (i32.const 648) (i32.add
                (i32.add (global.get $count) (i32.load (i32.const 3000)))
                (i32.add (i32.load (i32.const 70000)) (i32.mul (i32.const 1000) (memory.size)))))
            (i32.const 640)",
        ..Guest::default()
    };
    // `{"a":1}` has seven bytes.
    assert_eq!(evaluate(&prepare(&guest).await.unwrap()).unwrap().decision, Ok(certain(2021)));
}

#[tokio::test]
async fn start_up_code_runs_once() {
    let guest = Guest {
        fields: "(start $start) (func $start (global.set $count (i32.add (global.get $count) (i32.const 1))))"
            .to_owned(),
        decide: "(i32.store (i32.const 648) (global.get $count)) (i32.const 640)",
        ..Guest::default()
    };
    assert_eq!(evaluate(&prepare(&guest).await.unwrap()).unwrap().decision, Ok(certain(1)));
}

#[tokio::test]
async fn one_module_makes_many_rules_and_each_once() {
    let sandbox = sandbox();
    let guest = Guest {
        configure: "(global.set $count (local.get $length)) (i32.const 320)",
        decide: "(i32.store (i32.const 648) (global.get $count)) (i32.const 640)",
        ..Guest::default()
    };
    let component = guest.component();
    let digest = Digest::of(&component);
    let prepare = |config| {
        let (sandbox, component) = (&sandbox, &component);
        async move { sandbox.prepare(digest, component, Kind::Guard, &config).await.unwrap() }
    };
    let (one, same, other) = tokio::join!(prepare(json!(1)), prepare(json!(1)), prepare(json!(22)));
    assert!(Arc::ptr_eq(&one, &same));
    assert_eq!(evaluate(&one).unwrap().decision, Ok(certain(1)));
    assert_eq!(evaluate(&other).unwrap().decision, Ok(certain(2)));
    let weak = Arc::downgrade(&one);
    drop((one, same));
    assert!(weak.upgrade().is_none(), "nobody keeps a rule that no revision uses");
    assert_eq!(evaluate(&prepare(json!(1)).await).unwrap().decision, Ok(certain(1)));
}

#[tokio::test]
async fn problems_come_back() {
    // A bad result with one problem, whose texts are those of the manifest.
    let words: Vec<u8> = [1_u32, 64, 1].iter().flat_map(|word| word.to_le_bytes()).collect();
    let guest = Guest { fields: segment(320, &words), ..Guest::default() };
    let problem =
        Problem { place: "weight-tier".to_owned(), message: "1.2.3".to_owned(), hint: "Picks a pool.".to_owned() };
    assert_eq!(prepare(&guest).await.unwrap_err(), PrepareError::Problems(vec![problem]));
}

#[tokio::test]
async fn a_hostile_configure_is_a_fault() {
    check("(unreachable)", FaultKind::Trap, "unreachable").await;
    check("(loop $again (br $again)) (unreachable)", FaultKind::Fuel, "all fuel").await;
    check("(drop (memory.grow (i32.const 16))) (i32.const 320)", FaultKind::Memory, "it may have 1048576").await;
    check("(call $configure (i32.const 0) (i32.const 0))", FaultKind::Stack, "call stack").await;
    check("(i32.const -8)", FaultKind::Trap, "out of bounds").await;
    // Refused without a problem; 65 facts; a million outcomes.
    check(
        "(i32.store (i32.const 320) (i32.const 1)) (i32.store (i32.const 328) (i32.const 0)) (i32.const 320)",
        FaultKind::Undeclared,
        "without naming a problem",
    )
    .await;
    check(
        "(i32.store (i32.const 324) (i32.const 8192)) (i32.store (i32.const 328) (i32.const 65)) (i32.const 320)",
        FaultKind::Undeclared,
        "65 facts",
    )
    .await;
    check("(i32.store (i32.const 336) (i32.const 1000000)) (i32.const 320)", FaultKind::Trap, "").await;
    // Configured to the last page, with room left for nothing.
    let full = Guest { configure: "(drop (memory.grow (i32.const 15))) (i32.const 320)", ..Guest::default() };
    assert_eq!(evaluate(&prepare(&full).await.unwrap()).unwrap().decision, Ok(certain(0)));
}

#[tokio::test]
async fn an_outcome_that_is_none_is_a_fault() {
    // `grant` of `better`, from 9 to 2.
    let words: Vec<u8> = [2_u32, 0, 416, 6, 9, 0, 2, 0].iter().flat_map(|word| word.to_le_bytes()).collect();
    let (kind, message) = fault(&Guest { fields: segment(544, &words), ..Guest::default() }).await;
    assert!(kind == FaultKind::Undeclared && message.contains("from 9 to 2"), "{message}");
}

#[tokio::test]
async fn the_kind_must_be_there() {
    let component = Guest::default().component();
    let error = sandbox().prepare(Digest::of(&component), &component, Kind::Branch, &json!({})).await.unwrap_err();
    assert_eq!(error, PrepareError::WrongKind);
}

#[tokio::test]
async fn a_config_has_a_length() {
    let component = Guest::default().component();
    let config = json!("x".repeat(2 << 20));
    let error = sandbox().prepare(Digest::of(&component), &component, Kind::Guard, &config).await.unwrap_err();
    let PrepareError::Problems(problems) = error else { panic!("{error:?}") };
    assert!(problems[0].message.contains("1048576 are allowed"), "{problems:?}");
}

#[tokio::test]
async fn bytes_that_are_not_the_modules_are_refused() {
    let error = sandbox()
        .prepare(Digest::of(b"another"), &Guest::default().component(), Kind::Guard, &json!({}))
        .await
        .unwrap_err();
    assert!(matches!(error, PrepareError::Unavailable(_)), "{error:?}");
    // Nor are bytes that never were admitted any danger.
    let error = prepare_in(&sandbox(), b"garbage").await.unwrap_err();
    assert!(matches!(error, PrepareError::Fault(_)), "{error:?}");
}
