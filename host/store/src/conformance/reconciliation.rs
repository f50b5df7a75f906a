//! Passes over what a store keeps twice: what they find is kept until it is gone, and nothing that is under way is found.

use std::sync::Arc;

use tombola_domain::ledger::Lapse;

use super::Backend;
use super::fixture::{CAMPAIGN, commit_one, minute, operation, publish, revision, set_up, wish};
use crate::Store;
use crate::audit::{Query, Verb};
use crate::awards::InHouse;
use crate::chances::ChanceGrant;
use crate::draws::DrawCommit;
use crate::reconciliation::{After, Comparison, Cursor, Difference, Finding, Pass, PassError};

/// Everything that differs.
pub(super) async fn pass(store: &Arc<dyn Store>) -> Vec<Finding> {
    let (mut at, mut found) = (Some(Cursor::default()), Vec::new());
    while let Some(cursor) = at {
        let compared = store.compare(cursor).await.unwrap();
        found.extend(compared.findings);
        at = compared.next;
    }
    found
}

/// Holds of every store, whatever was done to it by its contract: called after each case.
pub async fn holds(backend: &impl Backend) {
    assert_eq!(pass(&backend.open().await).await, []);
}

pub(super) fn finding(subject: &str, found: i64) -> Finding {
    Finding {
        comparison: Comparison::Stock,
        subject: subject.to_owned(),
        player: None,
        found,
        expected: 1,
        evidence: r#"{"kept":2}"#.to_owned(),
    }
}

/// What an earlier pass had found is the same, and what a later one did not find is gone; found once more it is another.
pub async fn what_differs_is_kept_until_it_is_gone(backend: &impl Backend) {
    let store = backend.open().await;
    let first = store.settle(&[finding("spring/phone", 2), finding("spring/mug", 2)], minute(1)).await.unwrap();
    assert!(first.iter().all(|difference| difference.is_new() && difference.is_open()), "{first:?}");
    let pass = Pass { rows: 9, found: 2, new: 2, ..Pass::default() };
    let ended = store.end_pass(pass, minute(1), minute(2), None).await.unwrap().result;
    assert_eq!(ended, Pass { open: 2, ..pass });
    let again = store.settle(&[finding("spring/phone", 3)], minute(3)).await.unwrap();
    let phone = Difference { finding: finding("spring/phone", 3), last_seen: minute(3), ..first[0].clone() };
    assert_eq!(again, std::slice::from_ref(&phone));
    assert!(!phone.is_new());
    assert_eq!(store.end_pass(Pass::default(), minute(3), minute(4), None).await.unwrap().result.open, 1);
    let mug = Difference { gone_at: Some(minute(4)), ..first[1].clone() };
    assert_eq!(store.differences(After::default(), 9).await.unwrap(), [phone, mug]);
    let back = store.settle(&[finding("spring/mug", 2)], minute(5)).await.unwrap();
    assert!(back[0].is_new() && back[0].number > first[1].number, "{back:?}");
}

/// Open ones first.
pub async fn differences_come_in_pages(backend: &impl Backend) {
    let store = backend.open().await;
    let names = ["a", "b", "c", "d", "e"];
    store.settle(&names.map(|name| finding(name, 2)), minute(1)).await.unwrap();
    store.settle(&["b", "d"].map(|name| finding(name, 2)), minute(2)).await.unwrap();
    store.end_pass(Pass::default(), minute(2), minute(3), None).await.unwrap();
    let (mut after, mut seen) = (After::default(), Vec::new());
    loop {
        let page = store.differences(after, 2).await.unwrap();
        let Some(last) = page.last() else { break };
        after = After { past: !last.is_open(), number: last.number };
        seen.extend(page.into_iter().map(|difference| difference.finding.subject));
    }
    assert_eq!(seen, ["b", "d", "a", "c", "e"]);
}

/// An operator's pass, under its key.
pub async fn a_pass_is_recorded_once(backend: &impl Backend) {
    let store = backend.open().await;
    let wanted = operation("1", "reconcile");
    assert_eq!(store.recorded_pass(&wanted).await.unwrap(), None);
    let pass = Pass { rows: 9, ..Pass::default() };
    let ended = store.end_pass(pass, minute(1), minute(2), Some(&wanted)).await.unwrap();
    assert_eq!((ended.result, ended.replayed), (pass, false));
    assert_eq!(store.recorded_pass(&wanted).await.unwrap(), Some(pass));
    let other = Pass { rows: 10, ..Pass::default() };
    let again = store.end_pass(other, minute(3), minute(4), Some(&wanted)).await.unwrap();
    assert_eq!((again.result, again.replayed), (pass, true));
    let reused = store.recorded_pass(&operation("1", "other")).await;
    assert!(matches!(reused, Err(PassError::KeyReused(_))), "{reused:?}");
    let record = store.audit(&Query { what: Some(Verb::Reconcile), ..Query::default() }, 9).await.unwrap();
    assert_eq!(record.len(), 1);
}

/// With how many players begin by it is not known to a pass that had looked at revisions before.
pub async fn a_revision_that_is_published_meanwhile_is_no_difference(backend: &impl Backend) {
    let store = backend.open().await;
    let publish = async |document| store.publish(&set_up(), &revision(CAMPAIGN, document, &[])).await.unwrap();
    publish(r#"{"document": {"chances": {"granted": 1}}}"#).await;
    let mut at = store.compare(Cursor::default()).await.unwrap().next;
    publish(r#"{"document": {"chances": {"granted": 2}}}"#).await;
    let (campaign, player) = (CAMPAIGN.parse().unwrap(), "p".parse().unwrap());
    let grant = ChanceGrant { campaign, player, amount: 3, granted: Some(2), lapse: Lapse::Never, lots_max: None };
    store.grant_chances(&operation("1", "grant"), &grant).await.unwrap();
    while let Some(cursor) = at {
        let compared = store.compare(cursor).await.unwrap();
        assert_eq!(compared.findings, []);
        at = compared.next;
    }
}

/// Neither between a draw and its award, nor between an award and what it brings, nor between a count and what it counts.
pub async fn a_pass_while_draws_run_finds_nothing(backend: &impl Backend) {
    const DRAWS: usize = 60;
    let store = backend.open().await;
    let activation = publish(&store, &[("phone", 9)]).await.activation;
    let drawing = {
        let store = Arc::clone(&store);
        tokio::spawn(async move {
            for number in 0..DRAWS {
                let prize = ["points", "chances", "mug"][number % 3];
                let wish = wish(&format!("p{}", number % 7), &number.to_string()).stocked("phone").unlimited(prize);
                let commit = wish.decide(&store, activation).await;
                commit_one(&store, DrawCommit { delivers: number % 2 == 0, ..commit }).await.unwrap();
                for what in [InHouse::Points, InHouse::Chances] {
                    store.deliver_in_house(what, minute(2), 1).await.unwrap();
                }
            }
        })
    };
    let mut passes = 0;
    while !drawing.is_finished() || passes == 0 {
        assert_eq!(pass(&store).await, []);
        passes += 1;
    }
    drawing.await.unwrap();
}
