//! Receipts: their signature, their order, and what may be erased beside them.

use std::collections::HashSet;

use tombola_domain::rebate;
use tombola_domain::receipt::Receipt;

use super::Backend;
use super::event_wish::{event, points};
use super::fixture::{commit_batch, draw, operation, publish, wish};
use crate::draws::EraseError;

/// Every receipt is proven to be in a batch that the backend's key signed, where its position says.
pub async fn receipts_are_sealed_by_the_batch(backend: &impl Backend) {
    let store = backend.open().await;
    let activation = publish(&store, &[]).await.activation;
    for size in [1usize, 2, 7] {
        let mut batch = vec![];
        for number in 0..size {
            batch.push(wish(&format!("p{size}-{number}"), "k").decide(&store, activation).await);
        }
        for answer in store.commit_draws(&batch).await.unwrap() {
            answer.unwrap();
        }
    }
    let mut keys = HashSet::new();
    let receipts = store.receipts(0, 100).await.unwrap();
    assert_eq!(receipts.len(), 10);
    for (position, stored) in &receipts {
        let stored = stored.as_ref().unwrap();
        let proof = stored.proof.clone().expect("it was sealed");
        let place = proof.seal.place;
        assert_eq!(place.first + proof.index, *position);
        assert!([1, 2, 7].contains(&place.size));
        assert!(proof.seal.signs(&proof.root(&stored.draw.receipt).unwrap()));
        keys.insert(proof.seal.key);
        assert_eq!(store.receipt(&stored.draw.id).await.unwrap().as_ref(), Some(stored));
    }
    assert_eq!(keys.len(), 1);
}

/// The feed is read page by page, without a gap.
pub async fn receipts_come_in_the_order_of_the_feed(backend: &impl Backend) {
    let store = backend.open().await;
    let activation = publish(&store, &[]).await.activation;
    assert!(store.receipts(0, 2).await.unwrap().is_empty());
    for number in 0..5 {
        draw(&store, activation, &wish(&format!("p{number}"), "k")).await.unwrap();
    }
    let mut positions = vec![];
    loop {
        let page = store.receipts(positions.last().copied().unwrap_or(0), 2).await.unwrap();
        if page.is_empty() {
            break;
        }
        for (position, stored) in page {
            let stored = stored.unwrap();
            assert_eq!(Receipt::digest(&stored.bytes), stored.draw.receipt);
            positions.push(position);
        }
    }
    assert_eq!(positions, [1, 2, 3, 4, 5]);
}

/// So are those of rebates, beside those of draws, each sealed by the batch that its position is in.
pub async fn receipts_of_rebates_come_in_the_order_of_the_feed(backend: &impl Backend) {
    let store = backend.open().await;
    let activation = publish(&store, &[]).await.activation;
    assert!(store.rebate_receipts(0, 2).await.unwrap().is_empty());
    for id in ["e1", "e2"] {
        draw(&store, activation, &wish("p", id)).await.unwrap();
        let mut batch = vec![];
        for player in ["p", "q", "r"] {
            batch.push(event(player, id).gives("spring", &[points(5)]).decide(&store, activation).await);
        }
        for answer in store.commit_events(&batch).await.unwrap() {
            answer.unwrap();
        }
    }
    let mut receipts = vec![];
    loop {
        let page = store.rebate_receipts(receipts.last().map_or(0, |(position, _)| *position), 2).await.unwrap();
        if page.is_empty() {
            break;
        }
        receipts.extend(page);
    }
    assert_eq!(receipts.len(), 6);
    assert!(receipts.is_sorted_by_key(|(position, _)| *position));
    for (position, stored) in &receipts {
        let stored = stored.as_ref().unwrap();
        assert_eq!(rebate::Receipt::digest(&stored.bytes), stored.rebate.receipt);
        let proof = stored.proof.clone().expect("it was sealed");
        assert_eq!((proof.seal.place.size, proof.seal.place.first + proof.index), (3, *position));
        assert!(proof.seal.signs(&proof.root(&stored.rebate.receipt).unwrap()));
        assert_eq!(store.rebate_receipt(&stored.rebate.id).await.unwrap().as_ref(), Some(stored));
    }
}

