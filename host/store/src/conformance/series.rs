//! Several draws of one player under one key.

use tombola_domain::draw::Verdict;
use tombola_domain::receipt::Receipt;
use tombola_domain::series::{DRAWS_MAX, Series};
use tombola_domain::stock::{Expected, Mark};

use super::Backend;
use super::fixture::{CAMPAIGN, Wish, commit_one, commit_series, decide_series, draw, publish, stock_of, wish, won};
use crate::draws::{Draw, Dropped, KnownDraws, PlayerState};
use crate::stock::StockLevel;

/// A phone while there are any, and points afterwards.
fn phone(key: &str) -> Wish {
    wish("p", key).stocked("phone").unlimited("points")
}

fn prizes(draws: &Series<Draw>) -> Vec<Option<&str>> {
    draws.iter().map(won).collect()
}

fn ordinals(draws: &Series<Draw>) -> Vec<u64> {
    draws.iter().map(|draw| draw.ordinal).collect()
}

/// As many as there may be, each with its row, its receipt and its ordinal, and the participation once.
pub async fn draws_of_one_key_are_read_back_in_order(backend: &impl Backend) {
    let store = backend.open().await;
    let activation = publish(&store, &[("phone", 2)]).await.activation;
    draw(&store, activation, &wish("p", "before")).await.unwrap();
    let decided = decide_series(&store, activation, &vec![phone("key"); DRAWS_MAX as usize]).await;
    let made = commit_series(&store, decided.clone()).await.unwrap();
    assert_eq!(ordinals(&made), (2..=1 + u64::from(DRAWS_MAX)).collect::<Vec<_>>());
    let phones = made.iter().filter(|draw| won(draw) == Some("phone")).count();
    assert_eq!((phones, prizes(&made)[..3].to_vec()), (2, vec![Some("phone"), Some("phone"), Some("points")]));
    for (draw, decided) in made.iter().zip(decided.draws.iter()) {
        assert_eq!(store.draw(&draw.id).await.unwrap().as_ref(), Some(draw));
        let stored = store.receipt(&draw.id).await.unwrap().unwrap();
        assert_eq!((Receipt::digest(&stored.bytes), &stored.draw), (draw.receipt, draw));
        assert_eq!(Receipt::decode(&stored.bytes).unwrap().terms, decided.receipt.terms);
        assert_eq!(stored.disclosure.as_ref(), Some(&decided.disclosure));
        let proof = stored.proof.unwrap();
        assert_eq!(proof.seal.place.size, u64::from(DRAWS_MAX));
        assert!(proof.seal.signs(&proof.root(&draw.receipt).unwrap()));
    }
    let state = store.player(&made.first.campaign, &made.first.player, None, 1).await.unwrap();
    assert_eq!((state.participation, state.draws), (Some(decided.participation), vec![made.last().clone()]));
    let next = draw(&store, activation, &wish("p", "after")).await.unwrap();
    assert_eq!(next.ordinal, 2 + u64::from(DRAWS_MAX));
}

/// In their order; and committing anything under the key again drops out.
pub async fn a_key_finds_all_of_its_draws(backend: &impl Backend) {
    let store = backend.open().await;
    let activation = publish(&store, &[("phone", 1)]).await.activation;
    let wishes = vec![phone("key"); 12];
    let decided = decide_series(&store, activation, &wishes).await;
    let made = commit_series(&store, decided.clone()).await.unwrap();
    draw(&store, activation, &phone("other")).await.unwrap();
    let known = store.snapshot(&wishes[0].query()).await.unwrap().known;
    assert_eq!(known, Some(KnownDraws { request: wishes[0].request(), draws: made }));
    assert_eq!(commit_series(&store, decided).await, Err(Dropped::VersionChanged));
    let anew = decide_series(&store, activation, &wishes[..3]).await;
    assert_eq!(commit_series(&store, anew).await, Err(Dropped::VersionChanged));
    assert_eq!(commit_one(&store, phone("key").decide(&store, activation).await).await, Err(Dropped::VersionChanged));
}

/// Of one prize several times, and of several prizes.
pub async fn wins_of_a_series_add_up(backend: &impl Backend) {
    let store = backend.open().await;
    let activation = publish(&store, &[("phone", 3)]).await.activation;
    let wishes = vec![phone("1"), phone("1"), wish("p", "1"), phone("1"), phone("1")];
    let made = commit_series(&store, decide_series(&store, activation, &wishes).await).await.unwrap();
    assert_eq!(prizes(&made), [Some("phone"), Some("phone"), None, Some("phone"), Some("points")]);
    let wins = store.snapshot(&phone("2").query()).await.unwrap().wins;
    assert_eq!(wins.iter().map(|wins| (wins.total, wins.today)).collect::<Vec<_>>(), [(3, 3), (1, 1)]);
}

