//! Events that are reversed: what they earned is taken back, as a whole or part after part.

use std::sync::Arc;

use tombola_domain::award::State;
use tombola_domain::digest::Digest;
use tombola_domain::event::{Part, PartRefused};
use tombola_domain::hold::Wish;
use tombola_domain::id::AwardId;
use tombola_domain::ledger::{Lapse, Lifetime};

use super::Backend;
use super::adjustments::adjust;
use super::budgets::{fund, left as left_in_budget};
use super::event_wish::{chances, costing, decided, event, has, left, points, prize, to_referrer, waiting};
use super::fixture::{draw, minute, operation, publish, publish_in, set_up, stock_of, wish};
use super::holds::{end, new, place};
use super::voids::{owes, spend, state};
use crate::Store;
use crate::awards::Move;
use crate::events::{Answer, KnownEvent, Outcome, PointsBack, Refusal, Reversal, ReverseError, Reverses, TakenBack};
use crate::ledger::{Shortfalls, Unit};
use crate::sweep::Sweep;

/// Takes back what `p`'s event earned, or a part of it.
pub(super) fn reversal(id: &str, of: &str, part: Option<(i64, i64)>) -> Reversal {
    let part = part.map(|(amount, of)| Part::new(amount, of).unwrap());
    Reversal {
        id: id.parse().unwrap(),
        player: "p".parse().unwrap(),
        request: Digest::of(id.as_bytes()),
        reverses: Reverses { event: of.parse().unwrap(), part },
        event_type: None,
        campaigns: vec![],
        shortfalls: Shortfalls::default(),
        occurred_at: minute(4),
        received_at: minute(5),
    }
}

async fn reverse(store: &Arc<dyn Store>, reversal: &Reversal) -> Result<Vec<Answer>, ReverseError> {
    store.reverse_event(reversal).await.map(|known| known.answers)
}

/// What was taken in one campaign.
async fn taken(store: &Arc<dyn Store>, id: &str, of: &str, part: Option<(i64, i64)>) -> TakenBack {
    match reverse(store, &reversal(id, of, part)).await.unwrap().pop().map(|answer| answer.outcome) {
        Some(Outcome::Reversed(taken)) => taken,
        other => panic!("nothing was taken: {other:?}"),
    }
}

async fn known(store: &Arc<dyn Store>, id: &str) -> KnownEvent {
    store.event(&"p".parse().unwrap(), &id.parse().unwrap()).await.unwrap().unwrap()
}

/// How much of `p`'s event was reversed where it was decided, by campaign.
async fn reversed(store: &Arc<dyn Store>, id: &str) -> Vec<Option<(i64, i64)>> {
    let answers = known(store, id).await.answers;
    let decided = answers.into_iter().filter_map(|answer| match answer.outcome {
        Outcome::Decided(rebate) => Some(rebate.reversed.map(|part| (part.amount(), part.of()))),
        _ => None,
    });
    decided.collect()
}

fn gone(amount: i64, owed: i64, lost: i64) -> Vec<PointsBack> {
    vec![PointsBack { unit: "points".parse().unwrap(), amount, owed, lost, lapsed: 0 }]
}

/// Points, chances and prizes go back; ordinals and the receipt stay, and the feed says nothing else of what was given.
pub async fn a_whole_event_is_reversed(backend: &impl Backend) {
    let store = backend.open().await;
    let activation = publish(&store, &[("mug", 1), ("hamper", 1)]).await.activation;
    let gives = [points(5), chances(2), prize("mug", true), prize("hamper", true), points(2)];
    let before = event("p", "e").gives("spring", &gives).report(&store, activation).await.unwrap();
    let rebate = decided(&before, "spring");
    let feed = store.feed(0, 99).await.unwrap();
    let awards = [2, 3].map(|place| AwardId::of_rebate(&rebate.id, place));
    let back = taken(&store, "r", "e", None).await;
    assert_eq!(back, TakenBack { points: gone(7, 0, 0), chances: 2, awards: awards.to_vec() });
    assert_eq!((has(&store, "p").await, left(&store, "p").await), (0, Some(10)));
    assert_eq!((stock_of(&store, "mug").await.stock, stock_of(&store, "hamper").await.stock), (1, 2));
    for award in &awards {
        assert_eq!(state(&store, award).await, (State::Voided, None));
    }
    let reversing = known(&store, "r").await;
    assert_eq!(reversing.event.reverses, Some(reversal("r", "e", None).reverses));
    assert_eq!((reversing.event.event_type.as_str(), reversing.request), ("visit", reversal("r", "e", None).request));
    assert_eq!(reversed(&store, "e").await, [Some((1, 1))]);
    let receipt = store.rebate_receipt(&rebate.id).await.unwrap().unwrap();
    assert_eq!(tombola_domain::rebate::Receipt::digest(&receipt.bytes), rebate.receipt);
    assert_eq!(store.feed(0, 99).await.unwrap()[0], feed[0]);
    let next = event("p", "f").gives("spring", &[points(1)]).report(&store, activation).await.unwrap();
    assert_eq!(decided(&next, "spring").ordinal, 2);
    assert_eq!(store.prove().await.unwrap(), []);
}

