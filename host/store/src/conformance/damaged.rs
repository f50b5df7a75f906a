//! Damage among orders, holds, events and differences: what needs the row that is damaged fails, and nothing else.

use std::fmt::Debug;
use std::sync::Arc;

use tombola_domain::hold::{Hold, Wish};
use tombola_domain::id::{CampaignId, PlayerId};
use tombola_domain::ledger::Lapse;

use super::Backend;
use super::damage::{check, furnish};
use super::drift::Drift;
use super::event_wish::{chances, event, points};
use super::fixture::{CAMPAIGN, minute, operation, publish};
use super::holds::{ending, new, rich};
use super::orders::{order, place_one, shop};
use super::reconciliation::{finding, pass};
use super::reversals::reversal;
use crate::events::{EventCommit, Reversal, ReverseError};
use crate::holds::{EndHoldError, HoldChange, NewHold};
use crate::ledger::Balance;
use crate::orders::{NewOrder, Order, OrderQuery, VoidError};
use crate::reconciliation::Comparison::{ChanceGrant, Damage, Events, Posting, RebateChances, RebatePoints, Stock};
use crate::reconciliation::{After, Pass};
use crate::sweep::Sweep;
use crate::{Result, Store, StoreError};

/// What is `p`'s is damaged.
const PLAYERS: [&str; 3] = ["a", "p", "z"];

fn id(player: &str) -> PlayerId {
    player.parse().unwrap()
}

#[track_caller]
pub(super) fn is_damaged<T: Debug>(result: Result<T>) {
    let error = result.unwrap_err();
    assert!(error.is_damage(), "{error:?}");
}

/// It can't be repeated, listed or voided; whoever orders in the same batch does, and so does its player.
pub async fn a_damaged_order_spoils_no_other(backend: &impl Backend) {
    let (store, activation) = shop(backend, 9, &PLAYERS).await;
    let campaign: CampaignId = CAMPAIGN.parse().unwrap();
    let orders = |key: &'static str| PLAYERS.map(|player| order(player, key, 1, activation));
    let query = |NewOrder { order, key, .. }: &NewOrder| OrderQuery {
        campaign: campaign.clone(),
        player: order.player.clone(),
        key: key.clone(),
        sku: order.sku.clone(),
    };
    for order in orders("1") {
        place_one(&store, order).await.unwrap();
    }
    backend.plant("UPDATE orders SET sku = 'fünf' WHERE player = 'p'").await;
    let mut batch = [orders("1"), orders("2")].concat();
    is_damaged(store.place_orders(&batch).await);
    for order in orders("2") {
        assert_eq!(store.order_snapshot(&query(&order)).await.unwrap().known, None);
    }
    let damaged = batch.remove(1);
    is_damaged(store.place_orders(std::slice::from_ref(&damaged)).await);
    let placed = store.place_orders(&batch).await.unwrap();
    let replayed: Vec<_> = placed.into_iter().map(|placed| placed.unwrap().replayed).collect();
    assert_eq!(replayed, [true, true, false, false, false]);
    is_damaged(store.order_snapshot(&query(&damaged)).await);
    is_damaged(store.orders(&campaign, &id("p"), None, 9).await);
    assert_eq!(store.orders(&campaign, &id("a"), None, 9).await.unwrap().len(), 2);
    let voided = store.void_order(&operation("p", "p"), &campaign, &damaged.order.id).await;
    assert!(matches!(&voided, Err(VoidError::Store(error)) if error.is_damage()), "{voided:?}");
    store.void_order(&operation("a", "a"), &campaign, &batch[0].order.id).await.unwrap();
    backend.plant("UPDATE orders SET sku = 'five' WHERE player = 'p'").await;
    assert!(place_one(&store, damaged.clone()).await.unwrap().replayed);
    // What was posted for something else is not taken back for it.
    backend
        .plant("UPDATE orders SET posting = (SELECT min(number) FROM postings) WHERE player = 'p' AND key = '1'")
        .await;
    let before = balances(&store).await;
    let voided = store.void_order(&operation("p", "p"), &campaign, &damaged.order.id).await;
    assert!(matches!(&voided, Err(VoidError::Store(error)) if error.is_damage()), "{voided:?}");
    assert_eq!(balances(&store).await, before);
    backend.plant("UPDATE orders SET posting = (SELECT number FROM postings p WHERE p.key = 'order:' || id)").await;
    store.void_order(&operation("p", "p"), &campaign, &damaged.order.id).await.unwrap();
}

