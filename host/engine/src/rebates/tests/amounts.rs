//! What is left to chance comes out as it is weighted, and as it is told beforehand.

use super::*;

const REBATES: &str = "{id: a, on: purchase, rule: say@1, config: {weights: [3, 1], outcomes: [\
                       {rewards: [[coins, 1, 4], [coins, 1, 2, referrer]]}, {rewards: []}]}}, \
                       {id: b, on: purchase, rule: say@1, config: {outcomes: [{rewards: [[coins, 10, 11]]}]}}, \
                       {id: c, on: purchase, rule: say@1, config: {fault: true, outcomes: [{rewards: [[coins, 1000]]}]}}";

fn seed(number: u32) -> Seed {
    let mut bytes = [0; 32];
    bytes[..4].copy_from_slice(&number.to_be_bytes());
    Seed::from_bytes(bytes)
}

#[test]
fn weights_and_spans_are_drawn_evenly() {
    let pipeline = pipeline(REBATES);
    let event = pipeline.event("purchase").unwrap();
    let (mut counts, mut both) = (BTreeMap::<i64, u32>::new(), BTreeMap::<(i64, i64), u32>::new());
    for number in 0..8_000 {
        let decided = decide(event, &Situation { facts: &[], seed: &seed(number) }).unwrap();
        let of_a: Vec<_> = decided.rewards.iter().filter(|reward| reward.node == "rebates/a").collect();
        *counts.entry(of_a.first().map_or(0, |reward| reward.amount)).or_default() += 1;
        if let [one, other] = of_a.as_slice() {
            *both.entry((one.amount, other.amount)).or_default() += 1;
        }
    }
    for (amount, expected) in [(0, 2_000u32), (1, 1_500), (2, 1_500), (3, 1_500), (4, 1_500)] {
        assert!(counts[&amount].abs_diff(expected) < 200, "{amount}: {}", counts[&amount]);
    }
    // The amounts of one outcome have nothing to do with each other.
    assert!(both.len() == 8 && both.values().all(|count| count.abs_diff(750) < 150), "{both:?}");
}

#[test]
fn the_same_seed_gives_the_same_rewards() {
    let pipeline = pipeline(REBATES);
    for number in 0..20 {
        assert_eq!(decided(&pipeline, &[], number), decided(&pipeline, &[], number));
    }
}

#[test]
fn expected_amounts_are_exact() {
    let pipeline = pipeline(REBATES);
    let event = pipeline.event("purchase").unwrap();
    let expected = expected(event, &[], &mut ()).unwrap();
    let coins = Gain::Points("coins".parse().unwrap());
    let found: Vec<_> =
        expected.iter().map(|((recipient, gain), amount)| (*recipient, gain, amount.to_string())).collect();
    // 3/4 of 5/2 and 21/2; and 3/4 of 3/2.
    assert_eq!(
        found,
        [(Recipient::Player, &coins, "99/8".to_owned()), (Recipient::Referrer, &coins, "9/8".to_owned())]
    );
}

/// The mean over all equally likely ways is what is told, here where there are few.
#[test]
fn expected_amounts_are_what_comes_on_average() {
    let pipeline = pipeline(REBATES);
    let event = pipeline.event("purchase").unwrap();
    let mut sum = 0;
    for number in 0..20_000 {
        let decided = decide(event, &Situation { facts: &[], seed: &seed(number) }).unwrap();
        let players = decided.rewards.iter().filter(|reward| reward.recipient == Recipient::Player);
        sum += players.map(|reward| reward.amount).sum::<i64>();
    }
    // 99/8 on average, of which a hundredth is many deviations.
    assert!((sum * 8 - 99 * 20_000).abs() < 99 * 200, "{sum}");
}
