//! Receipts that are no longer kept, and what is left then.

use std::collections::BTreeMap;
use std::sync::Arc;

use tombola_domain::award::State;
use tombola_domain::id::AwardId;

use super::Backend;
use super::fixture::{commit_batch, draw, minute, operation, publish, publish_in, stock_of, wish};
use super::reconciliation::pass;
use super::voids::voided;
use crate::Store;
use crate::awards::Moved;
use crate::draws::{Draw, StoredReceipt};
use crate::people::ExportCursor;
use crate::reconciliation::Comparison;
use crate::retention::{Cursor, Dropped, Expiry};

/// Minutes of a month, after which no draw goes where earlier ones are.
const MONTH: i64 = 31 * 24 * 60;

/// What is dropped of campaigns that closed long ago.
fn expiry(activation: u64, closed: &[&str]) -> Expiry {
    let closed = closed.iter().map(|campaign| campaign.parse().unwrap()).collect();
    Expiry { activation, closed, drawn_before: minute(99 * MONTH), at: Cursor::default(), draws_max: 2 }
}

/// Makes room for what comes at this time.
async fn make_room(store: &Arc<dyn Store>, at: i64) {
    while store.make_room(minute(at)).await.unwrap() {}
}

/// All steps, and how many draws lost their receipts, by campaign.
async fn drop_all(store: &Arc<dyn Store>, mut expiry: Expiry) -> Vec<(String, u64)> {
    let mut all = BTreeMap::new();
    loop {
        let Dropped { draws, next } = store.drop_receipts(&expiry).await.unwrap();
        for (campaign, draws) in draws {
            *all.entry(campaign.to_string()).or_default() += draws;
        }
        let Some(next) = next else { return all.into_iter().collect() };
        expiry.at = next;
    }
}

async fn receipts(store: &Arc<dyn Store>) -> Vec<StoredReceipt> {
    store.receipts(0, 100).await.unwrap().into_iter().map(|(_, receipt)| receipt.unwrap()).collect()
}

/// How many draws are known to have lost their receipts, by campaign.
async fn dropped(store: &Arc<dyn Store>) -> Vec<(String, u64)> {
    let dropped = store.dropped_receipts().await.unwrap();
    dropped.into_iter().map(|(campaign, draws)| (campaign.to_string(), draws)).collect()
}

fn of(campaign: &str, draws: u64) -> Vec<(String, u64)> {
    vec![(campaign.to_owned(), draws)]
}

/// A month's draws of one campaign, of which two took a unit, and the next month's of another.
async fn draw_for_two_months(store: &Arc<dyn Store>) -> (u64, Vec<Draw>, Vec<Draw>) {
    publish(store, &[("mug", 9), ("hamper", 9)]).await;
    let activation = publish_in(store, "autumn", &[("mug", 9)]).await.activation;
    make_room(store, 0).await;
    let (mut first, mut second) = (vec![], vec![]);
    for (player, key, prize) in
        [("alice", "1", "mug"), ("bob", "1", "hamper"), ("alice", "2", "points"), ("carol", "1", "")]
    {
        let wish = wish(player, key);
        let wish = match prize {
            "" => wish,
            "points" => wish.unlimited(prize),
            _ => wish.stocked(prize),
        };
        first.push(draw(store, activation, &wish).await.unwrap());
    }
    make_room(store, MONTH).await;
    for player in ["alice", "bob", "dora"] {
        let wish = wish(player, "1").in_campaign("autumn").at_minute(MONTH + 1).stocked("mug");
        second.push(draw(store, activation, &wish).await.unwrap());
    }
    (activation, first, second)
}

