//! Switches.

use tombola_domain::switch::{Limited, Setting, Switch};

use super::Backend;
use super::fixture::{minute, operation, set_up};
use crate::audit::{Query, Verb};
use crate::switches::{State, SwitchError};

const RATE: Switch = Switch::Rate(Limited::Player);

/// As it was set last, also after the store was opened anew.
pub async fn a_switch_is_read_back(backend: &impl Backend) {
    let store = backend.open().await;
    assert_eq!(store.switches().await.unwrap(), []);
    for (number, text) in (1..).zip(["60/10s", "default", "off", "1000000/3600s"]) {
        let done = store.set_switch(&set_up(), RATE, RATE.setting(text).unwrap()).await.unwrap();
        assert_eq!((done.result, done.replayed), (number, false));
        let state = State { switch: RATE, setting: RATE.setting(text).unwrap(), version: number, set_at: minute(0) };
        assert_eq!(store.switches().await.unwrap(), [state]);
    }
    store.set_switch(&set_up(), Switch::ReadsOnly, Setting::On).await.unwrap();
    let mut switches = backend.open().await.switches().await.unwrap();
    switches.sort_by_key(|state| state.switch);
    let told: Vec<_> = switches.iter().map(|state| (state.switch, state.setting.to_string(), state.version)).collect();
    assert_eq!(told, [(Switch::ReadsOnly, "on".to_owned(), 1), (RATE, "1000000/3600s".to_owned(), 4)]);
}

/// The same key and request: the same answer, and nothing changed. Each setting is recorded with what was there before.
pub async fn a_repeated_setting_does_nothing(backend: &impl Backend) {
    let store = backend.open().await;
    store.set_switch(&operation("key", "on"), Switch::DeliveriesOff, Setting::On).await.unwrap();
    store.set_switch(&set_up(), Switch::DeliveriesOff, Setting::Off).await.unwrap();
    let again = store.set_switch(&operation("key", "on"), Switch::DeliveriesOff, Setting::On).await.unwrap();
    assert_eq!((again.result, again.replayed), (1, true));
    let switches = store.switches().await.unwrap();
    let off = State { switch: Switch::DeliveriesOff, setting: Setting::Off, version: 2, set_at: minute(0) };
    assert_eq!(switches, [off]);
    let reused = store.set_switch(&operation("key", "off"), Switch::DeliveriesOff, Setting::On).await;
    assert!(matches!(reused, Err(SwitchError::KeyReused(_))), "{reused:?}");
    let reused = store.set_switch(&operation("key", "on"), Switch::ReadsOnly, Setting::On).await;
    assert!(matches!(reused, Err(SwitchError::KeyReused(_))), "{reused:?}");
    let record = store.audit(&Query::default(), 9).await.unwrap();
    let on = State { setting: Setting::On, version: 1, ..off };
    let told: Vec<_> =
        record.iter().map(|entry| (entry.what, entry.subject.as_str(), entry.before, entry.after)).collect();
    let expected = [(Some(on.digest()), Some(off.digest())), (None, Some(on.digest()))]
        .map(|(before, after)| (Verb::SetSwitch, "deliveries-off", before, after));
    assert_eq!(told, expected);
    assert_ne!(State { version: 3, ..off }.digest(), off.digest());
}
