//! Where a database comes from.

use super::Backend;

/// It was made here. How a copy is made is each backend's own matter, and so are the tests of that.
pub async fn a_new_store_is_no_copy(backend: &impl Backend) {
    assert!(!backend.open().await.is_copy().await.unwrap());
    assert!(!backend.open().await.is_copy().await.unwrap());
}
