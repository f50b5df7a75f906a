//! Epochs.

use tombola_domain::digest::Digest;

use super::Backend;
use super::fixture::minute;
use crate::epochs::Epoch;

/// Whoever comes second is told what the first began, also after reopening.
pub async fn the_first_epoch_begins_once(backend: &impl Backend) {
    let store = backend.open().await;
    assert_eq!(store.epoch().await.unwrap(), None);
    let epoch = |seed: u8| Epoch {
        number: 1,
        commitment: Digest::of(&[seed]),
        sealed: vec![seed, 0, 255],
        began_at: minute(seed.into()),
    };
    assert_eq!(store.begin_first_epoch(&epoch(1)).await.unwrap(), epoch(1));
    assert_eq!(store.begin_first_epoch(&epoch(2)).await.unwrap(), epoch(1));
    assert_eq!(store.epoch().await.unwrap(), Some(epoch(1)));
    drop(store);
    let store = backend.open().await;
    assert_eq!(store.begin_first_epoch(&epoch(3)).await.unwrap(), epoch(1));
}
