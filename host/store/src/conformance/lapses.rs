//! Chances that lapse: in lots by when they do, whoever gives them, and taken away once.

use std::sync::Arc;

use tombola_domain::award::State;
use tombola_domain::chance::{Holding, TooManyLots};
use tombola_domain::id::AwardId;
use tombola_domain::ledger::{Account, House, Lapse, Wish as Transfer};
use tombola_domain::time::{Timestamp, Zone};

use super::Backend;
use super::event_wish::{chances, commit, decided, event, to_referrer};
use super::fixture::{CAMPAIGN, commit_one, draw, minute, operation, revision, set_up, wish};
use super::orders::{order, place_one};
use super::reversals::reversal;
use crate::awards::{InHouse, Move};
use crate::chances::{ChanceGrant, GrantError, Lapsing, grant_key};
use crate::draws::Dropped;
use crate::events::DecidedRebate;
use crate::ledger::{BusinessKey, NewPosting, Shortfalls, Why};
use crate::orders::NewOrder;
use crate::sweep::{Sweep, Swept};
use crate::{Operation, Store};

/// A campaign in which what comes in lasts for two days of Shanghai, and what is won or sold there.
const DOCUMENT: &str =
    r#"{"document": {"chances": {"granted": 0, "lifetime_days": 2}, "window": {"timezone": "Asia/Shanghai"}}}"#;

/// As many lots as a player may have here.
const LOTS_MAX: usize = 5;

async fn start(backend: &impl Backend) -> (Arc<dyn Store>, u64) {
    let store = backend.open().await;
    let published = store.publish(&set_up(), &revision(CAMPAIGN, DOCUMENT, &[("five", 9)])).await.unwrap();
    (store, published.result.activation)
}

/// Gives chances that lapse at that minute, to a player who begins with none.
async fn grant(store: &Arc<dyn Store>, player: &str, amount: u64, lapse: Option<i64>) -> BusinessKey {
    let key = format!("{player}-{amount}-{lapse:?}").replace(' ', "");
    try_grant(store, &operation(&key, &key), player, amount, lapse).await.unwrap()
}

async fn try_grant(
    store: &Arc<dyn Store>,
    operation: &Operation,
    player: &str,
    amount: u64,
    lapse: Option<i64>,
) -> Result<BusinessKey, GrantError> {
    let (campaign, player) = (CAMPAIGN.parse().unwrap(), player.parse().unwrap());
    let lapse = lapse.map(minute).into();
    let grant = ChanceGrant { campaign, player, amount, granted: Some(0), lapse, lots_max: Some(LOTS_MAX) };
    store.grant_chances(operation, &grant).await.map(|_| grant_key(operation))
}

async fn holding(store: &Arc<dyn Store>, player: &str) -> Holding {
    store.player(&CAMPAIGN.parse().unwrap(), &player.parse().unwrap(), None, 0).await.unwrap().holding
}

fn lapsing(player: &str, now: Timestamp) -> Lapsing {
    Lapsing { campaign: CAMPAIGN.parse().unwrap(), player: player.parse().unwrap(), now }
}

async fn version(store: &Arc<dyn Store>, player: &str) -> u64 {
    store.snapshot(&wish(player, "x").query()).await.unwrap().participation.unwrap_or_default().version
}

/// What is left, and of this what lapses when once what was used is taken out of it.
async fn has(store: &Arc<dyn Store>, player: &str) -> (Option<u64>, Vec<(Timestamp, u64)>) {
    let mut holding = holding(store, player).await;
    holding.settle();
    (holding.chances().left(), holding.lots().collect())
}

fn lots<const N: usize>(lots: [(i64, u64); N]) -> Vec<(Timestamp, u64)> {
    lots.map(|(lapse, left)| (minute(lapse), left)).to_vec()
}

async fn draw_often(store: &Arc<dyn Store>, activation: u64, player: &str, keys: std::ops::Range<u32>) {
    for key in keys {
        draw(store, activation, &wish(player, &key.to_string())).await.unwrap();
    }
}

