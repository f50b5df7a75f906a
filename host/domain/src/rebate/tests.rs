use proptest::prelude::*;

use super::*;
use crate::digest::Digest;
use crate::fact::Value;
use crate::id::EventId;
use crate::random::Seed;
use crate::receipt::{self, Receipt as DrawReceipt, Step};

fn disclosure() -> Disclosure {
    Disclosure {
        values: receipt::Disclosure {
            salt: [5; 32],
            player: "alice".parse().unwrap(),
            facts: vec![
                ("event.attribute.amount".to_owned(), Value::Integer(1999)),
                ("event.count.total".to_owned(), Value::Integer(3)),
            ],
        },
        referrer: Some("bob".parse().unwrap()),
        event: "order-17".parse().unwrap(),
    }
}

fn reward(recipient: Recipient, gain: Gain) -> Reward {
    let stocked = matches!(gain, Gain::Prize(_));
    Reward { node: "rebates/cashback".to_owned(), recipient, gain, amount: 99, stocked, cost: 0 }
}

fn points() -> Gain {
    Gain::Points("coins".parse().unwrap())
}

fn prize(name: &str) -> Gain {
    Gain::Prize(name.parse().unwrap())
}

fn open(rewards: Vec<Reward>) -> OpenReceipt {
    let disclosure = disclosure();
    let terms = Terms {
        engine: "wasmtime 48.0.8".to_owned(),
        campaign: "spring".parse().unwrap(),
        revision: 2,
        revision_digest: Digest::of(b"revision"),
        modules: vec![Digest::of(b"module")],
        epoch: 1,
        epoch_commitment: Digest::of(b"epoch"),
        event_type: "purchase".parse().unwrap(),
        occurred_at: "2026-11-23T12:00:00Z".parse().unwrap(),
        received_at: "2026-11-23T12:00:01Z".parse().unwrap(),
        ordinal: 4,
        seed: Seed::from_bytes([9; 32]),
        player: disclosure.values.player_commitment(),
        referrer: disclosure.referrer_commitment(),
        event: disclosure.event_commitment(),
        facts: disclosure.values.fact_commitments(),
        lists: vec![("vip".parse().unwrap(), 6)],
        room: vec![Room { prize: "mug".parse().unwrap(), limit: Limit::PlayerDay, left: 2 }],
        steps: vec![Step { node: "rebates/cashback".to_owned(), outcome: "reward points coins".to_owned(), fuel: 812 }],
    };
    OpenReceipt { terms, rewards }
}

/// A receipt with a reward of every kind and every verdict.
fn example() -> Receipt {
    let (player, referrer) = (Recipient::Player, Recipient::Referrer);
    let gains = [points(), prize("mug"), prize("phone"), prize("mug"), points()];
    let mut rewards: Vec<_> = gains.into_iter().map(|gain| reward(player, gain)).collect();
    rewards.push(reward(referrer, Gain::Chances));
    rewards.push(reward(referrer, points()));
    open(rewards).close(&[
        Verdict::Granted(None),
        Verdict::Granted(Some(Token { bucket: 7, unit: 9 })),
        Verdict::SoldOut { mark: 3 },
        Verdict::LimitReached(Limit::PlayerDay),
        Verdict::BudgetSpent { left: 1 },
        Verdict::Granted(None),
        Verdict::NoReferrer,
    ])
}

#[test]
fn encoding_goes_there_and_back() {
    let mut receipt = example();
    assert_eq!(Receipt::decode(&receipt.encode()), Ok(receipt.clone()));
    receipt.terms.referrer = None;
    receipt.rewards.clear();
    assert_eq!(Receipt::decode(&receipt.encode()), Ok(receipt));
}

#[test]
fn the_encoding_is_frozen() {
    let digest = Receipt::digest(&example().encode()).to_string();
    assert_eq!(digest, "8d3d121cfcd3a708219f0b2ea51d621ef54c98d742957c0c5d4d29d82f2e116d");
}

#[test]
fn the_fuzzer_begins_with_a_receipt() {
    let seed = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/fuzz/seeds/receipt/rebate-1");
    assert_eq!(Receipt::decode(&std::fs::read(seed).unwrap()), Ok(example()));
}

#[test]
fn a_rebate_is_no_draw() {
    let bytes = example().encode();
    assert!(DrawReceipt::decode(&bytes).is_err());
    assert_ne!(DrawReceipt::digest(&bytes), Receipt::digest(&bytes));
}

#[test]
fn every_altered_byte_is_refused_or_changes_the_receipt() {
    let receipt = example();
    let bytes = receipt.encode();
    for position in 0..bytes.len() {
        for flip in [1u8, 0x80, 0xff] {
            let mut altered = bytes.clone();
            altered[position] ^= flip;
            assert_ne!(Receipt::digest(&altered), Receipt::digest(&bytes));
            match Receipt::decode(&altered) {
                Ok(other) => assert!(other != receipt && other.encode() == altered, "byte {position}"),
                Err(error) => assert!(error.offset <= bytes.len()),
            }
        }
    }
    for length in 0..bytes.len() {
        assert!(Receipt::decode(&bytes[..length]).is_err());
    }
    assert!(Receipt::decode(&[&bytes[..], &[0]].concat()).is_err());
}

