//! Receipts of draws and of rebates in the campaign of all rules: each verifies, and whatever else is shown is told apart from them.

mod altered;
mod contradictions;
mod host;
mod rebates;

use std::sync::Arc;

use tombola_audit::wire::Record;
use tombola_audit::{Missing, OtherEngine, Ran, Verdict, Verifier};
use tombola_campaign_tests::Library;

use self::host::{ENGINE, Host, signer};

#[test]
fn what_is_not_shown_is_told_apart_from_what_is_wrong() {
    let mut host = Host::new(Library::native());
    for record in [host.draws(1).remove(0), host.rebates(1).remove(0)] {
        check_what_is_not_shown(&host, &record);
    }
}

fn check_what_is_not_shown(host: &Host, record: &Record) {
    let names = host.names();
    let without = |change: fn(&mut Record)| {
        let mut names = names.clone();
        change(&mut names);
        host.verifier_of(ENGINE, &names)
    };
    let alone = Record { revision: None, modules: [].into(), epoch: None, ..record.clone() };
    let revisionless = without(|names| names.revision = None).check(&alone);
    assert_eq!(revisionless.verdict, Verdict::Incomplete(Missing::Revision));
    let moduleless = without(|names| names.modules.clear()).check(&alone);
    assert!(matches!(moduleless.verdict, Verdict::Incomplete(Missing::Module(_))), "{}", moduleless.verdict);
    let secretive = without(|names| names.epoch.as_mut().unwrap().secret = None).check(&alone);
    assert_eq!((secretive.verdict, secretive.seed_follows), (Verdict::Authentic, false));

    let other = host.verifier_of("another", &names).check(record);
    assert!(
        matches!(other.verdict, Verdict::OtherEngine(OtherEngine { decides_alike: true, .. })),
        "{}",
        other.verdict
    );
    let untrusting = |engine: &str| {
        let mut untrusting = Verifier::new(Arc::clone(&host.library.factory()), engine.to_owned(), []);
        host.teach(&mut untrusting, &names);
        untrusting.check(record).verdict
    };
    let signed_by = Some(signer().public_key());
    assert_eq!(untrusting(ENGINE), Verdict::Unauthenticated { signed_by, ran: Ran::Alike });
    // Whoever makes up a receipt can make up its engine too.
    let elsewhere = Ran::Elsewhere(OtherEngine { engine: ENGINE.to_owned(), decides_alike: true });
    assert_eq!(untrusting("another"), Verdict::Unauthenticated { signed_by, ran: elsewhere });
}

#[test]
fn another_time_zone_database_is_another_engine_where_it_says_otherwise() {
    let mut host = Host::new(Library::native());
    host.engine = format!("{ENGINE}, tzdb 2026a");
    let alike = host.draws(20);
    host.forget();
    host.minutes_ahead = 60;
    let ahead = host.draws(20);
    // A verifier whose zones are newer, one that knows only receipts without, and one with the same zones.
    for (zones, is_same) in [(", tzdb 2026b", false), ("", false), (", tzdb 2026a", true)] {
        let verifier = host.verifier_of(&format!("{ENGINE}{zones}"), &host.names());
        let verdicts =
            |records: &[Record]| -> Vec<_> { records.iter().map(|record| verifier.check(record).verdict).collect() };
        assert!(verdicts(&alike).iter().all(|verdict| *verdict == Verdict::Authentic), "{zones}");
        for verdict in verdicts(&ahead) {
            match verdict {
                Verdict::Invalid(flaw) => assert!(is_same && flaw.place == "receipt.disclosure.facts.now.local.minute"),
                Verdict::OtherEngine(other) => assert!(!is_same && !other.decides_alike),
                verdict => panic!("{zones}: {verdict}"),
            }
        }
    }
    // What else is not so is no less wrong for it.
    let mut text = serde_json::to_value(&ahead[0]).unwrap();
    text["draw"]["outcome"] = serde_json::json!({"kind": "prize", "prize": "car", "title": "Car", "amount": 1});
    let verifier = host.verifier_of(&format!("{ENGINE}, tzdb 2026b"), &host.names());
    let verdict = verifier.check(&serde_json::from_value(text).unwrap()).verdict;
    assert!(matches!(verdict, Verdict::Invalid(_)), "{verdict}");
}

#[test]
fn erased_values_leave_every_hash_true() {
    let mut host = Host::new(Library::native());
    for (record, member) in [(host.draws(1).remove(0), "receipt"), (host.rebates(1).remove(0), "rebate_receipt")] {
        let mut text = serde_json::to_value(record).unwrap();
        text[member].as_object_mut().unwrap().remove("disclosure").expect("values were shown");
        let checked = host.verifier().check(&serde_json::from_value(text).unwrap());
        assert_eq!(checked.verdict, Verdict::Incomplete(Missing::Values));
    }
}
