//! The commit of orders, for all that wait together.

use std::collections::{HashMap, HashSet};

use serde_json::json;
use tombola_domain::digest::Digest;
use tombola_domain::id::{CampaignId, OrderId, PlayerId, PrizeId, UnitName};
use tombola_domain::ledger::{Account, Book, House, Lapse, Transfer, Wish};
use tombola_store::Result;
use tombola_store::ledger::{BusinessKey, NotPosted, Unit, Why};
use tombola_store::orders::{NewOrder, NotPlaced, Order, Placed};

use super::{fields, left, order};
use crate::chances::{self, Added, Room};
use crate::db;
use crate::error::unavailable;
use crate::fields::{Fields, integer};
use crate::ledger::{self, Ready};
use crate::writer::Write;

/// What is left of a SKU, by campaign and name.
type Stock = HashMap<(CampaignId, PrizeId), u64>;

/// What was placed before, by the place of the request that asks again.
type Known = HashMap<usize, (Order, Digest)>;

/// An order that goes in.
struct Placing<'a> {
    new: &'a NewOrder,
    key: BusinessKey,
    transfers: Vec<Transfer>,
}

/// Places what can be placed, and answers for each in their order.
pub(super) async fn place(mut write: Write, orders: &[NewOrder]) -> Result<Vec<Result<Placed, NotPlaced>>> {
    let known = known(&mut write, orders).await?;
    let wishes: Vec<Wish> = orders.iter().map(price).collect();
    let mut supply = Supply::read(&mut write, orders, &wishes).await?;
    let mut placing: Vec<Placing<'_>> = Vec::new();
    // By whose key, so that a request that comes twice at once is one order.
    let mut now: HashMap<(&PlayerId, &CampaignId, &str), &NewOrder> = HashMap::new();
    let mut answers = Vec::with_capacity(orders.len());
    for ((place, new), wish) in orders.iter().enumerate().zip(&wishes) {
        let whose = (&new.order.player, &new.order.campaign, new.key.as_str());
        let before = known.get(&place).map(|(order, request)| (order, *request));
        let before = before.or_else(|| now.get(&whose).map(|earlier| (&earlier.order, earlier.request)));
        answers.push(match before {
            Some((_, request)) if request != new.request => Err(NotPlaced::KeyReused),
            Some((order, _)) => Ok(Placed { order: order.clone(), replayed: true }),
            None => match supply.take(&write, new, wish) {
                Err(refused) => Err(refused),
                Ok(transfers) => {
                    now.insert(whose, new);
                    let key = key(&new.order.id).parse().expect("printable, and short enough");
                    placing.push(Placing { new, key, transfers });
                    Ok(Placed { order: new.order.clone(), replayed: false })
                }
            },
        });
    }
    if !placing.is_empty() {
        save(&mut write, supply.book, placing).await?;
        write.commit().await?;
    }
    Ok(answers)
}

/// What orders take from, and what they add to.
struct Supply {
    stock: Stock,
    units: HashMap<UnitName, Unit>,
    book: Book,
    room: Room,
}

impl Supply {
    async fn read(write: &mut Write, orders: &[NewOrder], wishes: &[Wish]) -> Result<Self> {
        let buyers = orders.iter().map(|new| (&new.order.player, &new.order.campaign));
        Ok(Self {
            stock: stock(write, orders).await?,
            units: ledger::units(write).await?,
            book: ledger::read(write, wishes.iter()).await?,
            room: Room::read(write, buyers).await?,
        })
    }

    /// Takes the stock and the price and notes the chances, or none of it.
    fn take(&mut self, write: &Write, new: &NewOrder, wish: &Wish) -> Result<Vec<Transfer>, NotPlaced> {
        let NewOrder { order, activation, stocked, .. } = new;
        if *activation != write.activation {
            return Err(NotPlaced::Superseded(write.activation));
        }
        self.room.check(&order.player, &order.campaign, order.chances)?;
        let left = self.stock.get_mut(&(order.campaign.clone(), order.sku.clone())).filter(|_| *stocked);
        if let Some(left) = left.as_deref().filter(|left| **left < order.quantity) {
            return Err(NotPlaced::SoldOut { left: *left });
        }
        if !self.units.contains_key(&order.unit) {
            return Err(NotPosted::UnknownUnit(order.unit.clone()).into());
        }
        let transfers = self.book.post(order.ordered_at, std::slice::from_ref(wish)).map_err(NotPosted::Refused)?;
        if let Some(left) = left {
            *left -= order.quantity;
        }
        self.room.take(&order.player, &order.campaign, order.chances);
        Ok(transfers)
    }
}

/// What an order stands for in the ledger, and among chances.
pub(super) fn key(id: &OrderId) -> String {
    format!("order:{id}")
}

fn price(new: &NewOrder) -> Wish {
    let Order { player, unit, price, .. } = &new.order;
    Wish {
        unit: unit.clone(),
        from: Account::Player(player.clone()),
        to: Account::House(House::Income),
        amount: *price,
        lapse: Lapse::Never,
    }
}