/// What each of them has.
pub(super) async fn balances(store: &Arc<dyn Store>) -> Vec<Vec<Balance>> {
    let mut balances = Vec::new();
    for player in PLAYERS {
        balances.push(store.balances(&id(player), minute(1)).await.unwrap());
    }
    balances
}

pub(super) async fn carts(backend: &impl Backend) -> (Arc<dyn Store>, Vec<NewHold>) {
    let store = rich(backend, &PLAYERS, &[(20, Lapse::Never)]).await;
    let carts = PLAYERS.map(|player| new(player, "cart", 4)).to_vec();
    let placed = store.change_holds(&carts.iter().cloned().map(HoldChange::Place).collect::<Vec<_>>()).await.unwrap();
    assert!(placed.iter().all(Result::is_ok), "{placed:?}");
    (store, carts)
}

/// Whether it is its own row that is damaged, or what was posted for it: it does not end, and all others do, by whoever and whatever.
pub async fn a_damaged_hold_spoils_no_other(backend: &impl Backend) {
    let (store, carts) = carts(backend).await;
    backend.plant("UPDATE holds SET unit = 'No unit' WHERE player = 'p'").await;
    is_damaged(store.hold(&id("p"), &carts[1].hold.id).await);
    is_damaged(store.holds(&id("p"), None, 9).await);
    is_damaged(store.hold_of_key(&id("p"), &carts[1].key).await);
    is_damaged(store.change_holds(&[HoldChange::Place(carts[1].clone())]).await);
    backend.plant("UPDATE holds SET unit = 'points' WHERE player = 'p'").await;
    assert!(store.holds(&id("p"), None, 9).await.is_ok());

    backend
        .plant(
            "CREATE TABLE spare AS SELECT number, lots FROM transfers;
             UPDATE transfers SET lots = '{' WHERE posting = (SELECT posting FROM holds WHERE player = 'p')",
        )
        .await;
    let end = |Hold { player, id, .. }: &Hold| ending(player, id, Wish::Take(Some(3)), minute(2));
    let ends: Vec<_> = carts.iter().map(|cart| end(&cart.hold)).collect();
    let more = PLAYERS.map(|player| HoldChange::Place(new(player, "more", 2)));
    let mut batch: Vec<_> = ends.iter().cloned().map(HoldChange::End).chain(more).collect();
    is_damaged(store.change_holds(&batch).await);
    assert_eq!(store.hold_of_key(&id("a"), &"more".parse().unwrap()).await.unwrap(), None);
    is_damaged(store.change_holds(&[batch.remove(1)]).await);
    let changed = store.change_holds(&batch).await.unwrap();
    assert!(changed.iter().all(|changed| changed.as_ref().is_ok_and(|changed| !changed.replayed)), "{changed:?}");
    let ended = store.end_hold(&operation("p", "p"), &ends[1]).await;
    assert!(matches!(&ended, Err(EndHoldError::Store(error)) if error.is_damage()), "{ended:?}");
    let expire = async || store.expire_holds(&Sweep::first(minute(11), 9)).await.unwrap().cleared;
    assert_eq!(expire().await, 3, "those that were placed since");
    backend
        .plant(
            "UPDATE transfers SET lots = (SELECT lots FROM spare WHERE spare.number = transfers.number) WHERE lots = '{';
             DROP TABLE spare",
        )
        .await;
    assert_eq!(expire().await, 1);
}