/// Where one draw comes to something else than the next relies on, none is made, and nothing is taken or marked.
pub async fn a_series_goes_in_whole_or_not_at_all(backend: &impl Backend) {
    let store = backend.open().await;
    let activation = publish(&store, &[("phone", 1)]).await.activation;
    let relying =
        |second| vec![phone("key").expecting(Expected::Grant(0)), phone("key").expecting(second), wish("p", "key")];
    for wrong in [Expected::Grant(0), Expected::Nothing] {
        let decided = decide_series(&store, activation, &relying(wrong)).await;
        assert_eq!(commit_series(&store, decided).await, Err(Dropped::Unforeseen), "{wrong:?}");
        let state = store.player(&CAMPAIGN.parse().unwrap(), &"p".parse().unwrap(), None, 9).await.unwrap();
        assert_eq!(state, PlayerState::default());
        assert_eq!(stock_of(&store, "phone").await, StockLevel { stock: 1, issued: 0, mark: Mark::default() });
    }
    let decided = decide_series(&store, activation, &relying(Expected::Grant(1))).await;
    let made = commit_series(&store, decided).await.unwrap();
    assert_eq!((prizes(&made), ordinals(&made)), (vec![Some("phone"), Some("points"), None], vec![1, 2, 3]));
    let receipt = store.receipt(&made.rest[0].id).await.unwrap().unwrap();
    assert_eq!(Receipt::decode(&receipt.bytes).unwrap().tried[0].verdict, Verdict::SoldOut { mark: 1 });
}

/// In the same batch, after it.
pub async fn what_an_unforeseen_series_would_take_goes_to_others(backend: &impl Backend) {
    let store = backend.open().await;
    let activation = publish(&store, &[("phone", 2)]).await.activation;
    let wishes = vec![phone("key"), phone("key"), phone("key").expecting(Expected::Grant(0)), phone("key")];
    let mut batch = vec![decide_series(&store, activation, &wishes).await];
    for player in ["a", "b", "c"] {
        batch.push(wish(player, "1").stocked("phone").unlimited("points").decide(&store, activation).await);
    }
    let answers = store.commit_draws(&batch).await.unwrap();
    assert_eq!(answers[0], Err(Dropped::Unforeseen));
    let others: Vec<_> = answers[1..].iter().map(|answer| won(&answer.as_ref().unwrap().first)).collect();
    assert_eq!(others, [Some("phone"), Some("phone"), Some("points")]);
    assert_eq!(stock_of(&store, "phone").await.issued, 2);
}

/// The first goes in, be it one or many; what was decided on the same snapshot drops out whole.
pub async fn a_series_and_a_draw_of_one_player_in_a_batch(backend: &impl Backend) {
    let store = backend.open().await;
    let activation = publish(&store, &[]).await.activation;
    let draw = |key: &str| wish("p", key);
    let series = |key: &str| vec![wish("p", key), wish("p", key)];
    let mut batch = vec![
        decide_series(&store, activation, &series("1")).await,
        draw("2").decide(&store, activation).await,
        decide_series(&store, activation, &series("3")).await,
    ];
    let dropped = Err(Dropped::VersionChanged);
    let answers = store.commit_draws(&batch).await.unwrap();
    assert_eq!(answers[0].as_ref().map(ordinals), Ok(vec![1, 2]));
    assert_eq!(answers[1..], [dropped.clone(), dropped.clone()]);
    batch = vec![draw("4").decide(&store, activation).await, decide_series(&store, activation, &series("5")).await];
    let answers = store.commit_draws(&batch).await.unwrap();
    assert_eq!((answers[0].as_ref().map(ordinals), &answers[1]), (Ok(vec![3]), &dropped));
}

/// Hosts that decide for one player at once.
pub async fn one_of_racing_series_of_a_player_wins(backend: &impl Backend) {
    let store = backend.open().await;
    let activation = publish(&store, &[("phone", 4)]).await.activation;
    let mut decided = vec![];
    for number in 0..8 {
        decided.push(decide_series(&store, activation, &vec![phone(&number.to_string()); 3]).await);
    }
    let racing = decided.into_iter().map(|commit| {
        let store = store.clone();
        tokio::spawn(async move { commit_series(&store, commit).await })
    });
    let racing: Vec<_> = racing.collect();
    let mut made = vec![];
    for racing in racing {
        match racing.await.unwrap() {
            Ok(draws) => made.push(ordinals(&draws)),
            Err(dropped) => assert_eq!(dropped, Dropped::VersionChanged),
        }
    }
    assert_eq!((made, stock_of(&store, "phone").await.issued), (vec![vec![1, 2, 3]], 3));
}