/// Each its share, rounded down, whatever the order, and all of it in the end.
pub async fn parts_of_an_event_add_up(backend: &impl Backend) {
    let store = backend.open().await;
    let activation = publish(&store, &[]).await.activation;
    let gives = [points(10), points(5), chances(5), prize("mug", false)];
    let answers = event("p", "e").gives("spring", &gives).report(&store, activation).await.unwrap();
    let mug = AwardId::of_rebate(&decided(&answers, "spring").id, 3);
    let first = taken(&store, "r1", "e", Some((1, 3))).await;
    // 3 of 10 and 1 of 5; a third of 5 chances is 1.
    assert_eq!(first, TakenBack { points: gone(4, 0, 0), chances: 1, awards: vec![] });
    assert_eq!((has(&store, "p").await, left(&store, "p").await), (11, Some(14)));
    assert_eq!(state(&store, &mug).await.0, State::Delivered);
    assert_eq!(reversed(&store, "e").await, [Some((1, 3))]);
    let exceeds = reverse(&store, &reversal("r2", "e", Some((3, 3)))).await;
    assert!(matches!(exceeds, Err(ReverseError::Refused(PartRefused::Exceeds { left: 2, of: 3 }))), "{exceeds:?}");
    let other = reverse(&store, &reversal("r2", "e", Some((1, 4)))).await;
    assert!(matches!(other, Err(ReverseError::Refused(PartRefused::OtherWhole { of: 3 }))), "{other:?}");
    let last = taken(&store, "r2", "e", Some((2, 3))).await;
    assert_eq!(last, TakenBack { points: gone(11, 0, 0), chances: 4, awards: vec![mug.clone()] });
    assert_eq!((has(&store, "p").await, left(&store, "p").await), (0, Some(10)));
    assert_eq!(state(&store, &mug).await.0, State::Voided);
    for part in [None, Some((1, 3))] {
        let more = reverse(&store, &reversal("r3", "e", part)).await;
        assert!(matches!(more, Err(ReverseError::Refused(PartRefused::Exceeds { left: 0, of: 3 }))), "{more:?}");
    }
    assert_eq!(store.prove().await.unwrap(), []);
}

/// Many parts at once come to the whole, and one more than there are is refused.
pub async fn racing_parts_never_exceed_the_whole(backend: &impl Backend) {
    const PARTS: i64 = 16;
    let store = backend.open().await;
    let activation = publish(&store, &[]).await.activation;
    event("p", "e").gives("spring", &[points(1009), chances(7)]).report(&store, activation).await.unwrap();
    spend(&store, "p", 500).await;
    let mut tasks = tokio::task::JoinSet::new();
    for number in 0..PARTS + 4 {
        let store = Arc::clone(&store);
        tasks.spawn(async move { reverse(&store, &reversal(&format!("r{number}"), "e", Some((1, PARTS)))).await });
    }
    let answers = tasks.join_all().await;
    let (mut amount, mut owed, mut chances) = (0, 0, 0);
    for answer in answers.iter().flatten().flatten() {
        let Outcome::Reversed(back) = &answer.outcome else { panic!("{answer:?}") };
        chances += back.chances;
        for points in &back.points {
            amount += points.amount;
            owed += points.owed;
        }
    }
    assert_eq!(answers.iter().filter(|answer| answer.is_err()).count(), 4);
    assert_eq!((amount, owed, chances), (1009, 500, 7));
    assert_eq!((has(&store, "p").await, owes(&store, "p").await, left(&store, "p").await), (0, 500, Some(10)));
    assert_eq!(store.prove().await.unwrap(), []);
}

