//! Lists of players.

use std::sync::Arc;

use tombola_domain::digest::Digest;
use tombola_domain::id::{ListName, PlayerId};
use tombola_domain::list_digest::ListDigest;

use super::Backend;
use super::fixture::{draw, operation, publish, set_up, wish};
use crate::audit::Query;
use crate::draws::{Membership, SnapshotQuery, Wins};
use crate::lists::{ListEdit, ListError, ListState, Staging};
use crate::{Done, Store};

fn players(names: &[&str]) -> Vec<PlayerId> {
    names.iter().map(|name| name.parse().unwrap()).collect()
}

fn edit(add: &[&str], remove: &[&str]) -> ListEdit {
    ListEdit { add: players(add), remove: players(remove) }
}

fn digest(names: &[&str]) -> Digest {
    names.iter().map(|name| ListDigest::of(&name.parse().unwrap())).sum::<ListDigest>().digest()
}

fn state(version: u64, names: &[&str]) -> ListState {
    ListState { version, size: names.len() as u64, digest: digest(names) }
}

fn vip() -> ListName {
    "vip".parse().unwrap()
}

async fn change(store: &Arc<dyn Store>, edit: ListEdit) -> ListState {
    let done = store.edit_list(&set_up(), &vip(), &edit, true).await.unwrap();
    assert!(!done.replayed);
    done.result
}

async fn staged(store: &Arc<dyn Store>, names: &[&str]) -> Staging {
    let mut staging = store.begin_staging().await.unwrap();
    for chunk in names.chunks(7_000) {
        store.stage(&mut staging, &players(chunk)).await.unwrap();
    }
    staging
}

