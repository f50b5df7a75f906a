//! Events: what campaigns give for one is there once, in all of them or in none.

use std::sync::Arc;

use tombola_domain::award::State;
use tombola_domain::chance::PeriodCount;
use tombola_domain::event::Tally;
use tombola_domain::id::{AwardId, CampaignId};
use tombola_domain::ledger::Lapse;
use tombola_domain::rebate::{Gain, Receipt, Verdict};
use tombola_domain::stock::Token;
use tombola_domain::task::Queue;
use tombola_domain::time::Zone;

use super::Backend;
use super::budgets::{fund, left as left_in_budget};
use super::event_wish::{
    chances, commit, costing, decided, event, has, left, points, prize, reward, to_referrer, verdicts, waiting,
};
use super::fixture::{draw, minute, publish, publish_in, set_up, stock_of, wish};
use crate::draws::Dropped;
use crate::events::{EventCommit, Outcome, Refusal};
use crate::ledger::Unit;

const GIVEN: Verdict = Verdict::Granted(None);
const STALE: Dropped = Dropped::VersionChanged;

/// Points, chances and prizes at once, with a receipt that is signed and says so.
pub async fn what_an_event_earns_is_there_at_once(backend: &impl Backend) {
    let store = backend.open().await;
    let activation = publish(&store, &[("mug", 1)]).await.activation;
    let first = event("p", "e")
        .gives("spring", &[points(5), chances(2), prize("mug", true), prize("hamper", false), points(1)]);
    let answers = first.report(&store, activation).await.unwrap();
    let rebate = decided(&answers, "spring");
    let token = Verdict::Granted(Some(Token { bucket: 0, unit: 1 }));
    assert_eq!(verdicts(&rebate), [GIVEN, GIVEN, token, GIVEN, GIVEN]);
    assert_eq!((has(&store, "p").await, left(&store, "p").await), (6, Some(12)));
    assert_eq!(stock_of(&store, "mug").await.issued, 1);
    let awards = [2, 3].map(|place| AwardId::of_rebate(&rebate.id, place));
    let mut histories = store.histories(&awards).await.unwrap();
    histories.sort_by_key(|history| history.award.position);
    let states: Vec<_> = histories.iter().map(|history| (history.award.id.clone(), history.award.state)).collect();
    let [mug, hamper] = awards;
    assert_eq!(states, [(mug, State::Delivered), (hamper, State::ToDo)]);
    assert_eq!(histories[1].award.source.rebate(), Some(&rebate.id));

    let known = store.event(&"p".parse().unwrap(), &"e".parse().unwrap()).await.unwrap().unwrap();
    assert_eq!((known.event, known.request, known.answers), (first.event(), first.request(), answers));
    let receipt = store.rebate_receipt(&rebate.id).await.unwrap().unwrap();
    assert_eq!((&receipt.rebate, Receipt::digest(&receipt.bytes)), (&rebate, rebate.receipt));
    let disclosure = receipt.disclosure.unwrap();
    let decoded = Receipt::decode(&receipt.bytes).unwrap();
    assert_eq!(disclosure.referrer_commitment(), decoded.terms.referrer);
    let proof = receipt.proof.unwrap();
    assert!(proof.seal.signs(&proof.root(&rebate.receipt).unwrap()));
    assert_eq!(store.prove().await.unwrap(), []);

    let second = event("p", "f").gives("spring", &[prize("mug", true), chances(1)]);
    let rebate = decided(&second.report(&store, activation).await.unwrap(), "spring");
    assert_eq!((verdicts(&rebate), rebate.ordinal), (vec![Verdict::SoldOut { mark: 1 }, GIVEN], 2));
    let state = store.event_snapshot(&event("p", "g").gives("spring", &[]).query()).await.unwrap();
    let day = Zone::UTC.local(minute(0)).day;
    let tally = Tally { total: 2, day: PeriodCount { period: day, count: 2 }, streak_days: 1 };
    assert_eq!((state.campaigns[0].tally, state.campaigns[0].events, state.campaigns[0].wins[0].total), (tally, 2, 1));
    draw(&store, activation, &wish("p", "1")).await.unwrap();
    assert_eq!(left(&store, "p").await, Some(12));
}

