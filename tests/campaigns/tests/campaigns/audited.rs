//! Receipts of draws in the campaign of all rules: each verifies, and no altered byte of anything that is shown goes unnoticed.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use data_encoding::{BASE64, HEXLOWER};
use tombola_audit::wire::{self, Draw, Receipt, Record};
use tombola_audit::{Ledger, Missing, OtherEngine, Ran, Verdict, Verifier};
use tombola_campaign_tests::{Campaign, Library};
use tombola_domain::digest::Digest;
use tombola_domain::draw::{self, Grant, draw_id};
use tombola_domain::epoch::Secret;
use tombola_domain::fact::{Fact, Value};
use tombola_domain::id::PlayerId;
use tombola_domain::random::{Seed, Stream};
use tombola_domain::receipt::{self, Disclosure, Format, OpenReceipt, Terms};
use tombola_domain::signature::Signer;
use tombola_domain::stock::Token;
use tombola_domain::time::Timestamp;
use tombola_engine::decide::{Decided, Plan, Situation, decide};
use tombola_engine::pipeline::Pipeline;
use tombola_engine::revision::Revision;
use tombola_store::draws::{self, StoredReceipt, Won};

use crate::bed::{pipeline, runtime, sandboxed};
use crate::same::{Crowd, Turn};

const ENGINE: &str = "the one that tests have";
const EPOCH: u64 = 3;

fn secret() -> Secret {
    Secret::from_bytes([42; 32])
}

fn signer() -> Signer {
    Signer::from_seed(&[6; 32])
}

/// A host that draws in the campaign of all rules, and what it shows of its draws.
struct Host {
    library: Library,
    pipeline: Pipeline,
    revision: String,
    /// Units handed over, by prize.
    issued: HashMap<String, u64>,
    /// Draws that were made, by player and ordinal: players are made up, and may come up twice with the same number of draws.
    drawn: HashSet<(PlayerId, u64)>,
    /// What it says of its engine.
    engine: String,
    /// By how many minutes local time is ahead of what the zones here say.
    minutes_ahead: i64,
    chance: Stream,
}

impl Host {
    fn new(library: Library) -> Self {
        let document = Campaign::EveryRule.document();
        let pipeline = pipeline(&library, &document);
        let revision = library.revision(&document).canonical();
        let chance = Seed::from_bytes([8; 32]).stream("host");
        let (issued, drawn, engine) = (HashMap::new(), HashSet::new(), ENGINE.to_owned());
        Self { library, pipeline, revision, issued, drawn, engine, minutes_ahead: 0, chance }
    }

    /// As if nothing had been drawn.
    fn forget(&mut self) {
        self.issued.clear();
        self.drawn.clear();
    }

    /// So many draws, each with all that it takes to verify it.
    fn draws(&mut self, count: usize) -> Vec<Record> {
        let pipeline = self.pipeline.clone();
        let mut crowd = Crowd::new(&pipeline);
        let mut records = Vec::with_capacity(count);
        while records.len() < count {
            let size = usize::try_from(self.chance.below(40)).unwrap() + 1;
            let batch: Vec<_> = std::iter::repeat_with(|| self.draw(&crowd.turn())).flatten().take(size).collect();
            records.extend(self.sealed(records.len() as u64 + 1, batch));
        }
        records.truncate(count);
        records
    }

    /// One draw; `None` where a guard refuses.
    fn draw(&mut self, turn: &Turn) -> Option<StoredReceipt> {
        let Turn { player, now, .. } = turn;
        let mut facts = player.facts(&self.pipeline, *now);
        for (fact, value) in self.pipeline.facts.iter().zip(&mut facts) {
            if let (Fact::LocalMinute, Value::Integer(minute)) = (fact, value) {
                *minute = (*minute + self.minutes_ahead) % 1440;
            }
        }
        let ordinal = player.draws + 1;
        let seed = secret().seed(&self.pipeline.campaign, &player.id, ordinal);
        let limits: Vec<_> =
            self.pipeline.prizes.iter().map(|prize| prize.limit_player.map(|_| draw::Limit::Player)).collect();
        let limits: Vec<_> = limits.into_iter().map(|limit| limit.filter(|_| self.chance.below(4) == 0)).collect();
        if !self.drawn.insert((player.id.clone(), ordinal)) {
            return None;
        }
        let decided = decide(&self.pipeline, &Situation { facts: &facts, limits: &limits, seed: &seed }).unwrap();
        let Decided { plan: Plan::Draw { ticket, grants }, steps, .. } = decided else { return None };
        let names = self.pipeline.facts.iter().map(ToString::to_string);
        let salt = *Digest::of(&self.chance.word().to_be_bytes()).as_bytes();
        let disclosure = Disclosure { salt, player: player.id.clone(), facts: names.zip(facts).collect() };
        let prizes = self.pipeline.prizes.iter().zip(limits);
        let terms = Terms {
            format: Format::default(),
            engine: self.engine.clone(),
            campaign: self.pipeline.campaign.clone(),
            revision: 7,
            revision_digest: Revision::digest(&self.revision),
            modules: self.pipeline.modules.clone(),
            epoch: EPOCH,
            epoch_commitment: secret().commitment(),
            draw: draw_id(&player.id, &seed, *now),
            drawn_at: *now,
            ordinal,
            seed,
            player: disclosure.player_commitment(),
            facts: disclosure.fact_commitments(),
            lists: self.pipeline.lists.iter().map(|list| (list.clone(), 1)).collect(),
            limits: prizes.filter_map(|(prize, limit)| Some((prize.id.clone(), limit?))).collect(),
            ticket,
            steps,
        };
        let verdicts = self.verdicts(&grants);
        let receipt = OpenReceipt { terms, grants }.close(&verdicts);
        Some(self.stored(&receipt, disclosure))
    }

