//! Publishing, rolling back, pausing.

use std::collections::BTreeSet;
use std::sync::Arc;

use tombola_domain::digest::Digest;
use tombola_domain::id::CampaignId;

use super::Backend;
use super::fixture::{CAMPAIGN, minute, operation, publish, publish_in, revision, set_up};
use crate::campaigns::{ActivateError, Activated, Live, NewRevision, Pause, Revision, RevisionSummary};
use crate::{Done, Operation, Store};

fn campaign() -> CampaignId {
    CAMPAIGN.parse().unwrap()
}

/// 1, 2, 3… within a campaign; the latest published is live.
pub async fn revisions_are_numbered_and_one_is_live(backend: &impl Backend) {
    let store = backend.open().await;
    assert_eq!(
        store.live().await.unwrap(),
        Live { activation: 0, epoch: None, revisions: vec![], paused: BTreeSet::new() }
    );
    assert_eq!(store.activation().await.unwrap(), 0);
    assert_eq!(store.revision(&campaign(), 1).await.unwrap(), None);
    for (number, document) in [(1, "{\"a\": \"ä\"}"), (2, "{\"b\": 2}")] {
        let done = store.publish(&set_up(), &revision(CAMPAIGN, document, &[])).await.unwrap();
        assert_eq!(done, Done { result: Activated { revision: number, activation: number }, replayed: false });
        let expected = Revision {
            campaign: campaign(),
            number,
            digest: Digest::of(document.as_bytes()),
            document: document.to_owned(),
            published_by: "alice".to_owned(),
            published_at: minute(0),
        };
        assert_eq!(store.revision(&campaign(), number).await.unwrap().as_ref(), Some(&expected));
        assert_eq!(
            store.live().await.unwrap(),
            Live { activation: number, epoch: None, revisions: vec![expected], paused: BTreeSet::new() }
        );
    }
    assert_eq!(store.revision(&campaign(), 3).await.unwrap(), None);
    assert_eq!(store.revision(&campaign(), u64::MAX).await.unwrap(), None);
}

/// One number over all campaigns, since a host runs all of them; the live ones come by name.
pub async fn activations_count_up_over_all_campaigns(backend: &impl Backend) {
    let store = backend.open().await;
    let mut activations = vec![];
    for name in ["b", "a", "c", "a"] {
        activations.push(publish_in(&store, name, &[]).await.activation);
    }
    assert_eq!(activations, [1, 2, 3, 4]);
    let live = store.live().await.unwrap();
    let revisions: Vec<_> = live.revisions.iter().map(|live| (live.campaign.as_str(), live.number)).collect();
    assert_eq!((live.activation, revisions), (4, vec![("a", 2), ("b", 1), ("c", 1)]));
    assert_eq!(store.activation().await.unwrap(), 4);
}

/// It is an activation too, and the next publish takes the next number all the same.
pub async fn rollback_makes_an_earlier_revision_live(backend: &impl Backend) {
    let store = backend.open().await;
    publish(&store, &[]).await;
    publish(&store, &[]).await;
    let back = store.rollback(&set_up(), &campaign(), 1, None).await.unwrap();
    assert_eq!(back.result, Activated { revision: 1, activation: 3 });
    assert_eq!(store.live().await.unwrap().revisions[0].number, 1);
    let unknown = store.rollback(&set_up(), &campaign(), 3, None).await;
    assert!(matches!(unknown, Err(ActivateError::UnknownRevision(3))), "{unknown:?}");
    let unknown = store.rollback(&set_up(), &"autumn".parse().unwrap(), 1, None).await;
    assert!(matches!(unknown, Err(ActivateError::UnknownRevision(1))), "{unknown:?}");
    assert_eq!(publish(&store, &[]).await, Activated { revision: 3, activation: 4 });
}

fn expecting(live: u64) -> NewRevision {
    NewRevision { expected_live: Some(live), ..revision(CAMPAIGN, "{}", &[]) }
}

