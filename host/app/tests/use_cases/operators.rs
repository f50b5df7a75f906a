use async_trait::async_trait;
use tombola_app::intent::Intent;
use tombola_app::lists::Members;
use tombola_app::model::{ListEdit, Pause, Query, Verb};
use tombola_app::stock::StockChange;
use tombola_app::tokens::player::NewPlayerToken;
use tombola_app::tokens::{Caller, LOCAL, NewToken, Role, create, revoke};
use tombola_app::{Error, Result};
use tombola_domain::id::{ListName, PlayerId};
use tombola_store::codes::NewCode;

use crate::fixture::{House, campaign, code, intent};

#[tokio::test]
async fn modules_keep_their_names() {
    let house = House::new().await;
    let known = house.app.modules(None, 10).await.unwrap();
    assert_eq!(known.iter().map(|module| module.name.as_str()).collect::<Vec<_>>(), ["gate", "gate"]);
    assert_eq!(code(house.app.upload(Intent::of("author"), b"garbage").await), "module-refused");
    let again = house.app.upload(Intent::of("somebody"), b"native gate 1.0.0").await.unwrap();
    assert!(again.replayed, "the same bytes are no error");
    // A key is looked up before the bytes are, also before those that are there.
    assert!(house.app.upload(intent("key"), b"native gate 1.0.0").await.unwrap().replayed);
    assert_eq!(code(house.app.upload(intent("key"), b"native gate 1.1.0").await), "idempotency-key-reused");
    assert_eq!(code(house.app.upload(intent("key"), b"garbage").await), "idempotency-key-reused");
}

/// What is loaded again under a key is held against what was loaded, whether or not it is staged, and changes nothing.
#[tokio::test]
async fn codes_are_loaded_once_under_a_key() {
    let house = House::new().await;
    let pool = "shop".parse().unwrap();
    house.app.put_code_pool(intent("pool"), &pool, 0).await.unwrap();
    let load = async |codes: &[&str]| {
        let codes = codes.iter().map(|code| NewCode { code: code.parse().unwrap(), expires_at: None }).collect();
        house.app.load_codes(intent("1"), &pool, None, Some(codes)).await
    };
    let first = load(&["A", "B", "A"]).await.unwrap().result;
    assert_eq!((first.loaded, first.skipped, first.level.free), (2, 1, 2));
    let again = load(&["A", "B", "A"]).await.unwrap();
    assert_eq!((again.result, again.replayed), (first, true));
    assert_eq!(code(load(&["A", "B"]).await), "idempotency-key-reused");
    assert_eq!(house.app.code_pools(None, 10).await.unwrap()[0].free, 2);
}

fn players(names: &[&str]) -> Vec<PlayerId> {
    names.iter().map(|name| name.parse().unwrap()).collect()
}

#[tokio::test]
async fn lists_are_not_emptied_by_mistake() {
    let house = House::new().await;
    let list: ListName = "banned".parse().unwrap();
    let replace = async |key: &str, names: &[&str], allow_empty| {
        house.app.replace_list(intent(key), &list, Some(players(names)), allow_empty).await
    };
    assert_eq!(code(house.app.list(&list).await), "list-unknown");
    assert_eq!(replace("1", &["a", "b"], false).await.unwrap().result.size, 2);
    assert!(replace("1", &["a", "b"], false).await.unwrap().replayed);
    assert_eq!(code(replace("1", &[], true).await), "idempotency-key-reused");
    assert_eq!(code(replace("2", &[], false).await), "list-emptied");
    let all = ListEdit { add: vec![], remove: players(&["a", "b"]) };
    assert_eq!(code(house.app.edit_list(intent("3"), &list, &all, false).await), "list-emptied");
    let state = house.app.edit_list(intent("3"), &list, &all, true).await.unwrap().result;
    assert_eq!((state.version, state.size), (2, 0));
    assert_eq!(house.app.list(&list).await.unwrap(), state);
    assert_eq!(replace("2", &[], true).await.unwrap().result, state, "nobody was on it");
}

/// Players who break off after the first.
struct Broken(Option<Vec<PlayerId>>);

#[async_trait]
impl Members for Broken {
    type Error = Error;

    async fn next(&mut self) -> Result<Option<Vec<PlayerId>>> {
        self.0.take().map(Some).ok_or(Error::TimedOut)
    }
}

