use proptest::prelude::*;

use super::*;
use crate::draw::Limit;
use crate::fact::Value;
use crate::stock::Token;

fn example() -> Receipt {
    let disclosure = Disclosure {
        salt: [5; 32],
        player: "alice".parse().unwrap(),
        facts: vec![
            ("player.draws.total".to_owned(), Value::Integer(3)),
            ("attribute.channel".to_owned(), Value::Text("app".to_owned())),
        ],
    };
    let grant = |prize: &str, stocked| Grant {
        prize: prize.parse().unwrap(),
        amount: 1,
        stocked,
        cost: 0,
        limit: None,
        node: "trees/default/hand-over".to_owned(),
    };
    let open = OpenReceipt {
        terms: Terms {
            format: Format::Two,
            engine: "wasmtime 48.0.8".to_owned(),
            campaign: "spring".parse().unwrap(),
            revision: 2,
            revision_digest: Digest::of(b"revision"),
            modules: vec![Digest::of(b"module")],
            epoch: 1,
            epoch_commitment: Digest::of(b"epoch"),
            draw: "202611-abcd-efgh".parse().unwrap(),
            drawn_at: "2026-11-23T12:00:00Z".parse().unwrap(),
            ordinal: 4,
            seed: Seed::from_bytes([9; 32]),
            player: disclosure.player_commitment(),
            facts: disclosure.fact_commitments(),
            lists: vec![("banned".parse().unwrap(), 6)],
            limits: vec![("mug".parse().unwrap(), Limit::PlayerDay)],
            ticket: Some(Ticket { pool: "default".parse().unwrap(), number: 17, total: 100 }),
            steps: vec![Step { node: "guards/loyal".to_owned(), outcome: "proceed".to_owned(), fuel: 812 }],
        },
        grants: vec![grant("phone", true), grant("mug", true), grant("points", false), grant("never", false)],
    };
    open.close(&[Verdict::SoldOut { mark: 3 }, Verdict::LimitReached(Limit::PlayerDay), Verdict::Granted(None)])
}

#[test]
fn closing_leaves_out_what_was_not_tried() {
    let receipt = example();
    assert_eq!(receipt.tried.len(), 3);
    assert_eq!(receipt.granted().map(|tried| tried.prize.as_str()), Some("points"));
}

#[test]
fn encoding_goes_there_and_back() {
    let mut receipt = example();
    assert_eq!(Receipt::decode(&receipt.encode()), Ok(receipt.clone()));
    receipt.terms.ticket = None;
    receipt.tried[0].verdict = Verdict::Granted(Some(Token { bucket: 7, unit: 9 }));
    assert_eq!(Receipt::decode(&receipt.encode()), Ok(receipt));
}

#[test]
fn the_encodings_are_frozen() {
    let digest = |receipt: &Receipt| Receipt::digest(&receipt.encode()).to_string();
    let mut receipt = example();
    assert_eq!(digest(&receipt), "a34098d02c1832a49344156bba77237155bda564871552a62eb71323f4c390f0");
    receipt.terms.format = Format::One;
    assert_eq!(digest(&receipt), "0b00850c89f899693c95202739cd5b5696aa66426ed22c7b9c710a9864230f8d");
    receipt.terms.limits.clear();
    assert_eq!(Receipt::decode(&receipt.encode()), Ok(receipt), "a format that was written is read");
}

#[test]
fn the_fuzzer_begins_with_receipts_of_every_format() {
    let seed = |name: &str| {
        let seeds = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/fuzz/seeds/receipt");
        Receipt::decode(&std::fs::read(format!("{seeds}/{name}")).unwrap()).unwrap()
    };
    let mut receipt = example();
    assert_eq!(seed("format-2"), receipt);
    receipt.terms.format = Format::One;
    receipt.terms.limits.clear();
    assert_eq!(seed("format-1"), receipt);
}

#[test]
fn every_altered_byte_is_refused_or_changes_the_receipt() {
    let receipt = example();
    let bytes = receipt.encode();
    for position in 0..bytes.len() {
        for flip in [1u8, 0x80, 0xff] {
            let mut altered = bytes.clone();
            altered[position] ^= flip;
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
    let disclosure = |salt: u8, value: i64| Disclosure {
        salt: [salt; 32],
        player: "alice".parse().unwrap(),
        facts: vec![("a".to_owned(), Value::Integer(value)), ("b".to_owned(), Value::Integer(value))],
    };
    let one = disclosure(1, 1).fact_commitments();
    assert_ne!(one[0].1, one[1].1);
    assert_ne!(one, disclosure(2, 1).fact_commitments());
    assert_ne!(one, disclosure(1, 2).fact_commitments());
    assert_ne!(disclosure(1, 1).player_commitment(), disclosure(2, 1).player_commitment());
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        prop_assert!(Receipt::decode(&bytes).is_err());
    }
}
