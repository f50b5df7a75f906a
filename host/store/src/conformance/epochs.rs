//! Epochs.

use tombola_domain::digest::Digest;
use tombola_domain::epoch::Secret;
use tombola_domain::signature::Signer;

use super::Backend;
use super::fixture::{draw, minute, operation, publish, set_up, wish};
use crate::Operation;
use crate::audit::{Query, Verb};
use crate::draws::Dropped;
use crate::epochs::{Epoch, NewEpoch, Phase, RotateError, Rotated, Rotation};

fn new(seed: u8) -> NewEpoch {
    NewEpoch { commitment: Digest::of(&[seed]), sealed: vec![seed, 0, 255] }
}

fn epoch(number: u64, seed: u8, phase: Phase) -> Epoch {
    let NewEpoch { commitment, sealed } = new(seed);
    Epoch { number, commitment, sealed, phase }
}

fn rotation(ends: u64, next: u8) -> Rotation {
    Rotation { ends, secret: Secret::from_bytes([9; 32]), next: new(next) }
}

/// Whoever comes second finds what the first began, also after reopening.
pub async fn epochs_begin_once(backend: &impl Backend) {
    let store = backend.open().await;
    assert_eq!(store.epochs(None, 9).await.unwrap(), []);
    assert_eq!(store.live().await.unwrap().epoch, None);
    store.begin_epochs([new(1), new(2)], minute(1)).await.unwrap();
    let begun = [epoch(2, 2, Phase::Announced), epoch(1, 1, Phase::Current { began_at: minute(1) })];
    assert_eq!(store.epochs(None, 9).await.unwrap(), begun);
    store.begin_epochs([new(3), new(4)], minute(2)).await.unwrap();
    drop(store);
    let store = backend.open().await;
    store.begin_epochs([new(5), new(6)], minute(3)).await.unwrap();
    assert_eq!(store.epochs(None, 9).await.unwrap(), begun);
    assert_eq!(store.live().await.unwrap().epoch, Some(1));
    assert_eq!(store.epoch(2).await.unwrap(), Some(begun[0].clone()));
    assert_eq!(store.epoch(3).await.unwrap(), None);
    assert_eq!(store.epochs(Some(2), 9).await.unwrap(), begun[1..]);
}

/// The announced epoch begins when the current one ends, whose secret is shown from then on.
pub async fn a_rotation_shows_the_secret(backend: &impl Backend) {
    let store = backend.open().await;
    store.begin_epochs([new(1), new(2)], minute(1)).await.unwrap();
    let before = store.live().await.unwrap().activation;
    let done = store.rotate_epoch(&operation("a", "rotate"), &rotation(1, 3)).await.unwrap();
    assert_eq!((done.result, done.replayed), (Rotated { epoch: 2, activation: before + 1 }, false));
    let ended = Phase::Ended { began_at: minute(1), ended_at: minute(0), secret: Secret::from_bytes([9; 32]) };
    let expected =
        [epoch(3, 3, Phase::Announced), epoch(2, 2, Phase::Current { began_at: minute(0) }), epoch(1, 1, ended)];
    assert_eq!(store.epochs(None, 9).await.unwrap(), expected);
    let live = store.live().await.unwrap();
    assert_eq!((live.epoch, live.activation), (Some(2), before + 1));

    let again = store.rotate_epoch(&operation("a", "rotate"), &rotation(2, 4)).await.unwrap();
    assert_eq!((again.result, again.replayed), (done.result, true));
    let reused = store.rotate_epoch(&operation("a", "other"), &rotation(2, 4)).await;
    assert!(matches!(reused, Err(RotateError::KeyReused(_))), "{reused:?}");
    let late = store.rotate_epoch(&operation("b", "rotate"), &rotation(1, 4)).await;
    assert!(matches!(late, Err(RotateError::NotCurrent)), "{late:?}");
    assert_eq!(store.epochs(None, 9).await.unwrap(), expected);
}

/// What was decided in the ended epoch is decided again.
pub async fn no_draw_of_an_ended_epoch_commits(backend: &impl Backend) {
    let store = backend.open().await;
    store.begin_epochs([new(1), new(2)], minute(1)).await.unwrap();
    let activation = publish(&store, &[]).await.activation;
    assert!(draw(&store, activation, &wish("bob", "a").unlimited("mug")).await.is_ok());
    let rotated = store.rotate_epoch(&set_up(), &rotation(1, 3)).await.unwrap().result;
    let late = draw(&store, activation, &wish("bob", "b").unlimited("mug")).await;
    assert_eq!(late, Err(Dropped::Superseded(rotated.activation)));
    assert!(draw(&store, rotated.activation, &wish("bob", "b").unlimited("mug")).await.is_ok());
}

/// A restored database draws in an epoch that the original never had, and shows no secret that the original may still need.
pub async fn abandoned_epochs_keep_their_secrets(backend: &impl Backend) {
    let store = backend.open().await;
    store.begin_epochs([new(1), new(2)], minute(1)).await.unwrap();
    let before = store.live().await.unwrap().activation;
    let restore = Operation { at: minute(2), ..set_up() };
    // Of two hosts that begin anew at once the first does.
    for begun in [[new(3), new(4)], [new(5), new(6)]] {
        store.abandon_epochs(&restore, 2, begun).await.unwrap();
    }
    let abandoned = |began_at| Phase::Abandoned { began_at, ended_at: minute(2) };
    let expected = [
        epoch(4, 4, Phase::Announced),
        epoch(3, 3, Phase::Current { began_at: minute(2) }),
        epoch(2, 2, abandoned(None)),
        epoch(1, 1, abandoned(Some(minute(1)))),
    ];
    assert_eq!(store.epochs(None, 9).await.unwrap(), expected);
    let live = store.live().await.unwrap();
    assert_eq!((live.epoch, live.activation), (Some(3), before + 1));
    let recorded = store.audit(&Query::default(), 9).await.unwrap();
    let [entry] = &recorded[..] else { panic!("{recorded:?}") };
    assert_eq!((entry.what, entry.at, &entry.actor), (Verb::AbandonEpochs, minute(2), &restore.actor));
    assert_eq!((entry.before, entry.after), (Some(new(1).commitment), Some(new(3).commitment)));
}

/// Keys are told in the order of their first use.
pub async fn signing_keys_are_remembered(backend: &impl Backend) {
    let store = backend.open().await;
    let key = |seed: u8| Signer::from_seed(&[seed; 32]).public_key();
    assert_eq!(store.signing_keys().await.unwrap(), []);
    store.record_signing_key(key(1), minute(5)).await.unwrap();
    store.record_signing_key(key(2), minute(7)).await.unwrap();
    store.record_signing_key(key(1), minute(9)).await.unwrap();
    drop(store);
    let store = backend.open().await;
    assert_eq!(store.signing_keys().await.unwrap(), [(key(1), minute(5)), (key(2), minute(7))]);
}