/// Who started from another revision than the live one is told which is live.
pub async fn only_the_expected_revision_is_replaced(backend: &impl Backend) {
    let store = backend.open().await;
    let early = store.publish(&set_up(), &expecting(1)).await;
    assert!(matches!(early, Err(ActivateError::NotExpected(0))), "{early:?}");
    store.publish(&set_up(), &expecting(0)).await.unwrap();
    store.publish(&set_up(), &expecting(1)).await.unwrap();
    let late = store.publish(&set_up(), &expecting(1)).await;
    assert!(matches!(late, Err(ActivateError::NotExpected(2))), "{late:?}");
    let late = store.rollback(&set_up(), &campaign(), 1, Some(1)).await;
    assert!(matches!(late, Err(ActivateError::NotExpected(2))), "{late:?}");
    store.rollback(&set_up(), &campaign(), 1, Some(2)).await.unwrap();
    // The live revision counts, not the latest.
    store.publish(&set_up(), &expecting(1)).await.unwrap();
    assert_eq!(store.live().await.unwrap().activation, 4);
}

/// Several authors started from the same revision.
pub async fn of_racing_publishes_one_wins(backend: &impl Backend) {
    let store = backend.open().await;
    publish(&store, &[]).await;
    let racing: Vec<_> = (0..8)
        .map(|_| {
            let store = store.clone();
            tokio::spawn(async move { store.publish(&set_up(), &expecting(1)).await })
        })
        .collect();
    let mut published = 0;
    for racing in racing {
        match racing.await.unwrap() {
            Ok(done) => {
                assert_eq!(done.result, Activated { revision: 2, activation: 2 });
                published += 1;
            }
            Err(error) => assert!(matches!(error, ActivateError::NotExpected(2)), "{error:?}"),
        }
    }
    assert_eq!(published, 1);
}

/// The same key and request: the same answer, though much has happened since.
pub async fn a_repeated_publish_does_nothing(backend: &impl Backend) {
    let store = backend.open().await;
    let first = store.publish(&operation("key", "publish"), &expecting(0)).await.unwrap();
    publish(&store, &[]).await;
    let again = store.publish(&operation("key", "publish"), &expecting(0)).await.unwrap();
    assert_eq!(again, Done { replayed: true, ..first });
    assert_eq!(store.live().await.unwrap().revisions[0].number, 2);
}

/// A key is its actor's, and stands for one request.
pub async fn a_key_is_for_one_request(backend: &impl Backend) {
    let store = backend.open().await;
    store.publish(&operation("key", "publish"), &expecting(0)).await.unwrap();
    let reused = store.publish(&operation("key", "another"), &expecting(1)).await;
    assert!(matches!(reused, Err(ActivateError::KeyReused(_))), "{reused:?}");
    let reused = store.rollback(&operation("key", "another"), &campaign(), 1, None).await;
    assert!(matches!(reused, Err(ActivateError::KeyReused(_))), "{reused:?}");
    let by_bob = Operation { actor: "bob".to_owned(), ..operation("key", "another") };
    let done = store.publish(&by_bob, &expecting(1)).await.unwrap();
    assert_eq!(done, Done { result: Activated { revision: 2, activation: 2 }, replayed: false });
    let late = store.publish(&operation("new", "publish"), &expecting(1)).await;
    assert!(matches!(late, Err(ActivateError::NotExpected(2))), "{late:?}");
    // What failed is not remembered under its key.
    assert!(!store.publish(&operation("new", "other"), &expecting(2)).await.unwrap().replayed);
}

/// The same for going back.
pub async fn a_repeated_rollback_does_nothing(backend: &impl Backend) {
    let store = backend.open().await;
    publish(&store, &[]).await;
    publish(&store, &[]).await;
    let first = store.rollback(&operation("key", "back"), &campaign(), 1, Some(2)).await.unwrap();
    assert!(!first.replayed);
    let again = store.rollback(&operation("key", "back"), &campaign(), 1, Some(2)).await.unwrap();
    assert_eq!(again, Done { replayed: true, ..first });
    assert_eq!(store.live().await.unwrap().activation, 3);
}

/// Before anything else is looked at.
pub async fn activations_are_found_by_their_keys(backend: &impl Backend) {
    let store = backend.open().await;
    let key = |request| operation("key", request);
    assert_eq!(store.activated(&key("publish"), &campaign()).await.unwrap(), None);
    let remarked = NewRevision { remarks: "odd".to_owned(), ..expecting(0) };
    let done = store.publish(&key("publish"), &remarked).await.unwrap();
    let back = store.rollback(&operation("back", "back"), &campaign(), 1, None).await.unwrap();
    assert_eq!(store.activated(&key("publish"), &campaign()).await.unwrap(), Some((done.result, "odd".to_owned())));
    let of_back = store.activated(&operation("back", "back"), &campaign()).await.unwrap();
    assert_eq!(of_back, Some((back.result, String::new())));
    assert_eq!(store.activated(&set_up(), &campaign()).await.unwrap(), None);
    store.set_paused(&operation("pause", "pause"), &campaign(), true).await.unwrap();
    for (operation, campaign) in [
        (key("another"), campaign()),
        (key("publish"), "autumn".parse().unwrap()),
        (operation("pause", "pause"), campaign()),
    ] {
        let reused = store.activated(&operation, &campaign).await;
        assert!(matches!(reused, Err(ActivateError::KeyReused(_))), "{reused:?}");
    }
}