/// Side by side, one after the other, or in one batch.
pub async fn an_event_is_taken_once(backend: &impl Backend) {
    let store = backend.open().await;
    let activation = publish(&store, &[]).await.activation;
    let wish = event("p", "e").gives("spring", &[points(5)]);
    let commits = vec![wish.decide(&store, activation).await, wish.decide(&store, activation).await];
    let answers = store.commit_events(&commits).await.unwrap();
    assert!(matches!(&answers[..], [Ok(_), Err(error)] if *error == STALE), "{answers:?}");
    assert_eq!(commit(&store, commits[0].clone()).await, Err(STALE));
    assert_eq!(has(&store, "p").await, 5);
    // Another player's event may have the same id, and a second one of this player's goes on from the first.
    event("q", "e").gives("spring", &[points(7)]).report(&store, activation).await.unwrap();
    event("p", "f").gives("spring", &[points(1)]).report(&store, activation).await.unwrap();
    assert_eq!((has(&store, "p").await, has(&store, "q").await), (6, 7));
    assert_eq!(store.prove().await.unwrap(), []);
}

/// What one of them no longer stands for holds back the others, and takes nothing.
pub async fn an_event_goes_to_all_of_its_campaigns_or_to_none(backend: &impl Backend) {
    let store = backend.open().await;
    publish_in(&store, "autumn", &[("mug", 5)]).await;
    let activation = publish(&store, &[]).await.activation;
    let both =
        event("p", "e").gives("autumn", &[points(1), prize("mug", true)]).gives("spring", &[points(2), chances(1)]);
    let old = both.decide(&store, activation).await;
    draw(&store, activation, &wish("p", "1")).await.unwrap();
    let other = event("q", "e").gives("autumn", &[prize("mug", true)]);
    let answers = store.commit_events(&[old, other.decide(&store, activation).await]).await.unwrap();
    assert!(matches!(&answers[..], [Err(error), Ok(_)] if *error == STALE), "{answers:?}");
    assert_eq!(store.event(&"p".parse().unwrap(), &"e".parse().unwrap()).await.unwrap(), None);
    assert_eq!(has(&store, "p").await, 0);
    let answers = both.report(&store, activation).await.unwrap();
    assert_eq!(answers.iter().map(|answer| answer.campaign.as_str()).collect::<Vec<_>>(), ["autumn", "spring"]);
    let token = Verdict::Granted(Some(Token { bucket: 0, unit: 2 }));
    assert_eq!(verdicts(&decided(&answers, "autumn")), [GIVEN, token]);
    assert_eq!(has(&store, "p").await, 3);
    let superseded = both.decide(&store, activation - 1).await;
    let superseded = commit(&store, EventCommit { is_new: true, ..superseded }).await;
    assert_eq!(superseded, Err(Dropped::Superseded(activation)));
}

