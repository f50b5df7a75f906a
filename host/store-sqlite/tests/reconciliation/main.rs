//! Drift of one unit, planted in the file by plain SQL: the next pass finds it with its evidence, and repairs what it can, once.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod budgets;
mod fixture;
mod sweeps;

use tombola_domain::time::Timestamp;
use tombola_store::Store;
use tombola_store::conformance::{Backend, adjustments, awards, codes, events, holds, lapses, orders, outbox, points};
use tombola_store::reconciliation::Comparison::{
    self, Account, AwardChances, AwardCode, AwardLetter, AwardPoints, AwardState, AwardTask, ChanceGrant, ChanceLapse,
    ChanceLot, ChanceLots, ChancesAdded, CodeLoad, CodesFree, CodesGiven, Damage, DeadLetter, DrawAward, Draws, Events,
    Held, Hold, HoldBack, HoldTaken, Lot, Lots, OrderChances, OrderPrice, OrderVoid, PoolCount, Posting, RebateChances,
    RebatePoints, RebatePrize, Referral, SoldOut, Stock, Task, Transfer, Wins,
};
use tombola_store::reconciliation::{Cursor, Difference, Finding, Reconciliation};

use self::fixture::Folder;

/// Everything that differs, and what is kept of it.
async fn pass(store: &dyn Store, at: i64) -> (Vec<Finding>, Vec<Difference>) {
    let (mut next, mut found) = (Some(Cursor::default()), Vec::new());
    while let Some(cursor) = next {
        let compared = store.compare(cursor).await.unwrap();
        found.extend(compared.findings);
        next = compared.next;
    }
    let kept = store.settle(&found, Timestamp::from_millis(at)).await.unwrap();
    (found, kept)
}

/// Plants it in what a case left behind. It is found as these differences, with as much found and expected, and is there in the next pass as
/// well.
async fn check(folder: Folder, drift: &'static str, expected: &[(Comparison, i64, i64)]) {
    let differences = differences(&folder, drift).await;
    let told: Vec<_> = differences
        .iter()
        .map(|difference| (difference.finding.comparison, difference.finding.found, difference.finding.expected))
        .collect();
    let sorted = |mut told: Vec<(Comparison, i64, i64)>| {
        told.sort_unstable();
        told
    };
    assert_eq!(sorted(told), sorted(expected.to_vec()), "{drift}: {differences:#?}");
    assert!(
        differences.iter().all(|difference| difference.is_open() && difference.is_new()),
        "{drift}: {differences:#?}"
    );
    let store = folder.store().await;
    let (again, kept) = pass(&store, 2).await;
    assert_eq!(again.len(), expected.len(), "{drift}: {again:#?}");
    assert!(kept.iter().all(|difference| difference.is_open() && !difference.is_new()), "{drift}: {kept:#?}");
    store.close().await;
}

/// The same where it is repaired, after which nothing differs.
async fn check_repaired(folder: Folder, drift: &'static str, comparison: Comparison, expected: i64) {
    let differences = differences(&folder, drift).await;
    let [one] = &differences[..] else { panic!("{drift}: {differences:#?}") };
    assert_eq!((one.finding.comparison, one.finding.found, one.finding.expected), (comparison, 0, expected), "{drift}");
    assert_eq!(one.repaired_at, Some(Timestamp::from_millis(1)), "{drift}: {one:#?}");
    let store = folder.store().await;
    // Whoever found it as well repairs nothing twice.
    let late = store.settle(std::slice::from_ref(&one.finding), Timestamp::from_millis(2)).await.unwrap();
    assert_eq!(late[0].repaired_at, None, "{drift}");
    assert_eq!(pass(&store, 3).await.0, [], "{drift}");
    store.close().await;
}

