//! Destinations of webhooks.

use super::Backend;
use super::fixture::{minute, operation, set_up};
use crate::audit::{Query, Verb};
use crate::destinations::{DESTINATIONS_MAX, Destination, DestinationError, Limits, NewDestination};

fn new(name: &str, url: &str, sealed: Option<&[u8]>) -> NewDestination {
    NewDestination {
        name: name.parse().unwrap(),
        url: url.to_owned(),
        sealed: sealed.map(<[u8]>::to_vec),
        limits: Limits { connect_ms: 1, call_ms: 2, calls: 3 },
    }
}

/// Its record names nothing of its secrets.
pub async fn a_destination_is_read_back(backend: &impl Backend) {
    let store = backend.open().await;
    let made = new("crm", "https://a", Some(b"sealed"));
    let done = store.put_destination(&set_up(), &made).await.unwrap();
    assert_eq!((done.result, done.replayed), (1, false));
    let expected = Destination {
        name: made.name.clone(),
        url: made.url.clone(),
        sealed: b"sealed".to_vec(),
        limits: made.limits,
        version: 1,
        changed_at: minute(0),
    };
    assert_eq!(store.destination(&made.name).await.unwrap(), Some(expected.clone()));
    assert_eq!(store.destination(&"bi".parse().unwrap()).await.unwrap(), None);
    let entry = &store.audit(&Query::default(), 1).await.unwrap()[0];
    assert_eq!((entry.what, entry.subject.as_str()), (Verb::PutDestination, "crm"));
    assert_eq!((entry.before, entry.after), (None, Some(expected.description())));
    let other = Destination { sealed: b"other".to_vec(), ..expected.clone() };
    assert_eq!(other.description(), expected.description());
    assert_ne!(Destination { version: 2, ..expected.clone() }.description(), expected.description());
}

/// All else is as it is put.
pub async fn secrets_stay_where_none_are_given(backend: &impl Backend) {
    let store = backend.open().await;
    store.put_destination(&set_up(), &new("crm", "https://a", Some(b"one"))).await.unwrap();
    assert_eq!(store.put_destination(&set_up(), &new("crm", "https://b", None)).await.unwrap().result, 2);
    let found = store.destination(&"crm".parse().unwrap()).await.unwrap().unwrap();
    assert_eq!((found.url.as_str(), found.sealed.as_slice(), found.version), ("https://b", &b"one"[..], 2));
    store.put_destination(&set_up(), &new("crm", "https://b", Some(b"two"))).await.unwrap();
    let found = store.destination(&"crm".parse().unwrap()).await.unwrap().unwrap();
    assert_eq!((found.sealed.as_slice(), found.version), (&b"two"[..], 3));
}

/// Nothing is made without.
pub async fn a_new_destination_needs_secrets(backend: &impl Backend) {
    let store = backend.open().await;
    let refused = store.put_destination(&set_up(), &new("crm", "https://a", None)).await;
    assert!(matches!(refused, Err(DestinationError::NoSecret)), "{refused:?}");
    assert_eq!(store.destinations(None, 9).await.unwrap(), []);
}

/// The same key and request: the same answer, and nothing changed.
pub async fn a_repeated_put_does_nothing(backend: &impl Backend) {
    let store = backend.open().await;
    let made = new("crm", "https://a", Some(b"sealed"));
    store.put_destination(&operation("key", "a"), &made).await.unwrap();
    let again = store.put_destination(&operation("key", "a"), &made).await.unwrap();
    assert_eq!((again.result, again.replayed), (1, true));
    let reused = store.put_destination(&operation("key", "b"), &made).await;
    assert!(matches!(reused, Err(DestinationError::KeyReused(_))), "{reused:?}");
    let reused = store.put_destination(&operation("key", "a"), &new("bi", "https://a", Some(b"sealed"))).await;
    assert!(matches!(reused, Err(DestinationError::KeyReused(_))), "{reused:?}");
}

/// By name.
pub async fn destinations_come_in_pages(backend: &impl Backend) {
    let store = backend.open().await;
    for name in ["c", "a", "b"] {
        store.put_destination(&set_up(), &new(name, "https://a", Some(b"sealed"))).await.unwrap();
    }
    let names = async |after: Option<&str>, limit| {
        let after = after.map(|name| name.parse().unwrap());
        let found = store.destinations(after.as_ref(), limit).await.unwrap();
        found.iter().map(|one| one.name.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(names(None, 2).await, ["a", "b"]);
    assert_eq!(names(Some("b"), 2).await, ["c"]);
}

/// One that is there can still be changed.
pub async fn there_are_so_many_destinations(backend: &impl Backend) {
    let store = backend.open().await;
    for number in 0..DESTINATIONS_MAX {
        let made = new(&format!("d{number}"), "https://a", Some(b"sealed"));
        store.put_destination(&set_up(), &made).await.unwrap();
    }
    let refused = store.put_destination(&set_up(), &new("one-more", "https://a", Some(b"sealed"))).await;
    assert!(matches!(refused, Err(DestinationError::TooMany)), "{refused:?}");
    assert_eq!(store.put_destination(&set_up(), &new("d7", "https://b", None)).await.unwrap().result, 2);
}
