use tombola_app::Result;
use tombola_app::ledger::LedgerChange;
use tombola_app::orders::OrderRequest;
use tombola_app::stock::StockChange;
use tombola_store::orders::Placed;

use crate::fixture::{House, campaign, code, intent};

/// A house that sells `five`, of which there is one, and in which alice can pay for many.
async fn shop() -> House {
    let house = House::new().await;
    let change = LedgerChange {
        intent: intent("give"),
        whose: "alice".parse().unwrap(),
        unit: "points".parse().unwrap(),
        add: 100,
    };
    house.app.adjust_balance(change).await.unwrap();
    let skus = "skus: [{id: five, title: Five, chances: 5, price: {unit: points, amount: 3}, stock: 1}]";
    house.publish(&campaign(&format!("chances: {{granted: 1}}\n{skus}"))).await;
    house
}

async fn order(house: &House, key: &str, quantity: u64) -> Result<Placed> {
    let request = OrderRequest {
        campaign: "spring".parse().unwrap(),
        player: "alice".parse().unwrap(),
        key: key.parse().unwrap(),
        sku: "five".parse().unwrap(),
        quantity,
    };
    house.app.order(request).await
}

#[tokio::test]
async fn what_is_sold_out_is_told_while_somebody_else_writes() {
    let house = shop().await;
    assert_eq!(code(order(&house, "1", 2).await), "sku-sold-out");
    let placed = order(&house, "2", 1).await.unwrap();
    let other = house.beside().await;
    let write = other.writer().begin().await.unwrap();
    assert_eq!(code(order(&house, "1", 1).await), "sku-sold-out");
    // Who got one is told so, however often they ask.
    assert_eq!(order(&house, "2", 1).await.unwrap(), Placed { replayed: true, ..placed });
    assert_eq!(code(order(&house, "2", 2).await), "idempotency-key-reused");
    drop(write);
    let (campaign, prize) = ("spring".parse().unwrap(), "five".parse().unwrap());
    house.app.adjust_stock(StockChange { intent: intent("more"), campaign, prize, add: 1 }).await.unwrap();
    assert!(!order(&house, "1", 1).await.unwrap().replayed);
}