async fn differences(folder: &Folder, drift: &'static str) -> Vec<Difference> {
    let store = folder.store().await;
    assert_eq!(pass(&store, 0).await.0, [], "before {drift}");
    store.close().await;
    folder.plant(drift).await;
    let store = folder.store().await;
    let (_, kept) = pass(&store, 1).await;
    assert!(kept.iter().all(|kept| kept.finding.evidence.starts_with('{')), "{kept:#?}");
    store.close().await;
    kept
}

async fn points() -> Folder {
    let folder = Folder::new();
    points::points_that_wait_are_delivered_once(&folder).await;
    folder
}

#[tokio::test]
async fn drift_of_an_award_is_found() {
    check(points().await, "UPDATE awards SET amount = amount + 1", &[(DrawAward, 0, 1), (AwardPoints, 15, 18)]).await;
    check(points().await, "DELETE FROM awards", &[(DrawAward, 0, 1), (Posting, 0, 1)]).await;
    check(
        points().await,
        "UPDATE awards SET state = 'failed'",
        &[(AwardState, 0, 1), (AwardLetter, 0, 1), (Posting, 0, 1)],
    )
    .await;
    check(points().await, "INSERT INTO tasks (queue, due, number, since) VALUES ('points', 5, 1, 5)", &[(Task, 0, 1)])
        .await;
    let letter = "INSERT INTO dead_letters VALUES ('points', 1, 0, 1, 1, '', 0)";
    check(points().await, letter, &[(DeadLetter, 0, 1)]).await;
    check(points().await, "UPDATE wins SET total = total + 1", &[(Wins, 2, 1)]).await;
    check(points().await, "UPDATE participations SET draws = draws + 1", &[(Draws, 2, 1)]).await;
    check(points().await, "DELETE FROM participations", &[(Draws, 0, 1)]).await;
}

#[tokio::test]
async fn drift_of_the_ledger_is_found() {
    let player = "UPDATE accounts SET balance = balance + 1 WHERE kind = 'player'";
    check(points().await, player, &[(Account, 16, 15), (Lots, 15, 16)]).await;
    check(points().await, "UPDATE accounts SET balance = balance - 1 WHERE kind = 'house'", &[(Account, -16, -15)])
        .await;
    check(points().await, "UPDATE lots SET left = left + 1", &[(Lot, 16, 15), (Lots, 16, 15)]).await;
    let gone = "DELETE FROM accounts WHERE kind = 'player'";
    check(points().await, gone, &[(Account, 0, 15), (Lots, 15, 0), (Transfer, 0, 1)]).await;
    let moved = "UPDATE transfers SET amount = amount + 1";
    check(points().await, moved, &[(AwardPoints, 16, 15), (Account, 15, 16), (Account, -15, -16)]).await;
    let stray = "INSERT INTO postings (number, player, key, request, why, at, position) \
                 VALUES (2, 'p', 'award:none-1', zeroblob(32), 'delivery', 0, 9)";
    check(points().await, stray, &[(Posting, 0, 1)]).await;
}

#[tokio::test]
async fn points_that_were_not_posted_are_posted() {
    let missing = "DELETE FROM transfers; DELETE FROM postings; DELETE FROM lots; DELETE FROM accounts";
    check_repaired(points().await, missing, AwardPoints, 15).await;
    // What the player has may hold them already.
    let halfway = "DELETE FROM transfers; DELETE FROM postings";
    let expected = [(AwardPoints, 0, 15), (Account, 15, 0), (Account, -15, 0), (Lot, 15, 0)];
    check(points().await, halfway, &expected).await;
}

#[tokio::test]
async fn chances_that_were_not_added_are_added() {
    let chances = async || {
        let folder = Folder::new();
        awards::chances_are_delivered_once(&folder).await;
        folder
    };
    let missing =
        "DELETE FROM chance_grants; UPDATE participations SET chances_added = chances_added - 15, chances_used = 0";
    check_repaired(chances().await, missing, AwardChances, 15).await;
    check(chances().await, "DELETE FROM chance_grants", &[(AwardChances, 0, 15), (ChancesAdded, 15, 0)]).await;
    let count = "UPDATE participations SET chances_added = chances_added + 1";
    check(chances().await, count, &[(ChancesAdded, 16, 15)]).await;
    let stray = "UPDATE chance_grants SET key = 'award:none-1'";
    check(chances().await, stray, &[(AwardChances, 0, 15), (ChanceGrant, 15, 0)]).await;
}

