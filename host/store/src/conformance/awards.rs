//! Awards: how far each is, and who says so.

use std::sync::Arc;

use tombola_domain::award::{Delivery, State};
use tombola_domain::chance::{Chances, Participation};
use tombola_domain::id::{AwardId, CampaignId, EventId};

use super::Backend;
use super::event_wish::{event, points, prize, to_referrer};
use super::fixture::{commit_one, draw, minute, operation, publish, publish_in, set_up, title, wish};
use crate::audit::{Query as AuditQuery, Verb};
use crate::awards::{Award, AwardHistory, InHouse, Move, MoveError, Moved, Query, Source, WonByEvent};
use crate::draws::{Draw, Dropped};
use crate::ledger::Shortfalls;
use crate::outbox::{Claim, Ending};
use crate::{Operation, Store};

pub(super) fn id(draw: &Draw) -> AwardId {
    AwardId::of_draw(&draw.id)
}

fn to(draw: &Draw, to: State) -> Move {
    Move { award: id(draw), to }
}

async fn win(store: &Arc<dyn Store>, activation: u64, player: &str, prize: &str) -> Draw {
    draw(store, activation, &wish(player, prize).unlimited(prize)).await.unwrap()
}

pub(super) async fn history(store: &Arc<dyn Store>, draw: &Draw) -> AwardHistory {
    store.award(&id(draw)).await.unwrap().unwrap()
}

async fn moved(store: &Arc<dyn Store>, moves: &[Move]) -> Vec<Moved> {
    store.move_awards(&set_up(), moves, &[], &Shortfalls::default()).await.unwrap().result
}

/// One that has failed.
async fn failed(store: &Arc<dyn Store>, draw: &Draw) {
    let (owner, queue) = ("host".to_owned(), "webhook/crm".parse().unwrap());
    let claim = Claim { queue, owner, now: minute(2), until: minute(5), limit: 99 };
    for task in store.claim_tasks(&claim).await.unwrap() {
        let ending = Ending::Dead { reason: "answered 410".to_owned() };
        assert_eq!(store.end_tasks(&[(task, ending)], minute(3)).await.unwrap(), [true]);
    }
    assert_eq!(history(store, draw).await.award.state, State::Failed);
}

/// Where telling of it is all, it is delivered; what people deliver is to do.
pub async fn an_award_begins_as_it_is_delivered(backend: &impl Backend) {
    let store = backend.open().await;
    let activation = publish(&store, &[]).await.activation;
    let cases = [
        ("mug", State::Delivered),
        ("hamper", State::ToDo),
        ("hook-crm", State::Pending),
        ("chances", State::Pending),
        ("coins", State::Pending),
    ];
    for (prize, state) in cases {
        let history = history(&store, &win(&store, activation, "p", prize).await).await;
        assert_eq!((history.award.state, history.changes), (state, vec![]), "{prize}");
        assert_eq!(history.attempts.is_some(), state == State::Pending, "{prize}");
    }
    let nothing = draw(&store, activation, &wish("p", "nothing")).await.unwrap();
    assert_eq!(store.award(&id(&nothing)).await.unwrap(), None);
    assert_eq!(store.award(&"202611-0000-x-1".parse().unwrap()).await.unwrap(), None);
    assert_eq!(store.award(&"x".parse().unwrap()).await.unwrap(), None);
}

