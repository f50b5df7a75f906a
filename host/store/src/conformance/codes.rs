//! Coupon codes: each to one award, and none where it must not stand.

use std::collections::HashSet;
use std::sync::Arc;

use tombola_domain::award::State;
use tombola_domain::code::CouponCode;
use tombola_domain::draw::Verdict;
use tombola_domain::id::{AwardId, CodePoolName};
use tombola_domain::receipt::Receipt;
use tombola_domain::stock::Mark;
use tombola_domain::time::Timestamp;

use super::Backend;
use super::fixture::{commit_batch, decide_series, draw, minute, operation, publish, set_up, wish, won};
use crate::codes::{CODE_POOLS_MAX, CodesError, LOADS_MAX, Loaded, NewCode, PoolLevel, Withdrawn};
use crate::draws::Draw;
use crate::feed::Event;
use crate::{Done, Operation, Store};

/// The fixture's prize whose codes come from the pool `shop`.
const PRIZE: &str = "codes-shop";

fn pool() -> CodePoolName {
    "shop".parse().unwrap()
}

fn new(codes: &[&str], expires_at: Option<Timestamp>) -> Vec<NewCode> {
    codes.iter().map(|code| NewCode { code: code.parse().unwrap(), expires_at }).collect()
}

async fn load_under(store: &Arc<dyn Store>, operation: &Operation, codes: &[NewCode]) -> Done<Loaded> {
    let mut load = store.begin_load(&pool()).await.unwrap();
    store.stage_codes(&mut load, codes).await.unwrap();
    let done = store.take_load(operation, &load).await.unwrap();
    store.abandon_load(&load).await.unwrap();
    done
}

async fn load(store: &Arc<dyn Store>, codes: &[&str]) -> Loaded {
    load_under(store, &set_up(), &new(codes, None)).await.result
}

async fn make(store: &Arc<dyn Store>) {
    store.put_code_pool(&set_up(), &pool(), 2).await.unwrap();
}

/// Free, given, expired and withdrawn codes, some minutes into the cases' time.
async fn counts(store: &Arc<dyn Store>, at: i64) -> [u64; 4] {
    let level = store.code_pool(&pool(), minute(at)).await.unwrap().unwrap();
    [level.free, level.given, level.expired, level.withdrawn]
}

fn code(draw: &Draw) -> Option<&str> {
    draw.won.as_ref()?.code.as_ref().map(CouponCode::reveal)
}

/// Draws for a code, with points where there is none.
async fn draw_code(store: &Arc<dyn Store>, activation: u64, player: &str, at: i64) -> Option<String> {
    let wish = wish(player, "1").stocked(PRIZE).unlimited("points").at_minute(at);
    code(&draw(store, activation, &wish).await.unwrap()).map(ToOwned::to_owned)
}

async fn sweep(store: &Arc<dyn Store>, at: i64) {
    while store.sweep_codes(minute(at), 2).await.unwrap() {}
}

/// Making it again sets its low-water mark and leaves its codes.
pub async fn a_pool_is_made_and_changed(backend: &impl Backend) {
    let store = backend.open().await;
    assert_eq!(store.code_pool(&pool(), minute(0)).await.unwrap(), None);
    let made = store.put_code_pool(&operation("1", "put"), &pool(), 3).await.unwrap();
    let expected =
        PoolLevel { pool: pool(), low_water: 3, free: 0, given: 0, expired: 0, withdrawn: 0, mark: Mark::default() };
    assert_eq!((&made.result, made.replayed, made.result.is_low()), (&expected, false, true));
    load(&store, &["A", "B", "C"]).await;
    let again = store.put_code_pool(&operation("1", "put"), &pool(), 3).await.unwrap();
    assert_eq!((again.result, again.replayed), (expected, true));
    let reused = store.put_code_pool(&operation("1", "put 4"), &pool(), 4).await;
    assert!(matches!(reused, Err(CodesError::KeyReused(_))), "{reused:?}");
    let changed = store.put_code_pool(&set_up(), &pool(), 4).await.unwrap().result;
    assert_eq!((changed.low_water, changed.free, changed.is_low()), (4, 3, true));
}

