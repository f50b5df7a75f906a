//! One run of a rule: what it sees, what it may take, and what is left of it.

use tombola_domain::amount::Span;
use tombola_domain::fact::Value;
use tombola_engine::rule::{Decision, FaultKind, Fuel, Pick, Unavailable};
use tombola_sandbox::{ClassSettings, Sandbox, Settings};

use crate::bed::{FUEL, certain, evaluate, prepare, prepare_in, sandbox, settings};
use tombola_guests::{ANSWER, Guest, segment};

async fn decision(guest: &Guest) -> Decision {
    evaluate(&prepare(guest).await.unwrap()).unwrap().decision.unwrap()
}

/// The kind and message of the fault that a guest makes.
async fn fault(guest: &Guest) -> (FaultKind, String) {
    let fault = evaluate(&prepare(guest).await.unwrap()).unwrap().decision.unwrap_err();
    (fault.kind, fault.message)
}

async fn check(guest: Guest, kind: FaultKind, message: &str) {
    let (found, text) = fault(&guest).await;
    assert!(found == kind && text.contains(message), "{kind:?} `{message}` expected: {found:?} {text}");
}

#[tokio::test]
async fn a_rule_sees_its_facts_and_answers() {
    // The outcome is the integer that it is given.
    let guest = Guest::deciding("(i32.store (i32.const 648) (i32.load offset=8 (local.get $facts))) (i32.const 640)");
    let rule = prepare(&guest).await.unwrap();
    assert_eq!(evaluate(&rule).unwrap().decision, Ok(certain(7)));
    let other = rule.evaluate(&[Value::Integer(1)], FUEL).unwrap();
    assert_eq!(other.decision, Ok(certain(1)));
}

#[tokio::test]
async fn every_type_of_fact_arrives() {
    // The outcome is 100 × the type of the fact, plus its first byte, or that of its first element's.
    let guest = Guest::deciding(
        "(local $type i32)
         (local.set $type (i32.load8_u (local.get $facts)))
         (i32.store (i32.const 648) (i32.add
            (i32.mul (local.get $type) (i32.const 1000))
            (block $byte (result i32)
                (br_if $byte (i32.load8_u offset=8 (local.get $facts)) (i32.lt_u (local.get $type) (i32.const 3)))
                (drop)
                (br_if $byte
                    (i32.load8_u (i32.load offset=8 (local.get $facts)))
                    (i32.lt_u (local.get $type) (i32.const 5)))
                (drop)
                (i32.load8_u (i32.load (i32.load offset=8 (local.get $facts)))))))
         (i32.const 640)",
    );
    let rule = prepare(&guest).await.unwrap();
    let facts = [
        (Value::Boolean(true), 1001),
        (Value::Integer(5), 2005),
        (Value::Integers(vec![6, 7]), 3006),
        (Value::Text("a".to_owned()), 4097),
        (Value::Texts(vec!["b".to_owned(), "c".to_owned()]), 5098),
    ];
    for (fact, outcome) in facts {
        assert_eq!(rule.evaluate(&[fact], FUEL).unwrap().decision, Ok(certain(outcome)));
    }
    assert_eq!(rule.evaluate(&[Value::None], FUEL).unwrap().decision, Ok(certain(0)));
}

#[tokio::test]
async fn weights_and_amounts_come_back() {
    let picks = [3, 0, 1, 800, 1, 0, 5, 0, 0, 0, 0, 0];
    let words: Vec<u8> = picks.iter().flat_map(|word: &u32| word.to_le_bytes()).collect();
    let span: Vec<u8> = [2_i64, 9].iter().flat_map(|end| end.to_le_bytes()).collect();
    let guest = Guest {
        // A good result, `weighted`, two picks at 704; the first with one span at 800.
        fields: segment(704, &words) + &segment(800, &span) + &segment(644, &[1, 0, 0, 0, 192, 2, 0, 0, 2]),
        ..Guest::default()
    };
    let narrowed = Pick { outcome: 1, amounts: vec![Span::new(2, 9).unwrap()] };
    let plain = Pick { outcome: 0, amounts: Vec::new() };
    assert_eq!(decision(&guest).await, Decision::Weighted(vec![(3, narrowed), (5, plain)]));
}

