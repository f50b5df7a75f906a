//! What is due and damaged stays where it is; whatever else is due is cleared away.

use tombola_domain::digest::Digest;
use tombola_domain::hold::{Hold, hold_id};
use tombola_domain::id::{PlayerId, UnitName};
use tombola_domain::ledger::{Account, House, Lapse, Wish};
use tombola_domain::reason::Reason;
use tombola_domain::time::Timestamp;
use tombola_store::chances::{ChanceGrant, Chances, Lapsing};
use tombola_store::conformance::Backend;
use tombola_store::holds::{HoldChange, Holds, NewHold};
use tombola_store::ledger::{Ledger, NewPosting, Why};
use tombola_store::sweep::{Sweep, Swept};
use tombola_store::{Operation, Result, StoreError};
use tombola_store_sqlite::SqliteStore;

use crate::fixture::Folder;

/// In the order in which what is theirs falls due; that of the second is damaged.
const PLAYERS: [&str; 4] = ["a", "b", "c", "d"];
const LATE: i64 = 1_000;

fn id(player: &str) -> PlayerId {
    player.parse().unwrap()
}

fn points() -> UnitName {
    "points".parse().unwrap()
}

fn due(place: usize) -> Timestamp {
    Timestamp::from_millis(100 + i64::try_from(place).unwrap())
}

/// Gives each player some chances and points, which lapse, and sets aside some of the points.
async fn set_up(folder: &Folder) {
    let store = folder.store().await;
    for (place, player) in PLAYERS.into_iter().enumerate() {
        let (at, request) = (Timestamp::from_millis(1), Digest::of(player.as_bytes()));
        let key = Some(player.parse().unwrap());
        let operation = Operation { actor: "host".to_owned(), key, request, at, reason: Reason::default() };
        let (campaign, lapse) = ("spring".parse().unwrap(), Lapse::At(due(place)));
        let grant = ChanceGrant { campaign, player: id(player), amount: 5, granted: Some(0), lapse, lots_max: None };
        store.grant_chances(&operation, &grant).await.unwrap();
        let (from, to) = (Account::House(House::Issue), Account::Player(id(player)));
        let wishes = vec![Wish { unit: points(), from, to, amount: 9, lapse }];
        let (player, key) = (id(player), "earned".parse().unwrap());
        let posting = NewPosting { player: Some(player.clone()), key, why: Why::Reward, wishes, at };
        store.post(vec![posting]).await.unwrap().pop().unwrap().unwrap();
        let hold_id = hold_id(&player, &[7; 16], at);
        let hold = Hold {
            id: hold_id,
            player,
            unit: points(),
            amount: 4,
            held_at: at,
            expires_at: due(place),
            ended: None,
            voided_at: None,
        };
        let new = HoldChange::Place(NewHold { hold, key: "cart".parse().unwrap(), request });
        store.change_holds(&[new]).await.unwrap().pop().unwrap().unwrap();
    }
    store.close().await;
}

/// Gives so many players some points.
pub(crate) async fn earn(folder: &Folder, players: usize) {
    let store = folder.store().await;
    let earned = (0..players).map(|number| {
        let player = id(&format!("p{number}"));
        let (from, to) = (Account::House(House::Issue), Account::Player(player.clone()));
        let wishes = vec![Wish { unit: points(), from, to, amount: 9, lapse: Lapse::Never }];
        let (key, at) = ("earned".parse().unwrap(), Timestamp::from_millis(1));
        NewPosting { player: Some(player), key, why: Why::Reward, wishes, at }
    });
    let posted = store.post(earned.collect()).await.unwrap();
    assert!(posted.iter().all(std::result::Result::is_ok));
    store.close().await;
}

/// Goes through all that is due, so many rows a step, and says of how many something was cleared away.
async fn sweep(limit: u32, step: impl AsyncFn(Sweep) -> Result<Swept>) -> u64 {
    let mut cleared = 0;
    let mut next = Some(Sweep::first(Timestamp::from_millis(LATE), limit));
    while let Some(sweep) = next {
        let swept = step(sweep.clone()).await.unwrap();
        cleared += swept.cleared;
        next = swept.next.map(|after| Sweep { after, ..sweep });
    }
    cleared
}

async fn damaged(drift: &'static str) -> (Folder, SqliteStore) {
    let folder = Folder::new();
    set_up(&folder).await;
    folder.plant(drift).await;
    let store = folder.store().await;
    (folder, store)
}

#[tokio::test]
async fn a_damaged_lot_of_chances_keeps_no_other_from_lapsing() {
    let more_than_came_in = "UPDATE chance_lots SET left = 6 WHERE player = 'b'";
    let no_campaign = "UPDATE chance_lots SET campaign = 'No campaign' WHERE player = 'b'";
    for drift in [more_than_came_in, no_campaign] {
        for limit in [1, 2, 9] {
            let (_folder, store) = damaged(drift).await;
            assert_eq!(sweep(limit, async |step| store.lapse_chances(&step).await).await, 3, "{drift}, {limit} a step");
            store.close().await;
        }
    }
    let (_folder, store) = damaged(more_than_came_in).await;
    let now = Timestamp::from_millis(LATE);
    let asked = PLAYERS.map(|player| Lapsing { campaign: "spring".parse().unwrap(), player: id(player), now });
    let answers = store.lapse_chances_of(&asked).await.unwrap();
    assert!(matches!(&answers[..], [Ok(()), Err(StoreError::Refused(_)), Ok(()), Ok(())]), "{answers:?}");
    store.close().await;
}

#[tokio::test]
async fn a_damaged_lot_keeps_no_other_from_lapsing() {
    let more_than_there_is = "UPDATE accounts SET balance = 4 WHERE owner = 'b' AND kind = 'player'";
    let no_unit = "UPDATE lots SET unit = 'No unit' WHERE player = 'b'";
    for drift in [more_than_there_is, no_unit] {
        for limit in [1, 2, 9] {
            let (_folder, store) = damaged(drift).await;
            assert_eq!(sweep(limit, async |step| store.lapse(&step).await).await, 3, "{drift}, {limit} a step");
            store.close().await;
        }
    }
}

#[tokio::test]
async fn a_damaged_hold_keeps_no_other_from_expiring() {
    let more_than_is_held = "UPDATE accounts SET balance = 3 WHERE owner = 'b' AND kind = 'held'";
    let no_unit = "UPDATE holds SET unit = 'No unit' WHERE player = 'b'";
    for drift in [more_than_is_held, no_unit] {
        for limit in [1, 2, 9] {
            let (_folder, store) = damaged(drift).await;
            assert_eq!(sweep(limit, async |step| store.expire_holds(&step).await).await, 3, "{drift}, {limit} a step");
            store.close().await;
        }
    }
}