/// By its own id, by its draw's and by its position.
pub async fn an_award_is_read_back_with_its_history(backend: &impl Backend) {
    let store = backend.open().await;
    let activation = publish(&store, &[]).await.activation;
    let first = win(&store, activation, "p", "mug").await;
    let second = draw(&store, activation, &wish("p", "2").unlimited("hook-crm").amount(7)).await.unwrap();
    let found = history(&store, &second).await;
    let expected = Award {
        id: id(&second),
        position: 2,
        source: Source::Draw(second.id.clone()),
        campaign: second.campaign.clone(),
        player: second.player.clone(),
        prize: "hook-crm".parse().unwrap(),
        title: title(&"hook-crm".parse().unwrap()),
        data: second.won.clone().unwrap().data,
        amount: 7,
        delivery: Some(Delivery::Webhook("crm".parse().unwrap())),
        state: State::Pending,
        won_at: second.drawn_at,
    };
    assert_eq!(found.award, expected);
    let attempts = found.attempts.clone().unwrap();
    assert_eq!((attempts.count, attempts.due, attempts.reason.as_str()), (0, Some(second.drawn_at), ""));
    let gone = "202611-0000-gone-1".parse().unwrap();
    let mut both = store.histories(&[id(&second), gone, id(&first)]).await.unwrap();
    both.sort_by_key(|history| history.award.position);
    assert_eq!(both, [history(&store, &first).await, found.clone()]);
    assert_eq!(store.awards_at(&[2, 9, 1]).await.unwrap(), [both[0].award.clone(), found.award]);
    let points = history(&store, &win(&store, activation, "p", "points").await).await.award.delivery;
    assert_eq!(points, Some(Delivery::Points { unit: "points".parse().unwrap(), each: 1 }));
}

/// Each change stands in its history, with who did it and why.
pub async fn people_move_what_is_theirs_to_deliver(backend: &impl Backend) {
    let store = backend.open().await;
    let activation = publish(&store, &[]).await.activation;
    let hamper = win(&store, activation, "p", "hamper").await;
    let because = |reason: &str, at| Operation { at: minute(at), reason: reason.parse().unwrap(), ..set_up() };
    for (state, reason, at) in [(State::InProgress, "packed", 2), (State::Delivered, "shipped", 3)] {
        let done =
            store.move_awards(&because(reason, at), &[to(&hamper, state)], &[], &Shortfalls::default()).await.unwrap();
        assert!(matches!(done.result[..], [Moved::From(_)]), "{done:?}");
    }
    let found = history(&store, &hamper).await;
    let changes: Vec<_> = found.changes.iter().map(|change| (change.state, change.at, change.note.as_str())).collect();
    let expected = [(State::InProgress, minute(2), "packed"), (State::Delivered, minute(3), "shipped")];
    assert_eq!((found.award.state, changes), (State::Delivered, expected.to_vec()));
    assert!(found.changes.iter().all(|change| change.actor.as_deref() == Some("alice")));
    let entry = &store.audit(&AuditQuery::default(), 1).await.unwrap()[0];
    assert_eq!((entry.what, entry.subject.as_str()), (Verb::MoveAwards, id(&hamper).as_str()));
    assert_eq!((&entry.campaign, entry.reason.as_str()), (&Some(hamper.campaign.clone()), "shipped"));
}

/// What moves and what does not is told of each; several moves of one award follow each other.
pub async fn what_can_t_be_moved_stays(backend: &impl Backend) {
    let store = backend.open().await;
    let activation = publish(&store, &[]).await.activation;
    let (mug, hook) = (win(&store, activation, "p", "mug").await, win(&store, activation, "p", "hook-crm").await);
    let hamper = win(&store, activation, "p", "hamper").await;
    let unknown = Move { award: "202611-0000-x-1".parse().unwrap(), to: State::Delivered };
    let moves = [
        to(&mug, State::ToDo),
        to(&mug, State::Delivered),
        to(&hook, State::Delivered),
        to(&hamper, State::InProgress),
        unknown,
        to(&hamper, State::Pending),
        to(&hamper, State::Delivered),
        to(&hamper, State::Delivered),
    ];
    let expected = [
        Moved::Refused(State::Delivered),
        Moved::Unchanged,
        Moved::Refused(State::Pending),
        Moved::From(State::ToDo),
        Moved::Unknown,
        Moved::Refused(State::InProgress),
        Moved::From(State::InProgress),
        Moved::Unchanged,
    ];
    assert_eq!(moved(&store, &moves).await, expected);
    assert_eq!(history(&store, &hamper).await.award.state, State::Delivered);
    assert_eq!(history(&store, &hamper).await.changes.len(), 2);
    assert_eq!(history(&store, &hook).await.award.state, State::Pending);
    assert_eq!(store.audit(&AuditQuery::default(), 1).await.unwrap()[0].subject, "8 awards");
}