/// It is listed from when it is due, decided once, and refused or forgotten where that is what comes of it.
pub async fn a_waiting_event_is_decided_later(backend: &impl Backend) {
    let store = backend.open().await;
    let activation = publish(&store, &[]).await.activation;
    let wish = event("p", "e").gives("spring", &[points(1)]).waits("autumn").waits("summer").waits("winter");
    wish.report(&store, activation).await.unwrap();
    assert_eq!(waiting(&store, &["autumn", "summer", "winter"], 1).await, []);
    let found = waiting(&store, &["autumn", "summer", "winter"], 2).await;
    assert_eq!(
        found.iter().map(|(known, tries)| (known.event.clone(), *tries)).collect::<Vec<_>>(),
        [(wish.event(), 0)]
    );
    let outcomes: Vec<_> = found[0].0.answers.iter().map(|answer| answer.outcome == Outcome::Waiting).collect();
    assert_eq!(outcomes, [true, false, true, true], "autumn, spring, summer, winter");

    let later = event("p", "e").gives("autumn", &[points(10)]);
    let mut later = later.decide(&store, activation).await;
    let campaign = |name: &str| -> CampaignId { name.parse().unwrap() };
    let refusal = Refusal { code: "attribute-refused".to_owned(), message: "no".to_owned() };
    later.refused = vec![(campaign("summer"), refusal.clone())];
    later.waiting = vec![(campaign("winter"), minute(5))];
    assert!(!later.is_new);
    let again = later.clone();
    commit(&store, later).await.unwrap();
    assert_eq!(commit(&store, again).await, Err(STALE));
    assert_eq!(has(&store, "p").await, 11);
    assert_eq!(waiting(&store, &["autumn", "summer", "winter"], 4).await, []);
    let found = waiting(&store, &["autumn", "summer", "winter"], 5).await;
    assert_eq!((found.len(), found[0].1), (1, 1));
    assert_eq!(waiting(&store, &["autumn", "summer"], 9).await, [], "it waits elsewhere");
    store.put_off_event(1, minute(7)).await.unwrap();
    assert_eq!(waiting(&store, &["winter"], 6).await, []);
    assert_eq!(waiting(&store, &["winter"], 7).await[0].1, 2);
    let mut last = event("p", "e").decide(&store, activation).await;
    last.refused = vec![(campaign("winter"), refusal.clone())];
    commit(&store, last).await.unwrap();
    assert_eq!(waiting(&store, &["autumn", "summer", "winter"], 9).await, []);
    let known = store.event(&"p".parse().unwrap(), &"e".parse().unwrap()).await.unwrap().unwrap();
    let names: Vec<_> = known.answers.iter().map(|answer| answer.campaign.as_str()).collect();
    assert_eq!(names, ["autumn", "spring", "summer", "winter"]);
    assert!(known.answers[2..].iter().all(|answer| answer.outcome == Outcome::Refused(refusal.clone())));
}

/// Points, chances and prizes together, under a key of their own; what can't be posted is a dead letter.
pub async fn what_a_referrer_gets_is_handed_over_once(backend: &impl Backend) {
    let store = backend.open().await;
    let activation = publish(&store, &[("mug", 3)]).await.activation;
    let gives = [points(5), chances(2), prize("mug", true), prize("chances", false)].map(to_referrer);
    let answers = event("p", "e").gives("spring", &gives).report(&store, activation).await.unwrap();
    let rebate = decided(&answers, "spring");
    assert_eq!((has(&store, "p").await, has(&store, "friend").await, stock_of(&store, "mug").await.issued), (0, 0, 1));
    assert_eq!(store.due_queues(minute(1)).await.unwrap(), [Queue::Referrals]);
    assert_eq!(store.deliver_referrals(minute(0), 9).await.unwrap().delivered, 0);
    assert_eq!(store.deliver_referrals(minute(1), 9).await.unwrap().delivered, 1);
    assert_eq!(store.deliver_referrals(minute(2), 9).await.unwrap().delivered, 0);
    assert_eq!((has(&store, "friend").await, left(&store, "friend").await), (5, Some(12)));
    let mug = store.award(&AwardId::of_rebate(&rebate.id, 2)).await.unwrap().unwrap().award;
    assert_eq!((mug.player.as_str(), mug.state, mug.won_at), ("friend", State::Delivered, minute(1)));
    let more = store.award(&AwardId::of_rebate(&rebate.id, 3)).await.unwrap().unwrap().award;
    assert_eq!(more.state, State::Pending);
    assert_eq!(store.prove().await.unwrap(), []);
    let positions: Vec<u64> = store.feed(0, 99).await.unwrap().into_iter().map(|(position, _)| position).collect();
    assert_eq!(positions, (1..=positions.len() as u64).collect::<Vec<_>>());
}