async fn replace(store: &Arc<dyn Store>, names: &[&str]) -> ListState {
    let staging = staged(store, names).await;
    let done = store.replace_list(&set_up(), &vip(), &staging, true).await.unwrap();
    assert!(!done.replayed);
    done.result
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

/// Adding whom it has and removing whom it has not is no error, and no new version either; who is added and removed at once is not on it.
pub async fn a_list_is_edited(backend: &impl Backend) {
    let store = backend.open().await;
    assert_eq!(store.list(&vip()).await.unwrap(), None);
    assert_eq!(change(&store, edit(&[], &["a"])).await, state(1, &[]));
    assert_eq!(change(&store, edit(&["a", "b", "a"], &[])).await, state(2, &["a", "b"]));
    assert_eq!(change(&store, edit(&["b", "c \"d\""], &["a", "x"])).await, state(3, &["b", "c \"d\""]));
    for nothing in [edit(&["e"], &["e"]), edit(&["b"], &["x"]), edit(&[], &[])] {
        assert_eq!(change(&store, nothing).await, state(3, &["b", "c \"d\""]));
    }
    assert_eq!(members(&store, &["a", "b", "c \"d\"", "e", "x"]).await, ["b", "c \"d\""]);
    let store = backend.open().await;
    assert_eq!(store.list(&vip()).await.unwrap(), Some(state(3, &["c \"d\"", "b"])));
}

/// It holds exactly who was staged, each once, and no other list is touched.
pub async fn a_list_is_replaced(backend: &impl Backend) {
    let store = backend.open().await;
    store.edit_list(&set_up(), &"other".parse().unwrap(), &edit(&["a"], &[]), false).await.unwrap();
    assert_eq!(replace(&store, &["a", "b"]).await, state(1, &["a", "b"]));
    assert_eq!(replace(&store, &["c", "b", "c"]).await, state(2, &["b", "c"]));
    assert_eq!(members(&store, &["a", "b", "c"]).await, ["b", "c"]);
    assert_eq!(replace(&store, &["b", "c"]).await, state(2, &["b", "c"]));
    assert_eq!(members(&store, &["a", "b", "c"]).await, ["b", "c"]);
    assert_eq!(change(&store, edit(&["a"], &["b"])).await, state(3, &["a", "c"]));
    assert_eq!(replace(&store, &[]).await, state(4, &[]));
    assert_eq!(members(&store, &["a", "b", "c"]).await, [""; 0]);
    let others = store.lists(None, 1).await.unwrap();
    assert_eq!(others, [("other".parse().unwrap(), state(1, &["a"]))]);
    let digests: Vec<_> = store.audit(&Query::default(), 9).await.unwrap();
    let digests: Vec<_> = digests.iter().map(|entry| (entry.before, entry.after)).take(2).collect();
    assert_eq!(digests[0], (Some(digest(&["a", "c"])), Some(digest(&[]))));
    assert_eq!(digests[1], (Some(digest(&["b", "c"])), Some(digest(&["a", "c"]))));
}

/// More than any statement takes at once.
pub async fn many_players_at_once(backend: &impl Backend) {
    let store = backend.open().await;
    let names: Vec<String> = (0..25_000).map(|number| format!("player-{number}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    assert_eq!(replace(&store, &names).await.size, 25_000);
    assert_eq!(change(&store, edit(&[], &names[..12_500])).await, state(2, &names[12_500..]));
    assert_eq!(members(&store, &["player-0", "player-12499", "player-12500", "player-24999"]).await.len(), 2);
}

/// Nobody sees what is staged, and the list goes on meanwhile; what is staged takes the place of all that.
pub async fn what_is_staged_is_nobody_s_yet(backend: &impl Backend) {
    let store = backend.open().await;
    change(&store, edit(&["a"], &[])).await;
    let staging = staged(&store, &["b"]).await;
    assert_eq!(members(&store, &["a", "b", "c"]).await, ["a"]);
    change(&store, edit(&["c"], &[])).await;
    assert_eq!(members(&store, &["a", "b", "c"]).await, ["a", "c"]);
    let done = store.replace_list(&set_up(), &vip(), &staging, false).await.unwrap();
    assert_eq!(done.result, state(3, &["b"]));
    assert_eq!(members(&store, &["a", "b", "c"]).await, ["b"]);
    // Abandoning comes too late, and what was staged takes one place only.
    store.abandon_staging(&staging).await.unwrap();
    let twice = store.replace_list(&set_up(), &"other".parse().unwrap(), &staging, false).await;
    assert!(matches!(twice, Err(ListError::Store(_))), "{twice:?}");
    while store.sweep_lists(1).await.unwrap() {}
    assert_eq!(members(&store, &["a", "b", "c"]).await, ["b"]);
}

/// Not by removing the last either; where there was nobody, nobody is removed.
pub async fn a_list_is_emptied_only_where_it_may(backend: &impl Backend) {
    let store = backend.open().await;
    change(&store, edit(&["a", "b"], &[])).await;
    for removed in [edit(&[], &["b", "a"]), edit(&["c"], &["a", "b", "c"])] {
        let refused = store.edit_list(&operation("key", "empty"), &vip(), &removed, false).await;
        assert!(matches!(refused, Err(ListError::Emptied)), "{refused:?}");
    }
    let nobody = staged(&store, &[]).await;
    let refused = store.replace_list(&operation("key", "empty"), &vip(), &nobody, false).await;
    assert!(matches!(refused, Err(ListError::Emptied)), "{refused:?}");
    assert_eq!(store.list(&vip()).await.unwrap(), Some(state(1, &["a", "b"])));
    let done = store.edit_list(&operation("key", "empty"), &vip(), &edit(&[], &["a", "b"]), true).await.unwrap();
    assert_eq!(done.result, state(2, &[]));
    assert!(store.edit_list(&set_up(), &vip(), &edit(&[], &["a"]), false).await.is_ok());
}

/// In steps, and only what no list has: what was replaced, what was abandoned, what a process left behind.
pub async fn garbage_is_swept_in_steps(backend: &impl Backend) {
    let store = backend.open().await;
    assert!(!store.sweep_lists(9).await.unwrap());
    replace(&store, &["a", "b", "c"]).await;
    replace(&store, &["d"]).await;
    let staging = staged(&store, &["e"]).await;
    assert!(store.sweep_lists(2).await.unwrap());
    store.abandon_staging(&staging).await.unwrap();
    staged(&store, &["f", "g"]).await;
    let store = backend.open().await;
    let mut steps = 0;
    while store.sweep_lists(2).await.unwrap() {
        steps += 1;
    }
    assert_eq!(steps, 4, "one member each of the first two, and two members and then none of the last");
    assert_eq!(members(&store, &["a", "d", "e", "f"]).await, ["d"]);
}

/// In the order in which lists were asked for, with the version that receipts cite.
pub async fn snapshots_see_membership_and_version(backend: &impl Backend) {
    let store = backend.open().await;
    change(&store, edit(&["p"], &[])).await;
    change(&store, edit(&["q"], &[])).await;
    store.edit_list(&set_up(), &"banned".parse().unwrap(), &edit(&["q"], &[]), false).await.unwrap();
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
    let first = store.edit_list(&operation("key", "add a"), &vip(), &edit(&["a"], &[]), false).await.unwrap();
    change(&store, edit(&[], &["a"])).await;
    let again = store.edit_list(&operation("key", "add a"), &vip(), &edit(&["a"], &[]), false).await.unwrap();
    assert_eq!(again, Done { replayed: true, ..first });
    assert_eq!(members(&store, &["a"]).await, [""; 0]);
    let reused = store.edit_list(&operation("key", "add b"), &vip(), &edit(&["b"], &[]), false).await;
    assert!(matches!(reused, Err(ListError::KeyReused(_))), "{reused:?}");
    let staging = staged(&store, &["b"]).await;
    let replaced = store.replace_list(&operation("replace", "b"), &vip(), &staging, false).await.unwrap();
    change(&store, edit(&["c"], &["b"])).await;
    let staging = staged(&store, &["b"]).await;
    let again = store.replace_list(&operation("replace", "b"), &vip(), &staging, false).await.unwrap();
    assert_eq!(again, Done { replayed: true, ..replaced });
    assert_eq!(store.lists(None, 9).await.unwrap(), [(vip(), state(4, &["c"]))]);
}

/// By name, ascending.
pub async fn lists_come_in_pages(backend: &impl Backend) {
    let store = backend.open().await;
    assert_eq!(store.lists(None, 9).await.unwrap(), []);
    for name in ["b", "c", "a"] {
        store.edit_list(&set_up(), &name.parse().unwrap(), &edit(&["p"], &[]), false).await.unwrap();
    }
    let page = store.lists(None, 2).await.unwrap();
    let state = state(1, &["p"]);
    assert_eq!(page, [("a".parse().unwrap(), state), ("b".parse().unwrap(), state)]);
    assert_eq!(store.lists(Some(&page[1].0), 2).await.unwrap(), [("c".parse().unwrap(), state)]);
}
