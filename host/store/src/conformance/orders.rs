//! Orders: price, stock and chances change hands together or not at all.

use std::sync::Arc;

use tombola_domain::digest::Digest;
use tombola_domain::id::{CampaignId, PlayerId, UnitName};
use tombola_domain::ledger::{Account, House, Lapse, Refused, Wish};
use tombola_domain::order::order_id;

use super::Backend;
use super::fixture::{CAMPAIGN, draw, minute, operation, publish, set_up, stock_of, wish};
use crate::Store;
use crate::chances::{ChanceGrant, GrantError};
use crate::draws::Dropped;
use crate::ledger::{NewPosting, NotPosted, Unit, Why};
use crate::orders::{NewOrder, NotPlaced, Order, OrderQuery, OrderSnapshot, Placed, VoidError};

fn campaign() -> CampaignId {
    CAMPAIGN.parse().unwrap()
}

fn id(player: &str) -> PlayerId {
    player.parse().unwrap()
}

fn points() -> UnitName {
    "points".parse().unwrap()
}

/// A store in which `five` is sold, so many of it, and these players have 100 points each.
pub(super) async fn shop(backend: &impl Backend, stock: u64, players: &[&str]) -> (Arc<dyn Store>, u64) {
    let store = backend.open().await;
    store.put_unit(&set_up(), &Unit { name: points(), title: "Points".to_owned(), lifetime: None }).await.unwrap();
    let activation = publish(&store, &[("five", stock)]).await.activation;
    let earned = players.iter().map(|player| {
        let (from, to) = (Account::House(House::Issue), Account::Player(id(player)));
        let wishes = vec![Wish { unit: points(), from, to, amount: 100, lapse: Lapse::Never }];
        let (player, key) = (Some(id(player)), "earned".parse().unwrap());
        NewPosting { player, key, why: Why::Reward, wishes, at: minute(0) }
    });
    store.post(earned.collect()).await.unwrap();
    (store, activation)
}

/// Five chances for 30 points, so many times.
pub(super) fn order(player: &str, key: &str, quantity: u64, activation: u64) -> NewOrder {
    let secret = *Digest::of(format!("{player}/{key}").as_bytes()).as_bytes().first_chunk().unwrap();
    let order = Order {
        id: order_id(&id(player), &secret, minute(1)),
        campaign: campaign(),
        player: id(player),
        sku: "five".parse().unwrap(),
        quantity,
        chances: 5 * quantity,
        unit: points(),
        price: 30 * i64::try_from(quantity).unwrap(),
        ordered_at: minute(1),
        voided_at: None,
    };
    let request = Digest::of(&quantity.to_be_bytes());
    NewOrder {
        order,
        key: key.parse().unwrap(),
        request,
        activation,
        stocked: true,
        granted: Some(1),
        lapse: Lapse::Never,
    }
}

pub(super) async fn place_one(store: &Arc<dyn Store>, order: NewOrder) -> Result<Placed, NotPlaced> {
    store.place_orders(&[order]).await.unwrap().pop().unwrap()
}

async fn snapshot(store: &Arc<dyn Store>, player: &str, key: &str) -> OrderSnapshot {
    let (player, key, sku) = (id(player), key.parse().unwrap(), "five".parse().unwrap());
    store.order_snapshot(&OrderQuery { campaign: campaign(), player, key, sku }).await.unwrap()
}

/// What a player has: points, and chances given in the beginning, added and used.
async fn has(store: &Arc<dyn Store>, player: &str) -> (i64, Option<u64>, u64, u64) {
    let balances = store.balances(&id(player), minute(1)).await.unwrap();
    let points = balances.iter().flat_map(|balance| &balance.lots).map(|(_, left)| left).sum();
    let state = store.player(&campaign(), &id(player), None, 0).await.unwrap();
    let chances = state.participation.unwrap_or_default().chances;
    (points, chances.initial, chances.added, chances.used)
}

/// And is found by its key, in the list, and in the statement.
pub async fn an_order_is_paid_and_brings_its_chances(backend: &impl Backend) {
    let (store, activation) = shop(backend, 9, &["p"]).await;
    let new = order("p", "1", 2, activation);
    let placed = place_one(&store, new.clone()).await.unwrap();
    assert_eq!(placed, Placed { order: new.order.clone(), replayed: false });
    assert_eq!(has(&store, "p").await, (40, Some(1), 10, 0));
    assert_eq!(stock_of(&store, "five").await.issued, 2);
    let known = Some((new.order.clone(), new.request));
    assert_eq!(snapshot(&store, "p", "1").await, OrderSnapshot { known, left: None });
    let listed = store.orders(&campaign(), &id("p"), None, 9).await.unwrap();
    assert_eq!(listed.into_iter().map(|(_, order)| order).collect::<Vec<_>>(), [new.order]);
    let line = &store.statement(&id("p"), &points(), None, 1).await.unwrap()[0];
    assert_eq!((line.why, line.transfer.amount), (Why::Order, 60));
    assert_eq!(store.prove().await.unwrap(), []);
}

