//! Ten million draws, counted: what `decide` does follows the odds that the reference data declares.
//!
//! Seeds come from fixed epoch secrets, so the counts are the same on every run: a test that has passed once can't
//! fail by chance.

use std::collections::BTreeMap;
use std::ops::AddAssign;
use std::thread;

use statrs::distribution::{ChiSquared, ContinuousCDF};
use tombola_campaign_tests::{Campaign, Player, Reference};
use tombola_domain::epoch::Secret;
use tombola_domain::fact::Value;
use tombola_domain::id::PlayerId;
use tombola_engine::decide::{Plan, Situation, decide};
use tombola_engine::pipeline::Pipeline;

use crate::bed::{native, noon};

/// The bytes that fill each epoch's secret.
const EPOCHS: [u8; 4] = [1, 2, 3, 4];
/// Draws in one epoch; four epochs make ten million.
const PLAYERS: u64 = 50_000;
const DRAWS_EACH: u64 = 50;
/// Below this, counts are not what a fair draw gives.
const P_MIN: f64 = 0.001;
/// Pearson's test needs so many expected counts in each cell (Cochran 1954, "Some methods for strengthening the
/// common χ² tests").
const EXPECTED_MIN: f64 = 5.0;

/// Counts by prize, and by amount for the one prize whose amount is drawn.
#[derive(Debug, Default)]
struct Counts {
    prizes: BTreeMap<String, u64>,
    amounts: BTreeMap<i64, u64>,
}

/// New players draw from the first draw on to where the first tier begins, so that all draws are from the default pool.
fn count(pipeline: &Pipeline, epoch: u8) -> Counts {
    let secret = Secret::from_bytes([epoch; 32]);
    let facts: Vec<Vec<Value>> = (0..DRAWS_EACH)
        .map(|draws| Player { draws, draws_today: draws, ..Player::new("anybody") }.facts(pipeline, noon()))
        .collect();
    let mut counts = Counts::default();
    for number in 0..PLAYERS {
        let player: PlayerId = format!("player-{number}").parse().unwrap();
        for (ordinal, facts) in (1..).zip(&facts) {
            let seed = secret.seed(&pipeline.campaign, &player, ordinal);
            let decided = decide(pipeline, &Situation { facts, limits: &[], seed: &seed }).unwrap();
            let Plan::Draw { grants, .. } = decided.plan else { panic!("nobody is refused") };
            counts.add(grants[0].prize.as_str(), grants[0].amount);
        }
    }
    counts
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        for (prize, count) in other.prizes {
            *self.prizes.entry(prize).or_default() += count;
        }
        for (amount, count) in other.amounts {
            *self.amounts.entry(amount).or_default() += count;
        }
    }
}

impl Counts {
    fn add(&mut self, prize: &str, amount: i64) {
        match self.prizes.get_mut(prize) {
            Some(count) => *count += 1,
            None => _ = self.prizes.insert(prize.to_owned(), 1),
        }
        if prize == "101" {
            *self.amounts.entry(amount).or_default() += 1;
        }
    }
}

/// The probability of counts at least this far from the expected ones, by Pearson's chi-square test. A cell is what
/// was counted and its weight.
#[expect(clippy::cast_precision_loss, reason = "counts lie far below 2^53")]
fn p_value(cells: &[(u64, u64)]) -> f64 {
    let counted: u64 = cells.iter().map(|(count, _)| count).sum();
    let total: u64 = cells.iter().map(|(_, weight)| weight).sum();
    let mut statistic = 0.0;
    for (count, weight) in cells {
        let expected = counted as f64 * *weight as f64 / total as f64;
        assert!(expected >= EXPECTED_MIN, "a cell expects {expected}");
        statistic += (*count as f64 - expected).powi(2) / expected;
    }
    let freedom = cells.len() - 1;
    ChiSquared::new(freedom as f64).unwrap().sf(statistic)
}

/// Holds counts of campaign 100001 against the rates of its data.
fn check(counts: &Counts, draws: u64) {
    let rates = Reference::read().rates(100_001);
    assert_eq!(counts.prizes.values().sum::<u64>(), draws);
    assert!(counts.prizes.keys().eq(rates.iter().map(|(prize, _)| prize)), "{:?}", counts.prizes);
    let prizes: Vec<_> = rates.iter().map(|(prize, rate)| (counts.prizes[prize], *rate)).collect();
    let of_prizes = p_value(&prizes);
    assert!(of_prizes > P_MIN, "p = {of_prizes} for {:?}", counts.prizes);

    assert!(counts.amounts.keys().copied().eq(1..=100), "{:?}", counts.amounts);
    let amounts: Vec<_> = counts.amounts.values().map(|count| (*count, 1)).collect();
    let of_amounts = p_value(&amounts);
    assert!(of_amounts > P_MIN, "p = {of_amounts} for {:?}", counts.amounts);
    println!("{draws} draws: p = {of_prizes} for prizes, {of_amounts} for amounts; {:?}", counts.prizes);
}

#[test]
fn ten_million_draws_follow_the_odds() {
    let pipeline = &native(Campaign::C100001);
    let epochs: Vec<Counts> = thread::scope(|scope| {
        let counting = EPOCHS.map(|epoch| scope.spawn(move || count(pipeline, epoch)));
        counting.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let mut all = Counts::default();
    for epoch in epochs {
        check(&epoch, PLAYERS * DRAWS_EACH);
        all += epoch;
    }
    check(&all, 10_000_000);
}

/// Quantiles of NIST/SEMATECH e-Handbook of Statistical Methods, section 1.3.6.7.4 (upper-tail critical values).
#[test]
fn p_values_are_those_of_the_tables() {
    for (freedom, statistic, expected) in
        [(8, 26.125, 0.001), (8, 15.507, 0.05), (99, 148.230, 0.001), (1, 3.841, 0.05)]
    {
        let p = ChiSquared::new(f64::from(freedom)).unwrap().sf(statistic);
        assert!((p - expected).abs() < expected / 1000.0, "{freedom}: {p}");
    }
}

/// What the test is for: the reference's own arithmetic gave the rarest prize 1 of 13 slots, and smaller mistakes are
/// seen, too.
#[test]
fn wrong_odds_are_noticed() {
    let exact = [(300_000, 3000), (200_000, 2000), (499_900, 4999), (100, 1)];
    assert!(p_value(&exact) > 0.999);
    let doubled = [(300_000, 3000), (200_000, 2000), (499_800, 4999), (200, 1)];
    assert!(p_value(&doubled) < P_MIN);
    let off_by_one_in_a_hundred = [(303_000, 3000), (200_000, 2000), (496_900, 4999), (100, 1)];
    assert!(p_value(&off_by_one_in_a_hundred) < P_MIN);
}
