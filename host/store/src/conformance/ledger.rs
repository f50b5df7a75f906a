//! The ledger: every unit of it comes from somewhere, and what stands for something is posted once.

use std::sync::Arc;

use tombola_domain::id::UnitName;
use tombola_domain::ledger::{Account, House, Lapse, Lifetime, Refused, Wish};
use tombola_domain::time::Timestamp;

use super::Backend;
use super::fixture::{CAMPAIGN, minute, operation, set_up};
use crate::Store;
use crate::audit::{Query, Verb};
use crate::ledger::{Balance, NewPosting, NotPosted, OperateError, OperatorPosting, Posted, Unit, Why};
use crate::sweep::Sweep;

const ISSUE: Account = Account::House(House::Issue);
const INCOME: Account = Account::House(House::Income);

fn points() -> UnitName {
    "points".parse().unwrap()
}

fn player(name: &str) -> Account {
    Account::Player(name.parse().unwrap())
}

fn unit(name: &str, lifetime: Option<u32>) -> Unit {
    let lifetime = lifetime.map(|days| Lifetime::new(days).unwrap());
    Unit { name: name.parse().unwrap(), title: name.to_uppercase(), lifetime }
}

async fn declared(backend: &impl Backend) -> Arc<dyn Store> {
    let store = backend.open().await;
    store.put_unit(&set_up(), &unit("points", None)).await.unwrap();
    store
}

fn wish(from: &Account, to: &Account, amount: i64, lapse: Lapse) -> Wish {
    Wish { unit: points(), from: from.clone(), to: to.clone(), amount, lapse }
}

fn posting(player: &str, key: &str, wishes: Vec<Wish>) -> NewPosting {
    let (player, key) = (Some(player.parse().unwrap()), key.parse().unwrap());
    NewPosting { player, key, why: Why::Reward, wishes, at: minute(1) }
}

fn earns(name: &str, key: &str, amount: i64) -> NewPosting {
    posting(name, key, vec![wish(&ISSUE, &player(name), amount, Lapse::Never)])
}

fn spends(name: &str, key: &str, amount: i64) -> NewPosting {
    posting(name, key, vec![wish(&player(name), &INCOME, amount, Lapse::Never)])
}

async fn post_one(store: &Arc<dyn Store>, posting: NewPosting) -> Result<Posted, NotPosted> {
    store.post(vec![posting]).await.unwrap().pop().unwrap()
}

/// What a player can spend of the cases' unit.
async fn has(store: &Arc<dyn Store>, name: &str) -> i64 {
    let balances = store.balances(&name.parse().unwrap(), minute(1)).await.unwrap();
    balances.iter().flat_map(|balance| &balance.lots).map(|(_, left)| left).sum()
}

async fn holds(store: &Arc<dyn Store>) {
    assert_eq!(store.prove().await.unwrap(), []);
}

/// Both are recorded, with what held before. `points` are there from the beginning.
pub async fn a_unit_is_declared_and_declared_anew(backend: &impl Backend) {
    let store = backend.open().await;
    let [given] = &store.units().await.unwrap()[..] else { panic!("one unit") };
    let given = Some(given.digest());
    let first = store.put_unit(&operation("1", "points"), &unit("points", None)).await.unwrap();
    let again = store.put_unit(&operation("1", "points"), &unit("points", None)).await.unwrap();
    assert_eq!((first.replayed, again.replayed), (false, true));
    store.put_unit(&operation("2", "coins"), &unit("coins", Some(30))).await.unwrap();
    store.put_unit(&operation("3", "points"), &unit("points", Some(365))).await.unwrap();
    let reused = store.put_unit(&operation("3", "other"), &unit("points", None)).await;
    assert!(matches!(reused, Err(OperateError::KeyReused(_))), "{reused:?}");
    assert_eq!(store.units().await.unwrap(), [unit("coins", Some(30)), unit("points", Some(365))]);
    let record = store.audit(&Query { what: Some(Verb::PutUnit), ..Query::default() }, 9).await.unwrap();
    let changes: Vec<_> = record.iter().map(|entry| (entry.before, entry.after)).collect();
    let [none, year] = [unit("points", None), unit("points", Some(365))].map(|unit| Some(unit.digest()));
    assert_eq!(changes, [(none, year), (None, Some(unit("coins", Some(30)).digest())), (given, none)]);
}