/// Also twice in one batch.
pub async fn a_repeated_order_does_nothing(backend: &impl Backend) {
    let (store, activation) = shop(backend, 9, &["p"]).await;
    let new = order("p", "1", 1, activation);
    // Each request makes up an order anew; the one that was placed is answered.
    let mut again = new.clone();
    again.order.id = order_id(&id("p"), &[7; 16], minute(2));
    let answers = store.place_orders(&[new.clone(), again.clone()]).await.unwrap();
    assert_eq!(answers[1], Ok(Placed { order: new.order.clone(), replayed: true }));
    assert_eq!(place_one(&store, again).await, Ok(Placed { order: new.order, replayed: true }));
    assert_eq!(place_one(&store, order("p", "1", 2, activation)).await, Err(NotPlaced::KeyReused));
    assert_eq!(has(&store, "p").await, (70, Some(1), 5, 0));
}

/// Whatever it is short of, and whoever asks in the same batch.
pub async fn what_can_t_be_had_changes_nothing(backend: &impl Backend) {
    let (store, activation) = shop(backend, 3, &["p", "q"]).await;
    let later = publish(&store, &[]).await.activation;
    let gold = NewOrder {
        order: Order { unit: "gold".parse().unwrap(), ..order("q", "g", 1, later).order },
        ..order("q", "g", 1, later)
    };
    let batch = vec![
        order("p", "stale", 1, activation),
        order("p", "dear", 4, later),
        order("p", "many", 3, later),
        order("p", "poor", 1, later),
        gold,
        order("q", "late", 1, later),
    ];
    let answers = store.place_orders(&batch).await.unwrap();
    let short = Refused::Short { unit: points(), account: Account::Player(id("p")), left: 10, wanted: 30 };
    let expected = [
        Some(NotPlaced::Superseded(later)),
        Some(NotPlaced::SoldOut { left: 3 }),
        None,
        Some(NotPlaced::SoldOut { left: 0 }),
        Some(NotPlaced::SoldOut { left: 0 }),
        Some(NotPlaced::SoldOut { left: 0 }),
    ];
    let refused: Vec<_> = answers.iter().map(|answer| answer.as_ref().err().cloned()).collect();
    assert_eq!(refused, expected);
    store.adjust_stock(&set_up(), &campaign(), &"five".parse().unwrap(), 5).await.unwrap();
    assert_eq!(place_one(&store, order("p", "poor", 1, later)).await, Err(NotPosted::Refused(short).into()));
    assert_eq!(has(&store, "p").await, (10, Some(1), 15, 0));
    assert_eq!((has(&store, "q").await, stock_of(&store, "five").await.issued), ((100, None, 0, 0), 3));
    assert_eq!(store.prove().await.unwrap(), []);
}

/// Of each moment, and of what has a stock.
pub async fn what_is_left_is_known_before_an_order(backend: &impl Backend) {
    let (store, activation) = shop(backend, 3, &["p"]).await;
    let left = async || snapshot(&store, "p", "new").await;
    let with = |left| OrderSnapshot { known: None, left };
    assert_eq!(left().await, with(Some(3)));
    let order = place_one(&store, order("p", "1", 3, activation)).await.unwrap().order;
    assert_eq!(left().await, with(Some(0)));
    store.adjust_stock(&set_up(), &campaign(), &"five".parse().unwrap(), 4).await.unwrap();
    assert_eq!(left().await, with(Some(4)));
    store.void_order(&operation("1", "void"), &campaign(), &order.id).await.unwrap();
    assert_eq!(left().await, with(Some(7)));
    let sku = "without-stock".parse().unwrap();
    let query = OrderQuery { campaign: campaign(), player: id("p"), key: "new".parse().unwrap(), sku };
    assert_eq!(store.order_snapshot(&query).await.unwrap(), with(None));
}

