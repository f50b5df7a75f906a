//! Units of every stock: those that receipts of draws and events hold, and what orders took. What is voided keeps its units, and others are
//! there instead.

use std::fmt::Display;

use serde_json::json;
use tombola_domain::draw::Verdict;
use tombola_domain::rebate::{self, Gain};
use tombola_domain::receipt::Receipt;
use tombola_domain::stock::Token;
use tombola_store::Result;
use tombola_store::reconciliation::{Compared, Comparison, Cursor};

use super::damage;
use super::tallies::{ANYTHING, Tally, add, fields, miss};
use crate::db::{self, Connection, Row};
use crate::error::unavailable;
use crate::fields::Fields;

/// Before which the sums stand.
pub(super) const STOCK: &str = "stock:";
/// The bucket of a stock; those of code pools have others.
const STOCK_BUCKET: u32 = 0;

pub(super) async fn step(connection: &mut Connection, mut at: Cursor, rows_max: u32) -> Result<Compared> {
    let after = if at.after.is_empty() { [0; 3] } else { serde_json::from_str(&at.after).unwrap_or_default() };
    let [draws, rebates, orders] = after;
    let rows = db::query(UNITS)
        .bind(draws)
        .bind(rebates)
        .bind(orders)
        .bind(rows_max)
        .fetch_all(connection)
        .await
        .map_err(unavailable)?;
    let mut tally = Tally::new(Comparison::Stock, STOCK);
    let (mut keys, mut is_last) = (after, true);
    for row in &rows {
        let fields = fields(row);
        match fields.get::<&str>("kind")? {
            "draw" => add_draw(&mut at, &mut tally, row)?,
            // Whether it took a unit its receipt said.
            "dropped" => miss(&mut at, STOCK, &of(&fields)?, fields.get("units")?),
            "rebate" => add_rebate(&mut at, &mut tally, row)?,
            "order" => add(&mut at, format!("{STOCK}{}", of(&fields)?), fields.get("units")?),
            "stock" => {
                tally.numbers.insert(of(&fields)?, fields.get("units")?);
            }
            end => {
                let count = fields.count("units")?;
                tally.rows += count;
                is_last &= count < u64::from(rows_max);
                let place = ["end of draws", "end of rebates", "end of orders"];
                let place = place.iter().position(|name| *name == end);
                if let (Some(place), Some(last)) = (place, fields.get::<Option<i64>>("last")?) {
                    keys[place] = last;
                }
            }
        }
    }
    tally.next = (!is_last).then(|| json!(keys).to_string());
    Ok(tally.end(at))
}

fn of(fields: &Fields<'_>) -> Result<String> {
    Ok(format!("{}/{}", fields.text("campaign")?, fields.text("prize")?))
}

/// A draw took one unit at most.
fn add_draw(at: &mut Cursor, tally: &mut Tally, row: &Row) -> Result<()> {
    let fields = Fields { table: "receipts", key: "last", row };
    let subject = format!("receipts/{}", row.shown(fields.key));
    let Some(receipt) = receipt(tally, &fields, Receipt::decode, subject, json!({}))? else {
        miss(at, STOCK, &of(&fields)?, 1);
        return Ok(());
    };
    let verdict = receipt.granted().map(|granted| granted.verdict);
    if matches!(verdict, Some(Verdict::Granted(Some(token))) if token.bucket == STOCK_BUCKET) {
        add(at, format!("{STOCK}{}", of(&fields)?), 1);
    }
    Ok(())
}

/// An event may have taken some of any stock of its campaign.
fn add_rebate(at: &mut Cursor, tally: &mut Tally, row: &Row) -> Result<()> {
    let fields = Fields { table: "rebates", key: "last", row };
    let campaign = fields.text("campaign")?;
    // The row by itself was told of where it was held against what was given: what is said there says nothing of units.
    let subject = format!("stock/rebates/{}", row.shown(fields.key));
    let not_compared = json!({"not_compared": "stock", "campaign": campaign});
    let Some(receipt) = receipt(tally, &fields, rebate::Receipt::decode, subject, not_compared)? else {
        miss(at, STOCK, &format!("{campaign}/"), ANYTHING);
        return Ok(());
    };
    let stocked = |token: Token| token.bucket == STOCK_BUCKET;
    for reward in receipt.granted().filter(|reward| reward.token().is_some_and(stocked)) {
        if let Gain::Prize(prize) = &reward.gain {
            add(at, format!("{STOCK}{}/{prize}", receipt.terms.campaign), 1);
        }
    }
    Ok(())
}

/// A row's receipt; one that can't be read is a finding instead.
fn receipt<R, E: Display>(
    tally: &mut Tally,
    fields: &Fields<'_>,
    decode: fn(&[u8]) -> Result<R, E>,
    subject: String,
    evidence: serde_json::Value,
) -> Result<Option<R>> {
    let decoded = fields.get("bytes").and_then(|bytes| decode(bytes).map_err(|error| fields.wrong("bytes", &error)));
    match decoded {
        Ok(receipt) => Ok(Some(receipt)),
        Err(error) if error.is_damage() => {
            tally.findings.push(damage::finding(subject, None, &damage::evidence(&error, evidence)));
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

const UNITS: &str = "
    WITH d AS MATERIALIZED (SELECT position, campaign, prize FROM draws WHERE position > $1 ORDER BY position LIMIT $4),
    r AS MATERIALIZED (SELECT position, campaign, bytes FROM rebates WHERE position > $2 ORDER BY position LIMIT $4),
    o AS MATERIALIZED (SELECT number, campaign, sku, quantity, stocked FROM orders WHERE number > $3 ORDER BY number LIMIT $4)
    SELECT 'draw' AS kind, campaign, prize, 1 AS units, bytes, position AS last
    FROM d JOIN stock USING (campaign, prize) JOIN receipts USING (position)
    UNION ALL SELECT 'dropped', d.campaign, d.prize, count(*), NULL, NULL
    FROM d JOIN stock USING (campaign, prize) JOIN dropped_receipts x ON x.campaign = d.campaign AND x.position >= d.position
    WHERE NOT EXISTS (SELECT 1 FROM receipts g WHERE g.position = d.position) GROUP BY d.campaign, d.prize
    UNION ALL SELECT 'rebate', campaign, NULL, 0, bytes, position FROM r
    UNION ALL SELECT 'order', campaign, sku, sum(quantity), NULL, NULL FROM o WHERE stocked = 1 GROUP BY campaign, sku
    UNION ALL SELECT 'stock', campaign, prize, issued, NULL, NULL FROM stock
    UNION ALL SELECT 'end of draws', NULL, NULL, count(*), NULL, max(position) FROM d
    UNION ALL SELECT 'end of rebates', NULL, NULL, count(*), NULL, max(position) FROM r
    UNION ALL SELECT 'end of orders', NULL, NULL, count(*), NULL, max(number) FROM o";
