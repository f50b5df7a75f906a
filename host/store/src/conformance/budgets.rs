//! Budgets: what campaigns give away comes out of them, and never more than is left.

use std::sync::Arc;

use tombola_domain::amount::AMOUNT_MAX;
use tombola_domain::draw::Verdict;
use tombola_domain::id::AwardId;
use tombola_domain::ledger::{Account, House, Lapse, Wish as Transfer};
use tombola_domain::receipt::Receipt;
use tombola_domain::stock::Expected;

use super::Backend;
use super::event_wish::{chances, costing, event, points, prize, to_referrer};
use super::fixture::{
    commit_batch, commit_series, decide_series, draw, minute, publish, revision, set_up, stock_of, wish, won,
};
use super::reversals::reversal;
use super::voids::{owes, spend, voided};
use crate::Store;
use crate::draws::Dropped;
use crate::ledger::{NewPosting, Why};

pub(super) async fn fund(store: &Arc<dyn Store>, amount: i64) {
    let budget = Account::Budget("spring".parse().unwrap());
    let wish = Transfer {
        unit: "points".parse().unwrap(),
        from: Account::House(House::Issue),
        to: budget,
        amount,
        lapse: Lapse::Never,
    };
    let key = format!("budget:{amount}").parse().unwrap();
    let posting = NewPosting { player: None, key, why: Why::Budget, wishes: vec![wish], at: minute(0) };
    store.post(vec![posting]).await.unwrap().pop().unwrap().unwrap();
}

pub(super) async fn left(store: &Arc<dyn Store>) -> i64 {
    let budgets = store.budgets(&"spring".parse().unwrap()).await.unwrap();
    budgets.into_iter().map(|(_, left)| left).sum()
}

/// A prize that the budget does not suffice for falls through, takes no unit, and says in its receipt what was left.
pub async fn a_prize_takes_of_the_budget_what_it_costs(backend: &impl Backend) {
    let store = backend.open().await;
    let activation = publish(&store, &[("phone", 5)]).await.activation;
    fund(&store, 25).await;
    for (player, prize) in [("a", Some("phone")), ("b", Some("phone")), ("c", None)] {
        let drawn = draw(&store, activation, &wish(player, "1").stocked("phone").costing(10)).await.unwrap();
        assert_eq!(won(&drawn), prize, "{player}");
    }
    assert_eq!((left(&store).await, stock_of(&store, "phone").await.issued), (5, 2));
    let drawn = draw(&store, activation, &wish("d", "1").stocked("phone").costing(10)).await.unwrap();
    let receipt = store.receipt(&drawn.id).await.unwrap().unwrap();
    let receipt = Receipt::decode(&receipt.bytes).unwrap();
    assert_eq!(receipt.tried[0].verdict, Verdict::BudgetSpent { left: 5 });
    fund(&store, 5).await;
    let last = draw(&store, activation, &wish("e", "1").unlimited("mug").costing(10)).await.unwrap();
    assert_eq!((won(&last), left(&store).await), (Some("mug"), 0));
    assert_eq!(store.prove().await.unwrap(), []);
}

/// Of draws in one batch the first take what there is; a series that gets less than it foresaw takes nothing.
pub async fn a_budget_is_spent_in_the_order_of_the_batch(backend: &impl Backend) {
    let store = backend.open().await;
    let activation = publish(&store, &[]).await.activation;
    fund(&store, 30).await;
    let mut batch = Vec::new();
    for player in ["a", "b", "c", "d"] {
        batch.push(wish(player, "1").unlimited("mug").costing(10).decide(&store, activation).await);
    }
    let drawn = commit_batch(&store, batch).await;
    let prizes: Vec<_> = drawn.iter().map(|draw| draw.as_ref().unwrap().won.is_some()).collect();
    assert_eq!(prizes, [true, true, true, false]);
    assert_eq!(left(&store).await, 0);
    fund(&store, 15).await;
    let mug = wish("e", "1").unlimited("mug").costing(10).expecting(Expected::Grant(0));
    let series = decide_series(&store, activation, &[mug.clone(), mug]).await;
    assert_eq!(commit_series(&store, series).await, Err(Dropped::Unforeseen));
    assert_eq!(left(&store).await, 15);
    assert_eq!(store.prove().await.unwrap(), []);
}

