//! Receipts of draws and of rebates in the campaign of all rules: each verifies, and whatever else is shown is told apart from them.

mod altered;
mod contradictions;
mod host;
mod rebates;

use std::sync::Arc;

use serde_json::json;
use tombola_audit::wire::Record;
use tombola_audit::{Missing, NotRun, OtherEngine, Ran, Verdict, Verifier};
use tombola_campaign_tests::Library;
use tombola_domain::draw::draw_id;
use tombola_domain::id::PlayerId;
use tombola_domain::random::Seed;
use tombola_domain::time::Timestamp;

use self::host::{ENGINE, Host};

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
    assert!(
        matches!(revisionless.verdict, Verdict::Incomplete(NotRun { missing: Missing::Revision, .. })),
        "{}",
        revisionless.verdict
    );
    let moduleless = without(|names| names.modules.clear()).check(&alone);
    assert!(
        matches!(moduleless.verdict, Verdict::Incomplete(NotRun { missing: Missing::Module(_), .. })),
        "{}",
        moduleless.verdict
    );
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
    let signed_by = Some(host.signer.public_key());
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
    text["draw"]["outcome"] = json!({"kind": "prize", "prize": "car", "title": "Car", "amount": 1});
    let verifier = host.verifier_of(&format!("{ENGINE}, tzdb 2026b"), &host.names());
    let verdict = verifier.check(&serde_json::from_value(text).unwrap()).verdict;
    assert!(matches!(verdict, Verdict::Invalid(_)), "{verdict}");
}

/// What is shown beside a salt is held against its commitment, whatever else is shown.
#[test]
fn no_value_is_believed_for_want_of_a_revision() {
    let mut host = Host::new(Library::native());
    for (record, member) in [(host.draws(1).remove(0), "receipt"), (host.rebates(1).remove(0), "rebate_receipt")] {
        let alone = Record { revision: None, modules: [].into(), epoch: None, ..record };
        for verifier in [Verifier::new(host.library.factory(), ENGINE.to_owned(), []), nameless(&host)] {
            assert!(!matches!(verifier.check(&alone).verdict, Verdict::Invalid(_)));
            let text = serde_json::to_value(&alone).unwrap();
            let facts = text[member]["disclosure"]["facts"].as_object().unwrap();
            for (name, fact) in facts {
                let others =
                    [json!(null), json!(true), json!(424_242), json!("other"), json!([1]), json!(["a"]), json!({})];
                for other in others.into_iter().filter(|other| *other != fact["value"]) {
                    let mut text = text.clone();
                    text[member]["disclosure"]["facts"][name]["value"] = other;
                    let verdict = verifier.check(&serde_json::from_value(text).unwrap()).verdict;
                    let place = format!("{member}.disclosure.facts.{name}");
                    assert!(matches!(&verdict, Verdict::Invalid(flaw) if flaw.place == place), "{name}: {verdict}");
                }
            }
        }
    }
}

/// A verifier that trusts the host and was shown nothing but its receipts.
fn nameless(host: &Host) -> Verifier {
    host.verifier_of(ENGINE, &Record::default())
}

/// A record whose values were erased, with another member in the answer.
fn erased(record: &Record, answer: &str, member: &str, value: &str) -> Record {
    let mut text = serde_json::to_value(record).unwrap();
    let receipt = if answer == "draw" { "receipt" } else { "rebate_receipt" };
    text[receipt].as_object_mut().unwrap().remove("disclosure").expect("values were shown");
    text[answer][member] = value.into();
    serde_json::from_value(text).unwrap()
}

fn text_of<'a>(record: &'a serde_json::Value, answer: &str, member: &str) -> &'a str {
    record[answer][member].as_str().unwrap()
}

/// Another player whose hash in the names of draws and rebates is the same: it has 16 bits only.
fn namesake(id: &str) -> String {
    let hash = |player: &str| {
        let player: PlayerId = player.parse().unwrap();
        draw_id(&player, &Seed::from_bytes([0; 32]), Timestamp::from_millis(0)).as_str()[7..11].to_owned()
    };
    let mut others = (0..1 << 20).map(|number| format!("namesake-{number}"));
    others.find(|player| hash(player) == id[7..11]).unwrap()
}

#[test]
fn erased_values_leave_every_hash_true() {
    let mut host = Host::new(Library::native());
    let all =
        [("draw", host.draws(1).remove(0), &[][..]), ("rebate", host.rebates(1).remove(0), &["rebate.event"][..])];
    for (answer, record, unproven) in all {
        let text = serde_json::to_value(&record).unwrap();
        let honest = erased(&record, answer, "player", text_of(&text, answer, "player"));
        let checked = host.verifier().check(&honest);
        let not_run = NotRun { missing: Missing::Values, unproven: unproven.to_vec() };
        assert_eq!((checked.verdict, checked.seed_follows), (Verdict::Incomplete(not_run), true));
    }
}

#[test]
fn who_is_named_beside_erased_values_is_checked_as_far_as_can_be() {
    let mut host = Host::new(Library::native());
    let mut names = host.names();
    names.epoch.as_mut().unwrap().secret = None;
    let (telling, secretive) = (host.verifier(), host.verifier_of(ENGINE, &names));
    for (answer, record) in [("draw", host.draws(1).remove(0)), ("rebate", host.rebates(1).remove(0))] {
        let text = serde_json::to_value(&record).unwrap();
        let namesake = namesake(text_of(&text, answer, "id"));
        let stranger = erased(&record, answer, "player", "a-stranger");
        let namesake = erased(&record, answer, "player", &namesake);
        for verifier in [&telling, &secretive] {
            let verdict = verifier.check(&stranger).verdict;
            assert!(matches!(verdict, Verdict::Invalid(_)), "{verdict}");
        }
        let verdict = telling.check(&namesake).verdict;
        assert!(matches!(&verdict, Verdict::Invalid(flaw) if flaw.place.ends_with("receipt.seed")), "{verdict}");
        let verdict = secretive.check(&namesake).verdict.to_string();
        assert!(verdict.contains(&format!("nothing that is shown proves {answer}.player")), "{verdict}");
    }
    let rebate = host.rebates(1).remove(0);
    let verdict = telling.check(&erased(&rebate, "rebate", "event", "another")).verdict.to_string();
    assert!(verdict.ends_with("nothing that is shown proves rebate.event"), "{verdict}");
}

/// Of a prize the revision says title and data, also where nobody knows the facts any more.
#[test]
fn a_prizes_title_is_its_revisions() {
    let mut host = Host::new(Library::native());
    let draws = host.draws(50);
    let of_prize = |record: &&Record| serde_json::to_value(record).unwrap()["draw"]["outcome"]["kind"] == "prize";
    let record = draws.iter().find(of_prize).unwrap();
    let mut text = serde_json::to_value(record).unwrap();
    text["draw"]["outcome"]["title"] = json!("Another");
    let renamed: Record = serde_json::from_value(text.clone()).unwrap();
    let renamed = erased(&renamed, "draw", "player", text_of(&text, "draw", "player"));
    let verdict = host.verifier().check(&renamed).verdict;
    assert!(matches!(&verdict, Verdict::Invalid(flaw) if flaw.place == "draw.outcome.title"), "{verdict}");
    let alone = Record { revision: None, modules: [].into(), epoch: None, ..renamed };
    let verdict = nameless(&host).check(&alone).verdict.to_string();
    let unproven = "nothing that is shown proves draw.player or draw.outcome.title or draw.outcome.data";
    assert!(verdict.ends_with(unproven), "{verdict}");
}