/// Of points a debt or a loss, of chances nothing: they were drawn with.
pub async fn what_was_used_of_an_event_stays_used(backend: &impl Backend) {
    let store = backend.open().await;
    let activation = publish(&store, &[]).await.activation;
    for (id, is_lost) in [("e", false), ("f", true)] {
        event("p", id).gives("spring", &[points(10), chances(3)]).report(&store, activation).await.unwrap();
        // All that they began with, and two of those that came in.
        let (draws, spent) = if is_lost { (2, 3) } else { (12, 4) };
        for number in 0..draws {
            draw(&store, activation, &wish("p", &format!("{id}-{number}"))).await.unwrap();
        }
        spend(&store, "p", spent).await;
        let wanted = Reversal {
            shortfalls: Shortfalls::borne_in(is_lost.then(|| "spring".parse().unwrap())),
            ..reversal(&format!("r-{id}"), id, None)
        };
        let answers = reverse(&store, &wanted).await.unwrap();
        let points = if is_lost { gone(10, 4, 3) } else { gone(10, 4, 0) };
        assert_eq!(answers[0].outcome, Outcome::Reversed(TakenBack { points, chances: 1, awards: vec![] }), "{id}");
        assert_eq!((has(&store, "p").await, left(&store, "p").await), (0, Some(0)));
    }
    assert_eq!((owes(&store, "p").await, store.prove().await.unwrap()), (4, vec![]));
}

/// The house bears what was spent. What a hold may give back is owed, and paid when it does.
pub async fn what_is_on_hold_is_no_loss(backend: &impl Backend) {
    let store = backend.open().await;
    let unit = Unit { name: "points".parse().unwrap(), title: "Points".to_owned(), lifetime: None };
    store.put_unit(&set_up(), &unit).await.unwrap();
    let activation = publish(&store, &[]).await.activation;
    event("p", "e").gives("spring", &[points(10)]).report(&store, activation).await.unwrap();
    let hold = new("p", "1", 6);
    place(&store, &hold).await.unwrap();
    spend(&store, "p", 1).await;
    let shortfalls = Shortfalls::borne_in(["spring".parse().unwrap()]);
    let answers = reverse(&store, &Reversal { shortfalls, ..reversal("r", "e", None) }).await.unwrap();
    let taken = TakenBack { points: gone(10, 6, 1), chances: 0, awards: vec![] };
    assert_eq!(answers[0].outcome, Outcome::Reversed(taken));
    end(&store, &hold.hold, Wish::Release, minute(6)).await.unwrap();
    assert_eq!((has(&store, "p").await, owes(&store, "p").await), (0, 0));
    assert_eq!(store.prove().await.unwrap(), []);
}

/// It is owed again, and what there is by then pays it.
pub async fn what_had_paid_a_debt_is_paid_again(backend: &impl Backend) {
    let store = backend.open().await;
    let activation = publish(&store, &[]).await.activation;
    event("p", "d").gives("spring", &[points(4)]).report(&store, activation).await.unwrap();
    spend(&store, "p", 4).await;
    taken(&store, "r1", "d", None).await;
    event("p", "e").gives("spring", &[points(10)]).report(&store, activation).await.unwrap();
    adjust(&store, "p", "1", 3, Lapse::Never).await;
    assert_eq!((has(&store, "p").await, owes(&store, "p").await), (9, 0));
    let back = taken(&store, "r2", "e", None).await;
    assert_eq!((back.points, has(&store, "p").await, owes(&store, "p").await), (gone(10, 1, 0), 0, 1));
    assert_eq!(store.prove().await.unwrap(), []);
}

/// What had lapsed is missed already, and told of; what was spent before comes out of what is left.
pub async fn what_lapsed_of_an_event_is_not_taken_twice(backend: &impl Backend) {
    const DAYS: i64 = 1440;
    let store = backend.open().await;
    let unit = Unit { name: "points".parse().unwrap(), title: "Points".to_owned(), lifetime: Lifetime::new(1).ok() };
    store.put_unit(&set_up(), &unit).await.unwrap();
    let activation = publish(&store, &[]).await.activation;
    adjust(&store, "p", "1", 5, Lapse::Never).await;
    event("p", "e").gives("spring", &[points(10)]).report(&store, activation).await.unwrap();
    spend(&store, "p", 3).await;
    assert_eq!(store.lapse(&Sweep::first(minute(3 * DAYS), 9)).await.unwrap().cleared, 1);
    let half = Reversal { received_at: minute(3 * DAYS), ..reversal("r1", "e", Some((1, 2))) };
    let rest = Reversal { received_at: minute(4 * DAYS), ..reversal("r2", "e", None) };
    for (wanted, lapsed) in [(half, 5), (rest, 2)] {
        let answers = reverse(&store, &wanted).await.unwrap();
        let points = vec![PointsBack { lapsed, ..gone(5, 0, 0).remove(0) }];
        assert_eq!(answers[0].outcome, Outcome::Reversed(TakenBack { points, ..TakenBack::default() }));
        assert_eq!(known(&store, wanted.id.as_str()).await.answers, answers);
    }
    assert_eq!((has(&store, "p").await, owes(&store, "p").await), (2, 0));
    assert_eq!(store.prove().await.unwrap(), []);
}