#[tokio::test]
async fn an_undeclared_outcome_is_the_engines_to_judge() {
    let guest = Guest::deciding("(i32.store (i32.const 648) (i32.const -1)) (i32.const 640)");
    assert_eq!(decision(&guest).await, certain(u32::MAX));
}

#[tokio::test]
async fn nothing_is_left_over_for_the_next_run() {
    // Counts in a global, in memory, and by the address of what it allocates.
    let guest = Guest::deciding(
        "(global.set $count (i32.add (global.get $count) (i32.const 1)))
         (i32.store (i32.const 3000) (i32.add (i32.load (i32.const 3000)) (i32.const 1)))
         (i32.store (i32.const 648) (i32.add
            (i32.add (global.get $count) (i32.load (i32.const 3000)))
            (local.get $facts)))
         (i32.const 640)",
    );
    let rule = prepare(&guest).await.unwrap();
    let first = evaluate(&rule).unwrap();
    for _ in 0..1000 {
        assert_eq!(evaluate(&rule).unwrap(), first);
    }
}

#[tokio::test]
async fn fuel_is_counted_exactly() {
    let rule = prepare(&Guest::default()).await.unwrap();
    let used = evaluate(&rule).unwrap().fuel;
    assert!(0 < used && used < 100, "a handful of instructions: {used}");
    assert_eq!(rule.evaluate(&[Value::Integer(7)], Fuel::All(used)).unwrap().decision, Ok(certain(0)));
    let short = rule.evaluate(&[Value::Integer(7)], Fuel::All(used - 1)).unwrap();
    assert_eq!(short.decision.unwrap_err().kind, FaultKind::Fuel);
    assert_eq!(rule.evaluate(&[Value::Integer(7)], Fuel::All(0)).unwrap().decision.unwrap_err().kind, FaultKind::Fuel);
}

#[tokio::test]
async fn a_part_of_the_fuel_that_does_not_suffice_is_no_fault() {
    let rule = prepare(&Guest::default()).await.unwrap();
    let whole = evaluate(&rule).unwrap();
    let part = |units| rule.evaluate(&[Value::Integer(7)], Fuel::Part(units));
    assert_eq!(part(whole.fuel).unwrap(), whole);
    assert_eq!(part(whole.fuel - 1).unwrap_err(), Unavailable::Unfinished);
    assert_eq!(part(0).unwrap_err(), Unavailable::Unfinished);
    let rule = prepare(&Guest::deciding("unreachable")).await.unwrap();
    assert_eq!(rule.evaluate(&[Value::Integer(7)], Fuel::Part(1000)).unwrap(), evaluate(&rule).unwrap());
}

#[tokio::test]
async fn a_loop_ends_with_its_fuel() {
    let guest = Guest::deciding("(loop $again (br $again)) (unreachable)");
    check(guest.clone(), FaultKind::Fuel, "all fuel consumed").await;
    let evaluation = evaluate(&prepare(&guest).await.unwrap()).unwrap();
    assert_eq!(evaluation.fuel, FUEL.units());
}

#[tokio::test]
async fn a_trap_says_where() {
    let guest = Guest { fields: "(@custom \"x\" \"\")".to_owned(), ..Guest::deciding("(unreachable)") };
    check(guest.clone(), FaultKind::Trap, "`unreachable` instruction executed").await;
    check(guest, FaultKind::Trap, "decide").await;
    check(Guest::deciding("(i32.div_u (i32.const 1) (i32.const 0))"), FaultKind::Trap, "divide by zero").await;
    check(Guest::deciding("(i32.load (i32.const -1))"), FaultKind::Trap, "out of bounds memory access").await;
}