#[tokio::test]
async fn a_content_that_breaks_off_changes_nothing() {
    let house = House::new().await;
    let list: ListName = "banned".parse().unwrap();
    house.app.replace_list(intent("1"), &list, Some(players(&["a"])), false).await.unwrap();
    let before = house.app.list(&list).await.unwrap();
    for key in ["2", "3", "4"] {
        let broken = house.app.replace_list(intent(key), &list, Broken(Some(players(&["b"]))), false).await;
        assert_eq!(code(broken), "timed-out");
    }
    assert_eq!(house.app.list(&list).await.unwrap(), before);
    assert!(!house.app.replace_list(intent("2"), &list, Some(players(&["b"])), false).await.unwrap().replayed);
}

#[tokio::test]
async fn stock_is_changed_within_what_is_left() {
    let house = House::new().await;
    let phone = "points: 1, phone: 1}";
    let document = campaign("")
        .replace("points: 1}", phone)
        .replace("prizes: [", "prizes: [{id: phone, title: Phone, stock: 5}, ");
    house.publish(&document).await;
    let adjust = |key: &'static str, prize: &'static str, add| {
        let change = StockChange {
            intent: intent(key),
            campaign: "spring".parse().unwrap(),
            prize: prize.parse().unwrap(),
            add,
        };
        house.app.adjust_stock(change)
    };
    assert_eq!(adjust("1", "phone", 3).await.unwrap().result.stock, 8);
    assert_eq!(adjust("2", "phone", -8).await.unwrap().result.stock, 0);
    assert_eq!(code(adjust("3", "phone", -1).await), "stock-out-of-bounds");
    assert_eq!(code(adjust("4", "points", 1).await), "stock-unknown");
    // Publishing again touches no stock.
    house.publish(&document.replace("stock: 5", "stock: 50")).await;
    assert_eq!(house.app.stock(&"spring".parse().unwrap()).await.unwrap()[0].1.stock, 0);
}

#[tokio::test]
async fn tokens_work_until_they_expire_or_are_revoked() -> Result<()> {
    let house = House::new().await;
    let beside = house.beside().await;
    let new = NewToken {
        name: "shop".to_owned(),
        role: Role::Client,
        campaigns: vec!["spring".parse().unwrap()],
        expires_at: Some("2026-12-01T00:00:00+08:00".parse().unwrap()),
        is_successor: false,
    };
    let secret = create(&beside, &*house.clock, house.app.entropy(), Intent::of(LOCAL), new.clone()).await?;
    let caller = house.app.identify(&secret).await?.unwrap();
    assert_eq!((caller.name.as_str(), caller.role), ("shop", Role::Client));
    assert!(caller.may_see(&"spring".parse().unwrap()) && !caller.may_see(&"winter".parse().unwrap()));
    assert_eq!(house.app.identify("tombola_guess").await?, None);
    assert_eq!(code(create(&beside, &*house.clock, house.app.entropy(), Intent::of(LOCAL), new).await), "token-taken");
    house.set_clock("2026-12-01T00:00:00+08:00");
    assert_eq!(house.app.identify(&secret).await?, None);
    Ok(())
}