/// The same key and request: the same answer.
pub async fn a_repeated_move_does_nothing(backend: &impl Backend) {
    let store = backend.open().await;
    let activation = publish(&store, &[]).await.activation;
    let hamper = win(&store, activation, "p", "hamper").await;
    let gone = Move { award: "202611-0000-x-1".parse().unwrap(), to: State::ToDo };
    let moves = [to(&hamper, State::InProgress), to(&hamper, State::Pending), gone];
    let first = store.move_awards(&operation("key", "a"), &moves, &[], &Shortfalls::default()).await.unwrap();
    assert_eq!(moved(&store, &[to(&hamper, State::ToDo)]).await, [Moved::From(State::InProgress)]);
    let again = store.move_awards(&operation("key", "a"), &moves, &[], &Shortfalls::default()).await.unwrap();
    assert_eq!((&again.result, first.replayed, again.replayed), (&first.result, false, true));
    assert_eq!(history(&store, &hamper).await.award.state, State::ToDo);
    let reused = store.move_awards(&operation("key", "b"), &moves, &[], &Shortfalls::default()).await;
    assert!(matches!(reused, Err(MoveError::KeyReused(_))), "{reused:?}");
}

/// The first is due again, at once; the second is tried no more.
pub async fn a_failed_award_is_tried_again_or_done_otherwise(backend: &impl Backend) {
    let store = backend.open().await;
    let activation = publish(&store, &[]).await.activation;
    let (one, other) = (win(&store, activation, "a", "hook-crm").await, win(&store, activation, "b", "hook-crm").await);
    failed(&store, &one).await;
    failed(&store, &other).await;
    let wanted = Operation { at: minute(9), ..set_up() };
    let moves = [to(&one, State::Pending), to(&other, State::Delivered), to(&other, State::Pending)];
    let expected = [Moved::From(State::Failed), Moved::From(State::Failed), Moved::Refused(State::Delivered)];
    assert_eq!(store.move_awards(&wanted, &moves, &[], &Shortfalls::default()).await.unwrap().result, expected);
    let (owner, queue) = ("host".to_owned(), "webhook/crm".parse().unwrap());
    let claim = Claim { queue, owner, now: minute(9), until: minute(12), limit: 99 };
    let tasks = store.claim_tasks(&claim).await.unwrap();
    let tasks: Vec<_> = tasks.iter().map(|task| (task.number, task.attempts)).collect();
    assert_eq!(tasks, [(1, 1)]);
    assert_eq!(store.load(&claim.queue).await.unwrap().dead, 0);
    assert_eq!(history(&store, &other).await.attempts, None);
}

/// Whoever may not touch them is told nothing of them.
pub async fn awards_of_other_campaigns_are_not_known(backend: &impl Backend) {
    let store = backend.open().await;
    publish(&store, &[]).await;
    let activation = publish_in(&store, "autumn", &[]).await.activation;
    let here = win(&store, activation, "p", "hamper").await;
    let there = wish("p", "1").unlimited("hamper").in_campaign("autumn");
    let there = draw(&store, activation, &there).await.unwrap();
    let autumn: CampaignId = "autumn".parse().unwrap();
    let moves = [to(&here, State::Delivered), to(&there, State::Delivered)];
    let done =
        store.move_awards(&set_up(), &moves, std::slice::from_ref(&autumn), &Shortfalls::default()).await.unwrap();
    assert_eq!(done.result, [Moved::Unknown, Moved::From(State::ToDo)]);
    assert_eq!(store.audit(&AuditQuery::default(), 1).await.unwrap()[0].campaign, Some(autumn));
}

