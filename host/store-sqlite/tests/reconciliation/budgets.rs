//! What draws and events take of budgets, and what goes back there.

use tombola_store::conformance::{Backend, budgets};
use tombola_store::reconciliation::Comparison::{
    AwardCost, ChancesUsed, CostBack, DrawAward, Posting, RebateBack, RebateCost, ReversalPoints, Reversed,
};
use tombola_store::reconciliation::{Cursor, Reconciliation};

use crate::check;
use crate::fixture::Folder;

/// Each drift leaves the accounts what their transfers come to, so that nothing else tells of it.
#[tokio::test]
async fn drift_of_what_budgets_are_charged_is_found() {
    let charged = async || {
        let folder = Folder::new();
        budgets::a_budget_is_charged_what_things_cost(&folder).await;
        folder
    };
    for (drift, expected) in [
        (
            "UPDATE transfers SET amount = amount + 1 WHERE to_part = 'phone' AND number = (SELECT min(number) FROM transfers WHERE to_kind = 'prize');
             UPDATE accounts SET balance = balance - 1 WHERE kind = 'budget'; UPDATE accounts SET balance = balance + 1 WHERE part = 'phone'",
            (AwardCost, 11, 10),
        ),
        (
            "DELETE FROM transfers WHERE to_kind = 'prize' AND amount = 6; DELETE FROM postings WHERE number NOT IN (SELECT posting FROM transfers);
             UPDATE accounts SET balance = balance + 6 WHERE kind = 'budget'; UPDATE accounts SET balance = balance - 6 WHERE part = 'mug'",
            (AwardCost, 0, 6),
        ),
        (
            "UPDATE transfers SET to_part = 'card' WHERE amount = 6;
             UPDATE accounts SET balance = balance - 6 WHERE part = 'mug'; INSERT INTO accounts VALUES ('spring', 'prize', 'card', 'points', 6)",
            (AwardCost, 0, 6),
        ),
        (
            "INSERT INTO postings (number, player, key, request, why, at, position) VALUES (99, 'a', 'prize:none-1', zeroblob(32), 'award', 0, 99);
             INSERT INTO transfers VALUES (99, 99, 'points', 'spring', 'budget', '', 'spring', 'prize', 'mug', 1, '[]');
             UPDATE accounts SET balance = balance - 1 WHERE kind = 'budget'; UPDATE accounts SET balance = balance + 1 WHERE part = 'mug'",
            (Posting, 0, 1),
        ),
        (
            "INSERT INTO postings (number, player, key, request, why, at, position) VALUES (99, '', 'by-hand', zeroblob(32), 'award', 0, 99);
             INSERT INTO transfers VALUES (99, 99, 'points', 'spring', 'budget', '', 'spring', 'prize', 'mug', 1, '[]');
             UPDATE accounts SET balance = balance - 1 WHERE kind = 'budget'; UPDATE accounts SET balance = balance + 1 WHERE part = 'mug'",
            (Posting, 0, 1),
        ),
        (
            "UPDATE transfers SET amount = amount + 1 WHERE number = (SELECT max(number) FROM transfers WHERE to_kind = 'prize' AND to_part = 'mug');
             UPDATE accounts SET balance = balance - 1 WHERE kind = 'budget'; UPDATE accounts SET balance = balance + 1 WHERE part = 'mug'",
            (RebateCost, 7, 6),
        ),
        (
            "UPDATE transfers SET amount = amount - 1 WHERE to_kind = 'held';
             UPDATE accounts SET balance = balance + 1 WHERE kind = 'budget'; UPDATE accounts SET balance = balance - 1 WHERE kind = 'held'",
            (RebateCost, 4, 5),
        ),
        (
            "UPDATE transfers SET amount = amount - 1 WHERE to_kind = 'budget' AND from_kind = 'prize';
             UPDATE accounts SET balance = balance - 1 WHERE kind = 'budget'; UPDATE accounts SET balance = balance + 1 WHERE part = 'hamper'",
            (CostBack, 6, 7),
        ),
        (
            "UPDATE postings SET key = replace(key, 'void:prize:', 'x:');
             UPDATE transfers SET from_kind = 'house', from_part = 'issue', from_owner = '' WHERE from_part = 'hamper';
             UPDATE accounts SET balance = balance - 7 WHERE part = 'issue'; UPDATE accounts SET balance = balance + 7 WHERE part = 'hamper'",
            (CostBack, 0, 7),
        ),
    ] {
        check(charged().await, drift, &[expected]).await;
    }
    let more = "UPDATE awards SET amount = 3 WHERE amount = 2";
    check(charged().await, more, &[(DrawAward, 0, 1), (AwardCost, 6, 9)]).await;
    let used = "UPDATE participations SET chances_used = chances_used - 1 WHERE player = 'b'";
    check(charged().await, used, &[(ChancesUsed, 2, 3)]).await;
}

