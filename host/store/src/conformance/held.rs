//! What is set aside of players, as it is looked at, and ended by operators.

use tombola_domain::hold::{End, Ended, Hold, Refused, Wish};
use tombola_domain::ledger::Lapse;

use super::Backend;
use super::damaged::{balances, carts, is_damaged};
use super::fixture::{minute, operation};
use super::holds::{end, ending, has, new, place, rich};
use crate::Done;
use crate::audit::{Query, Verb};
use crate::holds::{EndHoldError, HoldChange, HoldEnd, NotChanged};
use crate::ledger::Why;
use crate::sweep::Sweep;

/// Once, recorded, and as a client would; whoever was faster is told of.
pub async fn an_operator_ends_a_hold(backend: &impl Backend) {
    let store = rich(backend, &["p"], &[(10, Lapse::Never)]).await;
    let (taken, released) = (new("p", "1", 6).hold, new("p", "2", 4).hold);
    for new in [new("p", "1", 6), new("p", "2", 4)] {
        place(&store, &new).await.unwrap();
    }
    let ask = async |key: &str, hold: &Hold, wish| {
        let end = HoldEnd { player: hold.player.clone(), id: hold.id.clone(), wish, at: minute(2) };
        store.end_hold(&operation(key, &format!("{} {wish:?}", hold.id)), &end).await
    };
    let first = ask("1", &taken, Wish::Take(Some(5))).await.unwrap();
    assert_eq!(first.result.ended, Some(Ended { how: End::Taken(5), at: minute(2) }));
    // The same key, another one, and the client itself.
    for key in ["1", "2"] {
        assert_eq!(ask(key, &taken, Wish::Take(Some(5))).await.unwrap(), Done { replayed: true, ..first.clone() });
    }
    assert!(end(&store, &taken, Wish::Take(Some(5)), minute(3)).await.unwrap().replayed);
    end(&store, &released, Wish::Release, minute(3)).await.unwrap();
    assert!(ask("3", &released, Wish::Release).await.unwrap().replayed);
    let late = ask("4", &released, Wish::Take(None)).await;
    assert!(matches!(late, Err(EndHoldError::NotChanged(NotChanged::Refused(_)))), "{late:?}");
    let unknown = ask("5", &new("p", "3", 1).hold, Wish::Release).await;
    assert!(matches!(unknown, Err(EndHoldError::NotChanged(NotChanged::Unknown))), "{unknown:?}");
    let reused = ask("1", &taken, Wish::Release).await;
    assert!(matches!(reused, Err(EndHoldError::KeyReused(_))), "{reused:?}");
    assert_eq!(has(&store, "p", minute(4)).await, (vec![(Lapse::Never, 5)], 0));
    let record = store.audit(&Query { what: Some(Verb::EndHold), ..Query::default() }, 9).await.unwrap();
    assert_eq!(record.into_iter().map(|entry| entry.subject).collect::<Vec<_>>(), [taken.id.to_string()]);
    assert_eq!(store.prove().await.unwrap(), []);
}

