//! The corpus and what is expected of it name the same guests.

use std::collections::BTreeSet;
use std::fs;

use tombola_guests::{EXPECTED, EXPECTED_REBATES, corpus, framed, with_section};

#[test]
fn every_guest_has_an_expectation_and_every_expectation_a_guest() {
    let guests = corpus();
    let names: BTreeSet<&str> = guests.keys().map(String::as_str).collect();
    let mut expected_once = BTreeSet::new();
    for table in [EXPECTED, EXPECTED_REBATES] {
        let expected: BTreeSet<&str> = table.iter().map(|(name, _)| *name).collect();
        assert_eq!(expected.len(), table.len(), "no guest is expected twice");
        expected_once.extend(expected);
    }
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

/// The standard rules are too large to be kept in the tree; these are some of what can be small.
#[test]
#[ignore = "writes what fuzzing of uploads begins with: run it when the contract changes"]
fn seeds_of_the_fuzzer_are_written() {
    let mut guests = corpus();
    let rule = framed("rule", "");
    let mut seeds =
        vec![("rule", rule.clone()), ("rule-with-schema", with_section(rule, "tombola:config-schema", b"{}"))];
    for name in ["component-in-component", "core-module", "export-unknown", "import-function", "memory-maximum"] {
        seeds.push((name, guests.remove(name).unwrap().component));
    }
    for (name, component) in seeds {
        fs::write(format!("{}/../fuzz/seeds/upload/{name}", env!("CARGO_MANIFEST_DIR")), component).unwrap();
    }
}
