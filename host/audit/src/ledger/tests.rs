use tombola_domain::random::Seed;

use super::*;

fn claims(is_trusted: bool, receipt: u8, claimed: &[(Subject, u8)]) -> Claims {
    let claim = |(subject, what): &(Subject, u8)| Claim {
        claimed: super::claimed(*subject, &[&[*what]]),
        receipt: marked(&Digest::of(&[receipt]), Kind::Draw as u8),
    };
    Claims { is_trusted, claims: claimed.iter().map(claim).collect() }
}

/// Enters claims in many orders, split among several ledgers, and answers places with what they contradict.
#[track_caller]
fn check(all: &[Claims], expected: &[(u64, Subject)]) {
    let mut chance = Seed::from_bytes([1; 32]).stream("orders");
    for _ in 0..50 {
        let mut places: Vec<usize> = (0..all.len()).collect();
        for end in (1..places.len()).rev() {
            places.swap(end, usize::try_from(chance.below(end as u64 + 1)).unwrap());
        }
        let mut ledger = Ledger::default();
        for part in places.chunks(3) {
            let mut some = Ledger::default();
            for place in part {
                some.enter(*place as u64, &all[*place]);
            }
            ledger.append(some);
        }
        let found = ledger.contradictions();
        assert!(found.iter().all(|found| found.place != found.other), "{found:?}");
        let found: Vec<_> = found.iter().map(|found| (found.place, found.subject)).collect();
        assert_eq!(found, expected, "{places:?}");
    }
}

#[test]
fn receipts_that_agree_contradict_nothing() {
    let one = || claims(true, 1, &[(Subject::Draw, 1), (Subject::Unit, 1)]);
    let copy = claims(false, 1, &[(Subject::Draw, 1), (Subject::Unit, 1)]);
    let other = claims(true, 2, &[(Subject::Draw, 2), (Subject::Unit, 2), (Subject::Ordinal, 1)]);
    check(&[one(), copy, other, one(), Claims::default()], &[]);
}

#[test]
fn what_stands_there_several_times_is_told_with_its_places() {
    let claims =
        |is_trusted, receipt| claims(is_trusted, receipt, &[(Subject::Draw, receipt), (Subject::Unit, receipt)]);
    let mut ledger = Ledger::default();
    for (place, (is_trusted, receipt)) in
        (0..).zip([(true, 1), (false, 2), (true, 3), (false, 1), (false, 2), (true, 1), (false, 4)])
    {
        ledger.enter(place, &claims(is_trusted, receipt));
    }
    let mut told = Vec::new();
    ledger.repeated(|places| told.push(places.to_vec()));
    told.sort();
    assert_eq!(told, [vec![0, 5, 3], vec![1, 4]]);
    let mut nothing = Ledger::default();
    nothing.repeated(|places| panic!("{places:?}"));
}

#[test]
fn of_two_that_are_trusted_neither_is_right() {
    let one = claims(true, 1, &[(Subject::Draw, 1), (Subject::Unit, 1)]);
    let same_unit = claims(true, 2, &[(Subject::Draw, 2), (Subject::Unit, 1)]);
    let same_draw = claims(true, 3, &[(Subject::Draw, 2), (Subject::Unit, 3)]);
    let ordinals = [4, 5].map(|receipt| claims(true, receipt, &[(Subject::Draw, receipt), (Subject::Ordinal, 9)]));
    let all = [&[one, same_unit, same_draw], &ordinals[..]].concat();
    check(
        &all,
        &[(0, Subject::Unit), (1, Subject::Draw), (2, Subject::Draw), (3, Subject::Ordinal), (4, Subject::Ordinal)],
    );
}

#[test]
fn what_nobody_trusted_signed_takes_nothing_from_what_is_trusted() {
    let honest = claims(true, 1, &[(Subject::Draw, 1), (Subject::Unit, 1)]);
    let copy = claims(false, 1, &[(Subject::Draw, 1), (Subject::Unit, 1)]);
    let made_up = claims(false, 2, &[(Subject::Draw, 2), (Subject::Unit, 1)]);
    let apart = [3, 4].map(|receipt| claims(false, receipt, &[(Subject::Draw, 7)]));
    let all = [&[honest, copy, made_up], &apart[..]].concat();
    check(&all, &[(2, Subject::Unit), (3, Subject::Draw), (4, Subject::Draw)]);
}

#[test]
fn a_draw_is_the_same_in_another_month() {
    let id = |text: &str| draw(&text.parse().unwrap());
    assert_eq!(id("202611-k3q0-abc"), id("202612-k3q0-abc"));
    assert_ne!(id("202611-k3q0-abc"), id("202611-k3q0-abd"));
    assert_ne!(id("plain"), id("202611-plai"));
}