/// 16 at once who want more than there is: what is there is sold, once, and each who got it has paid.
pub async fn racing_buyers_get_exactly_the_stock(backend: &impl Backend) {
    const STOCK: u64 = 20;
    let players: Vec<String> = (0..16).map(|number| format!("p{number}")).collect();
    let names: Vec<&str> = players.iter().map(String::as_str).collect();
    let (store, activation) = shop(backend, STOCK, &names).await;
    let tasks: Vec<_> = players
        .iter()
        .map(|player| {
            let (store, player) = (Arc::clone(&store), player.clone());
            tokio::spawn(async move {
                let mut placed = 0;
                for number in 0..4 {
                    placed +=
                        u64::from(place_one(&store, order(&player, &number.to_string(), 1, activation)).await.is_ok());
                }
                (player, placed)
            })
        })
        .collect();
    let mut sold = 0;
    for task in tasks {
        let (player, placed) = task.await.unwrap();
        sold += placed;
        let paid = i64::try_from(placed).unwrap() * 30;
        assert_eq!(has(&store, &player).await, (100 - paid, (placed > 0).then_some(1), placed * 5, 0));
    }
    assert_eq!((sold, stock_of(&store, "five").await.issued), (STOCK, STOCK));
    assert_eq!(store.prove().await.unwrap(), []);
}

/// A draw that was decided before its player got chances is decided again, and what it uses is counted beside what was given.
pub async fn chances_that_come_in_are_seen_by_draws(backend: &impl Backend) {
    let (store, activation) = shop(backend, 9, &["p"]).await;
    draw(&store, activation, &wish("p", "1")).await.unwrap();
    let stale = wish("p", "2").decide(&store, activation).await;
    place_one(&store, order("p", "order", 1, activation)).await.unwrap();
    assert_eq!(super::fixture::commit_one(&store, stale).await, Err(Dropped::VersionChanged));
    draw(&store, activation, &wish("p", "2")).await.unwrap();
    let (_, _, added, used) = has(&store, "p").await;
    assert_eq!((added, used), (5, 2));
}

/// For each key, also to who has not taken part yet.
pub async fn an_operator_gives_chances_once(backend: &impl Backend) {
    let (store, activation) = shop(backend, 9, &["p"]).await;
    let (campaign, player) = (campaign(), id("p"));
    let grant = ChanceGrant { campaign, player, amount: 3, granted: Some(1), lapse: Lapse::Never, lots_max: None };
    let first = store.grant_chances(&operation("1", "3"), &grant).await.unwrap();
    let again = store.grant_chances(&operation("1", "3"), &grant).await.unwrap();
    assert_eq!((first.result, first.replayed, again.result, again.replayed), (3, false, 3, true));
    let reused = store.grant_chances(&operation("1", "4"), &ChanceGrant { amount: 4, ..grant.clone() }).await;
    assert!(matches!(reused, Err(GrantError::KeyReused(_))), "{reused:?}");
    store.grant_chances(&operation("2", "3"), &grant).await.unwrap();
    draw(&store, activation, &wish("p", "1")).await.unwrap();
    assert_eq!(has(&store, "p").await, (100, Some(1), 6, 1));
}

/// Price, units and what is left of the chances go back, once; what was drawn with them stays drawn.
pub async fn a_voided_order_gives_everything_back(backend: &impl Backend) {
    let (store, activation) = shop(backend, 9, &["p"]).await;
    let new = order("p", "1", 2, activation);
    place_one(&store, new.clone()).await.unwrap();
    for number in 0..4 {
        draw(&store, activation, &wish("p", &number.to_string())).await.unwrap();
    }
    let unknown = store.void_order(&operation("0", "void"), &"autumn".parse().unwrap(), &new.order.id).await;
    assert!(matches!(unknown, Err(VoidError::Unknown)), "of another campaign: {unknown:?}");
    let voided = store.void_order(&operation("1", "void"), &campaign(), &new.order.id).await.unwrap();
    assert_eq!((voided.result.voided_at, voided.replayed), (Some(minute(0)), false));
    // One of the eleven chances was the player's own, four were used: seven were left, all of them of the order's.
    assert_eq!(has(&store, "p").await, (100, Some(1), 3, 4));
    let stock = stock_of(&store, "five").await;
    assert_eq!((stock.stock, stock.issued), (11, 2), "its units' numbers stay its own");
    for key in ["1", "2"] {
        let again = store.void_order(&operation(key, "void"), &campaign(), &new.order.id).await.unwrap();
        assert_eq!((again.result, again.replayed), (voided.result.clone(), true));
    }
    assert_eq!((has(&store, "p").await, store.prove().await.unwrap()), ((100, Some(1), 3, 4), vec![]));
    let line = &store.statement(&id("p"), &points(), None, 1).await.unwrap()[0];
    assert_eq!((line.why, line.transfer.amount), (Why::Reversal, 60));
}
