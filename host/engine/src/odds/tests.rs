mod naive;

use num_traits::{One, Zero};
use proptest::prelude::*;
use tombola_domain::random::Seed;

use super::*;
use crate::decide::{Plan, Situation, decide};
use crate::testing::pipeline;

const HEAD: &str = "campaign: spring\ntitle: Spring\nwindow: {opens: 2026-12-01T00:00:00Z}\n\
    prizes: [{id: phone, title: Phone, stock: 5}, {id: mug, title: Mug, stock: 9}, {id: points, title: Points, stock: unlimited}]\n";

fn odds(body: &str, facts: &[Value], sold_out: &[&str]) -> String {
    let pipeline = pipeline(&format!("{HEAD}{body}"));
    let sold_out = sold_out.iter().map(|prize| pipeline.prize(prize).unwrap()).collect();
    let distribution =
        effective(&pipeline, &Circumstances { facts, limits: &[], sold_out: &sold_out }, &mut ()).unwrap();
    assert_eq!(distribution.values().sum::<BigRational>(), BigRational::one());
    let line = |(outcome, probability): (&Outcome, &BigRational)| match outcome {
        Outcome::Prize(prize, amount) => format!("{prize} {}..{} {probability}", amount.low(), amount.high()),
        Outcome::Nothing => format!("nothing {probability}"),
        Outcome::Refused(code) => format!("refused {code} {probability}"),
    };
    distribution.iter().map(line).collect::<Vec<_>>().join("; ")
}

const POOL: &str = "pools: {default: {phone: \"0.0001\", mug: \"1/3\", points: \"1/2\", nothing: rest}}\n";
const TREE: &str = "trees: {default: {root: lock, nodes: {\
    lock: {rule: say@1, config: {fact: player.draws.day, outcomes: [{follow: open}, {follow: shut}]}, on: {open: hand, shut: comfort}}, \
    hand: {grant: drawn, sold_out: comfort}, \
    comfort: {rule: say@1, config: {outcomes: [{grant: [points, 1, 100]}, {grant: [mug]}], weights: [3, 1]}, sold_out: nothing}}}}";

#[test]
fn a_pool_without_rules_has_its_declared_odds() {
    assert_eq!(odds(POOL, &[], &[]), "mug 1..1 1/3; phone 1..1 1/10000; points 1..1 1/2; nothing 4997/30000");
}

#[test]
fn trees_and_sold_out_prizes_move_the_odds() {
    let body = format!("{POOL}{TREE}");
    let open = [Value::Integer(0)];
    assert_eq!(odds(&body, &open, &[]), "mug 1..1 1/3; phone 1..1 1/10000; points 1..1 1/2; nothing 4997/30000");
    assert_eq!(
        odds(&body, &open, &["phone"]),
        "mug 1..1 40003/120000; points 1..1 1/2; points 1..100 3/40000; nothing 4997/30000"
    );
    assert_eq!(
        odds(&body, &open, &["mug"]),
        "phone 1..1 1/10000; points 1..1 1/2; points 1..100 1/4; nothing 2499/10000"
    );
    let shut = [Value::Integer(1)];
    assert_eq!(odds(&body, &shut, &[]), "mug 1..1 25003/120000; points 1..100 25003/40000; nothing 4997/30000");
}

#[test]
fn weighted_guards_share_out_the_chain() {
    let guards = "guards: [\
        {id: a, rule: say@1, config: {outcomes: [proceed, {choose: rich}, {grant: [points, 7, 7]}], weights: [2, 1, 1]}}, \
        {id: b, rule: say@1, config: {outcomes: [proceed, {choose: default}], weights: [1, 1]}}]";
    let pools = "pools: {default: {nothing: 1}, rich: {phone: 1, mug: 1}}\n";
    // a: half stays, a quarter goes to rich, a quarter is granted; b takes half of rich back.
    assert_eq!(
        odds(&format!("{pools}{guards}"), &[], &[]),
        "mug 1..1 1/16; phone 1..1 1/16; points 7..7 1/4; nothing 5/8"
    );
}

/// The name of a prize by number, and weights that no two nodes share a factor of.
fn many_ways(nodes: usize, picks: usize) -> String {
    use std::fmt::Write;
    let mut body = "pools: {default: {phone: 1, mug: 1, points: 1}}\ntrees: {default: {root: n0, nodes: {".to_owned();
    for node in 0..nodes {
        let amounts = (0..picks).map(|pick| format!("{{grant: [points, {}, {}]}}", pick + 1, node * picks + pick + 1));
        let outcomes: Vec<_> = amounts.chain(["{follow: on}".to_owned()]).collect();
        let weights: Vec<_> = (0..=picks).map(|pick| (1_000_003 + node * 2 + pick * 7).to_string()).collect();
        let (outcomes, weights) = (outcomes.join(", "), weights.join(", "));
        write!(
            body,
            "n{node}: {{rule: say@1, config: {{outcomes: [{outcomes}], weights: [{weights}]}}, on: {{on: n{}}}}}, ",
            node + 1
        )
        .unwrap();
    }
    write!(body, "n{nodes}: {{grant: drawn, sold_out: nothing}}}}}}}}").unwrap();
    body
}

