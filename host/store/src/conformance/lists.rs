//! Lists of players.

use std::sync::Arc;

use tombola_domain::id::{ListName, PlayerId};

use super::Backend;
use super::fixture::{draw, operation, publish, set_up, wish};
use crate::draws::{Membership, SnapshotQuery, Wins};
use crate::lists::{ListChange, ListError, ListState};
use crate::{Done, Store};

fn players(names: &[&str]) -> Vec<PlayerId> {
    names.iter().map(|name| name.parse().unwrap()).collect()
}

fn edit(add: &[&str], remove: &[&str]) -> ListChange {
    ListChange::Edit { add: players(add), remove: players(remove) }
}

fn vip() -> ListName {
    "vip".parse().unwrap()
}

async fn change(store: &Arc<dyn Store>, change: ListChange) -> (u64, u64) {
    let done = store.change_list(&set_up(), &vip(), &change).await.unwrap();
    assert!(!done.replayed);
    (done.result.version, done.result.size)
}

/// Which of these stand on the list.
async fn members<'a>(store: &Arc<dyn Store>, names: &[&'a str]) -> Vec<&'a str> {
    let mut found = vec![];
    for name in names {
        let query = SnapshotQuery { lists: vec![vip()], ..wish(name, "key").query() };
        if store.snapshot(&query).await.unwrap().lists[0].member {
            found.push(*name);
        }
    }
    found
}

/// Adding whom it has and removing whom it has not is no error; who is added and removed at once is not on it.
pub async fn a_list_is_edited(backend: &impl Backend) {
    let store = backend.open().await;
    assert_eq!(change(&store, edit(&[], &["a"])).await, (1, 0));
    assert_eq!(change(&store, edit(&["a", "b", "a"], &[])).await, (2, 2));
    assert_eq!(change(&store, edit(&["b", "c \"d\""], &["a", "x"])).await, (3, 2));
    assert_eq!(change(&store, edit(&["e"], &["e"])).await, (4, 2));
    assert_eq!(change(&store, edit(&[], &[])).await, (5, 2));
    assert_eq!(members(&store, &["a", "b", "c \"d\"", "e", "x"]).await, ["b", "c \"d\""]);
}

/// It holds exactly who was named, and no other list is touched.
pub async fn a_list_is_replaced(backend: &impl Backend) {
    let store = backend.open().await;
    store.change_list(&set_up(), &"other".parse().unwrap(), &edit(&["a"], &[])).await.unwrap();
    assert_eq!(change(&store, ListChange::Replace(players(&["a", "b"]))).await, (1, 2));
    assert_eq!(change(&store, ListChange::Replace(players(&["c", "b", "c"]))).await, (2, 2));
    assert_eq!(members(&store, &["a", "b", "c"]).await, ["b", "c"]);
    assert_eq!(change(&store, ListChange::Replace(vec![])).await, (3, 0));
    assert_eq!(members(&store, &["a", "b", "c"]).await, [""; 0]);
    let others = store.lists(None, 1).await.unwrap();
    assert_eq!(others, [("other".parse().unwrap(), ListState { version: 1, size: 1 })]);
}