#[tokio::test]
async fn drift_of_chances_that_lapse_is_found() {
    let lapsing = async || {
        let folder = Folder::new();
        lapses::lapses_go_on_in_steps(&folder).await;
        folder
    };
    // Of the four players one has a lot left.
    let more = "UPDATE chance_lots SET left = 2";
    check(lapsing().await, more, &[(ChanceLots, 2, 1), (ChanceLot, 2, 1)]).await;
    check(lapsing().await, "DELETE FROM chance_lots", &[(ChanceLapse, LAPSE, 0)]).await;
    let never = "UPDATE participations SET chances_lapse_at = NULL WHERE player = 'd'";
    check(lapsing().await, never, &[(ChanceLapse, 0, LAPSE)]).await;
    let later = "UPDATE chance_lots SET lapses_at = lapses_at + 1";
    check(lapsing().await, later, &[(ChanceLapse, LAPSE, LAPSE + 1), (ChanceLot, 1, 0)]).await;
    // There are no more chances than came in.
    let used =
        "UPDATE participations SET chances_added = 0 WHERE player = 'd'; DELETE FROM chance_grants WHERE player = 'd'";
    check(lapsing().await, used, &[(ChanceLots, 1, 0), (ChanceLot, 1, 0)]).await;
    let other = "UPDATE chance_grants SET why = 'order' WHERE player = 'a' AND amount < 0";
    check(lapsing().await, other, &[(ChanceGrant, -1, 0)]).await;
}

/// When the lot lapses that is left in the case.
const LAPSE: i64 = 1_795_000_000_000 + 40 * 60_000;

#[tokio::test]
async fn a_task_that_is_missing_is_put_back() {
    let folder = Folder::new();
    outbox::what_is_won_waits_in_its_queue(&folder).await;
    let missing = "DELETE FROM tasks WHERE number = (SELECT min(number) FROM tasks)";
    check_repaired(folder, missing, AwardTask, 1).await;
}

#[tokio::test]
async fn drift_of_what_events_earn_is_found() {
    let earned = async || {
        let folder = Folder::new();
        events::what_an_event_earns_is_there_at_once(&folder).await;
        folder
    };
    check(earned().await, "UPDATE tallies SET total = total + 1", &[(Events, 3, 2)]).await;
    let less = "UPDATE chance_grants SET amount = amount - 1 WHERE amount = 2";
    check(earned().await, less, &[(RebateChances, 1, 2), (ChancesAdded, 3, 2)]).await;
    let differences = differences(
        &earned().await,
        "DELETE FROM rebate_awards WHERE position = (SELECT max(position) FROM rebate_awards)",
    )
    .await;
    let told: Vec<_> = differences.iter().map(|difference| difference.finding.comparison).collect();
    assert_eq!(told, [DrawAward, RebatePrize, Wins], "{differences:#?}");
    let differences =
        self::differences(&earned().await, "UPDATE transfers SET amount = amount + 1 WHERE number = 1").await;
    let told: Vec<_> = differences.iter().map(|difference| difference.finding.comparison).collect();
    assert_eq!(told, [RebatePoints, Account, Account], "{differences:#?}");
    let fewer = "UPDATE stock SET issued = issued - 1 WHERE issued > 0";
    check(earned().await, fewer, &[(Stock, 0, 1), (SoldOut, 1, 0)]).await;
    let folder = Folder::new();
    events::what_a_referrer_gets_is_handed_over_once(&folder).await;
    let differences =
        self::differences(&folder, "UPDATE chance_grants SET amount = amount + 1 WHERE key LIKE 'referral:%'").await;
    let told: Vec<_> = differences.iter().map(|difference| difference.finding.comparison).collect();
    assert_eq!(told, [Referral, ChancesAdded], "{differences:#?}");
}