/// By campaign, prize and state, earliest first.
pub async fn awards_come_in_pages(backend: &impl Backend) {
    let store = backend.open().await;
    publish(&store, &[]).await;
    let activation = publish_in(&store, "autumn", &[]).await.activation;
    for number in 0..6 {
        let prize = ["mug", "hamper", "hook-crm"][number % 3];
        let campaign = if number < 3 { "spring" } else { "autumn" };
        let wish = wish("p", &number.to_string()).unlimited(prize).in_campaign(campaign);
        draw(&store, activation, &wish).await.unwrap();
    }
    let pages = async |query: Query, limit| {
        let (mut pages, mut after) = (vec![], 0);
        loop {
            let page = store.awards(&Query { after, ..query.clone() }, limit).await.unwrap();
            pages.push(page.awards.iter().map(|award| award.position).collect::<Vec<_>>());
            match page.next {
                Some(next) => after = next,
                None => return pages,
            }
        }
    };
    let campaigns = |names: &[&str]| Some(names.iter().map(|name| name.parse().unwrap()).collect::<Vec<CampaignId>>());
    let all = pages(Query::default(), 4).await;
    assert_eq!(all, [vec![1, 2, 3, 4], vec![5, 6]]);
    let of = |campaigns, prize: Option<&str>, state| {
        let prize = prize.map(|prize| prize.parse().unwrap());
        pages(Query { campaigns, prize, state, after: 0 }, 9)
    };
    assert_eq!(of(campaigns(&["autumn"]), None, None).await, [vec![4, 5, 6]]);
    assert_eq!(of(campaigns(&["autumn", "spring"]), Some("hamper"), None).await, [vec![2, 5]]);
    assert_eq!(of(campaigns(&[]), None, None).await, [Vec::<u64>::new()]);
    assert_eq!(of(None, None, Some(State::Delivered)).await, [vec![1, 4]]);
    assert_eq!(of(None, None, Some(State::ToDo)).await, [vec![2, 5]]);
    assert_eq!(of(campaigns(&["spring"]), Some("hook-crm"), Some(State::Pending)).await, [vec![3]]);
    assert_eq!(of(None, Some("mug"), Some(State::Failed)).await, [Vec::<u64>::new()]);

    // What events won stands among what draws won.
    event("q", "e").gives("autumn", &[prize("hamper", false)]).report(&store, activation).await.unwrap();
    draw(&store, activation, &wish("p", "6").unlimited("mug").in_campaign("autumn")).await.unwrap();
    let autumn = of(campaigns(&["autumn"]), None, None).await.concat();
    let won = store.awards_at(&autumn).await.unwrap();
    assert!(autumn.is_sorted(), "{autumn:?}");
    assert_eq!(
        won.iter().map(|award| award.prize.as_str()).collect::<Vec<_>>(),
        ["mug", "hamper", "hook-crm", "hamper", "mug"]
    );
    assert_eq!(of(campaigns(&["autumn"]), Some("hamper"), Some(State::ToDo)).await, [[autumn[1], autumn[3]]]);
    assert_eq!(of(campaigns(&["autumn"]), None, Some(State::Delivered)).await, [[autumn[0], autumn[4]]]);
}

/// What the player has goes up, and a draw that was decided before is decided again.
pub async fn chances_are_delivered_once(backend: &impl Backend) {
    let store = backend.open().await;
    let activation = publish(&store, &[]).await.activation;
    let won = draw(&store, activation, &wish("p", "1").unlimited("chances").amount(5)).await.unwrap();
    let next = wish("p", "2");
    let decided = next.decide(&store, activation).await;
    let before = store.snapshot(&next.query()).await.unwrap().participation.unwrap();
    assert_eq!(store.deliver_in_house(InHouse::Chances, minute(0), 9).await.unwrap().delivered, 0);
    assert_eq!(store.deliver_in_house(InHouse::Chances, minute(2), 9).await.unwrap().delivered, 1);
    assert_eq!(store.deliver_in_house(InHouse::Chances, minute(3), 9).await.unwrap().delivered, 0);
    let after = store.snapshot(&next.query()).await.unwrap().participation.unwrap();
    let chances = Chances { added: before.chances.added + 15, ..before.chances };
    assert_eq!(after, Participation { version: before.version + 1, chances, ..before });
    let found = history(&store, &won).await;
    assert_eq!((found.award.state, found.attempts), (State::Delivered, None));
    assert_eq!(found.changes.iter().map(|change| change.at).collect::<Vec<_>>(), [minute(2)]);
    assert_eq!(commit_one(&store, decided).await, Err(Dropped::VersionChanged));
    draw(&store, activation, &next).await.unwrap();
    let store = backend.open().await;
    let last = store.snapshot(&next.query()).await.unwrap().participation.unwrap();
    assert_eq!(last.chances, Chances { used: after.chances.used + 1, ..after.chances });
}

