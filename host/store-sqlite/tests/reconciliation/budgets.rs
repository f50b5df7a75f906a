//! What draws and events take of budgets, and what goes back there.

use tombola_store::conformance::budgets;
use tombola_store::reconciliation::Comparison::{
    AwardCost, ChancesUsed, CostBack, DrawAward, Posting, RebateCost,
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
             SELECT campaign, 2, digest, document, published_by, published_at FROM revisions;
             UPDATE draws SET revision = 2 WHERE ordinal = 2",
        )
        .await;
    // Of the awards only: a1, a2, b1, b2, then b3 with what the event brought.
    assert_eq!(steps().await, before + 4);
    let latest = "UPDATE transfers SET amount = amount + 1 WHERE posting = (SELECT max(number) FROM postings WHERE key LIKE 'prize:%');
                  UPDATE accounts SET balance = balance - 1 WHERE kind = 'budget';
                  UPDATE accounts SET balance = balance + 1 WHERE part = 'phone'";
    check(folder, latest, &[(AwardCost, 11, 10)]).await;
}