#[tokio::test]
async fn drift_of_what_was_voided_is_found() {
    let adjusted = async || {
        let folder = Folder::new();
        adjustments::what_was_taken_away_comes_back_as_it_was(&folder).await;
        folder
    };
    let other = "UPDATE postings SET why = 'reward' WHERE number = 3";
    check(adjusted().await, other, &[(Posting, 0, 1)]).await;
    let less = "UPDATE postings SET key = 'void:adjustment:1' WHERE key = 'void:adjustment:3'";
    check(adjusted().await, less, &[(Posting, 0, 1)]).await;
    let granted = async || {
        let folder = Folder::new();
        adjustments::a_voided_grant_takes_what_is_left(&folder).await;
        folder
    };
    let valid = "UPDATE chance_grants SET voided_at = NULL";
    check(granted().await, valid, &[(ChanceGrant, -3, 0)]).await;
    let more = "UPDATE chance_grants SET amount = 2 WHERE amount = 4";
    check(granted().await, more, &[(ChanceGrant, -3, 0), (ChancesAdded, 13, 11)]).await;
    check(granted().await, "DELETE FROM chance_grants WHERE amount < 0", &[(ChancesAdded, 13, 16)]).await;
}

#[tokio::test]
async fn drift_of_orders_is_found() {
    let ordered = async || {
        let folder = Folder::new();
        orders::an_order_is_paid_and_brings_its_chances(&folder).await;
        folder
    };
    for (drift, comparison) in [
        ("UPDATE orders SET price = price + 1", OrderPrice),
        ("UPDATE orders SET chances = chances + 1", OrderChances),
        ("UPDATE orders SET voided_at = 1", OrderVoid),
        ("UPDATE orders SET quantity = quantity + 1", Stock),
        ("UPDATE stock SET issued = issued + 1", Stock),
    ] {
        let differences = differences(&ordered().await, drift).await;
        let told: Vec<_> = differences.iter().map(|difference| difference.finding.comparison).collect();
        assert_eq!(told, [comparison], "{drift}: {differences:#?}");
    }
}

#[tokio::test]
async fn drift_of_holds_is_found() {
    // One is open, of 4; of the other, of 5, 1 was taken.
    let held = async || {
        let folder = Folder::new();
        holds::holds_are_there_after_reopening(&folder).await;
        folder
    };
    for (drift, expected) in [
        ("UPDATE holds SET amount = amount + 1 WHERE state = 'open'", &[(Hold, 4, 5), (Held, 4, 5)][..]),
        ("UPDATE holds SET taken = 2 WHERE state = 'taken'", &[(HoldTaken, 1, 2), (HoldBack, 4, 3)]),
        (
            "UPDATE holds SET state = 'released', taken = 0, ended_at = 0 WHERE state = 'open'",
            &[(HoldBack, 0, 4), (Held, 4, 0)],
        ),
        (
            "UPDATE holds SET state = 'open', taken = NULL, ended_at = NULL WHERE state = 'taken'",
            &[(HoldTaken, 1, 0), (HoldBack, 4, 0), (Held, 4, 9), (Posting, 0, 1)],
        ),
        ("DELETE FROM holds WHERE state = 'open'", &[(Posting, 0, 1), (Held, 4, 0)]),
        ("UPDATE accounts SET balance = balance + 1 WHERE kind = 'held'", &[(Account, 5, 4), (Held, 5, 4)]),
    ] {
        check(held().await, drift, expected).await;
    }
    // What was set aside for a referrer has been handed over.
    let folder = Folder::new();
    events::what_events_earn_comes_out_of_the_budget(&folder).await;
    let drift = "UPDATE accounts SET balance = balance + 1 WHERE kind = 'held'";
    check(folder, drift, &[(Account, 1, 0), (Held, 1, 0)]).await;
}