async fn known(write: &mut Write, orders: &[NewOrder]) -> Result<Known> {
    let keys: Vec<_> =
        orders.iter().map(|new| (new.order.player.as_str(), new.order.campaign.as_str(), new.key.as_str())).collect();
    let found = db::query(
        "SELECT q.key AS place, orders.* FROM json_each($1) q
         JOIN orders ON player = q.value ->> 0 AND campaign = q.value ->> 1 AND orders.key = q.value ->> 2",
    )
    .bind(json!(keys).to_string())
    .fetch_all(write)
    .await
    .map_err(unavailable)?;
    let read = |row| {
        let place = usize::try_from(fields(row).count("place")?).expect("a place in a batch");
        Ok((place, (order(row)?, fields(row).digest("request")?)))
    };
    found.iter().map(read).collect()
}

async fn stock(write: &mut Write, orders: &[NewOrder]) -> Result<Stock> {
    let keys: HashSet<_> = orders
        .iter()
        .filter(|new| new.stocked)
        .map(|new| (new.order.campaign.as_str(), new.order.sku.as_str()))
        .collect();
    let found = db::query(
        "SELECT stock.* FROM json_each($1) q JOIN stock ON campaign = q.value ->> 0 AND prize = q.value ->> 1",
    )
    .bind(json!(keys).to_string())
    .fetch_all(write)
    .await
    .map_err(unavailable)?;
    let read = |row| {
        let fields = Fields { table: "stock", key: "prize", row };
        Ok(((fields.parsed("campaign")?, fields.parsed("prize")?), left(row)?.unwrap_or_default()))
    };
    found.iter().map(read).collect()
}

/// Writes the orders, what was paid, what is left and the chances.
async fn save(write: &mut Write, book: Book, placing: Vec<Placing<'_>>) -> Result<()> {
    let ready = placing.iter().map(|Placing { new, key, transfers }| Ready {
        player: Some(&new.order.player),
        key,
        request: new.request,
        why: Why::Order,
        at: new.order.ordered_at,
        transfers: transfers.clone(),
    });
    let ready = ready.collect();
    let posted = ledger::write(write, book, ready).await?;
    let rows: Vec<_> = placing
        .iter()
        .zip(&posted)
        .map(|(Placing { new, .. }, posted)| {
            let Order { id, campaign, player, sku, quantity, chances, unit, price, ordered_at, .. } = &new.order;
            let stocked = u8::from(new.stocked);
            json!({
                "id": id.as_str(), "player": player.as_str(), "campaign": campaign.as_str(), "key": new.key.as_str(),
                "sku": sku.as_str(), "quantity": quantity, "chances": chances, "unit": unit.as_str(), "price": price,
                "posting": integer(posted.number), "at": ordered_at.as_millis(), "stocked": stocked,
            })
        })
        .collect();
    let requests: Vec<u8> = placing.iter().flat_map(|placing| *placing.new.request.as_bytes()).collect();
    db::query(PLACE).bind(json!(rows).to_string()).bind(requests).execute(write).await.map_err(unavailable)?;
    let added = placing.iter().map(|Placing { new: NewOrder { order, granted, lapse, .. }, key, .. }| Added {
        player: &order.player,
        campaign: &order.campaign,
        key: key.as_str().to_owned(),
        amount: order.chances,
        granted: *granted,
        lapse: *lapse,
        at: order.ordered_at,
    });
    chances::add(write, "order", &added.collect::<Vec<_>>()).await
}

/// A SKU may have several orders in a batch, so that what is taken of its stock is added up first.
const PLACE: &str = "
    INSERT INTO orders (id, player, campaign, key, request, sku, quantity, stocked, chances, unit, price, posting, ordered_at)
    SELECT q.value ->> 'id', q.value ->> 'player', q.value ->> 'campaign', q.value ->> 'key', substr($2, 32 * q.key + 1, 32),
           q.value ->> 'sku', CAST(q.value ->> 'quantity' AS BIGINT), CAST(q.value ->> 'stocked' AS BIGINT),
           CAST(q.value ->> 'chances' AS BIGINT), q.value ->> 'unit', CAST(q.value ->> 'price' AS BIGINT),
           CAST(q.value ->> 'posting' AS BIGINT), CAST(q.value ->> 'at' AS BIGINT)
    FROM json_each($1) q ORDER BY q.key;

    UPDATE stock SET issued = issued + sold FROM (
        SELECT q.value ->> 'campaign' AS c, q.value ->> 'sku' AS s, sum(CAST(q.value ->> 'quantity' AS BIGINT)) AS sold
        FROM json_each($1) q WHERE CAST(q.value ->> 'stocked' AS BIGINT) = 1 GROUP BY 1, 2
    ) sales WHERE campaign = c AND prize = s";
