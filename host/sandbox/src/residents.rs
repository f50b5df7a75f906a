//! The rules in memory. Each is there for as long as someone outside holds it (a live revision), and is made once, however
//! many ask for it at the same time.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, Weak};

use tombola_domain::digest::Digest;

use crate::interface::Interface;
use crate::rule::Resident;

/// What makes a rule: a module, the interface that is meant, and the digest of its config's text.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Key {
    pub(crate) module: Digest,
    pub(crate) interface: Interface,
    pub(crate) config: Digest,
}

/// The place of one rule. Whoever makes the rule holds the lock meanwhile.
pub(crate) type Place = Arc<tokio::sync::Mutex<Weak<Resident>>>;

/// All places of a sandbox.
#[derive(Debug, Default)]
pub(crate) struct Residents(Mutex<HashMap<Key, Place>>);

impl Residents {
    /// The place of a rule, made where there was none. Places that nobody needs any more go on the way.
    pub(crate) fn place(&self, key: Key) -> Place {
        let mut places = self.0.lock().expect("nothing that can panic runs under this lock");
        places.retain(|_, place| is_needed(place));
        Arc::clone(places.entry(key).or_default())
    }

    #[cfg(test)]
    pub(crate) fn count(&self) -> usize {
        self.0.lock().unwrap().len()
    }
}

fn is_needed(place: &Place) -> bool {
    let asked_for = Arc::strong_count(place) > 1;
    asked_for || place.try_lock().is_ok_and(|rule| rule.strong_count() > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(text: &str) -> Key {
        let digest = Digest::of(text.as_bytes());
        Key { module: digest, interface: Interface::Guard, config: digest }
    }

    #[test]
    fn a_place_that_nobody_asks_for_goes() {
        let residents = Residents::default();
        let held = residents.place(key("a"));
        assert!(Arc::ptr_eq(&held, &residents.place(key("a"))));
        drop(residents.place(key("b")));
        drop(residents.place(key("c")));
        assert_eq!(residents.count(), 2, "`a` is held and `c` came last");
    }
}