/// Over batches and within one; another posting under the key is a mistake.
pub async fn a_business_key_is_posted_once(backend: &impl Backend) {
    let store = declared(backend).await;
    let first = post_one(&store, earns("p", "event-1", 5)).await.unwrap();
    assert_eq!((first.number, first.replayed, first.transfers.len()), (1, false, 1));
    let again = post_one(&store, earns("p", "event-1", 5)).await.unwrap();
    assert_eq!(again, Posted { replayed: true, ..first });
    assert_eq!(post_one(&store, earns("p", "event-1", 6)).await, Err(NotPosted::KeyReused));
    let batch =
        vec![earns("p", "event-2", 1), earns("p", "event-2", 1), earns("p", "event-2", 2), earns("q", "event-2", 1)];
    let answers = store.post(batch).await.unwrap();
    let answers: Vec<_> =
        answers.iter().map(|answer| answer.as_ref().map(|posted| (posted.number, posted.replayed))).collect();
    assert_eq!(answers, [Ok((2, false)), Ok((2, true)), Err(&NotPosted::KeyReused), Ok((3, false))]);
    assert_eq!((has(&store, "p").await, has(&store, "q").await), (6, 1));
    holds(&store).await;
}

/// Neither the others of its batch nor its own key.
pub async fn what_is_refused_spoils_nothing(backend: &impl Backend) {
    let store = declared(backend).await;
    let unknown = Wish { unit: "gold".parse().unwrap(), ..wish(&ISSUE, &player("p"), 1, Lapse::Never) };
    let batch = vec![
        earns("p", "1", 5),
        spends("p", "2", 6),
        posting(
            "p",
            "3",
            vec![wish(&player("p"), &INCOME, 5, Lapse::Never), wish(&player("p"), &INCOME, 1, Lapse::Never)],
        ),
        posting("p", "4", vec![unknown]),
        spends("p", "5", 5),
    ];
    let answers = store.post(batch).await.unwrap();
    let short =
        |left, wanted| NotPosted::Refused(Refused::Short { unit: points(), account: player("p"), left, wanted });
    let refused: Vec<_> = answers.iter().map(|answer| answer.as_ref().err().cloned()).collect();
    let gold = NotPosted::UnknownUnit("gold".parse().unwrap());
    assert_eq!(refused, [None, Some(short(5, 6)), Some(short(0, 1)), Some(gold), None]);
    // What was refused is not remembered.
    post_one(&store, earns("p", "6", 6)).await.unwrap();
    post_one(&store, spends("p", "2", 6)).await.unwrap();
    assert_eq!(has(&store, "p").await, 0);
    holds(&store).await;
}

/// 32 at once who all want the same points: what is there is spent, and not a point more.
pub async fn racing_spenders_never_overspend(backend: &impl Backend) {
    const TASKS: u32 = 32;
    let store = declared(backend).await;
    post_one(&store, earns("p", "all", 100)).await.unwrap();
    let tasks: Vec<_> = (0..TASKS)
        .map(|task| {
            let store = Arc::clone(&store);
            tokio::spawn(async move {
                let batch = (0..4).map(|number| spends("p", &format!("{task}-{number}"), 3)).collect();
                store.post(batch).await.unwrap().iter().filter(|answer| answer.is_ok()).count()
            })
        })
        .collect();
    let mut spent = 0;
    for task in tasks {
        spent += task.await.unwrap();
    }
    assert_eq!((spent, has(&store, "p").await), (33, 1));
    holds(&store).await;
}

/// In the order in which it is spent; what has lapsed is not told.
pub async fn balances_say_what_lapses_when(backend: &impl Backend) {
    let store = declared(backend).await;
    let (soon, late) = (Lapse::At(minute(10)), Lapse::At(minute(20)));
    let lots = [(4, late), (3, soon), (2, Lapse::Never), (1, soon)];
    let gains = lots.map(|(amount, lapse)| wish(&ISSUE, &player("p"), amount, lapse));
    let hold = wish(&player("p"), &Account::Held("p".parse().unwrap()), 5, Lapse::Never);
    post_one(&store, posting("p", "1", gains.to_vec())).await.unwrap();
    post_one(&store, posting("p", "2", vec![hold])).await.unwrap();
    let balance = |lots: &[(Lapse, i64)]| vec![Balance { unit: points(), lots: lots.to_vec(), held: 5, owed: 0 }];
    let at = |minute: Timestamp| {
        let store = Arc::clone(&store);
        async move { store.balances(&"p".parse().unwrap(), minute).await.unwrap() }
    };
    assert_eq!(at(minute(5)).await, balance(&[(late, 3), (Lapse::Never, 2)]));
    assert_eq!(at(minute(20)).await, balance(&[(Lapse::Never, 2)]));
    assert_eq!(store.balances(&"q".parse().unwrap(), minute(1)).await.unwrap(), []);
    holds(&store).await;
}

