//! What operators gave players or took away from them, and void: chances, and what stands in the ledger.

use std::sync::Arc;

use tombola_domain::id::{CampaignId, PlayerId, UnitName};
use tombola_domain::ledger::{Account, House, Lapse, Wish as Transfer};

use super::Backend;
use super::event_wish::{has, left};
use super::fixture::{CAMPAIGN, draw, minute, operation, publish, wish};
use super::voids::{owes, spend};
use crate::audit::{Query, Verb};
use crate::chances::{ChanceGrant, Granted, VoidGrantError, grant_key};
use crate::ledger::{BusinessKey, NewPosting, OperatorPosting, VoidAdjustmentError, Why};
use crate::sweep::Sweep;
use crate::{Done, Operation, Store};

fn campaign() -> CampaignId {
    CAMPAIGN.parse().unwrap()
}

fn id(player: &str) -> PlayerId {
    player.parse().unwrap()
}

/// An operation that is asked at that minute.
fn at_minute(at: i64, key: &str, request: &str) -> Operation {
    Operation { at: minute(at), ..operation(key, request) }
}

/// Gives chances, and says what they are known by.
pub(super) async fn grant(store: &Arc<dyn Store>, player: &str, key: &str, amount: u64) -> BusinessKey {
    let operation = operation(key, &amount.to_string());
    let (campaign, player) = (campaign(), id(player));
    let grant = ChanceGrant { campaign, player, amount, granted: Some(1), lapse: Lapse::Never, lots_max: None };
    store.grant_chances(&operation, &grant).await.unwrap();
    grant_key(&operation)
}

pub(super) async fn void_grant(store: &Arc<dyn Store>, key: &str, grant: &BusinessKey) -> Done<Granted> {
    store.void_grant(&at_minute(5, key, "void"), &campaign(), &id("p"), grant).await.unwrap()
}

/// Of what was given, what is left; and of what comes in later nothing, however often it is asked for.
pub async fn a_voided_grant_takes_what_is_left(backend: &impl Backend) {
    let store = backend.open().await;
    let activation = publish(&store, &[]).await.activation;
    let (first, second) = (grant(&store, "p", "1", 3).await, grant(&store, "p", "2", 4).await);
    // They began with one, and have three of the eight left.
    for number in 0..5 {
        draw(&store, activation, &wish("p", &number.to_string())).await.unwrap();
    }
    let voided = void_grant(&store, "3", &second).await;
    let expected = Granted {
        key: second.clone(),
        amount: 4,
        at: minute(0),
        lapse: Lapse::Never,
        voided_at: Some(minute(5)),
        taken: 3,
    };
    assert_eq!(voided, Done { result: expected.clone(), replayed: false });
    assert_eq!(left(&store, "p").await, Some(0));
    // Nothing is left of the other one, and that is remembered as well.
    let nothing = void_grant(&store, "4", &first).await.result;
    assert_eq!((nothing.voided_at, nothing.taken), (Some(minute(5)), 0));
    grant(&store, "p", "5", 9).await;
    for (key, voided) in [("3", &second), ("4", &first), ("6", &first), ("7", &second)] {
        assert!(void_grant(&store, key, voided).await.replayed, "{key}");
    }
    assert_eq!(left(&store, "p").await, Some(9));
    let listed = store.grants(&campaign(), &id("p"), Some(&first), 1).await.unwrap();
    assert_eq!(listed, [expected]);
    let record = store.audit(&Query { what: Some(Verb::VoidChances), ..Query::default() }, 9).await.unwrap();
    assert_eq!(record.len(), 2, "what was voided before is not recorded again");
    assert!(record.iter().all(|entry| entry.campaign == Some(campaign()) && entry.subject == CAMPAIGN));
}

/// By another player or campaign, or where it is no operator's.
pub async fn a_grant_of_others_is_not_voided(backend: &impl Backend) {
    let store = backend.open().await;
    let activation = publish(&store, &[]).await.activation;
    let given = grant(&store, "p", "1", 3).await;
    let won = draw(&store, activation, &wish("p", "1").unlimited("chances")).await.unwrap();
    let award = format!("award:{}-1", won.id).parse().unwrap();
    let cases =
        [(campaign(), id("q"), &given), ("autumn".parse().unwrap(), id("p"), &given), (campaign(), id("p"), &award)];
    for (campaign, player, grant) in cases {
        let refused = store.void_grant(&operation("2", "void"), &campaign, &player, grant).await;
        assert!(matches!(refused, Err(VoidGrantError::Unknown)), "{campaign} {grant}: {refused:?}");
    }
    void_grant(&store, "2", &given).await;
    let reused = store.void_grant(&operation("2", "other"), &campaign(), &id("p"), &given).await;
    assert!(matches!(reused, Err(VoidGrantError::KeyReused(_))), "{reused:?}");
}

