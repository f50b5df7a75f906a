//! No altered byte of anything that is shown goes unnoticed, and no member that is added.

use serde_json::json;
use tombola_audit::Verdict;
use tombola_audit::wire::Record;
use tombola_campaign_tests::Library;
use tombola_domain::random::{Seed, Stream};

use super::host::Host;
use crate::bed::sandboxed;

/// Replaces one byte of one part of a record by another. Each part is as likely as any other, however long it is.
fn altered(record: &Record, chance: &mut Stream) -> Vec<u8> {
    let Record { draw, receipt, rebate, rebate_receipt, revision, revision_digest, modules, epoch, dropped } =
        record.clone();
    assert!(dropped.is_empty() && revision_digest.is_none(), "they stand in records of their own");
    let mut parts = vec![
        Record { draw, ..Record::default() },
        Record { receipt, ..Record::default() },
        Record { rebate, ..Record::default() },
        Record { rebate_receipt, ..Record::default() },
        Record { revision, ..Record::default() },
        Record { modules, ..Record::default() },
        Record { epoch, ..Record::default() },
    ];
    parts.retain(|part| *part != Record::default());
    let part = &parts[usize::try_from(chance.below(parts.len() as u64)).unwrap()];
    let part = serde_json::to_string(part).unwrap();
    let part = &part[1..part.len() - 1];
    let mut text = serde_json::to_string(record).unwrap();
    let start = text.find(part).expect("a part stands in the whole");
    let place = start + usize::try_from(chance.below(part.len() as u64)).unwrap();
    let mut bytes = std::mem::take(&mut text).into_bytes();
    let other = u8::try_from(chance.below(255)).unwrap();
    bytes[place] = if other >= bytes[place] { other + 1 } else { other };
    bytes
}

/// A member, by the objects that may have it, and something that could stand there.
type Member = (&'static [&'static str], &'static str, serde_json::Value);

/// Members of a draw's record that may be left out.
fn optional_members() -> Vec<Member> {
    let ticket = json!({"pool": "default", "number": "0", "total": "1"});
    vec![
        (&[], "dropped", json!({"spring": 1})),
        (&[], "revision_digest", "00".repeat(32).into()),
        (&["draw"], "draw_number", 5.into()),
        (&["draw", "outcome"], "data", "a voucher".into()),
        (&["receipt"], "ticket", ticket),
        (&["receipt", "tried", "*"], "bucket", 0.into()),
        (&["receipt", "tried", "*"], "unit", 1.into()),
        (&["receipt", "tried", "*"], "mark", 1.into()),
        (&["receipt", "tried", "*"], "limit", "player".into()),
        (&["draw", "outcome"], "code", "full".into()),
        (&["receipt", "disclosure", "facts"], "player.bucket", json!({"value": 1, "salt": "00".repeat(32)})),
        (&["receipt", "lists"], "nobodys", 1.into()),
        (&["receipt", "limits"], "nothing", "player".into()),
    ]
}

/// Members of a rebate's record that may be left out, or of which there may be more.
fn optional_members_of_rebates() -> Vec<Member> {
    let fact = json!({"value": 1, "salt": "00".repeat(32)});
    vec![
        (&[], "dropped", json!({"spring": 1})),
        (&[], "revision_digest", "00".repeat(32).into()),
        (&["rebate"], "decided_at", "2026-06-01T00:00:00.000Z".into()),
        (&["rebate", "rewards", "*"], "unit", "coins".into()),
        (&["rebate", "rewards", "*"], "prize", "mug".into()),
        (&["rebate", "rewards", "*"], "award", "202606-8c4g-0123456789abcdefghij-1".into()),
        (&["rebate", "rewards", "*"], "coupon_code", "SECRET".into()),
        (&["rebate_receipt"], "referrer_commitment", "00".repeat(32).into()),
        (&["rebate_receipt", "rewards", "*"], "bucket", 0.into()),
        (&["rebate_receipt", "rewards", "*"], "unit", 1.into()),
        (&["rebate_receipt", "rewards", "*"], "mark", 1.into()),
        (&["rebate_receipt", "rewards", "*"], "limit", "player".into()),
        (&["rebate_receipt", "rewards", "*"], "left", 1.into()),
        (&["rebate_receipt", "room", "*"], "used", 1.into()),
        (&["rebate_receipt", "lists"], "nobodys", 1.into()),
        (&["rebate_receipt", "disclosure"], "referrer", "referrer".into()),
        (&["rebate_receipt", "disclosure"], "referrer_salt", "00".repeat(32).into()),
        (&["rebate_receipt", "disclosure", "facts"], "player.bucket", fact),
    ]
}

