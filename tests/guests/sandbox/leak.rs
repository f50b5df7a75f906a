//! One tenant's secret and another's eyes. A *writer* fills everything that it can reach with its facts, and ends in every way
//! that a guest can end; a *reader* looks at everything that it was given and did not write. There are fewer places in the
//! pool than rules, so that each evaluation gets a place in which others have just been.

use std::sync::Arc;

use tombola_domain::fact::Value;
use tombola_engine::rule::{Decision, Evaluation, Fuel, Kind, Pick, Rule};
use tombola_guests::framed;
use tombola_sandbox::{ClassSettings, Sandbox, Settings};

use crate::bed::{class, prepare, settings};
use crate::chance::Chance;

/// Fuel for looking at a whole memory.
const FUEL: Fuel = Fuel::All(2_500_000);
/// Ways in which a writer ends: it answers, traps, loops, overflows its stack, asks for too much memory.
const ENDS: i64 = 5;

/// Fills its memory, which it grows by as many pages as its fact modulo 8 says, and its globals (its table is full from the
/// start, for no rule can change one); then recurses with the secret in its locals, and ends as the rest of its fact says.
const WRITER: &str = r"
    (table $own 64 funcref)
    (elem (table $own) (i32.const 0) func
        $deep $deep $deep $deep $deep $deep $deep $deep $deep $deep $deep $deep $deep $deep $deep $deep
        $deep $deep $deep $deep $deep $deep $deep $deep $deep $deep $deep $deep $deep $deep $deep $deep
        $deep $deep $deep $deep $deep $deep $deep $deep $deep $deep $deep $deep $deep $deep $deep $deep
        $deep $deep $deep $deep $deep $deep $deep $deep $deep $deep $deep $deep $deep $deep $deep $deep)
    (global $secret (mut i64) (i64.const 0))
    (func $deep (param $secret i64) (param $depth i32) (result i64)
        (if (result i64) (local.get $depth)
            (then (i64.add
                (call $deep (local.get $secret) (i32.sub (local.get $depth) (i32.const 1)))
                (local.get $secret)))
            (else (local.get $secret))))
    (func $decide (param $facts i32) (param $count i32) (result i32)
        (local $fact i32)
        (local.set $fact (i32.load offset=8 (local.get $facts)))
        (drop (memory.grow (i32.and (local.get $fact) (i32.const 7))))
        (memory.fill (i32.const 4096) (i32.const 0xa5)
            (i32.sub (i32.mul (memory.size) (i32.const 65536)) (i32.const 4096)))
        (memory.fill (i32.const 1664) (i32.const 0xa5) (i32.const 1024))
        (global.set $secret (i64.const 0xa5a5a5a5a5a5a5a5))
        (global.set $count (i32.const 0xa5a5a5a5))
        (drop (call $deep (i64.const 0xa5a5a5a5a5a5a5a5) (i32.const 500)))
        (block $answer
            (block $memory
                (block $stack
                    (block $loop
                        (block $trap
                            (br_table $answer $trap $loop $stack $memory
                                (i32.rem_u (i32.shr_u (local.get $fact) (i32.const 4)) (i32.const 5))))
                        (unreachable))
                    (loop $again (br $again)))
                (drop (call $deep (global.get $secret) (i32.const -1))))
            (drop (memory.grow (i32.const 1000))))
        (i32.const 640))";

/// Grows its memory by as many pages as its fact says, and adds up by `or` whatever stands where it has put nothing: behind
/// its data, in the new pages, in its table and its globals. Its outcome is 0 where all of that is zero. With a fact above
/// 255 it first puts something there itself, and so must find it.
const READER: &str = r"
    (table $own 64 funcref)
    (global $empty (mut i64) (i64.const 0))
    (func $seen (param $from i32) (param $to i32) (result i64)
        (local $seen i64)
        (loop $next
            (local.set $seen (i64.or (local.get $seen) (i64.or
                (i64.or (i64.load (local.get $from)) (i64.load offset=8 (local.get $from)))
                (i64.or (i64.load offset=16 (local.get $from)) (i64.load offset=24 (local.get $from))))))
            (local.set $from (i32.add (local.get $from) (i32.const 32)))
            (br_if $next (i32.lt_u (local.get $from) (local.get $to))))
        (local.get $seen))
    (func $full (result i64)
        (local $place i32) (local $seen i64)
        (loop $next
            (local.set $seen (i64.or (local.get $seen)
                (i64.extend_i32_u (i32.eqz (ref.is_null (table.get $own (local.get $place)))))))
            (local.set $place (i32.add (local.get $place) (i32.const 1)))
            (br_if $next (i32.lt_u (local.get $place) (i32.const 64))))
        (local.get $seen))
    (func $decide (param $facts i32) (param $count i32) (result i32)
        (local $fact i32) (local $seen i64) (local $never i64)
        (local.set $fact (i32.load offset=8 (local.get $facts)))
        (drop (memory.grow (i32.and (local.get $fact) (i32.const 7))))
        (if (i32.gt_u (local.get $fact) (i32.const 255))
            (then (i32.store8
                (i32.sub (i32.mul (memory.size) (i32.const 65536)) (i32.const 1))
                (i32.const 1))))
        (local.set $seen (local.get $never))
        (local.set $seen (i64.or (local.get $seen) (global.get $empty)))
        (local.set $seen (i64.or (local.get $seen) (i64.extend_i32_u (global.get $count))))
        (local.set $seen (i64.or (local.get $seen) (call $full)))
        (local.set $seen (i64.or (local.get $seen) (call $seen (i32.const 1664) (i32.const 2688))))
        (local.set $seen (i64.or (local.get $seen) (call $seen
            (i32.and (i32.add (global.get $next) (i32.const 31)) (i32.const -32))
            (i32.mul (memory.size) (i32.const 65536)))))
        (i32.store (i32.const 648) (i64.ne (local.get $seen) (i64.const 0)))
        (i32.const 640))";