/// With all that they hold; their draws stay, with keys, counts and whatever was won, and so do those of others.
pub async fn receipts_of_a_closed_campaign_are_dropped_and_the_rest_stays(backend: &impl Backend) {
    let store = backend.open().await;
    let (activation, first, second) = draw_for_two_months(&store).await;
    assert_eq!(store.oldest_receipt().await.unwrap(), Some(minute(1)));
    assert!(!store.is_receipt_dropped(&first[0].id).await.unwrap());
    let before = receipts(&store).await;
    let young = Expiry { drawn_before: minute(1), ..expiry(activation, &["spring"]) };
    assert_eq!(drop_all(&store, young).await, [], "a campaign can be closed backwards, and its draws are of yesterday");
    assert_eq!(receipts(&store).await, before);
    assert_eq!(drop_all(&store, expiry(activation, &["spring"])).await, of("spring", 4));
    assert_eq!(receipts(&store).await, before[4..], "with what proves them");
    assert_eq!(
        (dropped(&store).await, store.oldest_receipt().await.unwrap()),
        (of("spring", 4), Some(minute(MONTH + 1)))
    );
    assert_eq!(drop_all(&store, expiry(activation, &["spring"])).await, []);

    let store = backend.open().await;
    assert_eq!((dropped(&store).await, pass(&store).await), (of("spring", 4), vec![]));
    for drawn in &first {
        assert_eq!(store.receipt(&drawn.id).await.unwrap(), None);
        assert!(store.is_receipt_dropped(&drawn.id).await.unwrap());
        assert_eq!(store.draw(&drawn.id).await.unwrap().as_ref(), Some(drawn));
    }
    for drawn in &second {
        assert!(
            store.receipt(&drawn.id).await.unwrap().is_some() && !store.is_receipt_dropped(&drawn.id).await.unwrap()
        );
    }
    assert!(!store.is_receipt_dropped(&"another".parse().unwrap()).await.unwrap());
    let known = store.snapshot(&wish("alice", "1").query()).await.unwrap();
    assert_eq!(known.known.unwrap().draws.first, first[0], "a key is answered as it was");
    assert_eq!(known.participation.unwrap().draws, 2);
    draw(&store, activation, &wish("alice", "3").at_minute(MONTH + 2)).await.unwrap();
    assert_eq!(receipts(&store).await.len(), 4, "what comes afterwards has its receipt");
}

