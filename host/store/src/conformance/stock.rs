//! Stock: never more than there is, and none kept back.

use std::collections::HashSet;

use tombola_domain::amount::AMOUNT_MAX;
use tombola_domain::draw::Verdict;
use tombola_domain::id::CampaignId;
use tombola_domain::receipt::Receipt;
use tombola_domain::stock::{Mark, Token};

use super::Backend;
use super::fixture::{
    CAMPAIGN, commit_batch, commit_one, draw, operation, publish, publish_in, set_up, stock_of, wish, won,
};
use crate::draws::Dropped;
use crate::stock::{StockError, StockLevel};

fn campaign() -> CampaignId {
    CAMPAIGN.parse().unwrap()
}

fn level(stock: u64, issued: u64, version: u64, sold_out: bool) -> StockLevel {
    StockLevel { stock, issued, mark: Mark { version, sold_out } }
}

/// A prize that was live before keeps its stock, whatever later revisions say, and going back touches none either.
pub async fn opening_stock_is_taken_once(backend: &impl Backend) {
    let store = backend.open().await;
    let activation = publish(&store, &[("phone", 3), ("mug", 0)]).await.activation;
    draw(&store, activation, &wish("p", "1").stocked("phone")).await.unwrap();
    publish(&store, &[("phone", 100), ("book", 7)]).await;
    publish_in(&store, "autumn", &[("phone", 9)]).await;
    store.rollback(&set_up(), &campaign(), 1, None).await.unwrap();
    let levels = store.stock(&campaign()).await.unwrap();
    let levels: Vec<_> = levels.iter().map(|(prize, level)| (prize.as_str(), *level)).collect();
    let expected = [("book", level(7, 0, 0, false)), ("mug", level(0, 0, 0, false)), ("phone", level(3, 1, 0, false))];
    assert_eq!(levels, expected);
    assert_eq!(store.stock(&"winter".parse().unwrap()).await.unwrap(), []);
}

/// In one batch, in its order.
pub async fn the_last_unit_is_given_once(backend: &impl Backend) {
    let store = backend.open().await;
    let activation = publish(&store, &[("phone", 1), ("mug", 1)]).await.activation;
    let mut batch = vec![];
    for player in ["a", "b", "c"] {
        let wish = wish(player, "1").stocked("phone").stocked("mug").unlimited("points");
        batch.push(wish.decide(&store, activation).await);
    }
    let answers = commit_batch(&store, batch).await;
    let prizes: Vec<_> = answers.iter().map(|answer| won(answer.as_ref().unwrap())).collect();
    assert_eq!(prizes, [Some("phone"), Some("mug"), Some("points")]);
    assert_eq!(stock_of(&store, "phone").await, level(1, 1, 1, true));
    assert_eq!(stock_of(&store, "mug").await, level(1, 1, 1, true));
}

/// 64 hosts at once, far more draws than units: every unit goes out once, under a token of its own.
pub async fn concurrent_batches_issue_exactly_the_stock(backend: &impl Backend) {
    const TASKS: usize = 64;
    const DRAWS: usize = 8;
    const STOCK: usize = 300;
    let store = backend.open().await;
    let activation = publish(&store, &[("phone", STOCK as u64)]).await.activation;
    let tasks: Vec<_> = (0..TASKS)
        .map(|task| {
            let store = store.clone();
            tokio::spawn(async move {
                let mut batch = vec![];
                for number in 0..DRAWS {
                    let wish = wish(&format!("{task}-{number}"), "1").stocked("phone").unlimited("points");
                    batch.push(wish.decide(&store, activation).await);
                }
                commit_batch(&store, batch).await
            })
        })
        .collect();
    let mut tokens = HashSet::new();
    let mut draws = 0;
    for task in tasks {
        for answer in task.await.unwrap() {
            let answer = answer.unwrap();
            draws += 1;
            let receipt = Receipt::decode(&store.receipt(&answer.id).await.unwrap().unwrap().bytes).unwrap();
            match receipt.tried.last().unwrap().verdict {
                Verdict::Granted(Some(Token { bucket, unit })) => assert!(tokens.insert((bucket, unit))),
                verdict => assert_eq!((verdict, won(&answer)), (Verdict::Granted(None), Some("points"))),
            }
        }
    }
    assert_eq!((draws, tokens.len()), (TASKS * DRAWS, STOCK));
    let left = stock_of(&store, "phone").await;
    assert_eq!((left.stock, left.issued, left.mark.sold_out), (STOCK as u64, STOCK as u64, true));
}

/// The mark is set by the first draw that finds nothing, cited by the others, and cleared by more units.
pub async fn sold_out_is_marked_and_restocking_clears_it(backend: &impl Backend) {
    let store = backend.open().await;
    let activation = publish(&store, &[("phone", 1)]).await.activation;
    let phone = "phone".parse().unwrap();
    let mut marks = vec![];
    for number in 1..=5 {
        if number == 4 {
            let restocked = store.adjust_stock(&set_up(), &campaign(), &phone, 1).await.unwrap();
            assert_eq!(restocked.result, level(2, 1, 2, false));
        }
        let made = draw(&store, activation, &wish("p", &number.to_string()).stocked("phone")).await.unwrap();
        let receipt = Receipt::decode(&store.receipt(&made.id).await.unwrap().unwrap().bytes).unwrap();
        marks.push(match receipt.tried[0].verdict {
            Verdict::SoldOut { mark } => Some(mark),
            _ => None,
        });
    }
    assert_eq!(marks, [None, Some(1), Some(1), None, Some(3)]);
    assert_eq!(stock_of(&store, "phone").await, level(2, 2, 3, true));
}