/// By name, and no more than there can be.
pub async fn pools_come_in_pages(backend: &impl Backend) {
    let store = backend.open().await;
    for number in 0..CODE_POOLS_MAX {
        store.put_code_pool(&set_up(), &format!("p{number:03}").parse().unwrap(), 0).await.unwrap();
    }
    let refused = store.put_code_pool(&set_up(), &pool(), 0).await;
    assert!(matches!(refused, Err(CodesError::TooManyPools)), "{refused:?}");
    store.put_code_pool(&set_up(), &"p007".parse().unwrap(), 9).await.unwrap();
    let names = |pools: Vec<PoolLevel>| pools.iter().map(|level| level.pool.to_string()).collect::<Vec<_>>();
    assert_eq!(names(store.code_pools(None, 2, minute(0)).await.unwrap()), ["p000", "p001"]);
    let after = "p197".parse().unwrap();
    assert_eq!(names(store.code_pools(Some(&after), 9, minute(0)).await.unwrap()), ["p198", "p199"]);
}

/// Of the named pools alone, whatever others have, and without what has expired, whether or not it was swept by then.
pub async fn levels_are_of_the_named_pools(backend: &impl Backend) {
    let store = backend.open().await;
    make(&store).await;
    store.put_code_pool(&set_up(), &"other".parse().unwrap(), 0).await.unwrap();
    load(&store, &["A", "B"]).await;
    load_under(&store, &set_up(), &new(&["C", "D", "E"], Some(minute(5)))).await;
    let free = async |names: &[&str], at| {
        let names = names.iter().map(|name| name.parse().unwrap()).collect();
        let levels = store.code_levels(&names, minute(at)).await.unwrap();
        levels.into_iter().map(|level| (level.pool.to_string(), level.free)).collect::<Vec<_>>()
    };
    let shop = |free| vec![("shop".to_owned(), free)];
    assert_eq!((free(&["shop", "none"], 4).await, free(&["shop"], 5).await), (shop(5), shop(2)));
    sweep(&store, 5).await;
    assert_eq!((free(&["shop"], 5).await, free(&[], 5).await), (shop(2), vec![]));
    assert_eq!(free(&["shop", "other"], 5).await, [("other".to_owned(), 0), ("shop".to_owned(), 2)]);
}

/// Codes that are there already are counted and left as they are, also within a load.
pub async fn a_load_adds_what_the_pool_did_not_have(backend: &impl Backend) {
    let store = backend.open().await;
    assert!(matches!(store.begin_load(&pool()).await, Err(CodesError::UnknownPool)));
    make(&store).await;
    let first = load(&store, &["A", "B", "A"]).await;
    assert_eq!((first.loaded, first.skipped, first.level.free), (2, 1, 2));
    let second = load(&store, &["B", "C"]).await;
    assert_eq!((second.loaded, second.skipped, second.level.free), (1, 1, 3));
    // Another pool has codes of its own.
    store.put_code_pool(&set_up(), &"other".parse().unwrap(), 0).await.unwrap();
    let mut other = store.begin_load(&"other".parse().unwrap()).await.unwrap();
    store.stage_codes(&mut other, &new(&["A"], None)).await.unwrap();
    assert_eq!((other.loaded, other.skipped), (1, 0));
}

/// The same key and request: the same answer, and nothing added.
pub async fn a_repeated_load_does_nothing(backend: &impl Backend) {
    let store = backend.open().await;
    make(&store).await;
    let first = load_under(&store, &operation("key", "A"), &new(&["A"], None)).await;
    let again = load_under(&store, &operation("key", "A"), &new(&["A"], None)).await;
    assert_eq!((&again.result, again.replayed), (&first.result, true));
    assert_eq!(counts(&store, 0).await, [1, 0, 0, 0]);
    let mut third = store.begin_load(&pool()).await.unwrap();
    store.stage_codes(&mut third, &new(&["B"], None)).await.unwrap();
    let reused = store.take_load(&operation("key", "B"), &third).await;
    assert!(matches!(reused, Err(CodesError::KeyReused(_))), "{reused:?}");
}