/// Writers and readers of different sizes, in one pool of few places.
struct Tenants {
    writers: Vec<Arc<dyn Rule>>,
    readers: Vec<Arc<dyn Rule>>,
}

impl Tenants {
    async fn of(places: u32) -> Self {
        let class = ClassSettings { slots: places, evaluations_max: places, ..class() };
        let sandbox = Sandbox::new(Settings { class, ..settings() }).unwrap();
        let mut tenants = Self { writers: Vec::new(), readers: Vec::new() };
        for pages in [1, 3, 9] {
            let rule = |name, code| {
                let component = framed(name, &format!("(memory $memory {pages}) {code}"));
                let sandbox = &sandbox;
                async move { prepare(sandbox, &component, Kind::Guard).await.unwrap() }
            };
            tenants.writers.push(rule("writer", WRITER).await);
            tenants.readers.push(rule("reader", READER).await);
        }
        tenants
    }

    /// So many evaluations, half of them writers': which, and on what, is a matter of the number alone.
    fn run(&self, from: u64, count: u64) {
        for number in from..from + count {
            let chance = Chance::of(0, number).next();
            let fact = i64::try_from((chance >> 32) & 0xff).unwrap();
            let rules = if number % 2 == 0 { &self.writers } else { &self.readers };
            let rule = &rules[usize::try_from(chance % 3).unwrap()];
            let evaluation = rule.evaluate(&[Value::Integer(fact)], FUEL).unwrap();
            if number % 2 == 0 {
                assert_eq!(evaluation.decision.is_ok(), (fact >> 4) % ENDS == 0, "{fact}: {evaluation:?}");
            } else {
                assert_eq!(outcome(&evaluation), 0, "number {number} saw what another left: {evaluation:?}");
            }
        }
    }
}

fn outcome(evaluation: &Evaluation) -> u32 {
    match &evaluation.decision {
        Ok(Decision::Certain(Pick { outcome, .. })) => *outcome,
        other => panic!("{other:?}"),
    }
}

/// A reader that could see nothing would prove nothing.
#[tokio::test]
async fn what_is_there_is_seen() {
    let tenants = Tenants::of(1).await;
    for reader in &tenants.readers {
        for pages in [0, 1, 7] {
            let saw = reader.evaluate(&[Value::Integer(256 + pages)], FUEL).unwrap();
            assert_eq!(outcome(&saw), 1, "{saw:?}");
            let saw = reader.evaluate(&[Value::Integer(pages)], FUEL).unwrap();
            assert_eq!(outcome(&saw), 0, "{saw:?}");
        }
    }
}

#[tokio::test]
async fn nothing_of_one_rule_is_ever_seen_by_another() {
    one_place(10_000).await;
    threads(2, 5_000).await;
}

#[tokio::test]
#[ignore = "takes long: `make soak`"]
async fn soak_nothing_of_one_rule_is_ever_seen_by_another() {
    one_place(500_000).await;
    threads(4, 150_000).await;
}

/// Every evaluation in the place of the one before it.
async fn one_place(count: u64) {
    Tenants::of(1).await.run(0, count);
}

/// Threads that take each other's places.
async fn threads(threads: u64, count: u64) {
    let tenants = Tenants::of(u32::try_from(threads).unwrap()).await;
    std::thread::scope(|scope| {
        for thread in 0..threads {
            let tenants = &tenants;
            scope.spawn(move || tenants.run(thread << 32, count));
        }
    });
}