/// It falls through like sold out, and is no reason to mark anything.
pub async fn a_reached_limit_takes_no_unit(backend: &impl Backend) {
    let store = backend.open().await;
    let activation = publish(&store, &[("phone", 1)]).await.activation;
    let made = draw(&store, activation, &wish("p", "1").limited("phone").unlimited("points")).await.unwrap();
    assert_eq!(won(&made), Some("points"));
    assert_eq!(stock_of(&store, "phone").await, level(1, 0, 0, false));
}

/// A stale draw ahead of a good one leaves it the last unit.
pub async fn what_drops_out_takes_no_unit(backend: &impl Backend) {
    let store = backend.open().await;
    let old = publish(&store, &[("phone", 1)]).await.activation;
    let activation = publish(&store, &[]).await.activation;
    let wish = |player| wish(player, "1").stocked("phone").unlimited("points");
    let batch = vec![wish("a").decide(&store, old).await, wish("b").decide(&store, activation).await];
    let answers = commit_batch(&store, batch).await;
    assert_eq!(answers[0], Err(Dropped::Superseded(activation)));
    assert_eq!(won(answers[1].as_ref().unwrap()), Some("phone"));
    // Nor does a batch of which nothing goes in leave a mark.
    assert_eq!(commit_one(&store, wish("a").decide(&store, old).await).await, Err(Dropped::Superseded(activation)));
    assert_eq!(stock_of(&store, "phone").await, level(1, 1, 0, false));
}

/// Never below what is issued, never beyond 2^53 - 1.
pub async fn stock_changes_within_bounds(backend: &impl Backend) {
    let store = backend.open().await;
    let activation = publish(&store, &[("phone", 5)]).await.activation;
    for number in 0..2 {
        draw(&store, activation, &wish("p", &number.to_string()).stocked("phone")).await.unwrap();
    }
    let phone = "phone".parse().unwrap();
    for change in [-4, i64::MIN, AMOUNT_MAX - 4, i64::MAX] {
        let refused = store.adjust_stock(&set_up(), &campaign(), &phone, change).await;
        assert!(matches!(refused, Err(StockError::OutOfBounds { stock: 5, issued: 2 })), "{change}: {refused:?}");
    }
    let cases = [(-3, level(2, 2, 1, false)), (AMOUNT_MAX - 2, level(AMOUNT_MAX.unsigned_abs(), 2, 2, false))];
    for (change, expected) in cases {
        let done = store.adjust_stock(&set_up(), &campaign(), &phone, change).await.unwrap();
        assert_eq!((done.result, done.replayed), (expected, false));
        assert_eq!(stock_of(&store, "phone").await, expected);
    }
}

/// The same key and request: the same answer, and nothing added.
pub async fn a_repeated_change_does_nothing(backend: &impl Backend) {
    let store = backend.open().await;
    let activation = publish(&store, &[("phone", 5)]).await.activation;
    let phone = "phone".parse().unwrap();
    let first = store.adjust_stock(&operation("key", "add 2"), &campaign(), &phone, 2).await.unwrap();
    draw(&store, activation, &wish("p", "1").stocked("phone")).await.unwrap();
    let again = store.adjust_stock(&operation("key", "add 2"), &campaign(), &phone, 2).await.unwrap();
    assert_eq!((again.result, again.replayed), (first.result, true));
    let reused = store.adjust_stock(&operation("key", "add 3"), &campaign(), &phone, 3).await;
    assert!(matches!(reused, Err(StockError::KeyReused(_))), "{reused:?}");
    assert_eq!(stock_of(&store, "phone").await, level(7, 1, 1, false));
}

/// Only a prize that was live with a stock has one.
pub async fn stock_of_an_unknown_prize(backend: &impl Backend) {
    let store = backend.open().await;
    publish(&store, &[("phone", 5)]).await;
    for (campaign, prize) in [(CAMPAIGN, "points"), ("autumn", "phone")] {
        let (campaign, prize) = (campaign.parse().unwrap(), prize.parse().unwrap());
        let refused = store.adjust_stock(&set_up(), &campaign, &prize, 1).await;
        assert!(matches!(refused, Err(StockError::UnknownPrize)), "{refused:?}");
    }
}

/// Prizes of the same name in two campaigns are two prizes, and a player takes part in both.
pub async fn one_batch_over_several_campaigns(backend: &impl Backend) {
    let store = backend.open().await;
    publish(&store, &[("phone", 1)]).await;
    let activation = publish_in(&store, "autumn", &[("phone", 1)]).await.activation;
    let here = wish("p", "1").stocked("phone").unlimited("points");
    let there = here.clone().in_campaign("autumn");
    let batch = vec![here.decide(&store, activation).await, there.decide(&store, activation).await];
    for answer in commit_batch(&store, batch).await {
        let answer = answer.unwrap();
        assert_eq!((won(&answer), answer.ordinal), (Some("phone"), 1));
    }
    assert_eq!(stock_of(&store, "phone").await, level(1, 1, 0, false));
}
