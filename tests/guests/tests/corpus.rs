//! The corpus and what is expected of it name the same guests.

use std::collections::BTreeSet;

use tombola_guests::{EXPECTED, corpus};

#[test]
fn every_guest_has_an_expectation_and_every_expectation_a_guest() {
    let guests = corpus();
    let names: BTreeSet<&str> = guests.keys().map(String::as_str).collect();
    let expected: Vec<&str> = EXPECTED.iter().map(|(name, _)| *name).collect();
    let expected_once: BTreeSet<&str> = expected.iter().copied().collect();
    assert_eq!(expected.len(), expected_once.len(), "no guest is expected twice");
    let difference: Vec<_> = names.symmetric_difference(&expected_once).collect();
    assert!(difference.is_empty(), "in one of the two only: {difference:?}");
    assert!(names.len() > 150, "the corpus was found: {}", names.len());
}

#[test]
fn every_guest_says_what_it_does() {
    for guest in corpus().values() {
        assert!(guest.what.ends_with('.') && guest.what.len() > 10, "{}: {}", guest.name, guest.what);
    }
}