#[tokio::test]
async fn a_player_token_works_as_long_as_the_one_that_made_it() -> Result<()> {
    let house = House::new().await;
    let beside = house.beside().await;
    let new = |name: &str, role, campaigns: &[&str]| NewToken {
        name: name.to_owned(),
        role,
        campaigns: campaigns.iter().map(|campaign| campaign.parse().unwrap()).collect(),
        expires_at: None,
        is_successor: false,
    };
    let make = async |new| -> Result<Caller> {
        let secret = create(&beside, &*house.clock, house.app.entropy(), Intent::of(LOCAL), new).await?;
        house.app.identify(&secret).await.map(Option::unwrap)
    };
    let (alice, spring, winter) = ("alice".parse().unwrap(), "spring".parse().unwrap(), "winter".parse().unwrap());
    let for_alice = |maker: &Caller, campaigns: Option<&[&str]>| {
        let campaigns = campaigns.map(|campaigns| campaigns.iter().map(|name| name.parse().unwrap()).collect());
        let new = NewPlayerToken::new("alice".parse().unwrap(), campaigns, Some(60)).unwrap();
        house.app.create_player_token(maker, new).secret
    };
    let shop = make(new("shop", Role::Client, &["spring", "autumn"])).await?;
    let token = for_alice(&shop, None);
    let caller = house.app.identify(&token).await?.unwrap();
    assert_eq!((caller.role, caller.player.as_ref(), &caller.campaigns), (Role::Player, Some(&alice), &shop.campaigns));
    assert!(caller.is_for(&alice) && !caller.is_for(&"bob".parse().unwrap()));
    // Never for more than the one that made it, which may be for less than it says.
    let caller = house.app.identify(&for_alice(&shop, Some(&["spring", "winter"]))).await?.unwrap();
    assert!(caller.may_see(&spring) && !caller.may_see(&winter) && !caller.may_see(&"autumn".parse().unwrap()));
    assert_eq!(house.app.identify(&for_alice(&shop, Some(&["winter"]))).await?, None);
    let everywhere = make(new("everywhere", Role::Client, &[])).await?;
    let caller = house.app.identify(&for_alice(&everywhere, Some(&["winter"]))).await?.unwrap();
    assert!(caller.may_see(&winter) && !caller.may_see(&spring));
    // Only a client's.
    let operator = make(new("operator", Role::Publisher, &[])).await?;
    assert_eq!(house.app.identify(&for_alice(&operator, None)).await?, None);

    assert_eq!(house.app.identify(&token[..token.len() - 1]).await?, None);
    house.set_clock("2026-11-30T23:30:59+08:00");
    assert!(house.app.identify(&token).await?.is_some());
    assert!(revoke(&beside, &*house.clock, Intent::of(LOCAL), "shop").await?);
    house.set_clock("2026-11-30T23:31:00+08:00");
    assert_eq!(house.app.identify(&for_alice(&shop, None)).await?, None, "revoked, more than a second ago");
    let token = for_alice(&everywhere, None);
    house.set_clock("2026-11-30T23:31:59+08:00");
    assert!(house.app.identify(&token).await?.is_some());
    house.set_clock("2026-11-30T23:32:00+08:00");
    assert_eq!(house.app.identify(&token).await?, None, "expired");
    Ok(())
}

#[tokio::test]
async fn a_rule_s_name_goes_to_successors_alone() -> Result<()> {
    let house = House::new().await;
    let beside = house.beside().await;
    let make = async |is_successor| {
        let new = NewToken {
            name: "ci".to_owned(),
            role: Role::Publisher,
            campaigns: vec![],
            expires_at: None,
            is_successor,
        };
        create(&beside, &*house.clock, house.app.entropy(), Intent::of(LOCAL), new).await
    };
    assert_eq!(code(make(true).await), "token-unknown");
    let first = house.app.identify(&make(false).await?).await?.unwrap();
    assert!(revoke(&beside, &*house.clock, Intent::of(LOCAL), "ci").await?);
    let namesake = house.app.identify(&make(false).await?).await?.unwrap();
    assert_eq!(namesake.name, first.name);
    assert_ne!(namesake.identity, first.identity, "a name proves nothing");
    house.set_clock("2026-12-01T10:00:00+08:00");
    assert!(revoke(&beside, &*house.clock, Intent::of(LOCAL), "ci").await?);
    let successor = house.app.identify(&make(true).await?).await?.unwrap();
    assert_eq!(successor.identity, namesake.identity, "of the latest one");
    Ok(())
}

#[tokio::test]
async fn what_operators_do_is_recorded_with_its_reason() {
    let house = House::new().await;
    let published = house.publish(&campaign("")).await;
    let spring = "spring".parse().unwrap();
    house.app.set_paused(intent("pause"), &spring, true).await.unwrap();
    let entries = house.app.audit(&Query { campaigns: Some(vec![spring]), ..Query::default() }, 9).await.unwrap();
    let words: Vec<_> = entries.iter().map(|entry| (entry.what, entry.actor.as_str(), entry.reason.as_str())).collect();
    assert_eq!(words, [(Verb::Pause, "operator", "for a test"), (Verb::Publish, "operator", "for a test")]);
    let [running, paused] = [false, true].map(|paused| Some(Pause::digest(&published.digest, paused)));
    let digests: Vec<_> = entries.iter().map(|entry| (entry.before, entry.after)).collect();
    assert_eq!(digests, [(running, paused), (None, Some(published.digest))]);
    assert_ne!(running, paused);
    let uploads = house.app.audit(&Query { what: Some(Verb::PutModule), ..Query::default() }, 9).await.unwrap();
    assert_eq!(uploads.iter().map(|entry| entry.actor.as_str()).collect::<Vec<_>>(), ["author", "author"]);
}