/// More than any statement takes at once.
pub async fn many_players_at_once(backend: &impl Backend) {
    let store = backend.open().await;
    let names: Vec<String> = (0..25_000).map(|number| format!("player-{number}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    assert_eq!(change(&store, ListChange::Replace(players(&names))).await, (1, 25_000));
    assert_eq!(change(&store, edit(&[], &names[..12_500])).await, (2, 12_500));
    assert_eq!(members(&store, &["player-0", "player-12499", "player-12500", "player-24999"]).await.len(), 2);
}

/// In the order in which lists were asked for, with the version that receipts cite.
pub async fn snapshots_see_membership_and_version(backend: &impl Backend) {
    let store = backend.open().await;
    change(&store, edit(&["p"], &[])).await;
    change(&store, edit(&["q"], &[])).await;
    store.change_list(&set_up(), &"banned".parse().unwrap(), &edit(&["q"], &[])).await.unwrap();
    let lists = ["vip", "none", "banned", "vip"].map(|name| name.parse().unwrap()).to_vec();
    let query = SnapshotQuery { lists, ..wish("p", "key").query() };
    let seen = store.snapshot(&query).await.unwrap().lists;
    let membership = |member, version| Membership { member, version };
    assert_eq!(seen, [membership(true, 2), membership(false, 0), membership(false, 1), membership(true, 2)]);
}

/// A backend may read several at once; each is answered what it asked, whatever the others ask for.
pub async fn snapshots_at_once_are_each_their_own(backend: &impl Backend) {
    let store = backend.open().await;
    let activation = publish(&store, &[]).await.activation;
    let has_drawn = |number: usize| number.is_multiple_of(5);
    let asked = move |number: usize| {
        let key = if has_drawn(number) { "used" } else { "unused" };
        let wish = wish(&format!("player-{number}"), key).unlimited("points");
        let lists = vec![vip(); number % 4];
        (wish.clone(), SnapshotQuery { lists, ..wish.query() })
    };
    for number in (0..200).step_by(5) {
        draw(&store, activation, &asked(number).0).await.unwrap();
    }
    let members: Vec<String> = (0..200).step_by(3).map(|number| format!("player-{number}")).collect();
    change(&store, edit(&members.iter().map(String::as_str).collect::<Vec<_>>(), &[])).await;
    let read = |number| {
        let store = Arc::clone(&store);
        tokio::spawn(async move { store.snapshot(&asked(number).1).await.unwrap() })
    };
    let reads: Vec<_> = (0..200).map(read).collect();
    for (number, read) in reads.into_iter().enumerate() {
        let seen = read.await.unwrap();
        let player = seen.known.map(|known| known.draws.last().player.to_string());
        assert_eq!(player, has_drawn(number).then(|| format!("player-{number}")));
        assert_eq!(seen.participation.is_some(), has_drawn(number));
        let wins = u64::from(has_drawn(number));
        assert_eq!(seen.wins, [Wins { total: wins, today: wins }]);
        assert_eq!(seen.lists, vec![Membership { member: number.is_multiple_of(3), version: 1 }; number % 4]);
    }
}

/// The same key and request: the same answer, and no new version.
pub async fn a_repeated_change_does_nothing(backend: &impl Backend) {
    let store = backend.open().await;
    let first = store.change_list(&operation("key", "add a"), &vip(), &edit(&["a"], &[])).await.unwrap();
    change(&store, edit(&[], &["a"])).await;
    let again = store.change_list(&operation("key", "add a"), &vip(), &edit(&["a"], &[])).await.unwrap();
    assert_eq!(again, Done { replayed: true, ..first });
    assert_eq!(members(&store, &["a"]).await, [""; 0]);
    let reused = store.change_list(&operation("key", "add b"), &vip(), &edit(&["b"], &[])).await;
    assert!(matches!(reused, Err(ListError::KeyReused(_))), "{reused:?}");
    assert_eq!(store.lists(None, 9).await.unwrap(), [(vip(), ListState { version: 2, size: 0 })]);
}

/// By name, ascending.
pub async fn lists_come_in_pages(backend: &impl Backend) {
    let store = backend.open().await;
    assert_eq!(store.lists(None, 9).await.unwrap(), []);
    for name in ["b", "c", "a"] {
        store.change_list(&set_up(), &name.parse().unwrap(), &edit(&["p", name], &[])).await.unwrap();
    }
    let page = store.lists(None, 2).await.unwrap();
    let state = ListState { version: 1, size: 2 };
    assert_eq!(page, [("a".parse().unwrap(), state), ("b".parse().unwrap(), state)]);
    assert_eq!(store.lists(Some(&page[1].0), 2).await.unwrap(), [("c".parse().unwrap(), state)]);
}