#[tokio::test]
async fn drift_of_codes_is_found() {
    let given = async || {
        let folder = Folder::new();
        codes::a_code_comes_with_its_draw(&folder).await;
        folder
    };
    for (drift, comparisons) in [
        ("UPDATE code_pools SET given = given + 1", &[CodesGiven, PoolCount][..]),
        ("UPDATE code_pools SET free = free + 1", &[CodesFree, PoolCount]),
        ("UPDATE code_loads SET free = free + 1", &[CodesFree, CodeLoad]),
        ("DELETE FROM codes WHERE award = (SELECT min(award) FROM codes)", &[AwardCode, CodesGiven]),
    ] {
        let differences = differences(&given().await, drift).await;
        let told: Vec<_> = differences.iter().map(|difference| difference.finding.comparison).collect();
        assert_eq!(told, comparisons, "{drift}: {differences:#?}");
    }
}

#[tokio::test]
async fn what_can_t_be_read_is_found() {
    // What the player has is not compared then, and all else is.
    let lots = "UPDATE transfers SET lots = '['; UPDATE wins SET total = total + 1";
    check(points().await, lots, &[(Damage, 0, 1), (Wins, 2, 1)]).await;
    let given = async || {
        let folder = Folder::new();
        codes::a_code_comes_with_its_draw(&folder).await;
        folder
    };
    // It may be this one's code that the pool counts, and no other.
    let pool = "UPDATE awards SET deliver = '{' WHERE position = (SELECT min(award) FROM codes)";
    check(given().await, pool, &[(Damage, 0, 1), (Damage, 0, 1)]).await;
    let differences = differences(
        &given().await,
        "UPDATE awards SET deliver = '{' WHERE position = (SELECT min(award) FROM codes); UPDATE code_pools SET given = given + 1",
    )
    .await;
    let told: Vec<_> = differences.iter().map(|difference| difference.finding.comparison).collect();
    assert_eq!(told, [Damage, Damage, CodesGiven, PoolCount], "{differences:#?}");
    let earned = Folder::new();
    events::what_an_event_earns_is_there_at_once(&earned).await;
    let receipt = "UPDATE rebates SET bytes = zeroblob(9) WHERE position = (SELECT min(position) FROM rebates);
                   UPDATE tallies SET total = total + 1";
    // It is come across twice, and says something else each time.
    let differences = self::differences(&earned, receipt).await;
    let told: Vec<_> = differences.iter().map(|difference| difference.finding.comparison).collect();
    assert_eq!(told, [Damage, Events, Damage], "{differences:#?}");
}

/// Of one table only so many rows are told one by one.
#[tokio::test]
async fn what_is_damaged_all_over_is_told_as_a_whole() {
    let folder = Folder::new();
    sweeps::earn(&folder, 70).await;
    let lots = "UPDATE transfers SET lots = '['; UPDATE accounts SET balance = balance - 1 WHERE kind = 'house'";
    let differences = differences(&folder, lots).await;
    let damaged = differences.iter().filter(|difference| difference.finding.comparison == Damage);
    assert_eq!((damaged.count(), differences.len()), (65, 66));
    assert_eq!(differences[64].finding.subject, "accounts/rest");
    assert_eq!(differences[65].finding.comparison, Account);
}

/// Others are kept all the same.
#[tokio::test]
async fn a_repair_that_meets_damage_is_left_out() {
    let missing = "DELETE FROM transfers; DELETE FROM postings; DELETE FROM lots; DELETE FROM accounts;
                   UPDATE units SET lifetime_days = 0; UPDATE wins SET total = total + 1";
    check(points().await, missing, &[(AwardPoints, 0, 15), (Wins, 2, 1)]).await;
}