/// Until it is taken nobody gets it; what was given up can be loaded anew, before it is swept and after.
pub async fn what_is_staged_is_nobody_s_yet(backend: &impl Backend) {
    let store = backend.open().await;
    let activation = publish(&store, &[]).await.activation;
    make(&store).await;
    let mut staged = store.begin_load(&pool()).await.unwrap();
    store.stage_codes(&mut staged, &new(&["A", "B", "C"], None)).await.unwrap();
    assert_eq!(draw_code(&store, activation, "p", 1).await, None);
    assert_eq!(counts(&store, 1).await, [0; 4]);
    // Another one takes over what the first had staged, and the first comes to nothing.
    let loaded = load(&store, &["A"]).await;
    assert_eq!((loaded.loaded, loaded.level.free), (1, 1));
    assert!(store.take_load(&set_up(), &staged).await.is_err());
    store.abandon_load(&staged).await.unwrap();
    sweep(&store, 1).await;
    let loaded = load(&store, &["C", "B", "A"]).await;
    assert_eq!((loaded.loaded, loaded.skipped, loaded.level.free), (2, 1, 3));
    let mut got = vec![];
    for player in ["q", "r", "s", "t"] {
        got.push(draw_code(&store, activation, player, 1).await);
    }
    assert_eq!(got, ["A", "C", "B"].map(|code| Some(code.to_owned())).into_iter().chain([None]).collect::<Vec<_>>());
}

/// With the draw, whenever it is asked for; and with the award, which is delivered at once.
pub async fn a_code_comes_with_its_draw(backend: &impl Backend) {
    let store = backend.open().await;
    let activation = publish(&store, &[]).await.activation;
    make(&store).await;
    load(&store, &["SECRET-1", "SECRET-2"]).await;
    let wish = wish("p", "1").stocked(PRIZE).amount(7);
    let made = draw(&store, activation, &wish).await.unwrap();
    assert_eq!((won(&made), code(&made)), (Some(PRIZE), Some("SECRET-1")));
    assert_eq!(store.draw(&made.id).await.unwrap().as_ref(), Some(&made));
    let known = store.snapshot(&wish.query()).await.unwrap().known.unwrap();
    assert_eq!(known.draws.first, made);
    let player = store.player(&made.campaign, &made.player, None, 9).await.unwrap();
    assert_eq!(player.draws, std::slice::from_ref(&made));
    let award = store.award(&AwardId::of_draw(&made.id)).await.unwrap().unwrap();
    assert_eq!((award.award.state, award.code.as_ref().map(CouponCode::reveal)), (State::Delivered, Some("SECRET-1")));
    assert_eq!(award.attempts, None);
    // One code, whatever the amount.
    assert_eq!(counts(&store, 1).await, [1, 1, 0, 0]);
    let level = store.code_pool(&pool(), minute(1)).await.unwrap().unwrap();
    assert!(level.is_low());
}

/// Neither receipts nor the feed nor the record of operations.
pub async fn codes_stand_nowhere_else(backend: &impl Backend) {
    let store = backend.open().await;
    let activation = publish(&store, &[]).await.activation;
    make(&store).await;
    load(&store, &["SECRET-1"]).await;
    let made = draw(&store, activation, &wish("p", "1").stocked(PRIZE)).await.unwrap();
    let shown = |bytes: &[u8]| bytes.windows(6).any(|bytes| bytes == b"SECRET");
    let stored = store.receipts(0, 9).await.unwrap().remove(0).1.unwrap();
    let receipt = store.receipt(&made.id).await.unwrap().unwrap();
    for receipt in [&stored, &receipt] {
        assert!(!shown(&receipt.bytes) && receipt.draw.won.as_ref().unwrap().code.is_none());
        let disclosure = format!("{:?}", receipt.disclosure);
        assert!(!shown(disclosure.as_bytes()), "{disclosure}");
    }
    match &store.feed(0, 9).await.unwrap()[..] {
        [(1, Event::Drawn(draw, Some(State::Delivered)))] => assert_eq!(code(draw), None),
        other => panic!("{other:?}"),
    }
    assert_eq!(code(&made), Some("SECRET-1"));
    assert!(!shown(
        format!("{made:?} {:?}", store.audit(&crate::audit::Query::default(), 9).await.unwrap()).as_bytes()
    ));
}