#[test]
fn what_can_not_be_told_exactly_is_given_up_at_its_place() {
    let odds_of = |nodes, picks| {
        let pipeline = pipeline(&format!("{HEAD}{}", many_ways(nodes, picks)));
        let circumstances = Circumstances { facts: &[], limits: &[], sold_out: &BTreeSet::new() };
        effective(&pipeline, &circumstances, &mut ())
    };
    let told = odds_of(3, 200).unwrap();
    assert_eq!(told.values().sum::<BigRational>(), BigRational::one());
    let untold = odds_of(240, 24);
    assert_eq!(untold, Err(TooManyWays { place: "/trees/default".to_owned() }.into()));
}

#[test]
fn rules_of_one_draw_must_do_with_its_fuel() {
    let odds_of = |takes: u64| {
        let rule = |outcome: &str, fuel: u64| format!("rule: say@1, config: {{outcomes: [{outcome}], fuel: {fuel}}}");
        let guards = [5_000_000, 4_999_999, takes].map(|fuel| rule("proceed", fuel));
        let guards: Vec<_> = (0..).zip(&guards).map(|(id, guard)| format!("{{id: g{id}, {guard}}}")).collect();
        let step = |next: &str| format!("{{{}, on: {{on: {next}}}}}", rule("{follow: on}", 5_000_000));
        let nodes = format!("{{a: {}, b: {}, hand: {{grant: drawn, sold_out: nothing}}}}", step("b"), step("hand"));
        let pipeline = pipeline(&format!(
            "{}pools: {{default: {{phone: 1, mug: 1, points: 1}}}}\nguards: [{}]\ntrees: {{default: {{root: a, nodes: {nodes}}}, other: {{root: a, nodes: {nodes}}}}}",
            HEAD.replace("stock: 9}", "stock: 9, tree: other}"),
            guards.join(", ")
        ));
        let circumstances = Circumstances { facts: &[], limits: &[], sold_out: &BTreeSet::new() };
        effective(&pipeline, &circumstances, &mut ()).map(|odds| odds.len())
    };
    // A draw goes through one of the trees.
    assert_eq!(odds_of(1), Ok(3));
    assert_eq!(odds_of(2), Err(TooMuchFuel { place: "/trees/other/nodes/b".to_owned() }.into()));
    assert_eq!(odds_of(5_000_000), Err(TooMuchFuel { place: "/trees/other/nodes/b".to_owned() }.into()));
}

#[test]
fn the_work_of_a_tree_is_done_once_for_all_prizes() {
    let prizes = 9_000;
    let ids: Vec<_> = (0..prizes).map(|number| format!("p{number}")).collect();
    let declared: Vec<_> = ids.iter().map(|id| format!("{{id: {id}, title: T, stock: unlimited}}")).collect();
    let shares: Vec<_> = ids.iter().map(|id| format!("{id}: 1")).collect();
    let tree = many_ways(3, 200).replace("points", "p0").split_once('\n').unwrap().1.to_owned();
    let text = format!(
        "campaign: spring\ntitle: Spring\nwindow: {{opens: 2026-12-01T00:00:00Z}}\nprizes: [{}]\npools: {{default: {{{}}}}}\n{}",
        declared.join(", "),
        shares.join(", "),
        tree.replace(", sold_out: nothing", "")
    );
    let pipeline = pipeline(&text);
    // As many ways as here took an hour when each prize went through the tree by itself; within the bound they are one in 60.
    let circumstances = Circumstances { facts: &[], limits: &[], sold_out: &BTreeSet::new() };
    let told = effective(&pipeline, &circumstances, &mut ()).unwrap();
    assert_eq!(told.values().sum::<BigRational>(), BigRational::one());
    assert!(told.len() > prizes);
}

#[test]
fn what_no_draw_comes_to_has_no_odds() {
    let body = "pools: {default: {phone: 1, nothing: 1}, rich: {mug: 1, nothing: 1}}\n\
        guards: [{id: a, rule: say@1, config: {outcomes: [{grant: [points]}, proceed]}}, \
                 {id: b, rule: say@1, config: {outcomes: [{choose: rich}, proceed]}}]";
    assert_eq!(odds(body, &[], &[]), "points 1..1 1");
}