/// Once, to where it came from, recorded; and the hold says so, wherever it is shown.
pub async fn what_was_taken_is_given_back_once(backend: &impl Backend) {
    let soon = Lapse::At(minute(100));
    let store = rich(backend, &["p", "q"], &[(5, Lapse::Never), (5, soon)]).await;
    let hold = new("p", "1", 6).hold;
    place(&store, &new("p", "1", 6)).await.unwrap();
    let ask = async |key: &str, player: &str, hold: &Hold| {
        store.void_hold(&operation(key, &format!("void {}", hold.id)), &player.parse().unwrap(), &hold.id).await
    };
    let open = ask("1", "p", &hold).await;
    assert!(matches!(open, Err(EndHoldError::NotChanged(NotChanged::Refused(Refused::NotTaken)))), "{open:?}");
    let taken = end(&store, &hold, Wish::Take(Some(5)), minute(2)).await.unwrap().hold;
    assert_eq!(has(&store, "p", minute(3)).await, (vec![(Lapse::Never, 5)], 0));
    let other = ask("1", "q", &hold).await;
    assert!(matches!(other, Err(EndHoldError::NotChanged(NotChanged::Unknown))), "{other:?}");

    let first = ask("1", "p", &hold).await.unwrap();
    let voided = Hold { voided_at: first.result.voided_at, ..taken };
    assert!(voided.voided_at.is_some());
    assert_eq!(first, Done { result: voided.clone(), replayed: false });
    for key in ["1", "2"] {
        assert_eq!(ask(key, "p", &hold).await.unwrap(), Done { result: voided.clone(), replayed: true });
    }
    assert_eq!(has(&store, "p", minute(3)).await, (vec![(soon, 5), (Lapse::Never, 5)], 0));
    let player = "p".parse().unwrap();
    assert_eq!(store.hold(&player, &hold.id).await.unwrap(), Some(voided.clone()));
    assert_eq!(store.holds(&player, None, 9).await.unwrap()[0].1, voided);
    assert_eq!(end(&store, &hold, Wish::Take(Some(5)), minute(4)).await.unwrap().hold, voided);
    assert_eq!(place(&store, &new("p", "1", 6)).await.unwrap().hold, voided);
    let lines = store.statement(&player, &"points".parse().unwrap(), None, 1).await.unwrap();
    assert_eq!(lines.iter().map(|line| (line.why, line.transfer.amount)).collect::<Vec<_>>(), [(Why::Reversal, 5)]);
    let record = store.audit(&Query { what: Some(Verb::VoidHold), ..Query::default() }, 9).await.unwrap();
    assert_eq!(record.into_iter().map(|entry| entry.subject).collect::<Vec<_>>(), [hold.id.to_string()]);
    assert_eq!(store.prove().await.unwrap(), []);
}

/// Latest first, of one player.
pub async fn holds_come_in_pages(backend: &impl Backend) {
    let store = rich(backend, &["p", "q"], &[(10, Lapse::Never)]).await;
    let all = [new("p", "1", 1), new("q", "1", 1), new("p", "2", 2), new("p", "3", 3)];
    for new in &all {
        place(&store, new).await.unwrap();
    }
    let released = end(&store, &all[2].hold, Wish::Release, minute(2)).await.unwrap().hold;
    let first = store.holds(&"p".parse().unwrap(), None, 2).await.unwrap();
    let (numbers, holds): (Vec<_>, Vec<_>) = first.into_iter().unzip();
    assert_eq!(holds, [all[3].hold.clone(), released]);
    let rest = store.holds(&"p".parse().unwrap(), numbers.last().copied(), 2).await.unwrap();
    assert_eq!(rest.into_iter().map(|(_, hold)| hold).collect::<Vec<_>>(), [all[0].hold.clone()]);
    assert_eq!(store.holds(&"nobody".parse().unwrap(), None, 2).await.unwrap(), []);
}

/// It does not end by what was posted for something else, and is not voided by it.
pub async fn a_hold_of_another_posting_moves_nothing(backend: &impl Backend) {
    let (store, carts) = carts(backend).await;
    let damage = "UPDATE holds SET posting = (SELECT min(number) FROM postings) WHERE player = 'p'";
    let mend = "UPDATE holds SET posting = (SELECT number FROM postings p WHERE p.key = 'hold:' || id)";
    let Hold { id, player, .. } = &carts[1].hold;
    let take = ending(player, id, Wish::Take(Some(3)), minute(2));

    backend.plant(damage).await;
    let before = balances(&store).await;
    is_damaged(store.change_holds(&[HoldChange::End(take.clone())]).await);
    let ended = store.end_hold(&operation("end", "end"), &take).await;
    assert!(matches!(&ended, Err(EndHoldError::Store(error)) if error.is_damage()), "{ended:?}");
    assert_eq!(store.expire_holds(&Sweep::first(minute(11), 9)).await.unwrap().cleared, 2, "those of others");
    let after = balances(&store).await;
    assert_eq!((&after[1], store.hold(player, id).await.unwrap().unwrap().ended), (&before[1], None));
    backend.plant(mend).await;
    store.end_hold(&operation("end", "end"), &take).await.unwrap();

    backend.plant(damage).await;
    let before = balances(&store).await;
    let voided = store.void_hold(&operation("void", "void"), player, id).await;
    assert!(matches!(&voided, Err(EndHoldError::Store(error)) if error.is_damage()), "{voided:?}");
    assert_eq!(balances(&store).await, before);
    backend.plant(mend).await;
    store.void_hold(&operation("void", "void"), player, id).await.unwrap();
}