/// Both what they have and what is on its way, which is handed over first.
pub async fn what_a_referrer_got_is_taken_back(backend: &impl Backend) {
    let store = backend.open().await;
    let activation = publish(&store, &[("hamper", 2)]).await.activation;
    let gives = [points(5), chances(2), prize("hamper", true)].map(to_referrer);
    for (id, is_handed_over) in [("e", false), ("f", true)] {
        let gives = [&gives[..], &[points(1)]].concat();
        let answers = event("p", id).gives("spring", &gives).report(&store, activation).await.unwrap();
        let hamper = AwardId::of_rebate(&decided(&answers, "spring").id, 2);
        if is_handed_over {
            assert_eq!(store.deliver_referrals(minute(2), 9).await.unwrap().delivered, 1);
        }
        let half = taken(&store, &format!("{id}-1"), id, Some((1, 2))).await;
        assert_eq!(half, TakenBack::default(), "a referrer's is theirs to know");
        assert_eq!((has(&store, "friend").await, left(&store, "friend").await), (3, Some(11)));
        assert_eq!(state(&store, &hamper).await.0, State::ToDo);
        assert_eq!(store.deliver_referrals(minute(9), 9).await.unwrap().delivered, 0);
        assert_eq!(taken(&store, &format!("{id}-2"), id, None).await.points, gone(1, 0, 0));
        assert_eq!((has(&store, "friend").await, left(&store, "friend").await), (0, Some(10)));
        assert_eq!(state(&store, &hamper).await.0, State::Voided);
    }
    assert_eq!(stock_of(&store, "hamper").await.stock, 4);
    assert_eq!((owes(&store, "friend").await, store.prove().await.unwrap()), (0, vec![]));
    let positions: Vec<u64> = store.feed(0, 99).await.unwrap().into_iter().map(|(position, _)| position).collect();
    assert_eq!(positions, (1..=positions.len() as u64).collect::<Vec<_>>());
}

/// A part can't be taken of what is not known yet. The whole can, and ends it.
pub async fn a_waiting_event_is_reversed_as_a_whole(backend: &impl Backend) {
    let store = backend.open().await;
    let activation = publish(&store, &[]).await.activation;
    let both = event("p", "e").gives("spring", &[points(4)]).waits("autumn");
    both.report(&store, activation).await.unwrap();
    let late = event("p", "e").gives("autumn", &[points(9)]).decide(&store, activation).await;
    let early = reverse(&store, &reversal("r", "e", Some((1, 2)))).await;
    assert!(matches!(&early, Err(ReverseError::Waits(campaign)) if campaign.as_str() == "autumn"), "{early:?}");
    assert_eq!(has(&store, "p").await, 4);
    let answers = reverse(&store, &reversal("r", "e", None)).await.unwrap();
    let back = TakenBack { points: gone(4, 0, 0), ..TakenBack::default() };
    let outcomes: Vec<_> = answers.into_iter().map(|answer| answer.outcome).collect();
    assert_eq!(outcomes, [Outcome::Reversed(TakenBack::default()), Outcome::Reversed(back)]);
    assert_eq!(waiting(&store, &["autumn", "spring", "summer", "winter"], 9).await, []);
    let Outcome::Refused(Refusal { code, .. }) = &known(&store, "e").await.answers[0].outcome else {
        panic!("it waits")
    };
    assert_eq!(code, "event-reversed");
    assert!(store.commit_events(&[late]).await.unwrap()[0].is_err(), "who decided it meanwhile is too late");
    assert_eq!(has(&store, "p").await, 0);
}