/// By key, and of one player and campaign.
pub async fn grants_come_in_pages(backend: &impl Backend) {
    let store = backend.open().await;
    publish(&store, &[]).await;
    let mut expected = Vec::new();
    for key in ["1", "2", "3", "4", "5"] {
        expected.push(grant(&store, "p", key, 1).await);
    }
    grant(&store, "q", "6", 1).await;
    let (mut after, mut seen) = (None, Vec::new());
    loop {
        let page = store.grants(&campaign(), &id("p"), after.as_ref(), 2).await.unwrap();
        let Some(last) = page.last() else { break };
        after = Some(last.key.clone());
        seen.extend(page.into_iter().map(|granted| granted.key));
    }
    assert_eq!(seen, expected);
    assert_eq!(store.grants(&"autumn".parse().unwrap(), &id("p"), None, 9).await.unwrap(), []);
}

/// Gives points, or takes them away, and names the posting.
pub(super) async fn adjust(store: &Arc<dyn Store>, player: &str, key: &str, add: i64, lapse: Lapse) -> u64 {
    let (issue, own) = (Account::House(House::Issue), Account::Player(id(player)));
    let (from, to) = if add > 0 { (issue, own) } else { (own, issue) };
    let unit: UnitName = "points".parse().unwrap();
    let wishes = vec![Transfer { unit: unit.clone(), from, to, amount: add.abs(), lapse }];
    let business = format!("operator:{player}:{key}").parse().unwrap();
    let posting = NewPosting { player: Some(id(player)), key: business, why: Why::Adjustment, wishes, at: minute(1) };
    let (verb, subject) = (Verb::AdjustBalance, unit.to_string());
    let posting = OperatorPosting { verb, subject, campaign: None, posting };
    store.operate(&operation(key, &add.to_string()), &posting).await.unwrap().result
}

async fn void(store: &Arc<dyn Store>, key: &str, posting: u64) -> Done<u64> {
    store.void_adjustment(&at_minute(5, key, &posting.to_string()), &id("p"), posting).await.unwrap()
}

/// Once; of what was spent the player owes the rest, which what comes in next pays.
pub async fn a_voided_gift_is_taken_back_or_owed(backend: &impl Backend) {
    let store = backend.open().await;
    let gift = adjust(&store, "p", "1", 10, Lapse::Never).await;
    spend(&store, "p", 7).await;
    let voided = void(&store, "2", gift).await;
    assert_eq!((has(&store, "p").await, owes(&store, "p").await), (0, 7));
    let lines = store.statement(&id("p"), &"points".parse().unwrap(), None, 2).await.unwrap();
    let told: Vec<_> = lines.iter().map(|line| (line.posting, line.why, line.transfer.amount)).collect();
    assert_eq!(told, [(voided.result, Why::Reversal, 7), (voided.result, Why::Reversal, 3)]);
    // The same key, and another one.
    for key in ["2", "3"] {
        assert_eq!(void(&store, key, gift).await, Done { replayed: true, ..voided.clone() });
    }
    assert_eq!(owes(&store, "p").await, 7);
    // A gift that paid the debt takes that back as well.
    let next = adjust(&store, "p", "4", 9, Lapse::Never).await;
    assert_eq!((has(&store, "p").await, owes(&store, "p").await), (2, 0));
    void(&store, "5", next).await;
    assert_eq!((has(&store, "p").await, owes(&store, "p").await), (0, 7));
    let record = store.audit(&Query { what: Some(Verb::VoidAdjustment), ..Query::default() }, 9).await.unwrap();
    let subjects: Vec<_> = record.iter().map(|entry| entry.subject.clone()).collect();
    assert_eq!(subjects, [next.to_string(), gift.to_string()]);
    assert_eq!(store.prove().await.unwrap(), []);
}

