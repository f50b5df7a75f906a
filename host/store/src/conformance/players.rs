//! What is known of a player.

use super::Backend;
use super::fixture::{CAMPAIGN, draw, minute, publish, publish_in, wish};
use crate::draws::{PlayerState, Refusal};

/// Neither a participation nor anything else.
pub async fn an_unknown_player_has_nothing(backend: &impl Backend) {
    let store = backend.open().await;
    let activation = publish(&store, &[]).await.activation;
    draw(&store, activation, &wish("q", "1")).await.unwrap();
    let state = store.player(&CAMPAIGN.parse().unwrap(), &"p".parse().unwrap(), None, 9).await.unwrap();
    assert_eq!(state, PlayerState::default());
}

/// Latest first, and only this campaign's.
pub async fn draws_come_in_pages(backend: &impl Backend) {
    let store = backend.open().await;
    publish(&store, &[]).await;
    let activation = publish_in(&store, "autumn", &[]).await.activation;
    for number in 1..=5 {
        draw(&store, activation, &wish("p", &number.to_string())).await.unwrap();
    }
    draw(&store, activation, &wish("p", "6").in_campaign("autumn")).await.unwrap();
    for (before, max, expected) in [
        (None, 2, vec![5, 4]),
        (Some(4), 2, vec![3, 2]),
        (Some(2), 2, vec![1]),
        (Some(1), 2, vec![]),
        (Some(u64::MAX), 1, vec![5]),
        (None, 0, vec![]),
    ] {
        let state = store.player(&CAMPAIGN.parse().unwrap(), &"p".parse().unwrap(), before, max).await.unwrap();
        assert_eq!(state.draws.iter().map(|draw| draw.ordinal).collect::<Vec<_>>(), expected, "{before:?} {max}");
        assert_eq!(state.participation.map(|participation| participation.draws), Some(5));
    }
}

/// For each player and campaign, the last of those recorded, also before the first draw. Hosts write theirs behind, so that one may
/// come late.
pub async fn the_last_refusal_is_kept(backend: &impl Backend) {
    let store = backend.open().await;
    let activation = publish(&store, &[]).await.activation;
    let refusal = |player: &str, campaign: &str, code: &str, at: i64| Refusal {
        campaign: campaign.parse().unwrap(),
        player: player.parse().unwrap(),
        code: code.to_owned(),
        at: minute(at),
    };
    store.record_refusals(&[]).await.unwrap();
    store.record_refusals(&[refusal("p", CAMPAIGN, "first", 1), refusal("q", CAMPAIGN, "other", 1)]).await.unwrap();
    let latest = refusal("p", CAMPAIGN, "\"third\"", 2);
    store
        .record_refusals(&[refusal("p", CAMPAIGN, "second", 2), refusal("p", "autumn", "x", 2), latest.clone()])
        .await
        .unwrap();
    store.record_refusals(&[refusal("p", CAMPAIGN, "late", 1)]).await.unwrap();
    let state = store.player(&CAMPAIGN.parse().unwrap(), &"p".parse().unwrap(), None, 9).await.unwrap();
    assert_eq!(state, PlayerState { refusal: Some(latest.clone()), ..PlayerState::default() });
    let made = draw(&store, activation, &wish("p", "1")).await.unwrap();
    let state = store.player(&CAMPAIGN.parse().unwrap(), &"p".parse().unwrap(), None, 9).await.unwrap();
    assert_eq!((state.draws, state.refusal), (vec![made], Some(latest)));
}