/// Also what a referrer gets, from when the event is committed.
pub async fn what_events_earn_comes_out_of_the_budget(backend: &impl Backend) {
    let store = backend.open().await;
    let activation = publish(&store, &[("mug", 9)]).await.activation;
    fund(&store, 20).await;
    let gives = [
        costing(points(8), 8),
        costing(prize("mug", true), 30),
        costing(to_referrer(points(7)), 7),
        costing(points(6), 6),
        costing(prize("mug", true), 5),
    ];
    let answers = event("p", "e").gives("spring", &gives).report(&store, activation).await.unwrap();
    let token = Verdict::Granted(Some(Token { bucket: 0, unit: 1 }));
    let spent = |left| Verdict::BudgetSpent { left };
    assert_eq!(verdicts(&decided(&answers, "spring")), [GIVEN, spent(12), GIVEN, spent(5), token]);
    assert_eq!((has(&store, "p").await, left_in_budget(&store).await), (8, 0));
    assert_eq!(store.prove().await.unwrap(), []);
    assert_eq!(store.deliver_referrals(minute(1), 9).await.unwrap().delivered, 1);
    assert_eq!(has(&store, "friend").await, 7);
    assert_eq!(store.prove().await.unwrap(), []);
}

/// A campaign whose points can't be posted gives nothing, takes nothing, and holds back no other.
pub async fn what_can_t_be_posted_is_refused_by_its_campaign(backend: &impl Backend) {
    let store = backend.open().await;
    publish_in(&store, "autumn", &[("mug", 5)]).await;
    let activation = publish(&store, &[]).await.activation;
    let gold = reward(Gain::Points("gold".parse().unwrap()), 3);
    let both = event("p", "e").gives("autumn", &[prize("mug", true), gold]).gives("spring", &[points(2)]);
    let answers = both.report(&store, activation).await.unwrap();
    let Outcome::Refused(refusal) = &answers[0].outcome else { panic!("{answers:?}") };
    assert_eq!(refusal.code, "unit-unknown");
    assert_eq!(verdicts(&decided(&answers, "spring")), [GIVEN]);
    assert_eq!((has(&store, "p").await, left(&store, "p").await), (2, Some(10)));
    let known = store.event(&"p".parse().unwrap(), &"e".parse().unwrap()).await.unwrap().unwrap();
    assert_eq!(known.answers, answers);
    let other = event("q", "e").gives("autumn", &[prize("mug", true)]).report(&store, activation).await.unwrap();
    let token = Verdict::Granted(Some(Token { bucket: 0, unit: 1 }));
    assert_eq!(verdicts(&decided(&other, "autumn")), [token]);
    assert_eq!(store.prove().await.unwrap(), []);
}

/// Points of a rebate last as long as their unit says, counted from when the event was reported.
pub async fn points_of_events_lapse(backend: &impl Backend) {
    let store = backend.open().await;
    let lifetime = tombola_domain::ledger::Lifetime::new(3).unwrap();
    let unit = Unit { name: "points".parse().unwrap(), title: "Points".to_owned(), lifetime: Some(lifetime) };
    store.put_unit(&set_up(), &unit).await.unwrap();
    let activation = publish(&store, &[]).await.activation;
    event("p", "e").gives("spring", &[points(5)]).report(&store, activation).await.unwrap();
    let balances = store.balances(&"p".parse().unwrap(), minute(1)).await.unwrap();
    let lapse: Lapse = lifetime.lapse(minute(1));
    assert_eq!(balances[0].lots, [(lapse, 5)]);
}

/// Many at once never get more than there is, and every unit goes out.
pub async fn concurrent_events_issue_exactly_the_stock(backend: &impl Backend) {
    const PLAYERS: [&str; 12] = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l"];
    let store = backend.open().await;
    let activation = publish(&store, &[("mug", 7)]).await.activation;
    let mut tasks = tokio::task::JoinSet::new();
    for player in PLAYERS {
        let store = Arc::clone(&store);
        tasks.spawn(async move {
            let wish = event(player, "e").gives("spring", &[prize("mug", true), points(1)]);
            decided(&wish.report(&store, activation).await.unwrap(), "spring")
        });
    }
    let rebates = tasks.join_all().await;
    let given = rebates.iter().filter(|rebate| rebate.rewards[0].is_granted()).count();
    assert_eq!((given, stock_of(&store, "mug").await.issued), (7, 7));
    assert_eq!(store.prove().await.unwrap(), []);
}