async fn set_paused(store: &Arc<dyn Store>, paused: bool) -> Pause {
    let done = store.set_paused(&set_up(), &campaign(), paused).await.unwrap();
    assert!(!done.replayed);
    done.result
}

/// Each is an activation; publishing and rolling back keep the pause.
pub async fn a_campaign_is_paused_and_resumed(backend: &impl Backend) {
    let store = backend.open().await;
    let unknown = store.set_paused(&set_up(), &campaign(), true).await;
    assert!(matches!(unknown, Err(ActivateError::UnknownCampaign)), "{unknown:?}");
    publish(&store, &[]).await;
    publish_in(&store, "autumn", &[]).await;
    let state = |revision, paused, activation, changed| Pause { revision, paused, activation, changed };
    assert_eq!(set_paused(&store, false).await, state(1, false, 2, false));
    assert_eq!(set_paused(&store, true).await, state(1, true, 3, true));
    let paused = async || store.live().await.unwrap().paused;
    assert_eq!(paused().await, BTreeSet::from([campaign()]));
    assert_eq!(set_paused(&store, true).await, state(1, true, 3, false));
    assert_eq!(publish(&store, &[]).await, Activated { revision: 2, activation: 4 });
    store.rollback(&set_up(), &campaign(), 1, None).await.unwrap();
    assert_eq!(paused().await, BTreeSet::from([campaign()]));
    let store = backend.open().await;
    assert_eq!(store.live().await.unwrap().paused, BTreeSet::from([campaign()]));
    assert_eq!(set_paused(&store, false).await, state(1, false, 6, true));
    let live = store.live().await.unwrap();
    assert_eq!((live.activation, live.paused), (6, BTreeSet::new()));
}

/// The same key: the same answer, though the campaign has gone on.
pub async fn pausing_is_repeated_without_effect(backend: &impl Backend) {
    let store = backend.open().await;
    publish(&store, &[]).await;
    let first = store.set_paused(&operation("key", "pause"), &campaign(), true).await.unwrap();
    set_paused(&store, false).await;
    let again = store.set_paused(&operation("key", "pause"), &campaign(), true).await.unwrap();
    assert_eq!(again, Done { replayed: true, ..first });
    let reused = store.set_paused(&operation("key", "pause"), &campaign(), false).await;
    assert!(matches!(reused, Err(ActivateError::KeyReused(_))), "{reused:?}");
    let live = store.live().await.unwrap();
    assert_eq!((live.activation, live.paused), (3, BTreeSet::new()));
}

/// Latest first, and only this campaign's.
pub async fn revisions_come_in_pages(backend: &impl Backend) {
    let store = backend.open().await;
    for _ in 0..5 {
        publish(&store, &[]).await;
    }
    publish_in(&store, "autumn", &[]).await;
    store.rollback(&set_up(), &campaign(), 3, None).await.unwrap();
    let page = |before, limit| {
        let store = store.clone();
        async move {
            let page = store.revisions(&campaign(), before, limit).await.unwrap();
            page.into_iter().map(|revision| (revision.number, revision.live)).collect::<Vec<_>>()
        }
    };
    assert_eq!(page(None, 2).await, [(5, false), (4, false)]);
    assert_eq!(page(Some(4), 2).await, [(3, true), (2, false)]);
    assert_eq!(page(Some(2), 2).await, [(1, false)]);
    assert_eq!(page(Some(1), 2).await, []);
    let first = RevisionSummary {
        number: 1,
        digest: Digest::of(b"{}"),
        published_by: "alice".to_owned(),
        published_at: minute(0),
        live: true,
    };
    assert_eq!(store.revisions(&"autumn".parse().unwrap(), None, 9).await.unwrap(), [first]);
}
