//! What no two receipts may say is told of both, in whatever order they come.

use std::collections::BTreeMap;

use tombola_audit::wire::Record;
use tombola_audit::{Ledger, Verdict, Verifier};
use tombola_campaign_tests::Library;
use tombola_domain::random::{Seed, Stream};
use tombola_domain::signature::PublicKey;
use tombola_domain::time::Timestamp;

use super::host::{ENGINE, Host};
use crate::same::Crowd;

/// What is told of these records at the end: where each contradiction is seen, and what else is not authentic. The order in which
/// they are checked and the thread that does it are left to chance.
fn told(verifier: &Verifier, records: &[Record], chance: &mut Stream) -> BTreeMap<u64, String> {
    let mut places: Vec<usize> = (0..records.len()).collect();
    for end in (1..places.len()).rev() {
        places.swap(end, usize::try_from(chance.below(end as u64 + 1)).unwrap());
    }
    let check = |places: &[usize]| {
        let (mut ledger, mut told) = (Ledger::default(), BTreeMap::new());
        for place in places {
            let checked = verifier.check(&records[*place]);
            ledger.enter(*place as u64, &checked.claims);
            if checked.verdict != Verdict::Authentic {
                told.insert(*place as u64, checked.verdict.to_string());
            }
        }
        (ledger, told)
    };
    let parts = places.chunks(places.len().div_ceil(4).max(1));
    let parts: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = parts.map(|part| scope.spawn(|| check(part))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let (mut ledger, mut told) = (Ledger::default(), BTreeMap::new());
    for (some, more) in parts {
        ledger.append(some);
        told.extend(more);
    }
    told.extend(ledger.contradictions().iter().map(|found| (found.place, found.flaw("another").place)));
    told
}

/// The same in several orders.
#[track_caller]
fn told_alike(verifier: &Verifier, records: &[Record]) -> BTreeMap<u64, String> {
    let mut chance = Seed::from_bytes([10; 32]).stream("orders");
    let first = told(verifier, records, &mut chance);
    for _ in 0..8 {
        assert_eq!(told(verifier, records, &mut chance), first);
    }
    first
}

/// Changes a record where its JSON is easier to change.
fn changed(record: &Record, change: impl Fn(&mut serde_json::Value)) -> Record {
    let mut text = serde_json::to_value(record).unwrap();
    change(&mut text);
    serde_json::from_value(text).unwrap()
}

fn unsigned(record: &Record) -> Record {
    let member = if record.draw.is_some() { "receipt" } else { "rebate_receipt" };
    changed(record, |text| _ = text[member].as_object_mut().unwrap().remove("signature"))
}

#[test]
fn no_unit_and_no_draw_is_shown_twice() {
    let mut host = Host::new(Library::native());
    let first = host.draws(300);
    // Another history of the same draws, signed by the same host: new salts, other prizes sold out, the same units again.
    host.forget();
    let second = host.draws(300);
    // Later draws of another history, with units that are taken.
    host.forget();
    let later = host.draws(900).split_off(300);
    let verifier = host.verifier();
    let told = |records: &[&[Record]]| told_alike(&verifier, &records.concat());
    assert_eq!(told(&[&first]), BTreeMap::new());
    assert_eq!(told(&[&first, &first]), BTreeMap::new(), "again is no contradiction");
    let both = told(&[&first, &second]);
    assert_eq!(both.len(), 600, "of two that contradict each other neither is right");
    assert!(both.values().all(|place| place == "receipt.digest"), "{both:?}");
    let taken = told(&[&first, &later]);
    assert!(taken.values().any(|place| place == "receipt.tried"), "{taken:?}");
    assert!(taken.len() < 900);
}

#[test]
fn nobody_takes_anything_from_a_receipt_that_is_trusted() {
    let mut host = Host::new(Library::native());
    let first = host.draws(200);
    host.forget();
    let made_up: Vec<_> = host.draws(200).iter().map(unsigned).collect();
    // And one of which not even that holds which it says itself.
    let broken: Vec<_> =
        first.iter().map(|record| changed(record, |text| text["draw"]["ordinal"] = 77.into())).collect();
    let told = told_alike(&host.verifier(), &[first, made_up, broken].concat());
    assert!(told.keys().all(|place| *place >= 200), "{told:?}");
    assert_eq!(told.len(), 400);
    assert!(told.range(200..400).all(|(_, what)| what == "receipt.digest"), "{told:?}");
}

#[test]
fn an_ordinal_has_one_draw_whatever_the_month_is() {
    let mut host = Host::new(Library::native());
    let pipeline = host.pipeline.clone();
    let mut crowd = Crowd::new(&pipeline);
    let mut pairs = 0;
    while pairs < 5 {
        let mut turn = crowd.turn();
        let month = 31 * 24 * 60 * 60 * 1000;
        let later = Timestamp::from_millis(turn.now.as_millis() + month);
        if pipeline.window.closes.is_some_and(|closes| later >= closes) {
            continue;
        }
        let Some(one) = host.draw(&turn) else { continue };
        host.forget();
        turn.now = later;
        let Some(other) = host.draw(&turn) else { continue };
        assert_ne!(one.draw.id, other.draw.id);
        let records = host.sealed(1, vec![one, other]);
        let told = told_alike(&host.verifier(), &records);
        assert_eq!(told.len(), 2, "{told:?}");
        pairs += 1;
    }
}

#[test]
fn no_event_earns_twice() {
    let mut host = Host::new(Library::native());
    let first = host.rebates(300);
    // Another history of the same events: new salts, and the same units again.
    host.forget();
    let second = host.rebates(300);
    let verifier = host.verifier();
    assert_eq!(told_alike(&verifier, &first), BTreeMap::new());
    assert_eq!(told_alike(&verifier, &[&first[..], &first[..]].concat()), BTreeMap::new(), "again is no contradiction");
    let both = told_alike(&verifier, &[&first[..], &second[..]].concat());
    assert_eq!(both.len(), 600, "of two that contradict each other neither is right");
    assert!(both.values().all(|place| place == "rebate_receipt.rewards" || place == "rebate_receipt.seed"), "{both:?}");
    assert!(both.values().any(|place| place == "rebate_receipt.seed"));
    // What nobody signed takes nothing from what somebody did.
    let made_up: Vec<_> = second.iter().map(unsigned).collect();
    let told = told_alike(&verifier, &[first, made_up].concat());
    assert_eq!(told.keys().copied().collect::<Vec<_>>(), (300..600).collect::<Vec<_>>());
}

/// A verifier that knows what several hosts showed, and trusts these keys.
fn verifier_of(hosts: &[Host], trusted: &[PublicKey]) -> Verifier {
    let mut verifier = Verifier::new(hosts[0].library.factory(), ENGINE.to_owned(), trusted.iter().copied());
    for host in hosts {
        host.teach(&mut verifier, &host.names());
    }
    verifier
}

/// Each database counts its units from 1, and a campaign may be called the same in two of them.
#[test]
fn hosts_are_told_apart_by_their_keys() {
    let mut hosts = [6, 7].map(|number| Host::of_number(Library::native(), number));
    let [one, other] = hosts.each_mut().map(|host| host.draws(300));
    let both = [&one[..], &other[..]].concat();
    let keys = hosts.each_ref().map(|host| host.signer.public_key());
    assert_eq!(told_alike(&verifier_of(&hosts, &keys), &both), BTreeMap::new());
    let untrusted = |told: BTreeMap<u64, String>| told.into_values().all(|what| what.contains("which is not trusted"));
    assert!(untrusted(told_alike(&verifier_of(&hosts, &[]), &both)));
    assert!(untrusted(told_alike(&verifier_of(&hosts, &keys[..1]), &both)));
    // What nobody signed may be either's.
    hosts.iter_mut().for_each(Host::forget);
    let later: Vec<_> = hosts[1].draws(900).split_off(300).iter().map(unsigned).collect();
    let told = told_alike(&verifier_of(&hosts, &keys), &[&one[..], &later[..]].concat());
    assert!(told.keys().all(|place| *place >= 300));
    assert!(told.values().any(|place| place == "receipt.tried"), "{told:?}");
}

/// The same event under two ordinals has two seeds, both of which follow from the secret, and no unit in common.
#[test]
fn an_event_of_two_ordinals_contradicts_itself() {
    let mut host = Host::new(Library::native());
    let records = host.repeated_event();
    let verifier = host.verifier();
    assert!(records.iter().all(|record| verifier.check(record).verdict == Verdict::Authentic));
    let told = told_alike(&verifier, &records);
    let place = "rebate_receipt.event_commitment".to_owned();
    assert_eq!(told, [(0, place.clone()), (1, place)].into());
}

/// What a draw won, no event earned as well.
#[test]
fn no_unit_goes_to_a_draw_and_to_an_event() {
    let mut host = Host::new(Library::native());
    let draws = host.draws(300);
    let later = host.rebates(300);
    let verifier = host.verifier();
    assert_eq!(told_alike(&verifier, &[&draws[..], &later[..]].concat()), BTreeMap::new());
    host.forget();
    let same_units = host.rebates(300);
    let told = told_alike(&verifier, &[draws, same_units].concat());
    assert!(told.range(..300).any(|(_, place)| place == "receipt.tried"), "{told:?}");
    assert!(told.range(300..).any(|(_, place)| place == "rebate_receipt.rewards"), "{told:?}");
}