    /// Every fifth stocked prize is sold out.
    fn verdicts(&mut self, grants: &[Grant]) -> Vec<draw::Verdict> {
        let mut verdicts = Vec::new();
        for grant in grants {
            verdicts.push(match (grant.limit, grant.stocked) {
                (Some(limit), _) => draw::Verdict::LimitReached(limit),
                (None, true) if self.chance.below(5) == 0 => draw::Verdict::SoldOut { mark: 1 },
                (None, true) => {
                    let issued = self.issued.entry(grant.prize.to_string()).or_default();
                    *issued += 1;
                    draw::Verdict::Granted(Some(Token { bucket: 0, unit: *issued }))
                }
                (None, false) => draw::Verdict::Granted(None),
            });
            if matches!(verdicts.last(), Some(draw::Verdict::Granted(_))) {
                break;
            }
        }
        verdicts
    }

    fn stored(&self, receipt: &receipt::Receipt, disclosure: Disclosure) -> StoredReceipt {
        let bytes = receipt.encode();
        let won = receipt.granted().map(|granted| {
            let prize = &self.pipeline.prizes[self.pipeline.prize(granted.prize.as_str()).unwrap()];
            let data = prize.data.as_ref().map(ToString::to_string);
            Won { prize: granted.prize.clone(), title: prize.title.clone(), data, amount: granted.amount, code: None }
        });
        let terms = &receipt.terms;
        let draw = draws::Draw {
            id: terms.draw.clone(),
            campaign: terms.campaign.clone(),
            revision: terms.revision,
            player: disclosure.player.clone(),
            ordinal: terms.ordinal,
            won,
            receipt: receipt::Receipt::digest(&bytes),
            drawn_at: terms.drawn_at,
        };
        StoredReceipt { draw, bytes, disclosure: Some(disclosure), proof: None }
    }

    fn sealed(&self, first: u64, batch: Vec<StoredReceipt>) -> Vec<Record> {
        let receipts: Vec<Digest> = batch.iter().map(|stored| stored.draw.receipt).collect();
        let seal = signer().seal(0, first, &receipts);
        let record = |(index, stored): (usize, StoredReceipt)| Record {
            draw: Some(Draw::from(stored.draw.clone())),
            receipt: Some(Receipt::of(StoredReceipt { proof: Some(seal.proof(&receipts, index)), ..stored }).unwrap()),
            ..self.names()
        };
        batch.into_iter().enumerate().map(record).collect()
    }

    /// What every receipt names.
    fn names(&self) -> Record {
        let module = |digest: &Digest| (digest.to_string(), BASE64.encode(self.library.component(digest).unwrap()));
        let secret = secret();
        let epoch = wire::Epoch {
            epoch: EPOCH,
            commitment: secret.commitment().to_string(),
            secret: Some(HEXLOWER.encode(secret.as_bytes())),
        };
        Record {
            revision: Some(self.revision.clone()),
            modules: self.pipeline.modules.iter().map(module).collect(),
            epoch: Some(epoch),
            ..Record::default()
        }
    }

    /// Shows these names to a verifier that has heard what receipts name.
    fn teach(&self, verifier: &mut Verifier, names: &Record) {
        let naming = wire::Named {
            revision_digest: Revision::digest(&self.revision).to_string(),
            modules: self.pipeline.modules.iter().map(Digest::to_string).collect(),
            epoch: EPOCH,
            epoch_commitment: secret().commitment().to_string(),
        };
        verifier.name(&naming).unwrap();
        verifier.learn(names).unwrap();
        runtime().block_on(verifier.make_ready());
    }