/// The values of one player go, and nothing else changes.
pub async fn erasing_leaves_every_receipt(backend: &impl Backend) {
    let store = backend.open().await;
    let activation = publish(&store, &[]).await.activation;
    for (player, key) in [("alice", "1"), ("bob", "1"), ("alice", "2")] {
        draw(&store, activation, &wish(player, key)).await.unwrap();
    }
    let before = store.receipts(0, 9).await.unwrap();
    let (alice, bob) = ("alice".parse().unwrap(), "bob".parse().unwrap());
    let done = store.erase_disclosures(&operation("a", "erase alice"), &alice).await.unwrap();
    assert_eq!((done.result, done.replayed), (2, false));
    let again = store.erase_disclosures(&operation("a", "erase alice"), &alice).await.unwrap();
    assert_eq!((again.result, again.replayed), (2, true));
    let reused = store.erase_disclosures(&operation("a", "erase bob"), &bob).await;
    assert!(matches!(reused, Err(EraseError::KeyReused(_))), "{reused:?}");
    for ((_, before), (_, after)) in before.into_iter().zip(store.receipts(0, 9).await.unwrap()) {
        let (before, after) = (before.unwrap(), after.unwrap());
        assert_eq!((&before.draw, &before.bytes, &before.proof), (&after.draw, &after.bytes, &after.proof));
        assert_eq!(after.disclosure.is_some(), after.draw.player == bob);
    }
}

/// It is told of in its place, and all others are answered, whatever the pages are.
pub async fn a_damaged_receipt_spoils_no_other(backend: &impl Backend) {
    let store = backend.open().await;
    let activation = publish(&store, &[]).await.activation;
    for number in 0..4 {
        draw(&store, activation, &wish(&format!("p{number}"), "k")).await.unwrap();
    }
    backend
        .plant("CREATE TABLE spare AS SELECT position, content FROM disclosures; UPDATE disclosures SET content = '{' WHERE position = 2")
        .await;
    for limit in [1, 2, 9] {
        let mut told = vec![];
        while let page = store.receipts(told.len() as u64, limit).await.unwrap()
            && !page.is_empty()
        {
            told.extend(
                page.into_iter().map(|(position, receipt)| (position, receipt.map_err(|error| error.is_damage()))),
            );
        }
        assert_eq!(told.iter().map(|(position, _)| *position).collect::<Vec<_>>(), [1, 2, 3, 4]);
        assert_eq!(told[1].1, Err(true));
        assert_eq!(told.iter().filter(|(_, receipt)| receipt.is_ok()).count(), 3);
    }
    backend
        .plant(
            "UPDATE disclosures SET content = (SELECT content FROM spare WHERE spare.position = disclosures.position); DROP TABLE spare",
        )
        .await;
}

/// Without one of its draws no receipt of a batch can be proved, which is told of its seal. A receipt that is missing is told of alone, and
/// nothing else is harmed.
pub async fn a_damaged_batch_spoils_no_other(backend: &impl Backend) {
    let store = backend.open().await;
    let activation = publish(&store, &[]).await.activation;
    draw(&store, activation, &wish("before", "k")).await.unwrap();
    let mut batch = vec![];
    for number in 0..3 {
        batch.push(wish(&format!("p{number}"), "k").decide(&store, activation).await);
    }
    let drawn: Vec<_> = commit_batch(&store, batch).await.into_iter().map(Result::unwrap).collect();
    draw(&store, activation, &wish("after", "k")).await.unwrap();
    let told = async || -> Vec<(u64, Option<String>)> {
        let told = store.receipts(0, 99).await.unwrap().into_iter();
        told.map(|(position, receipt)| (position, receipt.err().map(|error| error.to_string()))).collect()
    };
    let whole = [1, 2, 3, 4, 5].map(|position| (position, None));
    assert_eq!(told().await, whole);

    backend
        .plant("CREATE TABLE spare AS SELECT * FROM draws WHERE position = 3; DELETE FROM draws WHERE position = 3")
        .await;
    let found = told().await;
    assert_eq!([&found[0], &found[3]], [&whole[0], &whole[4]]);
    let seal = "table seals, column size, row first 2: not all of the 3 receipts that it covers can be read";
    assert!(found[1].1.as_ref().is_some_and(|error| error.starts_with(seal)), "{found:?}");
    assert_eq!((found.len(), &found[1].1), (4, &found[2].1));
    assert!(store.receipt(&drawn[0].id).await.is_err_and(|error| error.is_damage()));
    backend.plant("INSERT INTO draws SELECT * FROM spare; DROP TABLE spare").await;

    backend
        .plant(
            "CREATE TABLE spare AS SELECT * FROM receipts WHERE position = 3; DELETE FROM receipts WHERE position = 3",
        )
        .await;
    let found = told().await;
    assert!(found[2].1.as_ref().is_some_and(|error| error.contains("there is no receipt")), "{found:?}");
    assert_eq!([&found[..2], &found[3..]], [&whole[..2], &whole[3..]]);
    assert!(store.receipt(&drawn[1].id).await.is_err_and(|error| error.is_damage()));
    backend.plant("INSERT INTO receipts SELECT * FROM spare; DROP TABLE spare").await;
    assert_eq!(told().await, whole);
}