/// Nor one of another type, a reversal, what is not there, or what is nobody's business.
pub async fn what_can_t_be_reversed_changes_nothing(backend: &impl Backend) {
    let store = backend.open().await;
    publish_in(&store, "autumn", &[]).await;
    let activation = publish(&store, &[]).await.activation;
    event("p", "e")
        .gives("autumn", &[points(1)])
        .gives("spring", &[points(2)])
        .report(&store, activation)
        .await
        .unwrap();
    event("q", "f").gives("spring", &[points(2)]).report(&store, activation).await.unwrap();
    let only =
        |campaign: &str, id: &str| Reversal { campaigns: vec![campaign.parse().unwrap()], ..reversal(id, "e", None) };
    for unknown in [reversal("r", "f", None), reversal("r", "r", None), only("summer", "r")] {
        let answer = reverse(&store, &unknown).await;
        assert!(matches!(answer, Err(ReverseError::Unknown)), "{answer:?}");
    }
    let typed = Reversal { event_type: Some("order".parse().unwrap()), ..reversal("r", "e", None) };
    let answer = reverse(&store, &typed).await;
    assert!(matches!(&answer, Err(ReverseError::OtherType(real)) if real.as_str() == "visit"), "{answer:?}");
    assert_eq!(has(&store, "p").await, 3);

    let spring = reverse(&store, &only("spring", "r")).await.unwrap();
    assert_eq!(spring.iter().map(|answer| answer.campaign.as_str()).collect::<Vec<_>>(), ["spring"]);
    assert_eq!((has(&store, "p").await, reversed(&store, "e").await), (1, vec![None, Some((1, 1))]));
    for id in ["r", "e"] {
        let known = reverse(&store, &reversal(id, "e", None)).await;
        assert!(matches!(known, Err(ReverseError::Known)), "{known:?}");
    }
    let twice = reverse(&store, &reversal("s", "r", None)).await;
    assert!(matches!(twice, Err(ReverseError::IsReversal)), "{twice:?}");
    // The rest is what is left elsewhere.
    let rest = reverse(&store, &reversal("s", "e", None)).await.unwrap();
    assert_eq!(rest.iter().map(|answer| answer.campaign.as_str()).collect::<Vec<_>>(), ["autumn"]);
    assert_eq!((has(&store, "p").await, has(&store, "q").await), (0, 2));
    assert_eq!(store.prove().await.unwrap(), []);
}

/// What came out of a budget goes back there: points of the player's and of the referrer's, and what prizes cost.
pub async fn what_a_budget_paid_goes_back_there(backend: &impl Backend) {
    let store = backend.open().await;
    let activation = publish(&store, &[("hook-crm", 5)]).await.activation;
    fund(&store, 100).await;
    let gives = [
        costing(prize("hook-crm", true), 20),
        costing(points(10), 10),
        costing(prize("hook-crm", true), 30),
        costing(to_referrer(points(8)), 8),
        points(1),
    ];
    event("p", "e").gives("spring", &gives).report(&store, activation).await.unwrap();
    assert_eq!(left_in_budget(&store).await, 32);
    assert_eq!(taken(&store, "half", "e", Some((1, 2))).await.points, gone(5, 0, 0));
    assert_eq!((left_in_budget(&store).await, has(&store, "friend").await), (32 + 5 + 4, 4));
    let rest = taken(&store, "rest", "e", None).await;
    assert_eq!((rest.points, rest.awards.len()), (gone(6, 0, 0), 2));
    assert_eq!((left_in_budget(&store).await, has(&store, "p").await, has(&store, "friend").await), (100, 0, 0));
    assert_eq!(store.prove().await.unwrap(), []);
}

/// Also of a draw, where what it won never reached anybody.
pub async fn a_voided_prize_gives_its_cost_back(backend: &impl Backend) {
    let store = backend.open().await;
    let activation = publish(&store, &[]).await.activation;
    fund(&store, 100).await;
    let won = draw(&store, activation, &wish("p", "1").unlimited("hook-crm").costing(40)).await.unwrap();
    let told = draw(&store, activation, &wish("p", "2").unlimited("mug").costing(15)).await.unwrap();
    assert_eq!(left_in_budget(&store).await, 45);
    let moves = [&won, &told].map(|draw| Move { award: AwardId::of_draw(&draw.id), to: State::Voided });
    store.move_awards(&operation("void", "void"), &moves, &[], &Shortfalls::default()).await.unwrap();
    assert_eq!(left_in_budget(&store).await, 85, "what was told of is with its player");
    assert_eq!(store.prove().await.unwrap(), []);
}