    fn verifier(&self) -> Verifier {
        self.verifier_of(ENGINE, &self.names())
    }

    fn verifier_of(&self, engine: &str, names: &Record) -> Verifier {
        let mut verifier = Verifier::new(self.library.factory(), engine.to_owned(), [signer().public_key()]);
        self.teach(&mut verifier, names);
        verifier
    }
}

/// Replaces one byte of one part of a record by another. Each part is as likely as any other, however long it is.
fn altered(record: &Record, chance: &mut Stream) -> Vec<u8> {
    let part = |number: u64| {
        let all = record.clone();
        match number {
            0 => Record { draw: all.draw, ..Record::default() },
            1 => Record { receipt: all.receipt, ..Record::default() },
            2 => Record { revision: all.revision, ..Record::default() },
            3 => Record { modules: all.modules, ..Record::default() },
            _ => Record { epoch: all.epoch, ..Record::default() },
        }
    };
    let part = serde_json::to_string(&part(chance.below(5))).unwrap();
    let part = &part[1..part.len() - 1];
    let mut text = serde_json::to_string(record).unwrap();
    let start = text.find(part).expect("a part stands in the whole");
    let place = start + usize::try_from(chance.below(part.len() as u64)).unwrap();
    let mut bytes = std::mem::take(&mut text).into_bytes();
    let other = u8::try_from(chance.below(255)).unwrap();
    bytes[place] = if other >= bytes[place] { other + 1 } else { other };
    bytes
}

/// Members that may be left out, by the objects that may have them, and something that could stand there.
fn optional_members() -> Vec<(&'static [&'static str], &'static str, serde_json::Value)> {
    let ticket = serde_json::json!({"pool": "default", "number": "0", "total": "1"});
    vec![
        (&["draw"], "draw_number", 5.into()),
        (&["draw", "outcome"], "data", "a voucher".into()),
        (&["receipt"], "ticket", ticket),
        (&["receipt", "tried", "*"], "bucket", 0.into()),
        (&["receipt", "tried", "*"], "unit", 1.into()),
        (&["receipt", "tried", "*"], "mark", 1.into()),
        (&["receipt", "tried", "*"], "limit", "player".into()),
        (&["draw", "outcome"], "code", "full".into()),
        (
            &["receipt", "disclosure", "facts"],
            "player.bucket",
            serde_json::json!({"value": 1, "salt": "00".repeat(32)}),
        ),
        (&["receipt", "lists"], "nobodys", 1.into()),
        (&["receipt", "limits"], "nothing", "player".into()),
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

#[test]
fn no_added_member_is_missed() {
    let mut host = Host::new(Library::native());
    let records = host.draws(300);
    let verifier = host.verifier();
    for (way, member, value) in optional_members() {
        let mut added = 0;
        for record in &records {
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

fn check_alterations(host: &mut Host, draws: usize, alterations: usize) {
    let records = host.draws(draws);
    let verifier = host.verifier();
    for record in &records {
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
fn no_altered_byte_is_missed() {
    check_alterations(&mut Host::new(Library::native()), 500, 100_000);
}

#[test]
fn no_altered_byte_is_missed_where_rules_are_components() {
    check_alterations(&mut Host::new(sandboxed()), 300, 3_000);
}

#[test]
fn what_is_not_shown_is_told_apart_from_what_is_wrong() {
    let mut host = Host::new(Library::native());
    let record = host.draws(1).remove(0);
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

    let other = host.verifier_of("another", &names).check(&record);
    assert!(
        matches!(other.verdict, Verdict::OtherEngine(OtherEngine { decides_alike: true, .. })),
        "{}",
        other.verdict
    );
    let untrusting = |engine: &str| {
        let mut untrusting = Verifier::new(Arc::clone(&host.library.factory()), engine.to_owned(), []);
        host.teach(&mut untrusting, &names);
        untrusting.check(&record).verdict
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
    let mut text = serde_json::to_value(host.draws(1).remove(0)).unwrap();
    text["receipt"].as_object_mut().unwrap().remove("disclosure").expect("values were shown");
    let checked = host.verifier().check(&serde_json::from_value(text).unwrap());
    assert_eq!(checked.verdict, Verdict::Incomplete(Missing::Values));
}

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
    changed(record, |text| _ = text["receipt"].as_object_mut().unwrap().remove("signature"))
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