/// What never lapses is used last, also if it came in first; also after a restart.
pub async fn what_lapses_soonest_is_used_first(backend: &impl Backend) {
    let (store, activation) = start(backend).await;
    grant(&store, "p", 2, None).await;
    grant(&store, "p", 3, Some(50)).await;
    grant(&store, "p", 2, Some(20)).await;
    assert_eq!(has(&store, "p").await, (Some(7), lots([(20, 2), (50, 3)])));
    draw_often(&store, activation, "p", 0..3).await;
    assert_eq!(has(&store, "p").await, (Some(4), lots([(50, 2)])));
    // What came in before counts as settled then, and what is used later is used of all there is.
    grant(&store, "p", 1, Some(30)).await;
    assert_eq!(has(&store, "p").await, (Some(5), lots([(30, 1), (50, 2)])));
    draw_often(&store, activation, "p", 3..7).await;
    let store = backend.open().await;
    assert_eq!(has(&store, "p").await, (Some(1), lots([])));
    assert_eq!(holding(&store, "p").await.chances().lapse_at, Some(minute(30)));
    let snapshot = store.snapshot(&wish("p", "x").query()).await.unwrap();
    assert!(
        snapshot.participation.unwrap().chances.has_lapsed(minute(30)),
        "which is looked at before it is known to be empty"
    );
    store.lapse_chances_of(&[lapsing("p", minute(30))]).await.unwrap();
    assert_eq!(holding(&store, "p").await.chances().lapse_at, None);
    assert_eq!(has(&store, "p").await, (Some(1), lots([])));
}

/// However often it is looked for, and after a restart as well; draws that were decided before are decided again.
pub async fn what_lapsed_is_taken_away_once(backend: &impl Backend) {
    let (store, activation) = start(backend).await;
    grant(&store, "p", 3, Some(20)).await;
    grant(&store, "p", 3, Some(40)).await;
    grant(&store, "q", 1, Some(40)).await;
    draw_often(&store, activation, "p", 0..1).await;
    let early = wish("p", "early").decide(&store, activation).await;
    assert_eq!(store.lapse_chances(&Sweep::first(minute(19), 9)).await.unwrap().cleared, 0);
    assert_eq!(store.lapse_chances(&Sweep::first(minute(20), 9)).await.unwrap().cleared, 1);
    assert_eq!(store.lapse_chances(&Sweep::first(minute(20), 9)).await.unwrap().cleared, 0);
    assert_eq!(commit_one(&store, early).await, Err(Dropped::VersionChanged));
    assert_eq!(has(&store, "p").await, (Some(3), lots([(40, 3)])));
    let store = backend.open().await;
    assert_eq!(store.lapse_chances(&Sweep::first(minute(39), 9)).await.unwrap().cleared, 0);
    let before = version(&store, "q").await;
    for _ in 0..2 {
        for answer in store.lapse_chances_of(&[lapsing("p", minute(99)), lapsing("nobody", minute(99))]).await.unwrap()
        {
            answer.unwrap();
        }
        assert_eq!(has(&store, "p").await, (Some(0), lots([])));
    }
    assert_eq!((version(&store, "q").await, has(&store, "q").await), (before, (Some(1), lots([(40, 1)]))));
    assert_eq!(store.lapse_chances(&Sweep::first(minute(99), 9)).await.unwrap().cleared, 1);
    // None of which an operator gave, and so none of which they could void.
    let listed = store.grants(&CAMPAIGN.parse().unwrap(), &"p".parse().unwrap(), None, 9).await.unwrap();
    let lapses: Vec<_> = listed.iter().map(|granted| granted.lapse.time()).collect();
    assert_eq!(lapses, [Some(minute(20)), Some(minute(40))]);
}

/// The last chance is drawn with or lapses, and never both.
pub async fn a_lapse_or_a_draw_comes_first(backend: &impl Backend) {
    let (store, activation) = start(backend).await;
    let mut races = tokio::task::JoinSet::new();
    for number in 0..30 {
        let store = Arc::clone(&store);
        races.spawn(async move {
            let player = format!("p{number}");
            grant(&store, &player, 1, Some(20)).await;
            let decided = wish(&player, "1").decide(&store, activation).await;
            let whose = [lapsing(&player, minute(20))];
            let lapsing = store.lapse_chances_of(&whose);
            let (drawn, lapsed) = if number % 2 == 0 {
                tokio::join!(commit_one(&store, decided), lapsing)
            } else {
                let (lapsed, drawn) = tokio::join!(lapsing, commit_one(&store, decided));
                (drawn, lapsed)
            };
            assert!(matches!(lapsed.unwrap()[..], [Ok(())]));
            let chances = holding(&store, &player).await.chances();
            let expected = if drawn.is_ok() { (1, 1) } else { (0, 0) };
            assert_eq!((chances.added, chances.used), expected, "{drawn:?}");
            assert_eq!(chances.left(), Some(0));
        });
    }
    while let Some(race) = races.join_next().await {
        race.unwrap();
    }
}

/// The end of the second day of Shanghai after that minute.
fn in_two_days(at: i64) -> Timestamp {
    let zone: Zone = "Asia/Shanghai".parse().unwrap();
    zone.day_begins(zone.local(minute(at)).day + 3)
}

