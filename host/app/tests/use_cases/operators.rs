use tombola_app::model::ListChange;
use tombola_app::stock::StockChange;
use tombola_app::tokens::player::NewPlayerToken;
use tombola_app::tokens::{Caller, NewToken, Role, create};
use tombola_app::{App, Result};
use tombola_domain::id::ListName;
use tombola_store::tokens::Tokens;

use crate::fixture::{House, campaign, code};

#[tokio::test]
async fn modules_keep_their_names() {
    let house = House::new().await;
    let known = house.app.modules(None, 10).await.unwrap();
    assert_eq!(known.iter().map(|module| module.name.as_str()).collect::<Vec<_>>(), ["gate", "gate"]);
    assert_eq!(code(house.app.upload("author", None, b"garbage").await), "module-refused");
    let again = house.app.upload("somebody", None, b"native gate 1.0.0").await.unwrap();
    assert!(again.replayed, "the same bytes are no error");
}

#[tokio::test]
async fn lists_are_not_emptied_by_mistake() {
    let house = House::new().await;
    let list: ListName = "banned".parse().unwrap();
    let change = |key: &'static str, change: ListChange, allow_empty| {
        let (app, list): (&App, _) = (&house.app, &list);
        async move { app.change_list("operator", key.parse().unwrap(), list, &change, allow_empty).await }
    };
    let two = ListChange::Replace(vec!["a".parse().unwrap(), "b".parse().unwrap()]);
    assert_eq!(change("1", two.clone(), false).await.unwrap().result.size, 2);
    assert!(change("1", two, false).await.unwrap().replayed);
    assert_eq!(code(change("1", ListChange::Replace(vec![]), true).await), "idempotency-key-reused");
    assert_eq!(code(change("2", ListChange::Replace(vec![]), false).await), "list-emptied");
    let state = change("2", ListChange::Replace(vec![]), true).await.unwrap().result;
    assert_eq!((state.version, state.size), (2, 0));
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
            actor: "operator".to_owned(),
            key: key.parse().unwrap(),
            campaign: "spring".parse().unwrap(),
            prize: prize.parse().unwrap(),
            add,
            reason: String::new(),
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
    };
    let secret = create(&beside, &*house.clock, house.app.entropy(), new.clone()).await?;
    let caller = house.app.identify(&secret).await?.unwrap();
    assert_eq!((caller.name.as_str(), caller.role), ("shop", Role::Client));
    assert!(caller.may_see(&"spring".parse().unwrap()) && !caller.may_see(&"winter".parse().unwrap()));
    assert_eq!(house.app.identify("tombola_guess").await?, None);
    assert_eq!(code(create(&beside, &*house.clock, house.app.entropy(), new).await), "token-taken");
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
    };
    let make = async |new| -> Result<Caller> {
        let secret = create(&beside, &*house.clock, house.app.entropy(), new).await?;
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
    beside.revoke_token("shop", "2026-11-30T23:30:59+08:00".parse().unwrap()).await?;
    house.set_clock("2026-11-30T23:31:00+08:00");
    assert_eq!(house.app.identify(&for_alice(&shop, None)).await?, None, "revoked, more than a second ago");
    let token = for_alice(&everywhere, None);
    house.set_clock("2026-11-30T23:31:59+08:00");
    assert!(house.app.identify(&token).await?.is_some());
    house.set_clock("2026-11-30T23:32:00+08:00");
    assert_eq!(house.app.identify(&token).await?, None, "expired");
    Ok(())
}
