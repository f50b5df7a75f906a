//! Effective odds of the reference campaigns, against the reference data.

use tombola_campaign_tests::{Campaign, Library, Player, Reference};
use tombola_engine::odds::declared;
use tombola_engine::pipeline::Pipeline;

use crate::bed::{Odds, native, odds, pipeline, ratio, sandboxed, won};

/// Prize 109 of campaign 100001.
const RAREST: &str = "109";
const CONSOLATION: &str = "consolation 1..100";

fn player(draws: u64) -> Player {
    Player { draws, draws_today: draws, ..Player::new("somebody") }
}

fn listed() -> Player {
    Player { lists: vec!["blacklist".parse().unwrap()], ..player(60) }
}

/// What a drawn prize is called where it is won.
fn drawn(prize: &str) -> String {
    if prize == "101" { won(prize, 1, 100) } else { prize.to_owned() }
}

/// Odds in proportion to these rates; those of `lost` prizes go to the consolation.
fn proportional(rates: &[(String, u64)], lost: &[&str]) -> Odds {
    let total = rates.iter().map(|(_, rate)| rate).sum();
    let mut odds = Odds::new();
    for (prize, rate) in rates {
        let name = if lost.contains(&prize.as_str()) { CONSOLATION.to_owned() } else { drawn(prize) };
        *odds.entry(name).or_insert_with(|| ratio(0, 1)) += ratio(*rate, total);
    }
    odds
}

/// Every claim about 100001, whatever runs its rules.
fn check_100001(pipeline: &Pipeline) {
    let reference = Reference::read();
    let rates = reference.rates(100_001);
    assert_eq!(rates.iter().map(|(_, rate)| rate).sum::<u64>(), 10_000);

    // Somebody new, and everybody below the first tier, has exactly the declared odds.
    for draws in [0, 1, 59] {
        let odds = odds(pipeline, &player(draws), &[]);
        assert_eq!(odds, proportional(&rates, &[]));
        assert_eq!(odds[RAREST], ratio(1, 10_000));
    }
    // What is sold out goes to the consolation, to the last unit.
    let without = odds(pipeline, &player(0), &[RAREST]);
    assert_eq!(without, proportional(&rates, &[RAREST]));
    assert_eq!(without[CONSOLATION], ratio(1, 10_000));
    let all: Vec<&str> = rates.iter().map(|(prize, _)| prize.as_str()).collect();
    assert_eq!(odds(pipeline, &player(0), &all), Odds::from([(CONSOLATION.to_owned(), ratio(1, 1))]));

    let tiers = check_tiers(pipeline, &reference, 100_001);
    assert_eq!(tiers, [60, 200, 1000]);
    assert_eq!(odds(pipeline, &player(199), &[])["102"], ratio(1, 3));
    assert_eq!(odds(pipeline, &player(200), &[])["106"], ratio(5, 9));
    assert_eq!(odds(pipeline, &player(1000), &[])["105"], ratio(1, 1));
    check_listed(pipeline);
}

/// Every claim about 100006, whatever runs its rules.
fn check_100006(pipeline: &Pipeline) {
    let reference = Reference::read();
    let rates = reference.rates(100_006);
    let today = |draws_today| Player { draws_today, ..player(9) };
    // Each draw of the day unlocks one prize more, from the first on.
    let locked: [&[&str]; 5] = [&["107", "106", "105"], &["106", "105"], &["105"], &[], &[]];
    for (draws_today, locked) in (0..).zip(locked) {
        assert_eq!(odds(pipeline, &today(draws_today), &[]), proportional(&rates, locked));
    }
    assert_eq!(odds(pipeline, &today(0), &[])[CONSOLATION], ratio(9, 100));
    assert_eq!(odds(pipeline, &today(3), &["105"]), proportional(&rates, &["105"]));

    let tiers = check_tiers(pipeline, &reference, 100_006);
    assert_eq!(tiers, [10, 70, 1000]);
    // A tier's prizes stay locked, too.
    let late = Player { draws_today: 2, ..player(1000) };
    let halves = [("104".to_owned(), ratio(1, 2)), (CONSOLATION.to_owned(), ratio(1, 2))];
    assert_eq!(odds(pipeline, &late, &[]), Odds::from(halves));
    check_listed(pipeline);
}

/// From its first draw to the last one before the next tier, a tier has the rates of the prizes that are left in it.
/// Answers where the tiers begin.
fn check_tiers(pipeline: &Pipeline, reference: &Reference, campaign: u32) -> Vec<u64> {
    let tiers = reference.tiers(campaign);
    let starts: Vec<u64> = tiers.iter().map(|(from, _)| u64::try_from(*from).unwrap()).collect();
    let ends = starts[1..].iter().map(|next| next - 1).chain([u64::from(u32::MAX)]);
    for ((start, end), (_, rates)) in starts.iter().zip(ends).zip(&tiers) {
        for draws in [*start, start + 1, end] {
            assert_eq!(odds(pipeline, &player(draws), &[]), proportional(rates, &[]), "{draws} draws");
        }
    }
    starts
}

/// Listed players get one point in any tier, which leaves nothing once points are sold out.
fn check_listed(pipeline: &Pipeline) {
    assert_eq!(odds(pipeline, &listed(), &[]), Odds::from([("101".to_owned(), ratio(1, 1))]));
    assert_eq!(odds(pipeline, &listed(), &["101"]), Odds::from([("nothing".to_owned(), ratio(1, 1))]));
}

#[test]
fn declared_odds_are_the_reference_rates() {
    for (campaign, id) in [(Campaign::C100001, 100_001), (Campaign::C100006, 100_006)] {
        let pools = declared(&native(campaign));
        let (_, default) = pools.iter().find(|(name, _)| name == "default").unwrap();
        let shares: Vec<_> =
            default.iter().map(|(prize, share)| (prize.as_ref().unwrap().to_string(), share)).collect();
        let rates = Reference::read().rates(id);
        let expected: Vec<_> = rates.iter().map(|(prize, rate)| (prize.clone(), ratio(*rate, 10_000))).collect();
        assert_eq!(shares, expected.iter().map(|(prize, share)| (prize.clone(), share)).collect::<Vec<_>>());
    }
}

#[test]
fn effective_odds_of_100001_with_native_rules() {
    check_100001(&native(Campaign::C100001));
}

#[test]
fn effective_odds_of_100006_with_native_rules() {
    check_100006(&native(Campaign::C100006));
}

#[test]
fn effective_odds_in_the_sandbox() {
    let library: Library = sandboxed();
    check_100001(&pipeline(&library, &Campaign::C100001.document()));
    check_100006(&pipeline(&library, &Campaign::C100006.document()));
}
