//! Failed runs of rules.

use tombola_domain::digest::Digest;

use super::Backend;
use super::fixture::minute;
use crate::faults::{Fault, KEPT_MAX};

fn fault(module: &[u8], campaign: &str, number: u32) -> Fault {
    Fault {
        module: Digest::of(module),
        campaign: campaign.parse().unwrap(),
        revision: Some(u64::from(number)),
        node: "trees/default/lock".to_owned(),
        origin: "draw".to_owned(),
        kind: "trap".to_owned(),
        message: format!("unreachable\n\"{number}\""),
        facts: r#"{"player.draws.day":3}"#.to_owned(),
        at: minute(0),
    }
}

/// Latest first, by module, with all that they say.
pub async fn faults_are_read_back(backend: &impl Backend) {
    let store = backend.open().await;
    let unpublished = Fault { revision: None, ..fault(b"one", "spring", 2) };
    let faults = [fault(b"one", "spring", 1), fault(b"two", "spring", 1), unpublished.clone()];
    store.record_faults(&faults).await.unwrap();
    store.record_faults(&[]).await.unwrap();
    store.record_faults(&[fault(b"one", "spring", 3)]).await.unwrap();
    let found = store.faults(&Digest::of(b"one"), &[]).await.unwrap();
    assert_eq!(found, [fault(b"one", "spring", 3), unpublished, faults[0].clone()]);
    assert_eq!(store.faults(&Digest::of(b"three"), &[]).await.unwrap(), []);
}

/// Of each module by itself, whether they come at once or one by one.
pub async fn the_latest_faults_are_kept(backend: &impl Backend) {
    let store = backend.open().await;
    store.record_faults(&[fault(b"quiet", "spring", 0)]).await.unwrap();
    let many: Vec<_> = (0..KEPT_MAX + 20).map(|number| fault(b"noisy", "spring", number)).collect();
    store.record_faults(&many).await.unwrap();
    store.record_faults(&[fault(b"noisy", "spring", KEPT_MAX + 20)]).await.unwrap();
    let found = store.faults(&Digest::of(b"noisy"), &[]).await.unwrap();
    let numbers: Vec<_> = found.iter().filter_map(|fault| fault.revision).collect();
    let expected: Vec<_> = (21..u64::from(KEPT_MAX) + 21).rev().collect();
    assert_eq!(numbers, expected);
    assert_eq!(store.faults(&Digest::of(b"quiet"), &[]).await.unwrap().len(), 1);
}

/// Whoever may see some campaigns only sees theirs.
pub async fn faults_are_found_by_campaign(backend: &impl Backend) {
    let store = backend.open().await;
    let faults = ["spring", "autumn", "winter"].map(|campaign| fault(b"one", campaign, 1));
    store.record_faults(&faults).await.unwrap();
    let [spring, autumn, winter] = faults;
    let module = Digest::of(b"one");
    assert_eq!(store.faults(&module, std::slice::from_ref(&autumn.campaign)).await.unwrap(), [autumn]);
    let two = [winter.campaign.clone(), spring.campaign.clone(), "summer".parse().unwrap()];
    assert_eq!(store.faults(&module, &two).await.unwrap(), [winter, spring]);
}
