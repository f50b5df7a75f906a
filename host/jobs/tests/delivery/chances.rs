//! Awards that are chances.

use tombola_domain::award::State;
use tombola_domain::id::{CampaignId, PlayerId};

use crate::house::House;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn chances_arrive_where_they_were_won() {
    let mut house = House::new().await;
    house.publish("spring", "{chances: 3}").await;
    let awards = house.win("spring", 5).await;
    house.deliver();
    house.all(&awards, State::Delivered).await;
    let (campaign, player): (CampaignId, PlayerId) = ("spring".parse().unwrap(), "player-0".parse().unwrap());
    let chances = async || house.app.player(&campaign, &player, None, 1).await.unwrap().participation.chances;
    assert_eq!(chances().await, Some(10_000 - 1 + 3));
    house.pass(1);
    let awards = house.win("spring", 5).await;
    house.all(&awards, State::Delivered).await;
    assert_eq!(chances().await, Some(10_000 - 2 + 6));
    house.stop().await;
}