/// From orders and events as they say; from awards and for referrers as the revision says on which they were won, from when they are handed
/// over.
pub async fn every_chance_that_comes_in_lapses(backend: &impl Backend) {
    let (store, activation) = start(backend).await;
    pay(&store, "p").await;
    let lapse = Lapse::At(minute(70));
    place_one(&store, NewOrder { lapse, ..order("p", "1", 1, activation) }).await.unwrap();
    assert_eq!(has(&store, "p").await.1, lots([(70, 5)]));
    let mut earned =
        event("p", "e").gives(CAMPAIGN, &[chances(2), to_referrer(chances(4))]).decide(&store, activation).await;
    let rebate = earned.rebates.pop().unwrap();
    earned.rebates.push(DecidedRebate { lapse: Lapse::At(minute(60)), ..rebate });
    decided(&commit(&store, earned).await.unwrap(), CAMPAIGN);
    assert_eq!(has(&store, "p").await.1, lots([(60, 2), (70, 5)]));
    draw(&store, activation, &wish("q", "1").unlimited("chances").amount(1)).await.unwrap();
    // A later revision changes nothing of what was won before.
    store.publish(&set_up(), &revision(CAMPAIGN, "{}", &[])).await.unwrap();
    assert_eq!(store.deliver_in_house(InHouse::Chances, minute(2), 9).await.unwrap().delivered, 1);
    assert_eq!(has(&store, "q").await.1, [(in_two_days(2), 3)]);
    assert_eq!(store.deliver_referrals(minute(3), 9).await.unwrap().delivered, 1);
    assert_eq!(has(&store, "friend").await.1, [(in_two_days(3), 4)]);
}

async fn pay(store: &Arc<dyn Store>, player: &str) {
    let (from, to) = (Account::House(House::Issue), Account::Player(player.parse().unwrap()));
    let wish = Transfer { unit: "points".parse().unwrap(), from, to, amount: 90, lapse: Lapse::Never };
    let (player, key) = (Some(player.parse().unwrap()), "earned".parse().unwrap());
    let earned = NewPosting { player, key, why: Why::Reward, wishes: vec![wish], at: minute(0) };
    store.post(vec![earned]).await.unwrap().pop().unwrap().unwrap();
}

/// And then of what lapses last; once it has lapsed nothing is taken out of what came in otherwise. Grants, orders, events and awards.
pub async fn what_is_taken_back_comes_out_of_its_own_lot(backend: &impl Backend) {
    let (store, activation) = start(backend).await;
    let (campaign, player) = (CAMPAIGN.parse().unwrap(), "p".parse().unwrap());
    pay(&store, "p").await;
    let bought = NewOrder { granted: Some(0), lapse: Lapse::At(minute(70)), ..order("p", "1", 1, activation) };
    let bought = place_one(&store, bought).await.unwrap().order;
    let mut earned = event("p", "e").gives(CAMPAIGN, &[chances(4)]).decide(&store, activation).await;
    earned.rebates[0].lapse = Lapse::At(minute(60));
    commit(&store, earned).await.unwrap();
    let won = draw(&store, activation, &wish("p", "0").unlimited("chances").amount(1)).await.unwrap();
    store.deliver_in_house(InHouse::Chances, minute(2), 9).await.unwrap();
    let given = grant(&store, "p", 2, Some(50)).await;
    let late = grant(&store, "p", 3, Some(10)).await;
    let with_award = |earlier: &[(i64, u64)], left: u64| {
        let earlier = earlier.iter().map(|(lapse, left)| (minute(*lapse), *left));
        earlier.chain([(in_two_days(2), left)]).collect::<Vec<_>>()
    };
    // The draw took one of what lapsed soonest then.
    assert_eq!(has(&store, "p").await.1, with_award(&[(10, 3), (50, 2), (60, 3), (70, 5)], 3));
    draw_often(&store, activation, "p", 1..5).await;
    let voided = store.void_grant(&operation("v", "v"), &campaign, &player, &given).await.unwrap().result;
    // One of its own is left, and the other is of what lapses last.
    assert_eq!((voided.taken, has(&store, "p").await.1), (2, with_award(&[(60, 3), (70, 5)], 2)));
    store.reverse_event(&reversal("back", "e", Some((1, 2)))).await.unwrap();
    assert_eq!(has(&store, "p").await.1, with_award(&[(60, 1), (70, 5)], 2));
    let voiding = Move { award: AwardId::of_draw(&won.id), to: State::Voided };
    store.move_awards(&operation("m", "m"), &[voiding], &[], &Shortfalls::default()).await.unwrap();
    // Two of its own, and the third of what lapses last by now.
    assert_eq!(has(&store, "p").await, (Some(5), lots([(60, 1), (70, 4)])));
    // What has lapsed is gone by itself.
    let after = Operation { at: minute(11), ..operation("l", "l") };
    assert_eq!(store.void_grant(&after, &campaign, &player, &late).await.unwrap().result.taken, 0);
    let after = Operation { at: minute(61), ..operation("o", "o") };
    store.void_order(&after, &campaign, &bought.id).await.unwrap();
    assert_eq!(has(&store, "p").await, (Some(0), lots([])));
}

