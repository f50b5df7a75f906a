//! Hosts of a store. How several serve one database is the backend's own that lets them, and so are the tests of that.

use super::Backend;
use crate::hosts::State;

/// A host has a number of its own, which no later one has, and is among the hosts.
pub async fn a_host_has_its_own_number(backend: &impl Backend) {
    let former = backend.open().await.number();
    let store = backend.open().await;
    assert!(store.number() > former);
    store.begin_serving().await.unwrap();
    store.note_activation(0).await.unwrap();
    let hosts = store.hosts().await.unwrap();
    let own: Vec<_> = hosts.iter().filter(|host| host.number == store.number()).collect();
    assert!(matches!(own[..], [host] if host.state == State::Serving && host.activation == 0), "{hosts:?}");
}