#[test]
fn commitments_hide_behind_their_salts() {
    let one = disclosure();
    let commitments = |disclosure: &Disclosure| {
        let facts = disclosure.values.fact_commitments().into_iter().map(|(_, commitment)| commitment);
        let others = [disclosure.values.player_commitment(), disclosure.event_commitment()];
        others.into_iter().chain(disclosure.referrer_commitment()).chain(facts).collect::<Vec<Digest>>()
    };
    let others =
        commitments(&Disclosure { values: receipt::Disclosure { salt: [6; 32], ..one.values.clone() }, ..one.clone() });
    assert!(commitments(&one).iter().zip(others).all(|(one, other)| *one != other));
    // The same person in both places is not seen to be.
    let same = Disclosure { referrer: Some(one.values.player.clone()), ..one.clone() };
    assert_ne!(Some(same.values.player_commitment()), same.referrer_commitment());
    let event: EventId = "order-18".parse().unwrap();
    assert_ne!(Disclosure { event, ..one.clone() }.event_commitment(), one.event_commitment());
}

/// The verdicts where every unit and every budget is there.
#[track_caller]
fn check(open: &OpenReceipt, asked: usize, expected: &[Verdict]) {
    let mut count = 0;
    let verdicts = open.settle(|_, _| {
        count += 1;
        Ok::<_, ()>(Verdict::Granted(None))
    });
    assert_eq!((verdicts.as_deref(), count), (Ok(expected), asked));
}

#[test]
fn what_is_given_counts_against_the_limit_of_what_follows() {
    let granted = Verdict::Granted(None);
    let mugs = open(vec![reward(Recipient::Player, prize("mug")); 3]);
    check(&mugs, 2, &[granted, granted, Verdict::LimitReached(Limit::PlayerDay)]);
    check(&open(vec![reward(Recipient::Player, prize("phone")); 3]), 3, &[granted; 3]);
    let sold_out = Verdict::SoldOut { mark: 1 };
    assert_eq!(mugs.settle(|_, _| Ok::<_, ()>(sold_out)), Ok(vec![sold_out; 3]), "what was not given leaves room");
    assert_eq!(mugs.settle(|_, _| Err(7)), Err(7));
}

#[test]
fn a_reward_for_nobody_is_left_out() {
    let mut open = open(vec![reward(Recipient::Referrer, points()), reward(Recipient::Player, points())]);
    check(&open, 2, &[Verdict::Granted(None); 2]);
    open.terms.referrer = None;
    check(&open, 1, &[Verdict::NoReferrer, Verdict::Granted(None)]);
}

fn any_reward() -> impl Strategy<Value = (Reward, Verdict)> {
    let gain =
        prop_oneof![Just(points()), Just(Gain::Chances), prop::sample::select(vec!["mug", "phone"]).prop_map(prize)];
    let verdict = prop_oneof![
        Just(Verdict::Granted(None)),
        any::<(u32, u64)>().prop_map(|(bucket, unit)| Verdict::Granted(Some(Token { bucket, unit }))),
        any::<u64>().prop_map(|mark| Verdict::SoldOut { mark }),
        (0i64..1 << 53).prop_map(|left| Verdict::BudgetSpent { left }),
        Just(Verdict::LimitReached(Limit::Player)),
        Just(Verdict::NoReferrer),
    ];
    let recipient = prop::sample::select(vec![Recipient::Player, Recipient::Referrer]);
    (recipient, gain, verdict, any::<i64>())
        .prop_map(|(recipient, gain, verdict, amount)| (Reward { amount, ..reward(recipient, gain) }, verdict))
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        prop_assert!(Receipt::decode(&bytes).is_err());
    }

    #[test]
    fn every_receipt_goes_there_and_back(rewards in prop::collection::vec(any_reward(), 0..20), ordinal: u64, left: u64) {
        let (rewards, verdicts): (Vec<_>, Vec<_>) = rewards.into_iter().unzip();
        let mut open = open(rewards);
        (open.terms.ordinal, open.terms.room[0].left) = (ordinal, left);
        let receipt = open.close(&verdicts);
        prop_assert_eq!(Receipt::decode(&receipt.encode()), Ok(receipt));
    }

    #[test]
    fn no_more_is_won_than_there_is_room_for(rewards in prop::collection::vec((any_reward(), any::<bool>()), 0..40), left in 0u64..5) {
        let (rewards, granted): (Vec<_>, Vec<_>) = rewards.into_iter().map(|((reward, _), granted)| (reward, granted)).unzip();
        let mut open = open(rewards);
        open.terms.room[0].left = left;
        let mut granted = granted.into_iter();
        let verdicts = open.settle(|_, _| Ok::<_, ()>(if granted.next().unwrap() { Verdict::Granted(None) } else { Verdict::SoldOut { mark: 1 } })).unwrap();
        let won = open.close(&verdicts).granted().filter(|won| won.gain == prize("mug") && won.recipient == Recipient::Player).count();
        prop_assert!(won as u64 <= left);
    }
}