/// Also those of one transaction, and only so many as are asked for.
pub async fn chances_of_one_player_add_up(backend: &impl Backend) {
    let store = backend.open().await;
    let activation = publish(&store, &[]).await.activation;
    for number in 0..3 {
        let wish = wish("p", &number.to_string()).unlimited("chances").amount(1);
        draw(&store, activation, &wish).await.unwrap();
    }
    draw(&store, activation, &wish("q", "1").unlimited("chances").amount(1)).await.unwrap();
    let chances = async |player: &str| {
        store.snapshot(&wish(player, "x").query()).await.unwrap().participation.unwrap().chances.added
    };
    let before = (chances("p").await, chances("q").await);
    assert_eq!(store.deliver_in_house(InHouse::Chances, minute(2), 2).await.unwrap().delivered, 2);
    assert_eq!((chances("p").await, chances("q").await), (before.0 + 6, before.1));
    assert_eq!(store.deliver_in_house(InHouse::Chances, minute(2), 9).await.unwrap().delivered, 2);
    assert_eq!((chances("p").await, chances("q").await), (before.0 + 9, before.1 + 3));
}

/// Latest first, a referrer's among theirs, and without what another's event is called.
pub async fn awards_of_events_come_in_pages(backend: &impl Backend) {
    let store = backend.open().await;
    let activation = publish(&store, &[("mug", 9)]).await.activation;
    let gives = [points(1), prize("mug", true), to_referrer(prize("hamper", false)), prize("hamper", false)];
    for (player, id) in [("p", "e"), ("p", "f"), ("q", "g")] {
        event(player, id).gives("spring", &gives).report(&store, activation).await.unwrap();
    }
    event("p", "h").gives("autumn", &gives[2..]).report(&store, activation).await.unwrap();
    draw(&store, activation, &wish("p", "1").unlimited("mug").amount(1)).await.unwrap();
    while store.deliver_referrals(minute(2), 9).await.unwrap().delivered > 0 {}
    let (spring, friend) = ("spring".parse().unwrap(), "friend".parse().unwrap());
    let told = |won: &[WonByEvent]| -> Vec<_> {
        let text = |won: &WonByEvent| {
            let WonByEvent { history, event } = won;
            format!("{} {}", history.award.prize, event.as_ref().map_or("-", EventId::as_str))
        };
        won.iter().map(text).collect()
    };
    let first = store.won_by_events(&spring, &"p".parse().unwrap(), None, 3).await.unwrap();
    assert_eq!(told(&first), ["hamper f", "mug f", "hamper e"]);
    let rest = store.won_by_events(&spring, &"p".parse().unwrap(), Some(first[2].history.award.position), 3).await;
    assert_eq!(told(&rest.unwrap()), ["mug e"]);
    let referred = store.won_by_events(&spring, &friend, None, 9).await.unwrap();
    assert_eq!(told(&referred), ["hamper -"; 3]);
    let of_friend = referred[0].history.award.id.clone();
    let moves = [Move { award: of_friend.clone(), to: State::InProgress }];
    assert_eq!(moved(&store, &moves).await, [Moved::From(State::ToDo)]);
    let referred = store.won_by_events(&spring, &friend, None, 1).await.unwrap();
    assert_eq!(referred[0].history, store.award(&of_friend).await.unwrap().unwrap());
    assert_eq!(referred[0].history.changes.len(), 1);
    assert_eq!(store.won_by_events(&spring, &"nobody".parse().unwrap(), None, 9).await.unwrap(), []);
}
