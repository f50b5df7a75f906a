//! Commits, and what can be read afterwards.

use tombola_domain::amount::AMOUNT_MAX;
use tombola_domain::draw::Verdict;
use tombola_domain::receipt::Receipt;
use tombola_domain::series::Series;
use tombola_domain::time::Zone;

use super::Backend;
use super::fixture::{CAMPAIGN, commit_batch, commit_one, draw, minute, publish, publish_in, set_up, title, wish, won};
use crate::draws::{Draw, Dropped, KnownDraws, PlayerState, Snapshot, Wins, Won};

/// Whatever goes in comes out.
pub async fn a_draw_is_read_back_as_it_was_committed(backend: &impl Backend) {
    let store = backend.open().await;
    let Ok(live) = store.live().await else { panic!("an empty store has an answer too") };
    assert_eq!((live.activation, live.revisions.len()), (0, 0));
    let activation = publish(&store, &[]).await.activation;
    let wish = wish("a \"player\"", "key").unlimited("points");
    let decided = wish.decide(&store, activation).await;
    let answer = commit_one(&store, decided.clone()).await.unwrap();
    let prize = "points".parse().unwrap();
    let won = Won {
        title: title(&prize),
        prize,
        data: Some(r#"{"image":"ä.png"}"#.to_owned()),
        amount: AMOUNT_MAX,
        code: None,
    };
    let expected = Draw {
        id: decided.draws.first.receipt.terms.draw.clone(),
        campaign: CAMPAIGN.parse().unwrap(),
        revision: 1,
        player: "a \"player\"".parse().unwrap(),
        ordinal: 1,
        won: Some(won),
        receipt: Receipt::digest(&decided.draws.first.receipt.close(&[Verdict::Granted(None)]).encode()),
        drawn_at: minute(1),
    };
    assert_eq!(answer, expected);
    assert_eq!(store.draw(&answer.id).await.unwrap(), Some(expected));
    let state = store.player(&answer.campaign, &answer.player, None, 10).await.unwrap();
    assert_eq!((state.participation, state.draws, state.refusal), (Some(decided.participation), vec![answer], None));
}

/// A ticket for nothing takes its chance and its ordinal like any other.
pub async fn a_draw_of_nothing_is_a_draw(backend: &impl Backend) {
    let store = backend.open().await;
    let activation = publish(&store, &[("phone", 0)]).await.activation;
    let nothing = draw(&store, activation, &wish("p", "1")).await.unwrap();
    let sold_out = draw(&store, activation, &wish("p", "2").stocked("phone")).await.unwrap();
    assert_eq!((nothing.won, nothing.ordinal), (None, 1));
    assert_eq!((sold_out.won.clone(), sold_out.ordinal), (None, 2));
    assert_eq!(store.draw(&sold_out.id).await.unwrap(), Some(sold_out));
    assert_eq!(store.draw(&"202611-none".parse().unwrap()).await.unwrap(), None);
    assert_eq!(store.receipt(&"202611-none".parse().unwrap()).await.unwrap(), None);
}

/// A key belongs to its campaign and player.
pub async fn a_key_finds_its_draw(backend: &impl Backend) {
    let store = backend.open().await;
    publish(&store, &[]).await;
    let activation = publish_in(&store, "autumn", &[]).await.activation;
    let mine = wish("p", "key").unlimited("points");
    assert_eq!(store.snapshot(&mine.query()).await.unwrap(), empty_snapshot(1));
    let made = draw(&store, activation, &mine).await.unwrap();
    let known = store.snapshot(&mine.query()).await.unwrap().known;
    assert_eq!(known, Some(KnownDraws { request: mine.request(), draws: Series::one(made) }));
    for other in [wish("q", "key"), wish("p", "key").in_campaign("autumn"), wish("p", "Key"), wish("p", "key ")] {
        assert_eq!(store.snapshot(&other.query()).await.unwrap().known, None, "{other:?}");
        draw(&store, activation, &other).await.unwrap();
    }
}

fn empty_snapshot(wins: usize) -> Snapshot {
    Snapshot { known: None, participation: None, lists: vec![], wins: vec![Wins::default(); wins] }
}

/// Committing again what was committed, or something else under its key, drops out and changes nothing.
pub async fn a_used_key_commits_nothing(backend: &impl Backend) {
    let store = backend.open().await;
    let activation = publish(&store, &[("phone", 5)]).await.activation;
    let wish = wish("p", "key").stocked("phone");
    let decided = wish.decide(&store, activation).await;
    let made = commit_one(&store, decided.clone()).await.unwrap();
    assert_eq!(commit_one(&store, decided).await, Err(Dropped::VersionChanged));
    let of_a_careless_caller = wish.decide(&store, activation).await;
    assert_eq!(commit_one(&store, of_a_careless_caller).await, Err(Dropped::VersionChanged));
    let state = store.player(&made.campaign, &made.player, None, 10).await.unwrap();
    assert_eq!(state.draws, [made]);
    assert_eq!(super::fixture::stock_of(&store, "phone").await.issued, 1);
}

/// Two draws of one player were decided on the same snapshot: the first goes in.
pub async fn one_draw_of_a_player_in_a_batch(backend: &impl Backend) {
    let store = backend.open().await;
    let activation = publish(&store, &[]).await.activation;
    let mut batch = vec![];
    for (player, key) in [("p", "1"), ("q", "1"), ("p", "2"), ("p", "1")] {
        batch.push(wish(player, key).decide(&store, activation).await);
    }
    let answers = commit_batch(&store, batch).await;
    let ordinals: Vec<_> = answers.into_iter().map(|answer| answer.map(|draw| draw.ordinal)).collect();
    assert_eq!(ordinals, [Ok(1), Ok(1), Err(Dropped::VersionChanged), Err(Dropped::VersionChanged)]);
}

/// Another draw of the player's came between snapshot and commit.
pub async fn a_changed_version_drops_out(backend: &impl Backend) {
    let store = backend.open().await;
    let activation = publish(&store, &[]).await.activation;
    let slow = wish("p", "slow");
    let decided = slow.decide(&store, activation).await;
    draw(&store, activation, &wish("p", "quick")).await.unwrap();
    assert_eq!(commit_one(&store, decided).await, Err(Dropped::VersionChanged));
    assert_eq!(draw(&store, activation, &slow).await.map(|draw| draw.ordinal), Ok(2));
}

/// Draws that go in, for each reason why another does not.
pub async fn what_drops_out_spoils_nothing(backend: &impl Backend) {
    let store = backend.open().await;
    let old = publish(&store, &[]).await.activation;
    let activation = publish(&store, &[]).await.activation;
    let wishes = [("a", activation), ("b", old), ("c", activation), ("a", activation), ("d", activation)];
    let mut batch = vec![];
    for (number, (player, activation)) in wishes.into_iter().enumerate() {
        batch.push(wish(player, &number.to_string()).decide(&store, activation).await);
    }
    let answers = commit_batch(&store, batch).await;
    let dropped: Vec<_> = answers.into_iter().map(Result::err).collect();
    assert_eq!(dropped, [None, Some(Dropped::Superseded(activation)), None, Some(Dropped::VersionChanged), None]);
    let state = store.player(&CAMPAIGN.parse().unwrap(), &"b".parse().unwrap(), None, 1).await.unwrap();
    assert_eq!(state, PlayerState::default());
}

/// Ordinals are the commit's, and count what was committed.
pub async fn ordinals_have_no_gap(backend: &impl Backend) {
    let store = backend.open().await;
    let activation = publish(&store, &[]).await.activation;
    for number in 1..=20u64 {
        let wish = wish("p", &number.to_string());
        if number % 3 == 0 {
            // Decided, never committed: costs nothing.
            wish.decide(&store, activation).await;
        }
        assert_eq!(draw(&store, activation, &wish).await.map(|draw| draw.ordinal), Ok(number));
    }
    let state = store.player(&CAMPAIGN.parse().unwrap(), &"p".parse().unwrap(), None, 100).await.unwrap();
    let ordinals: Vec<u64> = state.draws.iter().map(|draw| draw.ordinal).collect();
    assert_eq!(ordinals, (1..=20).rev().collect::<Vec<u64>>());
    assert_eq!(state.participation.map(|participation| (participation.version, participation.draws)), Some((20, 20)));
}

/// A draw that was decided before a publish or a rollback drops out, and is told what holds.
pub async fn a_newer_activation_holds(backend: &impl Backend) {
    let store = backend.open().await;
    let first = publish(&store, &[("phone", 1)]).await.activation;
    let wish = wish("p", "1").stocked("phone");
    let decided = wish.decide(&store, first).await;
    let second = publish_in(&store, "autumn", &[]).await.activation;
    assert_eq!(commit_one(&store, decided.clone()).await, Err(Dropped::Superseded(second)));
    let campaign = CAMPAIGN.parse().unwrap();
    let third = store.rollback(&set_up(), &campaign, 1, None).await.unwrap().result.activation;
    assert_eq!(commit_one(&store, decided).await, Err(Dropped::Superseded(third)));
    assert_eq!(won(&draw(&store, third, &wish).await.unwrap()), Some("phone"));
}

/// However many commit without pause: once a publish was answered, none of the older activation goes in.
pub async fn no_older_draw_commits_after_a_publish(backend: &impl Backend) {
    let store = backend.open().await;
    let old = publish(&store, &[]).await.activation;
    let mut decided = vec![];
    for player in 0..8 {
        decided.push(wish(&player.to_string(), "early").decide(&store, old).await);
    }
    let late: Vec<_> = decided.split_off(4);
    let early = decided.into_iter().map(|commit| {
        let store = store.clone();
        tokio::spawn(async move { commit_one(&store, commit).await })
    });
    let early: Vec<_> = early.collect();
    let new = publish(&store, &[]).await.activation;
    for commit in late {
        assert_eq!(commit_one(&store, commit).await, Err(Dropped::Superseded(new)));
    }
    for early in early {
        // Before or after, both are right; nothing else is.
        assert!(matches!(early.await.unwrap(), Ok(_) | Err(Dropped::Superseded(_))));
    }
}

/// The same for pausing and resuming.
pub async fn no_older_draw_commits_after_a_pause(backend: &impl Backend) {
    let store = backend.open().await;
    let mut old = publish(&store, &[]).await.activation;
    for (player, paused) in [("a", true), ("b", false)] {
        let decided = wish(player, "1").decide(&store, old).await;
        let new = store.set_paused(&set_up(), &CAMPAIGN.parse().unwrap(), paused).await.unwrap().result.activation;
        assert_eq!(commit_one(&store, decided).await, Err(Dropped::Superseded(new)));
        old = new;
    }
    assert!(commit_one(&store, wish("b", "1").decide(&store, old).await).await.is_ok());
}

/// A win counts in all, and on the day that it was made.
pub async fn wins_are_counted_in_all_and_by_day(backend: &impl Backend) {
    let store = backend.open().await;
    let activation = publish(&store, &[("phone", 2)]).await.activation;
    let tomorrow = 24 * 60 + 1;
    for (key, minute) in [("1", 1), ("2", 1), ("3", tomorrow), ("4", tomorrow)] {
        let wish = wish("p", key).at_minute(minute).stocked("phone").unlimited("points");
        draw(&store, activation, &wish).await.unwrap();
    }
    let query = wish("p", "5").at_minute(tomorrow).unlimited("points").stocked("phone").unlimited("never").query();
    let wins = store.snapshot(&query).await.unwrap().wins;
    let wins: Vec<_> = wins.into_iter().map(|wins| (wins.total, wins.today)).collect();
    assert_eq!(wins, [(2, 2), (2, 0), (0, 0)]);
    // A clock that is set back does not give a day's wins anew, neither to the day before nor to the one after.
    draw(&store, activation, &wish("p", "5").at_minute(1).unlimited("points")).await.unwrap();
    for minute in [1, tomorrow] {
        let query = wish("p", "6").at_minute(minute).unlimited("points").query();
        let wins = store.snapshot(&query).await.unwrap().wins[0];
        assert_eq!((wins.total, wins.today), (3, 3), "at minute {minute}");
    }
    let others = store.snapshot(&wish("q", "5").unlimited("points").query()).await.unwrap().wins;
    assert_eq!(others, [Wins::default()]);
}

/// Nothing in, nothing out.
pub async fn an_empty_batch_is_answered(backend: &impl Backend) {
    let store = backend.open().await;
    assert_eq!(store.commit_draws(&[]).await.unwrap(), []);
}

/// A receipt decodes to what was decided with the verdicts of the commit, and its hash is the one that was answered.
pub async fn receipts_prove_themselves(backend: &impl Backend) {
    let store = backend.open().await;
    let activation = publish(&store, &[("phone", 1), ("mug", 1)]).await.activation;
    let mut batch = vec![];
    let mut wishes = vec![];
    for player in ["a", "b", "c"] {
        let wish = wish(player, "1").limited("phone").stocked("mug").stocked("phone").unlimited("points");
        batch.push(wish.decide(&store, activation).await);
        wishes.push(wish);
    }
    let answers = commit_batch(&store, batch.clone()).await;
    let prizes: Vec<_> = answers.iter().map(|answer| won(answer.as_ref().unwrap())).collect();
    assert_eq!(prizes, [Some("mug"), Some("phone"), Some("points")]);
    for ((answer, commit), wish) in answers.into_iter().zip(batch).zip(wishes) {
        let answer = answer.unwrap();
        let stored = store.receipt(&answer.id).await.unwrap().unwrap();
        assert_eq!(Receipt::digest(&stored.bytes), answer.receipt);
        let receipt = Receipt::decode(&stored.bytes).unwrap();
        assert_eq!(receipt.terms, commit.draws.first.receipt.terms);
        assert_eq!(receipt.granted().map(|tried| &tried.prize), answer.won.as_ref().map(|won| &won.prize));
        assert!(matches!(receipt.tried[0].verdict, Verdict::LimitReached(_)));
        let disclosure = stored.disclosure.unwrap();
        assert_eq!(disclosure, wish.disclosure());
        assert_eq!(disclosure.fact_commitments(), receipt.terms.facts);
        assert_eq!(disclosure.player_commitment(), receipt.terms.player);
        assert_eq!(stored.draw, answer);
    }
}

/// What was answered is there for whoever opens the database next, and goes on from there.
pub async fn everything_is_there_after_reopening(backend: &impl Backend) {
    let store = backend.open().await;
    let activation = publish(&store, &[("phone", 1)]).await.activation;
    let wish_one = wish("p", "1").stocked("phone");
    let made = draw(&store, activation, &wish_one).await.unwrap();
    drop(store);
    let store = backend.open().await;
    let snapshot = store.snapshot(&wish_one.query()).await.unwrap();
    assert_eq!(snapshot.known, Some(KnownDraws { request: wish_one.request(), draws: Series::one(made.clone()) }));
    assert_eq!(store.receipt(&made.id).await.unwrap().map(|stored| stored.draw), Some(made));
    assert_eq!(store.live().await.unwrap().activation, activation);
    let next = draw(&store, activation, &wish("p", "2").stocked("phone").unlimited("points")).await.unwrap();
    assert_eq!((next.ordinal, won(&next)), (2, Some("points")));
    let today = Zone::UTC.local(minute(1)).day;
    let state = store.player(&next.campaign, &next.player, None, 0).await.unwrap();
    assert_eq!(state.participation.map(|participation| participation.day.within(today)), Some(2));
}

/// Hosts that decide for one player at once: one goes in, the others decide again.
pub async fn one_of_racing_draws_of_a_player_wins(backend: &impl Backend) {
    let store = backend.open().await;
    let activation = publish(&store, &[]).await.activation;
    let mut decided = vec![];
    for number in 0..16 {
        decided.push(wish("p", &number.to_string()).decide(&store, activation).await);
    }
    let racing = decided.into_iter().map(|commit| {
        let store = store.clone();
        tokio::spawn(async move { commit_one(&store, commit).await })
    });
    let racing: Vec<_> = racing.collect();
    let mut made = 0;
    for racing in racing {
        match racing.await.unwrap() {
            Ok(draw) => {
                assert_eq!(draw.ordinal, 1);
                made += 1;
            }
            Err(dropped) => assert_eq!(dropped, Dropped::VersionChanged),
        }
    }
    assert_eq!(made, 1);
}