#[tokio::test]
async fn memory_has_a_cap() {
    let bomb = "(loop $again (drop (memory.grow (i32.const 1))) (br $again)) (unreachable)";
    check(Guest::deciding(bomb), FaultKind::Memory, "1114112 bytes of memory; it may have 1048576").await;
    let leap = "(drop (memory.grow (i32.const 60000))) (i32.const 640)";
    check(Guest::deciding(leap), FaultKind::Memory, "it may have 1048576").await;
    // What is within the cap is given.
    let modest = "(i32.store (i32.const 648) (memory.grow (i32.const 15))) (i32.const 640)";
    assert_eq!(decision(&Guest::deciding(modest)).await, certain(1));
}

#[tokio::test]
async fn depth_has_a_cap() {
    let deep = "(i32.add (i32.const 1) (call $decide (local.get $facts) (local.get $count)))";
    let rule = prepare(&Guest::deciding(deep)).await.unwrap();
    let evaluation = rule.evaluate(&[Value::Integer(7)], Fuel::All(u64::from(u32::MAX))).unwrap();
    assert_eq!(evaluation.decision.unwrap_err().kind, FaultKind::Stack);
}

#[tokio::test]
async fn a_rules_own_error_is_a_fault() {
    let words: Vec<u8> = [1_u32, 400, 12].iter().flat_map(|word| word.to_le_bytes()).collect();
    let guest = Guest { fields: segment(640, &words), ..Guest::default() };
    assert_eq!(fault(&guest).await, (FaultKind::Refused, "player.draws".to_owned()));
}

#[tokio::test]
async fn an_answer_that_lies_is_a_fault() {
    // An error text outside of memory, one that isn't UTF-8, and one that is larger than may be copied.
    let text = |address: u32, length: u32| {
        let words: Vec<u8> = [1, address, length].iter().flat_map(|word: &u32| word.to_le_bytes()).collect();
        Guest { fields: segment(640, &words) + &segment(900, &[0xff, 0xfe]), ..Guest::default() }
    };
    check(text(65_530, 100), FaultKind::Trap, "out of bounds").await;
    check(text(u32::MAX, u32::MAX), FaultKind::Trap, "").await;
    check(text(900, 2), FaultKind::Trap, "utf-8").await;
    // Picks: outside of memory, misaligned, and far too many of them.
    let picks = |address: u32, length: u32| {
        let words: Vec<u8> = [0, 1, address, length].iter().flat_map(|word: &u32| word.to_le_bytes()).collect();
        Guest { memory: "16", fields: segment(640, &words), ..Guest::default() }
    };
    check(picks(1_048_000, 1000), FaultKind::Trap, "out of bounds").await;
    check(picks(1001, 1), FaultKind::Trap, "aligned").await;
    check(picks(0, 40_000), FaultKind::Trap, "too much data").await;
    // A result, and a discriminant, that are none.
    check(Guest::deciding("(i32.const -4)"), FaultKind::Trap, "out of bounds").await;
    check(
        Guest::deciding("(i32.store8 (i32.const 640) (i32.const 9)) (i32.const 640)"),
        FaultKind::Trap,
        "discriminant",
    )
    .await;
}

#[tokio::test]
async fn many_lists_of_the_same_bytes_are_bounded() {
    // A thousand picks that all point at the same thousand spans would be 16 MB of answer out of 16 kB of memory.
    let mut picks = Vec::new();
    for _ in 0..1000 {
        picks.extend([1_u32, 0, 0, 4096, 1000, 0].iter().flat_map(|word| word.to_le_bytes()));
    }
    let words: Vec<u8> = [0_u32, 1, 32_768, 1000].iter().flat_map(|word| word.to_le_bytes()).collect();
    let guest = Guest { fields: segment(640, &words) + &segment(32_768, &picks), ..Guest::default() };
    check(guest, FaultKind::Trap, "too much data").await;
}