#[test]
fn refusals_and_faults_have_odds_too() {
    let guard = |config: &str| {
        format!(
            "pools: {{default: {{phone: 1, mug: 1, points: 1}}}}\nguards: [{{id: a, rule: say@1, config: {{outcomes: [proceed, {{refuse: no}}], {config}}}}}]"
        )
    };
    assert_eq!(odds(&guard("pick: 1"), &[], &[]), "refused no 1");
    assert_eq!(odds(&guard("fault: true"), &[], &[]), "refused guard-fault 1");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    /// Draws every ticket of a pool and every ticket of its weighted node by walking the tree by hand, and compares.
    #[test]
    fn effective_odds_equal_enumeration(
        pool in prop::collection::vec(1u64..6, 4),
        weights in prop::collection::vec(1u64..5, 3),
        fact in 0i64..2,
        sold in prop::collection::vec(any::<bool>(), 2),
    ) {
        let body = format!(
            "pools: {{default: {{phone: {}, mug: {}, points: {}, nothing: {}}}}}\ntrees: {{default: {{root: lock, nodes: {{\
             lock: {{rule: say@1, config: {{fact: player.draws.day, outcomes: [{{follow: open}}, {{follow: shut}}]}}, on: {{open: hand, shut: fork}}}}, \
             hand: {{grant: drawn, sold_out: fork}}, \
             fork: {{rule: say@1, config: {{outcomes: [{{grant: [points, 5, 5]}}, {{grant: [mug, 2, 2]}}, {{follow: last}}], weights: {weights:?}}}, on: {{last: last}}, sold_out: last}}, \
             last: {{grant: phone, amount: 3, sold_out: nothing}}}}}}}}",
            pool[0], pool[1], pool[2], pool[3],
        );
        let pipeline = pipeline(&format!("{HEAD}{body}"));
        let facts = [Value::Integer(fact)];
        let gone: BTreeSet<usize> = ["phone", "mug"].iter().zip(&sold).filter(|(_, sold)| **sold)
            .map(|(prize, _)| pipeline.prize(prize).unwrap()).collect();
        let total: u64 = pool.iter().sum::<u64>() * weights.iter().sum::<u64>();
        let mut counts: BTreeMap<(String, i64), u64> = BTreeMap::new();
        for (prize, tickets) in ["phone", "mug", "points", "nothing"].iter().zip(&pool) {
            for (arm, weight) in weights.iter().enumerate() {
                let is_gone = |prize: &str| pipeline.prize(prize).is_some_and(|prize| gone.contains(&prize));
                let last = || if is_gone("phone") { ("nothing", 0) } else { ("phone", 3) };
                let fork = || match arm {
                    0 => ("points", 5),
                    1 if !is_gone("mug") => ("mug", 2),
                    _ => last(),
                };
                let (won, amount) = match *prize {
                    "nothing" => ("nothing", 0),
                    drawn if fact == 0 && !is_gone(drawn) => (drawn, 1),
                    _ => fork(),
                };
                *counts.entry((won.to_owned(), amount)).or_default() += tickets * weight;
            }
        }
        let distribution = effective(&pipeline, &Circumstances { facts: &facts, limits: &[], sold_out: &gone }, &mut ()).unwrap();
        let summed: BTreeMap<(String, i64), BigRational> = distribution.into_iter().map(|(outcome, probability)| match outcome {
            Outcome::Prize(prize, amount) => ((prize.to_string(), amount.low()), probability),
            Outcome::Nothing => (("nothing".to_owned(), 0), probability),
            Outcome::Refused(code) => panic!("{code}"),
        }).collect();
        let counted: BTreeMap<_, _> = counts.into_iter().map(|(outcome, count)| (outcome, ratio(count, total))).collect();
        prop_assert_eq!(&summed, &counted);
        // And what `decide` plans is among what the odds allow.
        for seed in 0..16u8 {
            let seed = Seed::from_bytes([seed; 32]);
            let decided = decide(&pipeline, &Situation { facts: &facts, limits: &[], seed: &seed }).unwrap();
            let Plan::Draw { grants, .. } = decided.plan else { panic!("no guards") };
            let had = grants.iter().find(|grant| !gone.contains(&pipeline.prize(grant.prize.as_str()).unwrap()));
            let key = had.map_or(("nothing".to_owned(), 0), |grant| (grant.prize.to_string(), grant.amount));
            prop_assert!(summed.contains_key(&key), "{:?}", key);
        }
    }
}