/// Awards are voided, and players given out and erased, though no receipt says any more what a draw came to.
pub async fn what_hangs_on_a_dropped_receipt_goes_on(backend: &impl Backend) {
    let store = backend.open().await;
    let (activation, first, _) = draw_for_two_months(&store).await;
    drop_all(&store, expiry(activation, &["spring"])).await;
    let level = stock_of(&store, "hamper").await;
    assert_eq!(voided(&store, &AwardId::of_draw(&first[1].id)).await, Moved::From(State::ToDo));
    assert_eq!(
        stock_of(&store, "hamper").await,
        level,
        "nobody knows whether it took a unit, and nobody waits for one"
    );
    let alice = "alice".parse().unwrap();
    let (mut at, mut lines) = (Some(ExportCursor::default()), vec![]);
    while let Some(cursor) = at {
        let page = store.export(&alice, &cursor, 3).await.unwrap();
        lines.extend(page.lines);
        at = page.next;
    }
    let shown = |campaign: &str, rest: &str| {
        let of_it =
            |line: &&String| line.contains(r#""kind":"draw""#) && line.contains(campaign) && line.contains(rest);
        lines.iter().filter(of_it).count()
    };
    assert_eq!(shown(r#""campaign":"spring""#, r#""receipt_bytes":null"#), 2, "{lines:#?}");
    assert_eq!(shown(r#""campaign":"autumn""#, r#""receipt_bytes":""#), 1, "{lines:#?}");
    let erased = store.erase_disclosures(&operation("erase", "alice"), &alice).await.unwrap().result;
    assert_eq!(erased, 1, "the others had gone");
    assert_eq!(pass(&store).await, []);
}

/// Whoever changed it may have opened it again.
pub async fn nothing_is_dropped_once_a_campaign_has_changed(backend: &impl Backend) {
    let store = backend.open().await;
    let (activation, ..) = draw_for_two_months(&store).await;
    let newer = publish(&store, &[]).await.activation;
    assert_eq!(drop_all(&store, expiry(activation, &["spring"])).await, []);
    assert_eq!((receipts(&store).await.len(), dropped(&store).await), (7, vec![]));
    assert_eq!(drop_all(&store, expiry(newer, &["spring"])).await, of("spring", 4));
}

/// By whoever comes next, and nothing is counted twice.
pub async fn what_was_broken_off_is_gone_on_with(backend: &impl Backend) {
    let store = backend.open().await;
    let (activation, ..) = draw_for_two_months(&store).await;
    make_room(&store, 2 * MONTH).await;
    let mut steps = 0;
    loop {
        // After so many steps the host ends, and another one begins anew.
        let (store, mut left) = (backend.open().await, expiry(activation, &["autumn", "spring"]));
        for _ in 0..steps {
            assert_eq!(pass(&store).await, [], "between any two steps");
            let Some(next) = store.drop_receipts(&left).await.unwrap().next else { break };
            left.at = next;
        }
        if store.oldest_receipt().await.unwrap().is_none() {
            break;
        }
        steps += 1;
        assert!(steps < 99, "it never ends");
    }
    let all = [of("autumn", 3), of("spring", 4)].concat();
    assert_eq!((dropped(&backend.open().await).await, receipts(&backend.open().await).await), (all, vec![]));
}

/// What should still be there is missed, whatever went of the same campaign before, and of others at any time.
pub async fn a_receipt_that_is_missing_before_its_time_is_found(backend: &impl Backend) {
    let store = backend.open().await;
    let (activation, ..) = draw_for_two_months(&store).await;
    drop_all(&store, expiry(activation, &["spring"])).await;
    let later = wish("alice", "later").at_minute(MONTH + 3);
    draw(&store, activation, &later).await.unwrap();
    backend.plant("CREATE TABLE spare AS SELECT * FROM receipts; DELETE FROM receipts").await;
    let found = pass(&store).await;
    let missed = |comparison| found.iter().filter(|finding| finding.comparison == comparison).count();
    assert_eq!((missed(Comparison::DrawReceipt), missed(Comparison::Stock)), (4, 1), "{found:#?}");
    backend.plant("INSERT INTO receipts SELECT * FROM spare; DROP TABLE spare").await;
}

/// Nobody who draws is told of any of it.
pub async fn draws_go_on_while_receipts_come_and_go(backend: &impl Backend) {
    const ROUNDS: i64 = 12;
    let store = backend.open().await;
    let activation = publish(&store, &[("mug", 500)]).await.activation;
    make_room(&store, 0).await;
    let drawing = async |player: &str| {
        for round in 0..ROUNDS * 3 {
            let wish = wish(player, &round.to_string()).at_minute(round / 3 * MONTH).stocked("mug");
            let batch = vec![wish.decide(&store, activation).await];
            for answer in commit_batch(&store, batch).await {
                answer.unwrap();
            }
        }
    };
    let sweeping = async {
        let mut gone = 0;
        for round in 0..ROUNDS {
            make_room(&store, round * MONTH).await;
            gone += drop_all(&store, expiry(activation, &["spring"])).await.iter().map(|(_, draws)| draws).sum::<u64>();
            tokio::task::yield_now().await;
        }
        gone
    };
    let (gone, ..) = tokio::join!(sweeping, drawing("alice"), drawing("bob"), drawing("carol"));
    let all = u64::try_from(3 * 3 * ROUNDS).unwrap();
    assert_eq!(gone + receipts_in_all(&store).await, all);
    assert_eq!(stock_of(&store, "mug").await.issued, all);
    make_room(&store, ROUNDS * MONTH).await;
    drop_all(&store, expiry(activation, &["spring"])).await;
    assert_eq!((dropped(&store).await, receipts_in_all(&store).await), (of("spring", all), 0));
}

async fn receipts_in_all(store: &Arc<dyn Store>) -> u64 {
    store.receipts(0, 1_000).await.unwrap().len() as u64
}