/// As what comes in does.
pub async fn what_comes_back_pays_what_is_owed(backend: &impl Backend) {
    let store = backend.open().await;
    // What the house issued has to bear that both are void for a while.
    adjust(&store, "q", "0", 50, Lapse::Never).await;
    let gift = adjust(&store, "p", "1", 30, Lapse::Never).await;
    let taken = adjust(&store, "p", "2", -20, Lapse::Never).await;
    void(&store, "3", gift).await;
    assert_eq!((has(&store, "p").await, owes(&store, "p").await), (0, 20));
    void(&store, "4", taken).await;
    assert_eq!((has(&store, "p").await, owes(&store, "p").await), (0, 0));
    assert_eq!(store.prove().await.unwrap(), []);
}

/// Whichever of both is voided first.
pub async fn what_comes_back_lapsed_is_missed_once(backend: &impl Backend) {
    let store = backend.open().await;
    adjust(&store, "q", "0", 50, Lapse::Never).await;
    for (round, is_gift_first) in [true, false].into_iter().enumerate() {
        let key = |step: usize| format!("{round}-{step}");
        let gift = adjust(&store, "p", &key(1), 10, Lapse::At(minute(4))).await;
        let taken = adjust(&store, "p", &key(2), -8, Lapse::Never).await;
        let [first, second] = if is_gift_first { [gift, taken] } else { [taken, gift] };
        void(&store, &key(3), first).await;
        assert_eq!(owes(&store, "p").await, if is_gift_first { 8 } else { 0 });
        void(&store, &key(4), second).await;
        assert_eq!((has(&store, "p").await, owes(&store, "p").await), (0, 0));
        assert_eq!(store.lapse(&Sweep::first(minute(9), 9)).await.unwrap().cleared, 0);
        assert_eq!(store.prove().await.unwrap(), []);
    }
}

/// What has lapsed is gone already, cleared away or not: nothing else is taken for it. What was spent before is, as ever.
pub async fn what_lapsed_of_a_gift_is_not_taken_twice(backend: &impl Backend) {
    let store = backend.open().await;
    adjust(&store, "p", "1", 6, Lapse::Never).await;
    let gift = adjust(&store, "p", "2", 10, Lapse::At(minute(4))).await;
    spend(&store, "p", 3).await;
    void(&store, "3", gift).await;
    assert_eq!((has(&store, "p").await, owes(&store, "p").await), (3, 0));
    let gift = adjust(&store, "p", "4", 10, Lapse::At(minute(4))).await;
    spend(&store, "p", 2).await;
    assert_eq!(store.lapse(&Sweep::first(minute(4), 9)).await.unwrap().cleared, 1);
    void(&store, "5", gift).await;
    assert_eq!((has(&store, "p").await, owes(&store, "p").await), (1, 0));
    assert_eq!(store.prove().await.unwrap(), []);
}

/// With the time that was left of it.
pub async fn what_was_taken_away_comes_back_as_it_was(backend: &impl Backend) {
    let store = backend.open().await;
    adjust(&store, "p", "1", 4, Lapse::At(minute(20))).await;
    adjust(&store, "p", "2", 6, Lapse::Never).await;
    let before = store.balances(&id("p"), minute(9)).await.unwrap();
    let taken = adjust(&store, "p", "3", -7, Lapse::Never).await;
    assert_eq!(has(&store, "p").await, 3);
    void(&store, "4", taken).await;
    assert_eq!(store.balances(&id("p"), minute(9)).await.unwrap(), before);
    assert_eq!(store.prove().await.unwrap(), []);
}

/// Neither what is another player's, nor what was no operator's, nor what voids.
pub async fn only_adjustments_are_voided(backend: &impl Backend) {
    let store = backend.open().await;
    let gift = adjust(&store, "p", "1", 10, Lapse::Never).await;
    let others = adjust(&store, "q", "2", 10, Lapse::Never).await;
    spend(&store, "p", 1).await;
    let spent = store.statement(&id("p"), &"points".parse().unwrap(), None, 1).await.unwrap()[0].posting;
    let reversal = void(&store, "3", gift).await.result;
    for posting in [others, spent, reversal, reversal + 1, u64::MAX] {
        let refused = store.void_adjustment(&operation("4", "void"), &id("p"), posting).await;
        assert!(matches!(refused, Err(VoidAdjustmentError::Unknown)), "{posting}: {refused:?}");
    }
    let reused = store.void_adjustment(&operation("3", "other"), &id("p"), gift).await;
    assert!(matches!(reused, Err(VoidAdjustmentError::KeyReused(_))), "{reused:?}");
    assert_eq!((has(&store, "p").await, has(&store, "q").await, owes(&store, "p").await), (0, 10, 1));
}