/// But what was given is known by its key, also once it has.
pub async fn nothing_is_given_that_has_lapsed(backend: &impl Backend) {
    let (store, _) = start(backend).await;
    let at = |at: i64, key: &str| Operation { at: minute(at), ..operation(key, "1") };
    for late in [20, 21] {
        let refused = try_grant(&store, &at(late, "late"), "p", 1, Some(20)).await;
        assert!(matches!(refused, Err(GrantError::Lapsed(lapsed)) if lapsed == minute(20)), "{refused:?}");
    }
    try_grant(&store, &at(19, "early"), "p", 1, Some(20)).await.unwrap();
    try_grant(&store, &at(30, "early"), "p", 1, Some(20)).await.unwrap();
    assert_eq!(has(&store, "p").await, (Some(1), lots([(20, 1)])));
}

/// Each at its own time: what has not lapsed by then stays.
pub async fn many_players_chances_lapse_together(backend: &impl Backend) {
    let (store, _) = start(backend).await;
    for player in ["a", "b", "c"] {
        grant(&store, player, 2, Some(20)).await;
        grant(&store, player, 1, Some(40)).await;
    }
    let asked =
        [lapsing("a", minute(20)), lapsing("b", minute(19)), lapsing("c", minute(20)), lapsing("c", minute(40))];
    let answers = store.lapse_chances_of(&asked).await.unwrap();
    assert!(answers.len() == 4 && answers.iter().all(Result::is_ok), "{answers:?}");
    let left = [("a", 1), ("b", 3), ("c", 0)];
    for (player, expected) in left {
        assert_eq!(has(&store, player).await.0, Some(expected), "{player}");
    }
    assert!(store.lapse_chances_of(&[]).await.unwrap().is_empty());
}

/// What comes in may lapse when something else does, or never, and takes the place of what has lapsed; one more time is refused.
pub async fn chances_lapse_at_so_many_times(backend: &impl Backend) {
    let (store, activation) = start(backend).await;
    for lapse in [10, 20, 30, 40, 50] {
        grant(&store, "p", 1, Some(lapse)).await;
    }
    let at = |at: i64, key: &str| Operation { at: minute(at), ..operation(key, key) };
    let refused = try_grant(&store, &at(9, "sixth"), "p", 1, Some(60)).await;
    assert!(matches!(refused, Err(GrantError::TooManyLots(TooManyLots { max: LOTS_MAX }))), "{refused:?}");
    assert_eq!(has(&store, "p").await.0, Some(5));
    for (key, lapse) in [("same", Some(40)), ("never", None)] {
        try_grant(&store, &at(9, key), "p", 1, lapse).await.unwrap();
    }
    try_grant(&store, &at(10, "lapsed"), "p", 1, Some(60)).await.unwrap();
    // What was used is gone as well.
    draw_often(&store, activation, "p", 0..1).await;
    try_grant(&store, &at(11, "used"), "p", 1, Some(70)).await.unwrap();
    assert_eq!(has(&store, "p").await, (Some(7), lots([(30, 1), (40, 2), (50, 1), (60, 1), (70, 1)])));
}

/// Soonest first, and of no more lots at once than are asked for; each step goes on where the one before ended.
pub async fn lapses_go_on_in_steps(backend: &impl Backend) {
    let (store, _) = start(backend).await;
    for (player, lapse) in [("c", 30), ("a", 10), ("b", 20), ("d", 40)] {
        grant(&store, player, 1, Some(lapse)).await;
    }
    let first = store.lapse_chances(&Sweep::first(minute(30), 2)).await.unwrap();
    assert_eq!(first.cleared, 2);
    let mut left = Vec::new();
    for player in ["a", "b", "c", "d"] {
        left.push(has(&store, player).await.0);
    }
    assert_eq!(left, [Some(0), Some(0), Some(1), Some(1)]);
    let second = Sweep { after: first.next.unwrap(), ..Sweep::first(minute(30), 2) };
    let none = Swept { cleared: 0, next: None };
    for expected in [Swept { cleared: 1, ..none.clone() }, none.clone()] {
        assert_eq!(store.lapse_chances(&second).await.unwrap(), expected);
    }
    // What lapsed before that place is another sweep's.
    grant(&store, "e", 1, Some(15)).await;
    assert_eq!(store.lapse_chances(&second).await.unwrap(), none);
    assert_eq!(store.lapse_chances(&Sweep::first(minute(30), 2)).await.unwrap().cleared, 1);
}