/// What expires soonest goes first, then what was loaded first, wherever it came from; what has expired is not given.
pub async fn codes_are_given_in_the_order_in_which_they_expire(backend: &impl Backend) {
    let store = backend.open().await;
    let activation = publish(&store, &[]).await.activation;
    make(&store).await;
    load(&store, &["never-1", "never-2"]).await;
    let mut codes = new(&["late"], Some(minute(60)));
    codes.extend(new(&["soon"], Some(minute(30))));
    codes.extend(new(&["past-1", "past-2", "past-3"], Some(minute(10))));
    load_under(&store, &set_up(), &codes).await;
    load(&store, &["never-3"]).await;
    assert_eq!(counts(&store, 9).await, [8, 0, 0, 0]);
    assert_eq!(draw_code(&store, activation, "o", 9).await.as_deref(), Some("past-1"));
    assert_eq!(counts(&store, 10).await, [5, 1, 2, 0]);
    let mut got = vec![];
    for player in ["p", "q", "r", "s"] {
        // Sweeping makes no difference, also in the middle.
        got.push(draw_code(&store, activation, player, 10).await.unwrap());
        store.sweep_codes(minute(10), 1).await.unwrap();
    }
    assert_eq!(got, ["soon", "late", "never-1", "never-2"]);
    sweep(&store, 10).await;
    assert_eq!(counts(&store, 10).await, [1, 5, 2, 0]);
}

/// An empty pool is sold out, which receipts cite; loading clears it.
pub async fn an_empty_pool_is_sold_out(backend: &impl Backend) {
    let store = backend.open().await;
    let activation = publish(&store, &[]).await.activation;
    make(&store).await;
    let mut verdicts = vec![];
    for (number, player) in ["a", "b", "c", "d", "e"].into_iter().enumerate() {
        if number == 2 {
            assert_eq!(load(&store, &["A"]).await.level.mark, Mark { version: 2, sold_out: false });
        }
        let made = draw(&store, activation, &wish(player, "1").stocked(PRIZE)).await.unwrap();
        let receipt = Receipt::decode(&store.receipt(&made.id).await.unwrap().unwrap().bytes).unwrap();
        verdicts.push(match receipt.tried[0].verdict {
            Verdict::SoldOut { mark } => (false, mark),
            Verdict::Granted(Some(token)) => (true, token.unit),
            verdict => panic!("{verdict:?}"),
        });
    }
    assert_eq!(verdicts, [(false, 1), (false, 1), (true, 1), (false, 3), (false, 3)]);
    assert_eq!(store.code_pool(&pool(), minute(1)).await.unwrap().unwrap().mark, Mark { version: 3, sold_out: true });
}

/// Free codes go, and those that awards have stay with them. They can be loaded again.
pub async fn withdrawn_codes_are_not_given(backend: &impl Backend) {
    let store = backend.open().await;
    let activation = publish(&store, &[]).await.activation;
    make(&store).await;
    let refused = store.withdraw_codes(&set_up(), &"other".parse().unwrap()).await;
    assert!(matches!(refused, Err(CodesError::UnknownPool)), "{refused:?}");
    load_under(&store, &set_up(), &new(&["past"], Some(minute(-1)))).await;
    load(&store, &["A", "B", "C"]).await;
    let wish = wish("p", "1").stocked(PRIZE);
    let made = draw(&store, activation, &wish).await.unwrap();
    let done = store.withdraw_codes(&operation("key", "withdraw"), &pool()).await.unwrap();
    let Withdrawn { withdrawn, level } = &done.result;
    assert_eq!((*withdrawn, level.free, level.withdrawn, level.expired), (2, 0, 2, 1));
    let again = store.withdraw_codes(&operation("key", "withdraw"), &pool()).await.unwrap();
    assert_eq!((&again.result, again.replayed), (&done.result, true));
    assert_eq!(draw_code(&store, activation, "q", 1).await, None);
    sweep(&store, 1).await;
    assert_eq!(counts(&store, 1).await, [0, 1, 1, 2]);
    assert_eq!(store.draw(&made.id).await.unwrap().as_ref(), Some(&made));
    let loaded = load(&store, &["A", "B", "C", "past"]).await;
    assert_eq!((loaded.loaded, loaded.skipped), (3, 1), "the one that was given is there");
}

