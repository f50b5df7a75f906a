//! Whether a store goes on serving. How it comes not to is each backend's own matter, and so are the tests of that.

use std::time::Duration;

use super::Backend;
use super::fixture::set_up;
use crate::lists::ListEdit;

/// It is well when it is new, after a write and after one that came to nothing, and nothing says that it is lost.
pub async fn a_store_is_well_before_and_after_a_write(backend: &impl Backend) {
    let store = backend.open().await;
    store.check().await.unwrap();
    let (list, players) = ("vip".parse().unwrap(), vec!["alice".parse().unwrap()]);
    let (add, remove) = (ListEdit { add: players.clone(), remove: vec![] }, ListEdit { add: vec![], remove: players });
    store.edit_list(&set_up(), &list, &add, false).await.unwrap();
    store.check().await.unwrap();
    assert!(store.edit_list(&set_up(), &list, &remove, false).await.is_err(), "it was not said that it may be emptied");
    store.check().await.unwrap();
    assert!(tokio::time::timeout(Duration::ZERO, store.lost()).await.is_err());
}