/// What a prize has cost is counted as any balance is; once its account is full the prize falls through, and no other draw of the batch
/// feels it.
pub async fn a_prize_whose_account_is_full_falls_through(backend: &impl Backend) {
    let store = backend.open().await;
    let activation = publish(&store, &[("phone", 5)]).await.activation;
    fund(&store, AMOUNT_MAX).await;
    let nearly = draw(&store, activation, &wish("a", "1").stocked("phone").costing(AMOUNT_MAX - 5)).await.unwrap();
    assert_eq!((won(&nearly), left(&store).await), (Some("phone"), 5));
    // The house has issued all it can, so that more comes out of a debt.
    let (unit, to) = ("points".parse().unwrap(), Account::Budget("spring".parse().unwrap()));
    let owed = Transfer { unit, from: Account::Debt("z".parse().unwrap()), to, amount: 95, lapse: Lapse::Never };
    let key = "more".parse().unwrap();
    let more = NewPosting { player: None, key, why: Why::Budget, wishes: vec![owed], at: minute(0) };
    store.post(vec![more]).await.unwrap().pop().unwrap().unwrap();
    let mut batch = Vec::new();
    for wish in [
        wish("b", "1").stocked("phone").costing(10),
        wish("c", "1").unlimited("mug").costing(10),
        wish("d", "1").stocked("phone").costing(5),
        wish("e", "1").stocked("phone").costing(1),
    ] {
        batch.push(wish.decide(&store, activation).await);
    }
    let drawn: Vec<_> = commit_batch(&store, batch).await.into_iter().map(Result::unwrap).collect();
    assert_eq!(drawn.iter().map(won).collect::<Vec<_>>(), [None, Some("mug"), Some("phone"), None]);
    let receipt = store.receipt(&drawn[0].id).await.unwrap().unwrap();
    let tried = Receipt::decode(&receipt.bytes).unwrap().tried;
    assert_eq!(tried[0].verdict, Verdict::BudgetSpent { left: 5 });
    let budget = store.budget(&"spring".parse().unwrap(), &"points".parse().unwrap()).await.unwrap();
    assert_eq!((budget.left, budget.spent["phone"]), (85, AMOUNT_MAX));
    assert_eq!(stock_of(&store, "phone").await.issued, 2);
    assert_eq!(store.prove().await.unwrap(), []);
}

/// A revision with a budget, whose prizes cost what the draws and events of the case take. Who draws first begins with so many chances.
const DOCUMENT: &str = r#"{"document": {"budget": {"unit": "points"}, "chances": {"granted": 1099511627776}, "prizes": [
    {"id": "phone", "value": 10}, {"id": "mug", "value": 3}, {"id": "hamper", "value": 7}, {"id": "card"}]}}"#;
/// And one by which players begin as those do who report an event first.
const OF_EVENTS: &str = r#"{"document": {"chances": {"granted": 10}}}"#;

/// What draws and events cost is what a budget was charged, and what it got back of what was voided before it reached anybody.
pub async fn a_budget_is_charged_what_things_cost(backend: &impl Backend) {
    let store = backend.open().await;
    let published = store.publish(&set_up(), &revision("spring", DOCUMENT, &[("phone", 5)])).await.unwrap().result;
    fund(&store, 100).await;
    let mut won = Vec::new();
    for wish in [
        wish("a", "1").stocked("phone").amount(1).costing(10),
        wish("a", "2").unlimited("mug").amount(2).costing(6),
        wish("b", "1").unlimited("card").amount(1),
        wish("b", "2").unlimited("hamper").amount(1).costing(7),
        wish("b", "3").stocked("phone").amount(1).costing(10),
    ] {
        won.push(AwardId::of_draw(&draw(&store, published.activation, &wish).await.unwrap().id));
    }
    let gives = [
        costing(points(4), 4),
        costing(prize("mug", false), 3),
        costing(to_referrer(points(5)), 5),
        costing(to_referrer(prize("mug", false)), 3),
        chances(2),
    ];
    event("p", "e").gives("spring", &gives).report(&store, published.activation).await.unwrap();
    assert_eq!(store.deliver_referrals(minute(1), 9).await.unwrap().delivered, 1);
    assert_eq!(left(&store).await, 100 - 10 - 6 - 7 - 10 - 15);
    // Nobody has the hamper yet, and the phone was told of.
    for award in &won[3..] {
        voided(&store, award).await;
    }
    assert_eq!(left(&store).await, 100 - 10 - 6 - 10 - 15);
    assert_eq!(store.prove().await.unwrap(), []);
    store.publish(&set_up(), &revision("spring", OF_EVENTS, &[])).await.unwrap();
}

/// Of what events earned of the budget, what was reversed of it goes back there, of the player's points and the referrer's, whether they have
/// them, owe them or the house lost them.
pub async fn a_budget_gets_back_what_is_reversed(backend: &impl Backend) {
    let store = backend.open().await;
    let activation = store.publish(&set_up(), &revision("spring", DOCUMENT, &[])).await.unwrap().result.activation;
    fund(&store, 100).await;
    let gives = [costing(points(10), 10), costing(to_referrer(points(5)), 5), costing(points(4), 4)];
    for id in ["e", "f"] {
        event("p", id).gives("spring", &gives).report(&store, activation).await.unwrap();
    }
    spend(&store, "p", 20).await;
    assert_eq!((left(&store).await, store.deliver_referrals(minute(1), 9).await.unwrap().delivered), (62, 2));
    // Of 10, 5 and 4 each a third, rounded down; then all there is.
    for (reversal, back) in [(reversal("r1", "e", Some((1, 3))), 3 + 1 + 1), (reversal("r2", "e", None), 19)] {
        store.reverse_event(&reversal).await.unwrap();
        assert_eq!(left(&store).await, 62 + back, "{}", reversal.id);
    }
    assert_eq!(owes(&store, "p").await, 6);
    assert_eq!(store.prove().await.unwrap(), []);
    store.publish(&set_up(), &revision("spring", OF_EVENTS, &[])).await.unwrap();
}