/// So many lots at a time, once, and each player is told why.
pub async fn what_has_lapsed_is_taken_away(backend: &impl Backend) {
    let store = declared(backend).await;
    for name in ["p", "q", "r"] {
        let gains = [(4, Lapse::At(minute(10))), (3, Lapse::At(minute(20))), (2, Lapse::Never)];
        let gains = gains.map(|(amount, lapse)| wish(&ISSUE, &player(name), amount, lapse));
        post_one(&store, posting(name, "1", gains.to_vec())).await.unwrap();
    }
    assert_eq!(store.lapse(&Sweep::first(minute(9), 100)).await.unwrap().cleared, 0);
    assert_eq!(store.lapse(&Sweep::first(minute(10), 2)).await.unwrap().cleared, 2);
    assert_eq!(store.lapse(&Sweep::first(minute(10), 2)).await.unwrap().cleared, 1);
    assert_eq!(store.lapse(&Sweep::first(minute(10), 2)).await.unwrap().cleared, 0);
    assert_eq!(has(&store, "p").await, 5);
    let line = &store.statement(&"p".parse().unwrap(), &points(), None, 1).await.unwrap()[0];
    assert_eq!(
        (line.why, line.at, line.transfer.amount, line.transfer.from.clone()),
        (Why::Lapse, minute(10), 4, player("p"))
    );
    holds(&store).await;
}

/// Latest first, each transfer once, of one player and unit.
pub async fn statements_come_in_pages(backend: &impl Backend) {
    let store = declared(backend).await;
    store.put_unit(&set_up(), &unit("coins", None)).await.unwrap();
    for number in 1..=4 {
        post_one(&store, earns("p", &format!("earn-{number}"), number)).await.unwrap();
        post_one(&store, earns("q", &format!("earn-{number}"), number)).await.unwrap();
        post_one(&store, spends("p", &format!("spend-{number}"), 1)).await.unwrap();
    }
    let hold = wish(&player("p"), &Account::Held("p".parse().unwrap()), 2, Lapse::Never);
    post_one(&store, posting("p", "hold", vec![hold])).await.unwrap();
    let mut lines = Vec::new();
    let mut before = None;
    loop {
        let page = store.statement(&"p".parse().unwrap(), &points(), before, 2).await.unwrap();
        let Some(last) = page.last() else { break };
        before = Some(last.number);
        lines.extend(page);
    }
    let amounts: Vec<_> = lines
        .iter()
        .map(|line| if line.transfer.from == player("p") { -line.transfer.amount } else { line.transfer.amount })
        .collect();
    assert_eq!(amounts, [-2, -1, 4, -1, 3, -1, 2, -1, 1], "a transfer between one's own accounts is one line");
    let coins = store.statement(&"p".parse().unwrap(), &"coins".parse().unwrap(), None, 9).await.unwrap();
    assert_eq!(coins, []);
}

/// A campaign's budget is filled once for its key, and never below what was given away.
pub async fn a_budget_is_an_operator_s_to_fill(backend: &impl Backend) {
    let store = declared(backend).await;
    let budget = Account::Budget(CAMPAIGN.parse().unwrap());
    let fund = |from: &Account, to: &Account, amount, key: &str| OperatorPosting {
        verb: Verb::AdjustBudget,
        subject: format!("{CAMPAIGN}/points"),
        campaign: Some(CAMPAIGN.parse().unwrap()),
        posting: NewPosting {
            player: None,
            key: key.parse().unwrap(),
            why: Why::Budget,
            wishes: vec![wish(from, to, amount, Lapse::Never)],
            at: minute(1),
        },
    };
    let more = fund(&ISSUE, &budget, 100, "1");
    let done = store.operate(&operation("1", "add 100"), &more).await.unwrap();
    let again = store.operate(&operation("1", "add 100"), &more).await.unwrap();
    assert_eq!((done.replayed, again.replayed, again.result), (false, true, done.result));
    post_one(&store, posting("p", "1", vec![wish(&budget, &player("p"), 30, Lapse::Never)])).await.unwrap();
    let too_much = store.operate(&operation("2", "take 71"), &fund(&budget, &ISSUE, 71, "2")).await;
    let Err(OperateError::NotPosted(NotPosted::Refused(Refused::Short { left: 70, wanted: 71, .. }))) = too_much else {
        panic!("{too_much:?}");
    };
    store.operate(&operation("3", "take 70"), &fund(&budget, &ISSUE, 70, "3")).await.unwrap();
    assert_eq!(store.budgets(&CAMPAIGN.parse().unwrap()).await.unwrap(), [(points(), 0)]);
    let record = store.audit(&Query { what: Some(Verb::AdjustBudget), ..Query::default() }, 9).await.unwrap();
    assert_eq!(record.len(), 2, "what was refused is not recorded");
    holds(&store).await;
}

/// With its keys, and with numbers that go on.
pub async fn the_ledger_is_there_after_reopening(backend: &impl Backend) {
    let store = declared(backend).await;
    let posted = post_one(&store, earns("p", "1", 5)).await.unwrap();
    drop(store);
    let store = backend.open().await;
    assert_eq!(has(&store, "p").await, 5);
    assert_eq!(post_one(&store, earns("p", "1", 5)).await, Ok(Posted { replayed: true, ..posted.clone() }));
    let next = post_one(&store, spends("p", "2", 5)).await.unwrap();
    assert_eq!((next.number, next.transfers[0].0), (posted.number + 1, posted.transfers[0].0 + 1));
    holds(&store).await;
}
