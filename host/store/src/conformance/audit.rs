//! The record of operations.

use std::sync::Arc;

use tombola_domain::digest::Digest;
use tombola_domain::id::CampaignId;

use super::Backend;
use super::fixture::{CAMPAIGN, minute, operation, publish, publish_in, revision, set_up, stock_of};
use crate::audit::{Entry, Query, Verb};
use crate::lists::ListEdit;
use crate::{Operation, Store};

fn campaign() -> CampaignId {
    CAMPAIGN.parse().unwrap()
}

async fn entries(store: &Arc<dyn Store>, query: Query) -> Vec<Entry> {
    store.audit(&query, 100).await.unwrap()
}

async fn numbers(store: &Arc<dyn Store>, query: Query, limit: u32) -> Vec<u64> {
    store.audit(&query, limit).await.unwrap().iter().map(|entry| entry.number).collect()
}

/// Who, when, what, on what, what was there before and since, and why.
pub async fn operations_are_recorded(backend: &impl Backend) {
    let store = backend.open().await;
    assert_eq!(entries(&store, Query::default()).await, []);
    let because = |key: &str, reason: &str| Operation { reason: reason.parse().unwrap(), ..operation(key, key) };
    store.publish(&because("1", "first"), &revision(CAMPAIGN, "{\"a\": 1}", &[("phone", 3)])).await.unwrap();
    store.publish(&set_up(), &revision(CAMPAIGN, "{\"b\": 2}", &[])).await.unwrap();
    store.rollback(&because("2", "worse"), &campaign(), 1, None).await.unwrap();
    let level = stock_of(&store, "phone").await;
    store.adjust_stock(&because("3", "more came"), &campaign(), &"phone".parse().unwrap(), 2).await.unwrap();
    let [first, second] = ["{\"a\": 1}", "{\"b\": 2}"].map(|document| Digest::of(document.as_bytes()));
    let entry = |number, what, subject: &str, before, after, reason: &str| Entry {
        number,
        at: minute(0),
        actor: "alice".to_owned(),
        what,
        subject: subject.to_owned(),
        campaign: Some(campaign()),
        before,
        after: Some(after),
        reason: reason.parse().unwrap(),
    };
    let more = stock_of(&store, "phone").await;
    let expected = [
        entry(4, Verb::AdjustStock, "spring/phone", Some(level.digest()), more.digest(), "more came"),
        entry(3, Verb::Rollback, CAMPAIGN, Some(second), first, "worse"),
        entry(2, Verb::Publish, CAMPAIGN, Some(first), second, ""),
        entry(1, Verb::Publish, CAMPAIGN, None, first, "first"),
    ];
    assert_eq!(entries(&store, Query::default()).await, expected);
    assert_ne!(level.digest(), more.digest());
    for (actor, key, is_used) in [("alice", "1", true), ("alice", "9", false), ("bob", "1", false)] {
        assert_eq!(store.is_key_used(actor, &key.parse().unwrap()).await.unwrap(), is_used, "{actor}, {key}");
    }
}

/// What failed or was done before leaves nothing.
pub async fn only_what_is_done_is_recorded(backend: &impl Backend) {
    let store = backend.open().await;
    publish(&store, &[]).await;
    store.rollback(&set_up(), &campaign(), 7, None).await.unwrap_err();
    store.set_paused(&set_up(), &"autumn".parse().unwrap(), true).await.unwrap_err();
    store.adjust_stock(&set_up(), &campaign(), &"phone".parse().unwrap(), 1).await.unwrap_err();
    assert!(!store.revoke_token(&set_up(), "nobody").await.unwrap());
    for _ in 0..3 {
        store.set_paused(&operation("pause", "pause"), &campaign(), true).await.unwrap();
    }
    assert_eq!(numbers(&store, Query::default(), 9).await, [2, 1]);
}

/// By campaign, actor and deed; pages go on below a number. What concerns all campaigns is in no campaign's record.
pub async fn the_record_comes_filtered_and_in_pages(backend: &impl Backend) {
    let store = backend.open().await;
    publish(&store, &[]).await;
    publish_in(&store, "autumn", &[]).await;
    let bob = Operation { actor: "bob".to_owned(), ..set_up() };
    store.set_paused(&bob, &campaign(), true).await.unwrap();
    store.edit_list(&bob, &"vip".parse().unwrap(), &ListEdit::default(), false).await.unwrap();
    store.set_paused(&set_up(), &campaign(), false).await.unwrap();
    let all = Query::default;
    assert_eq!(numbers(&store, all(), 2).await, [5, 4]);
    assert_eq!(numbers(&store, Query { before: Some(4), ..all() }, 2).await, [3, 2]);
    assert_eq!(numbers(&store, Query { before: Some(u64::MAX), ..all() }, 1).await, [5]);
    assert_eq!(numbers(&store, Query { campaigns: Some(vec![campaign()]), ..all() }, 9).await, [5, 3, 1]);
    let both = vec![campaign(), "autumn".parse().unwrap()];
    assert_eq!(numbers(&store, Query { campaigns: Some(both), ..all() }, 9).await, [5, 3, 2, 1]);
    assert_eq!(numbers(&store, Query { campaigns: Some(vec![]), ..all() }, 9).await, [0; 0]);
    assert_eq!(numbers(&store, Query { actor: Some("bob".to_owned()), ..all() }, 9).await, [4, 3]);
    assert_eq!(numbers(&store, Query { what: Some(Verb::Publish), ..all() }, 9).await, [2, 1]);
    let narrow = Query { campaigns: Some(vec![campaign()]), what: Some(Verb::Pause), ..all() };
    assert_eq!(numbers(&store, narrow, 9).await, [3]);
}