/// Each player was given something for `e` and `f`, and `w` waits in `autumn`. What is decided of that next is answered.
async fn visits(backend: &impl Backend) -> (Arc<dyn Store>, Vec<EventCommit>) {
    let store = backend.open().await;
    let activation = publish(&store, &[]).await.activation;
    for player in PLAYERS {
        for name in ["e", "f"] {
            let visit = event(player, name).gives(CAMPAIGN, &[points(5), chances(2)]);
            visit.report(&store, activation).await.unwrap();
        }
        event(player, "w").waits("autumn").report(&store, activation).await.unwrap();
    }
    let mut next = Vec::new();
    for player in PLAYERS {
        next.push(event(player, "w").gives("autumn", &[points(1)]).decide(&store, activation).await);
        next.push(event(player, "g").gives(CAMPAIGN, &[points(5)]).decide(&store, activation).await);
    }
    (store, next)
}

/// Commits all of it, but for what is at that place, which fails alone.
async fn commit_but(store: &Arc<dyn Store>, batch: &[EventCommit], place: usize) {
    is_damaged(store.commit_events(batch).await);
    let (before, behind) = (&batch[..place], &batch[place + 1..]);
    is_damaged(store.commit_events(&batch[place..=place]).await);
    let committed = store.commit_events(&[before, behind].concat()).await.unwrap();
    assert!(committed.iter().all(Result::is_ok), "{committed:?}");
}

/// Where it waits, and where what is counted of its player is at fault.
pub async fn a_damaged_event_spoils_no_other(backend: &impl Backend) {
    let (store, next) = visits(backend).await;
    backend
        .plant(
            "UPDATE event_campaigns SET campaign = 'No campaign' WHERE event = (SELECT number FROM events WHERE player = 'p' AND id = 'w');
             UPDATE event_campaigns SET attempts = 9999999999 WHERE event = (SELECT number FROM events WHERE player = 'z' AND id = 'w')",
        )
        .await;
    let waiting = store.waiting_events(&["autumn".parse().unwrap()], minute(9), 9).await.unwrap();
    assert!(waiting.len() == 2 && waiting.iter().all(|waiting| waiting.event.is_ok()), "{waiting:?}");
    is_damaged(store.event(&id("p"), &"w".parse().unwrap()).await);
    let [a, p, z] = [0, 2, 4].map(|place| next[place].clone());
    commit_but(&store, &[a, p.clone(), z], 1).await;
    backend.plant("UPDATE event_campaigns SET campaign = 'autumn' WHERE campaign = 'No campaign'").await;
    assert!(store.commit_events(&[p]).await.unwrap().iter().all(Result::is_ok));

    // What is given next has an ordinal that is there.
    backend.plant("UPDATE tallies SET total = total - 1 WHERE player = 'p' AND campaign = 'spring'").await;
    let mut batch = Vec::new();
    for player in PLAYERS {
        let visit = event(player, "h").gives(CAMPAIGN, &[points(5)]);
        batch.push(visit.decide(&store, next[1].activation).await);
    }
    commit_but(&store, &batch, 1).await;
    backend.plant("UPDATE tallies SET total = total + 1 WHERE player = 'p' AND campaign = 'spring'").await;
}

