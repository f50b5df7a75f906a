//! What was changed in one place alone, and can be known from another: a pass finds it, and changes nothing.

use super::reconciliation::pass;
use super::{Backend, adjustments, awards, budgets, codes, fixture, held, holds, orders, points, reversals, voids};
use crate::reconciliation::Comparison::{
    self, AwardChances, AwardPoints, ChanceGrant, ChancesInitial, CodesGiven, DrawReceipt, GrantVoid, Held, Hold,
    HoldBack, HoldTaken, HoldVoid, OrderPrice, PoolCount, Posting, Reversal, ReversalChances, ReversalPoints, Reversed,
    SoldOut, StockAllotted, Transfer,
};

/// What is planted and what mends it, and what a pass finds meanwhile: what was compared, found and expected.
pub(super) type Drift<'a> = ([&'static str; 2], &'a [(Comparison, i64, i64)]);

/// Plants each drift in what a case left behind, and mends it again: a pass finds just this, and after that nothing.
async fn check(backend: &impl Backend, drifts: &[Drift<'_>]) {
    let store = backend.open().await;
    for ([harm, mend], expected) in drifts {
        backend.plant(harm).await;
        let found = pass(&store).await;
        let mut told: Vec<_> =
            found.iter().map(|finding| (finding.comparison, finding.found, finding.expected)).collect();
        let mut expected = expected.to_vec();
        told.sort_unstable();
        expected.sort_unstable();
        assert_eq!(told, expected, "{harm}: {found:#?}");
        let kept = store.settle(&found, fixture::minute(200)).await.unwrap();
        assert!(kept.iter().all(crate::reconciliation::Difference::is_open), "{harm}: {kept:#?}");
        backend.plant(mend).await;
        assert_eq!(pass(&store).await, [], "after {mend}");
    }
}

/// Puts back the postings that were set aside.
const POSTINGS: &str = "DELETE FROM postings WHERE number IN (SELECT number FROM spare); INSERT INTO postings SELECT * FROM spare; DROP TABLE spare";

/// Its points are posted no second time.
pub async fn an_award_that_was_posted_otherwise_is_found(backend: &impl Backend) {
    points::points_that_wait_are_delivered_once(backend).await;
    check(
        backend,
        &[
            (
                ["CREATE TABLE spare AS SELECT * FROM postings; DELETE FROM postings", POSTINGS],
                &[(AwardPoints, 0, 15), (Transfer, 0, 1)],
            ),
            (
                ["UPDATE postings SET key = 'x' || key", "UPDATE postings SET key = substr(key, 2)"],
                &[(AwardPoints, 0, 15)],
            ),
            (
                ["UPDATE postings SET player = 'z'", "UPDATE postings SET player = 'p'"],
                &[(AwardPoints, 0, 15), (Posting, 0, 1)],
            ),
            (
                [
                    "CREATE TABLE spare AS SELECT position, deliver FROM awards; UPDATE awards SET deliver = NULL",
                    "UPDATE awards SET deliver = (SELECT deliver FROM spare WHERE spare.position = awards.position); DROP TABLE spare",
                ],
                &[(AwardPoints, 15, 0)],
            ),
        ],
    )
    .await;
}

/// They are added no second time.
pub async fn an_award_that_was_added_otherwise_is_found(backend: &impl Backend) {
    awards::chances_are_delivered_once(backend).await;
    let renamed = ["UPDATE chance_grants SET key = 'x' || key", "UPDATE chance_grants SET key = substr(key, 2)"];
    let redirected = [
        "CREATE TABLE spare AS SELECT position, deliver FROM awards; UPDATE awards SET deliver = NULL",
        "UPDATE awards SET deliver = (SELECT deliver FROM spare WHERE spare.position = awards.position); DROP TABLE spare",
    ];
    check(backend, &[(renamed, &[(AwardChances, 0, 15)]), (redirected, &[(AwardChances, 15, 0)])]).await;
}

/// A draw without one, and one without a draw.
pub async fn a_receipt_that_is_elsewhere_is_found(backend: &impl Backend) {
    points::points_that_wait_are_delivered_once(backend).await;
    let gone = [
        "CREATE TABLE spare AS SELECT * FROM receipts; DELETE FROM receipts",
        "INSERT INTO receipts SELECT * FROM spare; DROP TABLE spare",
    ];
    let moved = ["UPDATE receipts SET position = position + 90", "UPDATE receipts SET position = position - 90"];
    check(backend, &[(gone, &[(DrawReceipt, 0, 1)]), (moved, &[(DrawReceipt, 0, 1), (DrawReceipt, 0, 1)])]).await;
}

/// As well as what its stock should be.
pub async fn an_order_that_was_posted_otherwise_is_found(backend: &impl Backend) {
    orders::an_order_is_paid_and_brings_its_chances(backend).await;
    check(
        backend,
        &[
            (
                [
                    "CREATE TABLE spare AS SELECT * FROM postings WHERE key LIKE 'order:%'; DELETE FROM postings WHERE key LIKE 'order:%'",
                    POSTINGS,
                ],
                &[(OrderPrice, 0, 60), (Transfer, 0, 1)],
            ),
            (
                [
                    "UPDATE postings SET key = 'x' || key WHERE key LIKE 'order:%'",
                    "UPDATE postings SET key = substr(key, 2) WHERE key LIKE 'xorder:%'",
                ],
                &[(OrderPrice, 0, 60)],
            ),
            (
                [
                    "UPDATE postings SET player = 'z' WHERE key LIKE 'order:%'",
                    "UPDATE postings SET player = 'p' WHERE key LIKE 'order:%'",
                ],
                &[(OrderPrice, 0, 60), (Posting, 0, 1)],
            ),
            (
                [
                    "UPDATE orders SET posting = (SELECT min(number) FROM postings)",
                    "UPDATE orders SET posting = (SELECT number FROM postings p WHERE p.key = 'order:' || id)",
                ],
                &[(OrderPrice, 0, 60), (Posting, 0, 1)],
            ),
            (
                ["UPDATE stock SET allotted = allotted + 1", "UPDATE stock SET allotted = allotted - 1"],
                &[(StockAllotted, 10, 9)],
            ),
            (
                ["UPDATE stock SET allotted = allotted - 1", "UPDATE stock SET allotted = allotted + 1"],
                &[(StockAllotted, 8, 9)],
            ),
            (["UPDATE stock SET sold_out = 1", "UPDATE stock SET sold_out = 0"], &[(SoldOut, 7, 0)]),
        ],
    )
    .await;
}

/// One is open, of 4; of the other, of 5, 1 was taken.
pub async fn a_hold_that_was_posted_otherwise_is_found(backend: &impl Backend) {
    holds::holds_are_there_after_reopening(backend).await;
    check(
        backend,
        &[
            (
                [
                    "CREATE TABLE spare AS SELECT * FROM postings WHERE number = (SELECT posting FROM holds WHERE state = 'open');
                     DELETE FROM postings WHERE number = (SELECT posting FROM holds WHERE state = 'open')",
                    POSTINGS,
                ],
                &[(Hold, 0, 4), (Transfer, 0, 1)],
            ),
            (
                [
                    "UPDATE postings SET key = 'x' || key WHERE number = (SELECT posting FROM holds WHERE state = 'open')",
                    "UPDATE postings SET key = substr(key, 2) WHERE number = (SELECT posting FROM holds WHERE state = 'open')",
                ],
                // What is set aside by no hold is taken for a referrer's.
                &[(Hold, 0, 4), (Held, 4, 8)],
            ),
            (
                [
                    "UPDATE postings SET player = 'z' WHERE number = (SELECT posting FROM holds WHERE state = 'open')",
                    "UPDATE postings SET player = 'p' WHERE number = (SELECT posting FROM holds WHERE state = 'open')",
                ],
                &[(Hold, 0, 4), (Posting, 0, 1)],
            ),
            (
                [
                    "UPDATE holds SET posting = (SELECT min(number) FROM postings) WHERE state = 'open'",
                    "UPDATE holds SET posting = (SELECT number FROM postings p WHERE p.key = 'hold:' || id)",
                ],
                &[(Hold, 0, 4), (Posting, 0, 1)],
            ),
            (
                [
                    "UPDATE postings SET player = 'z' WHERE key = (SELECT 'hold:' || id || ':end' FROM holds WHERE state = 'taken')",
                    "UPDATE postings SET player = 'p' WHERE key = (SELECT 'hold:' || id || ':end' FROM holds WHERE state = 'taken')",
                ],
                &[(HoldTaken, 0, 1), (HoldBack, 0, 4), (Posting, 0, 1)],
            ),
        ],
    )
    .await;
}

/// Of 6, of which 5 were taken and given back.
pub async fn a_hold_that_was_voided_otherwise_is_found(backend: &impl Backend) {
    held::what_was_taken_is_given_back_once(backend).await;
    check(
        backend,
        &[
            (
                ["UPDATE holds SET taken = taken - 1", "UPDATE holds SET taken = taken + 1"],
                &[(HoldTaken, 5, 4), (HoldBack, 1, 2), (HoldVoid, 5, 4)],
            ),
            (
                [
                    "UPDATE postings SET player = 'z' WHERE key LIKE 'void:hold:%'",
                    "UPDATE postings SET player = 'p' WHERE key LIKE 'void:hold:%'",
                ],
                &[(Posting, 0, 1)],
            ),
        ],
    )
    .await;
}

/// Of the event a third was reversed, 4 points and a chance, and then the rest.
pub async fn a_reversal_that_lost_its_fellow_is_found(backend: &impl Backend) {
    reversals::parts_of_an_event_add_up(backend).await;
    check(
        backend,
        &[
            (
                ["UPDATE rebates SET reversed = reversed - 1", "UPDATE rebates SET reversed = reversed + 1"],
                &[(Reversed, 2, 3)],
            ),
            (
                [
                    "UPDATE reversals SET amount = 3 WHERE amount = 2",
                    "UPDATE reversals SET amount = 2 WHERE amount = 3",
                ],
                &[(Reversed, 3, 4)],
            ),
            (
                [
                    "CREATE TABLE spare AS SELECT * FROM reversals; DELETE FROM reversals WHERE amount = 1",
                    "INSERT INTO reversals SELECT * FROM spare WHERE amount = 1; DROP TABLE spare",
                ],
                &[(Reversed, 3, 2), (Posting, 0, 1), (ChanceGrant, -1, 0)],
            ),
            (
                [
                    "UPDATE reversals SET event = event + 90 WHERE amount = 1",
                    "UPDATE reversals SET event = event - 90 WHERE amount = 1",
                ],
                &[(Reversal, 0, 1), (Reversed, 3, 2), (Posting, 0, 1), (ChanceGrant, -1, 0)],
            ),
            (
                [
                    "UPDATE postings SET key = 'x' || key WHERE key LIKE 'reversal:r1:%'",
                    "UPDATE postings SET key = substr(key, 2) WHERE key LIKE 'xreversal:%'",
                ],
                &[(ReversalPoints, 0, 4)],
            ),
            (
                [
                    "UPDATE reversals SET taken = replace(taken, '4', '5') WHERE amount = 1",
                    "UPDATE reversals SET taken = replace(taken, '5', '4') WHERE amount = 1",
                ],
                &[(ReversalPoints, 4, 5)],
            ),
            (
                [
                    "UPDATE chance_grants SET key = 'x' || key WHERE key LIKE 'reversal:r1:%'",
                    "UPDATE chance_grants SET key = substr(key, 2) WHERE key LIKE 'xreversal:%'",
                ],
                &[(ReversalChances, 0, 1)],
            ),
        ],
    )
    .await;
}

/// No operation says so.
pub async fn what_was_never_voided_is_found(backend: &impl Backend) {
    adjustments::a_voided_grant_takes_what_is_left(backend).await;
    let grant = [
        "UPDATE chance_grants SET voided_at = 7 WHERE amount = 9",
        "UPDATE chance_grants SET voided_at = NULL WHERE amount = 9",
    ];
    check(backend, &[(grant, &[(GrantVoid, 0, 1)])]).await;
}

/// Its award is not voided.
pub async fn what_was_taken_back_for_nothing_is_found(backend: &impl Backend) {
    voids::a_voided_award_takes_back_what_it_brought(backend).await;
    let posting = [
        "CREATE TABLE spare AS SELECT number, key FROM postings;
         UPDATE postings SET key = 'void:award:none-1' WHERE number = (SELECT min(number) FROM postings WHERE key LIKE 'void:award:%')",
        "UPDATE postings SET key = (SELECT key FROM spare WHERE spare.number = postings.number); DROP TABLE spare",
    ];
    let grant = [
        "CREATE TABLE spare AS SELECT key FROM chance_grants WHERE key LIKE 'void:award:%';
         UPDATE chance_grants SET key = 'void:award:none-1' WHERE key LIKE 'void:award:%'",
        "UPDATE chance_grants SET key = (SELECT key FROM spare) WHERE key LIKE 'void:award:%'; DROP TABLE spare",
    ];
    check(backend, &[(posting, &[(Posting, 0, 1)]), (grant, &[(ChanceGrant, -15, 0)])]).await;
}

/// No revision gives so many.
pub async fn who_began_with_more_chances_is_found(backend: &impl Backend) {
    budgets::a_budget_is_charged_what_things_cost(backend).await;
    let more = [
        "UPDATE participations SET chances_initial = chances_initial + 1 WHERE player = 'a'",
        "UPDATE participations SET chances_initial = chances_initial - 1 WHERE player = 'a'",
    ];
    check(backend, &[(more, &[(ChancesInitial, (1 << 40) + 1, 1 << 40)])]).await;
}

/// Of two codes one was given.
pub async fn codes_that_a_pool_never_had_are_found(backend: &impl Backend) {
    codes::a_code_comes_with_its_draw(backend).await;
    check(
        backend,
        &[
            (
                ["UPDATE code_pools SET expired = expired + 1", "UPDATE code_pools SET expired = expired - 1"],
                &[(PoolCount, 3, 2)],
            ),
            (
                ["UPDATE code_pools SET withdrawn = withdrawn + 1", "UPDATE code_pools SET withdrawn = withdrawn - 1"],
                &[(PoolCount, 3, 2), (PoolCount, 1, 0)],
            ),
            (
                ["UPDATE code_pools SET given = given + 1", "UPDATE code_pools SET given = given - 1"],
                &[(CodesGiven, 2, 1), (PoolCount, 3, 2)],
            ),
        ],
    )
    .await;
}