#[tokio::test]
async fn an_amount_that_is_none_is_undeclared() {
    let words: Vec<u8> = [0_u32, 0, 0, 800, 1].iter().flat_map(|word| word.to_le_bytes()).collect();
    let span: Vec<u8> = [9_i64, 2].iter().flat_map(|end| end.to_le_bytes()).collect();
    let guest = Guest { fields: segment(640, &words) + &segment(800, &span), ..Guest::default() };
    check(guest, FaultKind::Undeclared, "from 9 to 2").await;
}

#[tokio::test]
async fn an_allocator_that_lies_is_a_fault() {
    // The facts are put where the guest says; it says outside of its memory.
    let guest = Guest {
        fields: "(start $lie) (func $lie (global.set $next (i32.const -65536)))".to_owned(),
        ..Guest::default()
    };
    let component = guest.component();
    let error = prepare_in(&sandbox(), &component).await.unwrap_err();
    assert!(error.to_string().contains("realloc return: beyond end of memory"), "{error}");
}

#[tokio::test]
async fn others_run_on_after_a_fault() {
    let sandbox = sandbox();
    let bad = prepare_in(&sandbox, &Guest::deciding("(unreachable)").component()).await.unwrap();
    let good = prepare_in(&sandbox, &Guest::default().component()).await.unwrap();
    for _ in 0..100 {
        assert_eq!(evaluate(&bad).unwrap().decision.unwrap_err().kind, FaultKind::Trap);
        assert_eq!(evaluate(&good).unwrap().decision, Ok(certain(0)));
    }
}

#[tokio::test]
async fn the_deadline_is_no_outcome() {
    let class = ClassSettings { deadline_ms: 20, ..settings().class };
    let sandbox = Sandbox::new(Settings { class, ..settings() }).unwrap();
    let guest = Guest::deciding("(loop $again (br $again)) (unreachable)");
    let rule = prepare_in(&sandbox, &guest.component()).await.unwrap();
    let unavailable = rule.evaluate(&[Value::Integer(7)], Fuel::All(u64::MAX >> 1)).unwrap_err();
    assert!(unavailable.to_string().contains("interrupt"), "{unavailable}");
    let guest = Guest::deciding(ANSWER);
    let rule = prepare_in(&sandbox, &guest.component()).await.unwrap();
    assert_eq!(evaluate(&rule).unwrap().decision, Ok(certain(0)));
}

#[tokio::test]
async fn a_full_house_is_no_outcome() {
    let class = ClassSettings { evaluations_max: 1, waiting_max: 0, deadline_ms: 60_000, ..settings().class };
    let sandbox = Sandbox::new(Settings { class, ..settings() }).unwrap();
    let busy = Guest::deciding("(loop $again (br $again)) (unreachable)");
    let busy = prepare_in(&sandbox, &busy.component()).await.unwrap();
    let quick = prepare_in(&sandbox, &Guest::default().component()).await.unwrap();
    std::thread::scope(|scope| {
        // Long enough to be met, and certain to end.
        let run = || busy.evaluate(&[Value::Integer(7)], Fuel::All(2_000_000_000));
        let running = scope.spawn(move || (0..).find_map(|_| run().ok()));
        let mut turned_away = None;
        while turned_away.is_none() && !running.is_finished() {
            turned_away = evaluate(&quick).err();
        }
        assert_eq!(turned_away.unwrap(), Unavailable::Host("0 evaluations are waiting already".to_owned()));
        assert_eq!(running.join().unwrap().unwrap().decision.unwrap_err().kind, FaultKind::Fuel);
    });
    assert_eq!(evaluate(&quick).unwrap().decision, Ok(certain(0)));
}

#[tokio::test]
async fn many_threads_share_the_pool() {
    let rule = prepare(&Guest::default()).await.unwrap();
    let expected = evaluate(&rule).unwrap();
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| (0..2000).for_each(|_| assert_eq!(evaluate(&rule).unwrap(), expected)));
        }
    });
}