/// What was given for an event can't be told or taken back where its receipt is damaged; what comes next can be given.
pub async fn a_damaged_rebate_spoils_no_other(backend: &impl Backend) {
    let (store, next) = visits(backend).await;
    backend
        .plant(
            "CREATE TABLE spare AS SELECT position, bytes FROM rebates; UPDATE rebates SET bytes = substr(bytes, 2)
             WHERE event = (SELECT number FROM events WHERE player = 'p' AND id = 'e')",
        )
        .await;
    let known = async |player, name: &str| store.event(&id(player), &name.parse().unwrap()).await;
    is_damaged(known("p", "e").await);
    for page in [1, 4, 9] {
        let mut receipts = Vec::new();
        loop {
            let after = receipts.last().map_or(0, |(position, _)| *position);
            let found = store.rebate_receipts(after, page).await.unwrap();
            if found.is_empty() {
                break;
            }
            receipts.extend(found);
        }
        let damaged = receipts.iter().filter(|(_, receipt)| receipt.as_ref().is_err_and(StoreError::is_damage));
        assert_eq!((damaged.count(), receipts.len()), (1, 6), "{receipts:#?}");
    }
    assert!(known("p", "f").await.unwrap().is_some() && known("a", "e").await.unwrap().is_some());
    let committed = store.commit_events(&next).await.unwrap();
    assert!(committed.iter().all(Result::is_ok), "{committed:?}");
    let reversed = store.reverse_event(&reversal("r", "e", None)).await;
    assert!(matches!(&reversed, Err(ReverseError::Store(error)) if error.is_damage()), "{reversed:?}");
    let of_a = Reversal { player: id("a"), ..reversal("r", "e", None) };
    store.reverse_event(&of_a).await.unwrap();
    store.reverse_event(&reversal("r-f", "f", None)).await.unwrap();
    backend
        .plant(
            "UPDATE rebates SET bytes = (SELECT bytes FROM spare WHERE spare.position = rebates.position)
             WHERE position IN (SELECT position FROM spare);
             DROP TABLE spare;
             CREATE TABLE spare AS SELECT event, taken FROM reversals;
             UPDATE reversals SET taken = '{' WHERE event = (SELECT number FROM events WHERE player = 'a' AND id = 'r')",
        )
        .await;
    is_damaged(known("a", "r").await);
    assert!(known("a", "e").await.unwrap().is_some() && known("p", "r-f").await.unwrap().is_some());
    store.reverse_event(&reversal("r", "e", None)).await.unwrap();
    backend
        .plant("UPDATE reversals SET taken = (SELECT taken FROM spare WHERE spare.event = reversals.event) WHERE taken = '{'; DROP TABLE spare")
        .await;
}