/// Many batches at once, far more draws than codes: every code goes to one draw, under a unit of its own.
pub async fn concurrent_batches_give_every_code_once(backend: &impl Backend) {
    const TASKS: usize = 64;
    const DRAWS: usize = 8;
    const CODES: usize = 300;
    let store = backend.open().await;
    let activation = publish(&store, &[]).await.activation;
    make(&store).await;
    // From several loads, of which some come in among the draws.
    let codes: Vec<_> = (0..CODES).map(|number| format!("code-{number}")).collect();
    let codes: Vec<_> = codes.iter().map(String::as_str).collect();
    let (before, among) = codes.split_at(CODES / 2);
    for part in before.chunks(50) {
        load(&store, part).await;
    }
    let tasks: Vec<_> = (0..TASKS)
        .map(|task| {
            let store = store.clone();
            tokio::spawn(async move {
                let mut batch = vec![];
                for number in 0..DRAWS {
                    let wish = wish(&format!("{task}-{number}"), "1").stocked(PRIZE).unlimited("points");
                    batch.push(wish.decide(&store, activation).await);
                }
                commit_batch(&store, batch).await
            })
        })
        .collect();
    for part in among.chunks(50) {
        load(&store, part).await;
    }
    let (mut given, mut units) = (HashSet::new(), HashSet::new());
    let mut made = vec![];
    for task in tasks {
        made.extend(task.await.unwrap().into_iter().map(Result::unwrap));
    }
    // Who came while there was none got points; the rest is had now.
    for number in 0..CODES - made.iter().filter(|draw| code(draw).is_some()).count() {
        made.push(draw(&store, activation, &wish(&format!("late-{number}"), "1").stocked(PRIZE)).await.unwrap());
    }
    for draw in &made {
        let Some(code) = code(draw) else { continue };
        assert!(given.insert(code.to_owned()), "{code} was given twice");
        let receipt = Receipt::decode(&store.receipt(&draw.id).await.unwrap().unwrap().bytes).unwrap();
        let Verdict::Granted(Some(token)) = receipt.tried[0].verdict else { panic!("{receipt:?}") };
        assert!(units.insert(token));
    }
    assert_eq!(given.len(), CODES);
    assert_eq!(counts(&store, 1).await, [0, CODES as u64, 0, 0]);
    assert_eq!(draw_code(&store, activation, "last", 1).await, None);
}

/// One pool may be the stock of several prizes, and a series gets a code for each of its draws.
pub async fn a_series_gets_a_code_for_each_draw(backend: &impl Backend) {
    let store = backend.open().await;
    let activation = publish(&store, &[]).await.activation;
    make(&store).await;
    load(&store, &["A", "B"]).await;
    let wishes = vec![wish("p", "1").stocked(PRIZE).unlimited("points"); 3];
    let commit = decide_series(&store, activation, &wishes).await;
    let draws = store.commit_draws(&[commit]).await.unwrap().remove(0).unwrap();
    assert_eq!(draws.iter().map(code).collect::<Vec<_>>(), [Some("A"), Some("B"), None]);
    assert_eq!(won(&draws.rest[1]), Some("points"));
    assert_eq!(store.snapshot(&wishes[0].query()).await.unwrap().known.unwrap().draws, draws);
}

/// What commits draws looks into every load that has free codes.
pub async fn there_are_so_many_loads(backend: &impl Backend) {
    let store = backend.open().await;
    let activation = publish(&store, &[]).await.activation;
    make(&store).await;
    for number in 0..LOADS_MAX {
        load(&store, &[&format!("code-{number}")]).await;
    }
    assert!(matches!(store.begin_load(&pool()).await, Err(CodesError::TooManyLoads)));
    // Where a load is used up there is room for another.
    assert_eq!(draw_code(&store, activation, "p", 1).await.as_deref(), Some("code-0"));
    assert_eq!(load(&store, &["more"]).await.level.free, LOADS_MAX);
}