/// The record with one more member, once for each object on the way that lacks it.
fn with_member(
    record: &serde_json::Value,
    way: &[&str],
    member: &str,
    value: &serde_json::Value,
) -> Vec<serde_json::Value> {
    let Some((step, rest)) = way.split_first() else {
        let mut more = record.clone();
        let lacks = more.as_object_mut().is_some_and(|object| !object.contains_key(member));
        more.as_object_mut().filter(|_| lacks).map(|object| object.insert(member.to_owned(), value.clone()));
        return if lacks { vec![more] } else { vec![] };
    };
    let keys: Vec<String> = match record {
        serde_json::Value::Array(items) => (0..items.len()).map(|index| index.to_string()).collect(),
        _ => vec![(*step).to_owned()],
    };
    let mut all = Vec::new();
    for key in keys {
        let pointer = format!("/{key}");
        let Some(inner) = record.pointer(&pointer) else { continue };
        for inner in with_member(inner, rest, member, value) {
            let mut more = record.clone();
            *more.pointer_mut(&pointer).expect("it was there") = inner;
            all.push(more);
        }
    }
    all
}

fn check_added(host: &Host, records: &[Record], members: Vec<Member>) {
    let verifier = host.verifier();
    for (way, member, value) in members {
        let mut added = 0;
        for record in records {
            for more in with_member(&serde_json::to_value(record).unwrap(), way, member, &value) {
                added += 1;
                let Ok(shown) = serde_json::from_value::<Record>(more) else { continue };
                let verdict = verifier.check(&shown).verdict;
                assert!(matches!(verdict, Verdict::Invalid(_)), "{way:?}, {member}: {verdict}");
            }
        }
        assert!(added > 0, "{way:?} never lacks {member}");
    }
}

#[test]
fn no_added_member_is_missed() {
    let mut host = Host::new(Library::native());
    let records = host.draws(300);
    check_added(&host, &records, optional_members());
    let records = host.rebates(300);
    check_added(&host, &records, optional_members_of_rebates());
}

/// A record is of one thing. What else is true stands in one of its own.
#[test]
fn no_record_is_of_a_draw_and_of_a_rebate() {
    let mut host = Host::new(Library::native());
    let (draw, rebate) = (host.draws(1).remove(0), host.rebates(1).remove(0));
    let verifier = host.verifier();
    let all = [
        Record { rebate: rebate.rebate.clone(), ..draw.clone() },
        Record { rebate_receipt: rebate.rebate_receipt.clone(), ..draw.clone() },
        Record { draw: draw.draw.clone(), ..rebate.clone() },
        Record { receipt: draw.receipt.clone(), ..rebate.clone() },
        Record { receipt: None, ..draw },
        Record { rebate_receipt: None, ..rebate },
    ];
    for record in all {
        assert!(matches!(verifier.check(&record).verdict, Verdict::Invalid(_)), "{record:#?}");
    }
}

fn check_alterations(host: &Host, records: &[Record], alterations: usize) {
    let verifier = host.verifier();
    for record in records {
        let checked = verifier.check(record);
        assert_eq!((checked.verdict, checked.seed_follows), (Verdict::Authentic, true), "{record:#?}");
    }
    let mut chance = Seed::from_bytes([9; 32]).stream("alterations");
    for number in 0..alterations {
        let record = &records[number % records.len()];
        let altered = altered(record, &mut chance);
        if let Ok(shown) = serde_json::from_slice::<Record>(&altered) {
            assert_ne!(shown, *record, "an alteration that means nothing");
            let verdict = verifier.check(&shown).verdict;
            assert!(matches!(verdict, Verdict::Invalid(_)), "{verdict}: {}", String::from_utf8_lossy(&altered));
        }
    }
}

#[test]
fn no_altered_byte_of_a_draw_is_missed() {
    let mut host = Host::new(Library::native());
    let records = host.draws(500);
    check_alterations(&host, &records, 100_000);
}

#[test]
fn no_altered_byte_of_a_rebate_is_missed() {
    let mut host = Host::new(Library::native());
    let records = host.rebates(500);
    check_alterations(&host, &records, 100_000);
}

#[test]
fn no_altered_byte_is_missed_where_rules_are_components() {
    let mut host = Host::new(sandboxed());
    let records = [host.draws(300), host.rebates(300)].concat();
    check_alterations(&host, &records, 6_000);
}