/// What went back there of what was reversed: once out of a debt, so that no lot tells of it.
#[tokio::test]
async fn drift_of_what_goes_back_to_budgets_is_found() {
    let reversed = async || {
        let folder = Folder::new();
        budgets::a_budget_gets_back_what_is_reversed(&folder).await;
        folder
    };
    let from_debt = "UPDATE transfers SET amount = amount - 1 WHERE from_kind = 'debt' AND to_kind = 'budget'
                         AND number = (SELECT max(number) FROM transfers WHERE from_kind = 'debt' AND to_kind = 'budget');
                     UPDATE accounts SET balance = balance - 1 WHERE kind = 'budget';
                     UPDATE accounts SET balance = balance + 1 WHERE kind = 'debt'";
    check(reversed().await, from_debt, &[(RebateBack, 13, 14), (ReversalPoints, 9, 10)]).await;
    let elsewhere = "UPDATE transfers SET to_kind = 'house', to_owner = '', to_part = 'issue' WHERE from_owner = 'friend' AND amount = 1;
                     UPDATE accounts SET balance = balance - 1 WHERE kind = 'budget';
                     UPDATE accounts SET balance = balance + 1 WHERE part = 'issue'";
    check(reversed().await, elsewhere, &[(RebateBack, 4, 5)]).await;
    let none = "UPDATE rebates SET reversed = 2, reversed_of = 3 WHERE reversed = reversed_of";
    check(reversed().await, none, &[(RebateBack, 5, 3), (RebateBack, 14, 8), (Reversed, 2, 3)]).await;
}

/// Draws of two revisions in turn, each with a document of five megabytes: a step ends before it reads another.
#[tokio::test]
async fn long_documents_take_more_steps() {
    let folder = Folder::new();
    budgets::a_budget_is_charged_what_things_cost(&folder).await;
    let steps = async || {
        let store = folder.store().await;
        let (mut next, mut steps) = (Some(Cursor::default()), 0);
        while let Some(cursor) = next {
            let compared = store.compare(cursor).await.unwrap();
            assert_eq!(compared.findings, []);
            (next, steps) = (compared.next, steps + 1);
        }
        store.close().await;
        steps
    };
    let before = steps().await;
    folder
        .plant(
            "UPDATE revisions SET document = json_set(document, '$.padding', hex(zeroblob(2500000)));
             INSERT INTO revisions (campaign, number, digest, document, published_by, published_at)
             SELECT campaign, 3, digest, document, published_by, published_at FROM revisions WHERE number = 1;
             UPDATE draws SET revision = 3 WHERE ordinal = 2",
        )
        .await;
    // Of the awards only: a1, a2, b1, b2, then b3 with what the event brought.
    assert_eq!(steps().await, before + 4);
    let latest = "UPDATE transfers SET amount = amount + 1 WHERE posting = (SELECT max(number) FROM postings WHERE key LIKE 'prize:%');
                  UPDATE accounts SET balance = balance - 1 WHERE kind = 'budget';
                  UPDATE accounts SET balance = balance + 1 WHERE part = 'phone'";
    check(folder, latest, &[(AwardCost, 11, 10)]).await;
}
