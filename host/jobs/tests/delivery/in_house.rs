//! Awards that are points or chances.

use tombola_domain::award::State;
use tombola_domain::id::{CampaignId, PlayerId};
use tombola_domain::ledger::Lapse;

use crate::house::House;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn chances_arrive_where_they_were_won() {
    let mut house = House::new().await;
    house.publish("spring", "{chances: 3}").await;
    let awards = house.win("spring", 5).await;
    house.deliver();
    house.all(&awards, State::Delivered).await;
    let (campaign, player): (CampaignId, PlayerId) = ("spring".parse().unwrap(), "player-0".parse().unwrap());
    let left = async || house.app.player(&campaign, &player, None, 1).await.unwrap().participation.chances.left();
    assert_eq!(left().await, Some(10_000 - 1 + 3));
    house.pass(1);
    let awards = house.win("spring", 5).await;
    house.all(&awards, State::Delivered).await;
    assert_eq!(left().await, Some(10_000 - 2 + 6));
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn points_are_in_the_ledger_with_their_draw() {
    let house = House::new().await;
    house.publish("spring", "{points: 3}").await;
    let awards = house.win("spring", 2).await;
    assert_eq!(house.count(&awards, State::Delivered).await, 2);
    let balances = house.app.balances(&"player-1".parse().unwrap()).await.unwrap();
    let found: Vec<_> = balances.iter().map(|held| (held.unit.as_str(), &held.lots[..])).collect();
    assert_eq!(found, [("points", &[(Lapse::Never, 3)][..])]);
}