/// What was found before and can't be read any more is told as damage itself, and keeps nothing from being told, found again or ended.
pub async fn a_damaged_difference_keeps_no_other_from_being_told(backend: &impl Backend) {
    let store = backend.open().await;
    let names = ["a", "b", "c", "d"];
    store.settle(&names.map(|name| finding(name, 2)), minute(1)).await.unwrap();
    backend
        .plant(
            "UPDATE differences SET comparison = 'none' WHERE subject = 'b'; UPDATE differences SET player = 'pläyer' WHERE subject = 'c';
             UPDATE differences SET evidence = '{' WHERE subject = 'd'",
        )
        .await;
    let told = async || {
        let differences = store.differences(After::default(), 9).await.unwrap();
        assert!(differences.iter().all(|one| !one.finding.subject.contains("pläyer")), "{differences:?}");
        differences.iter().map(|one| (one.finding.comparison, one.is_open())).collect::<Vec<_>>()
    };
    assert_eq!(told().await, [(Stock, true), (Damage, true), (Damage, true), (Stock, true)]);
    let again = store.settle(&names.map(|name| finding(name, 3)), minute(2)).await.unwrap();
    assert_eq!(again.len(), names.len());
    // Those whose subject was another one are found as new.
    let open = store.end_pass(Pass::default(), minute(2), minute(3), None).await.unwrap().result.open;
    assert_eq!(open, 4);
    assert_eq!(told().await, [[(Stock, true); 4].as_slice(), &[(Damage, false); 2]].concat());
    assert_eq!(again.iter().map(|one| one.finding.evidence.as_str()).collect::<Vec<_>>(), [r#"{"kept":2}"#; 4]);
}

/// Each player has an order and events as well, of which one was taken back in part.
async fn furnish_more(backend: &impl Backend) {
    let (store, activation) = furnish(backend).await;
    for player in ["a", "b", "z"] {
        let NewOrder { order: wanted, .. } = order(player, "1", 1, activation);
        let cheap =
            NewOrder { stocked: false, order: Order { price: 1, ..wanted }, ..order(player, "1", 1, activation) };
        place_one(&store, cheap).await.unwrap();
    }
    for player in ["a", "b", "z"] {
        event(player, "e").gives(CAMPAIGN, &[points(4), chances(2)]).report(&store, activation).await.unwrap();
        store.reverse_event(&Reversal { player: id(player), ..reversal("r", "e", Some((1, 2))) }).await.unwrap();
    }
}

/// Whosever a row was, and whatever it names.
pub async fn a_pass_goes_on_past_damaged_orders_and_events(backend: &impl Backend) {
    furnish_more(backend).await;
    let damages: &[Drift<'_>] = &[
        (
            [
                "UPDATE orders SET player = 'pläyer' WHERE player = 'b'",
                "UPDATE orders SET player = 'b' WHERE player = 'pläyer'",
            ],
            &[(Damage, 0, 1), (Damage, 0, 1), (Posting, 0, 1), (ChanceGrant, 5, 0)],
        ),
        (
            [
                "UPDATE events SET player = 'pläyer' WHERE player = 'b'",
                "UPDATE events SET player = 'b' WHERE player = 'pläyer'",
            ],
            &[
                (Damage, 0, 1),
                (Damage, 0, 1),
                (Posting, 0, 1),
                (Posting, 0, 1),
                (ChanceGrant, 2, 0),
                (ChanceGrant, -1, 0),
            ],
        ),
        (
            ["UPDATE events SET id = 'ï' WHERE player = 'b' AND id = 'e'", "UPDATE events SET id = 'e' WHERE id = 'ï'"],
            &[(RebatePoints, 0, 4), (RebateChances, 0, 2), (Posting, 0, 1), (ChanceGrant, 2, 0)],
        ),
        (
            [
                "UPDATE rebates SET player = 'pläyer' WHERE player = 'b'",
                "UPDATE rebates SET player = 'b' WHERE player = 'pläyer'",
            ],
            &[(Damage, 0, 1), (Damage, 0, 1), (Events, 1, 0)],
        ),
        (
            [
                "UPDATE tallies SET player = 'pläyer' WHERE player = 'b'",
                "UPDATE tallies SET player = 'b' WHERE player = 'pläyer'",
            ],
            &[(Damage, 0, 1), (Events, 0, 1)],
        ),
        (
            [
                "CREATE TABLE spare AS SELECT event, taken FROM reversals;
                 UPDATE reversals SET taken = '{' WHERE event = (SELECT number FROM events WHERE player = 'b' AND id = 'r')",
                "UPDATE reversals SET taken = (SELECT taken FROM spare WHERE spare.event = reversals.event); DROP TABLE spare",
            ],
            &[(Damage, 0, 1)],
        ),
        (
            [
                "CREATE TABLE spare AS SELECT number, lots FROM transfers;
                 UPDATE transfers SET lots = '{' WHERE posting = (SELECT posting FROM orders WHERE player = 'b')",
                "UPDATE transfers SET lots = (SELECT lots FROM spare WHERE spare.number = transfers.number); DROP TABLE spare",
            ],
            &[(Damage, 0, 1)],
        ),
    ];
    for (damage, expected) in damages {
        check(backend, *damage, &[&[(Stock, 4, 3)], *expected].concat()).await;
    }
}

/// It is read for what was given, and again for the units that it may have taken: these are two differences, each with its evidence.
pub async fn a_pass_goes_on_past_a_damaged_rebate(backend: &impl Backend) {
    furnish_more(backend).await;
    backend
        .plant(
            "CREATE TABLE spare AS SELECT position, bytes FROM rebates;
             UPDATE rebates SET bytes = substr(bytes, 2) WHERE player = 'b'",
        )
        .await;
    let store = backend.open().await;
    let found = pass(&store).await;
    let kept = store.settle(&found, minute(200)).await.unwrap();
    let [given, units] = &kept[..] else { panic!("{kept:#?}") };
    assert_eq!([given, units].map(|one| one.finding.comparison), [Damage; 2]);
    assert_eq!(units.finding.subject, format!("stock/{}", given.finding.subject));
    assert!(given.finding.evidence.contains(r#""player":"b""#), "{given:#?}");
    assert!(units.finding.evidence.contains(r#""not_compared":"stock""#), "{units:#?}");
    backend
        .plant("UPDATE rebates SET bytes = (SELECT bytes FROM spare WHERE spare.position = rebates.position); DROP TABLE spare")
        .await;
}
