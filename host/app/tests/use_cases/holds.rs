use std::time::Duration;

use tombola_app::Result;
use tombola_app::holds::HoldRequest;
use tombola_app::ledger::LedgerChange;
use tombola_domain::hold::{End, Ended, Hold, Lifetime, Wish};

use crate::fixture::{House, code, intent};

/// A house in which alice has ten points.
async fn rich() -> House {
    let house = House::new().await;
    let change = LedgerChange {
        intent: intent("give"),
        whose: "alice".parse().unwrap(),
        unit: "points".parse().unwrap(),
        add: 10,
    };
    house.app.adjust_balance(change).await.unwrap();
    house
}

/// For a minute.
fn request(key: &str, amount: i64) -> HoldRequest {
    HoldRequest {
        player: "alice".parse().unwrap(),
        key: key.parse().unwrap(),
        unit: "points".parse().unwrap(),
        amount,
        lifetime: Lifetime::new(60).unwrap(),
    }
}

async fn place(house: &House, key: &str, amount: i64) -> Hold {
    let placed = house.app.place_hold(request(key, amount)).await.unwrap();
    assert!(!placed.replayed);
    placed.hold
}

async fn end(house: &House, hold: &Hold, wish: Wish) -> Result<Hold> {
    Ok(house.app.end_hold(hold.player.clone(), hold.id.clone(), wish).await?.hold)
}

/// What alice can spend, and what is set aside.
async fn has(house: &House) -> (i64, i64) {
    let balance = house.app.balances(&"alice".parse().unwrap()).await.unwrap().pop().unwrap();
    (balance.lots.iter().map(|(_, left)| left).sum(), balance.held)
}

#[tokio::test]
async fn a_hold_is_taken_until_the_moment_at_which_it_expires() {
    let house = rich().await;
    let (first, second) = (place(&house, "1", 4).await, place(&house, "2", 6).await);
    assert_eq!(code(house.app.place_hold(request("3", 1)).await), "balance-short");
    assert_eq!(code(house.app.place_hold(request("1", 5)).await), "idempotency-key-reused");
    house.set_clock("2026-11-30T23:30:59.999+08:00");
    assert_eq!(code(end(&house, &first, Wish::Take(Some(5))).await), "hold-exceeded");
    let taken = end(&house, &first, Wish::Take(None)).await.unwrap();
    house.set_clock("2026-11-30T23:31:00+08:00");
    assert_eq!(end(&house, &first, Wish::Take(Some(4))).await.unwrap(), taken, "what was done is answered again");
    for (hold, wish) in [(&first, Wish::Release), (&second, Wish::Take(None)), (&second, Wish::Release)] {
        assert_eq!(code(end(&house, hold, wish).await), "hold-ended");
    }
    let again = house.app.place_hold(request("2", 6)).await.unwrap();
    let expired = Ended { how: End::Expired, at: second.expires_at };
    assert_eq!((again.replayed, again.hold.ended_by(second.expires_at)), (true, Some(expired)));
    // Whoever holds anew does not wait until it is cleared away.
    place(&house, "4", 6).await;
    assert_eq!(has(&house).await, (0, 6));
}

#[tokio::test]
async fn a_hold_of_somebody_else_is_unknown() {
    let house = rich().await;
    let hold = place(&house, "1", 4).await;
    let bob = "bob".parse().unwrap();
    assert_eq!(code(house.app.hold(&bob, &hold.id).await), "hold-unknown");
    assert_eq!(code(house.app.end_hold(bob, hold.id.clone(), Wish::Release).await), "hold-unknown");
    assert_eq!(has(&house).await, (6, 4));
    assert_eq!(house.app.hold(&hold.player, &hold.id).await.unwrap(), hold);
}

/// Also what expired while no host was there to do it.
#[tokio::test]
async fn what_has_expired_is_given_back_by_itself() {
    let house = rich().await;
    house.set_clock("2026-11-30T23:00:00+08:00");
    let hold = place(&house, "1", 4).await;
    let house = house.restart().await;
    for _ in 0..500 {
        if has(&house).await == (10, 0) {
            let ended = house.app.hold(&hold.player, &hold.id).await.unwrap().ended;
            assert_eq!(ended, Some(Ended { how: End::Expired, at: hold.expires_at }));
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("it is still held");
}
