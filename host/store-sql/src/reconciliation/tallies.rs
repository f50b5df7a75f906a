//! Numbers that stand for rows of all times. Each step adds up some more of these rows; one that finds no more of them holds the
//! sums against the numbers, which it read in the same moment.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;
use tombola_domain::draw::Verdict;
use tombola_domain::rebate::{self, Gain};
use tombola_domain::receipt::Receipt;
use tombola_store::Result;
use tombola_store::reconciliation::{Compared, Comparison, Cursor, Finding};

use super::found::{FOUND_MAX, finding, of_nobody};
use super::parts::go_on;
use super::scan::number;
use crate::db::{self, Connection, Row};
use crate::error::unavailable;
use crate::fields::Fields;

/// Rows of a step, of each kind: some ten milliseconds.
const ROWS_MAX: i64 = 4_096;
/// The bucket of a stock; those of code pools have others.
const STOCK_BUCKET: u32 = 0;

/// A step of a tally.
struct Tally {
    comparison: Comparison,
    /// Before which the keys of its sums stand.
    prefix: &'static str,
    rows: u64,
    findings: Vec<Finding>,
    /// The numbers that the sums are held against, by what they are of.
    numbers: BTreeMap<String, i64>,
    /// Where the next step goes on; `None` where there is no more.
    next: Option<String>,
}

impl Tally {
    fn new(comparison: Comparison, prefix: &'static str) -> Self {
        Self { comparison, prefix, rows: 0, findings: Vec::new(), numbers: BTreeMap::new(), next: None }
    }

    /// Takes a step's rows in, by their kinds: a `part` adds `amount` to the sum of `key`, a `number` is held against that sum, a
    /// `finding` is one already, and the `end` counts what was read and says up to where.
    fn step(mut self, mut at: Cursor, rows: &[Row]) -> Result<Compared> {
        for row in rows {
            let fields = fields(row);
            match fields.get::<&str>("kind")? {
                "part" => add(&mut at, format!("{}{}", self.prefix, fields.text("key")?), fields.get("amount")?),
                "number" => {
                    self.numbers.insert(fields.text("key")?, fields.get("amount")?);
                }
                "finding" => self.findings.push(finding(row)?),
                _ => {
                    self.rows = fields.count("amount")?;
                    self.next = if fields.get::<i64>("amount")? < ROWS_MAX { None } else { Some(fields.text("key")?) };
                }
            }
        }
        self.findings.truncate(FOUND_MAX);
        Ok(self.end(at))
    }

    fn end(mut self, mut at: Cursor) -> Compared {
        if self.next.is_none() {
            self.compare(&at.sums);
            at.sums.retain(|key, _| !key.starts_with(self.prefix));
        }
        Compared { rows: self.rows, findings: self.findings, next: Some(go_on(at, self.next)) }
    }

    fn compare(&mut self, sums: &BTreeMap<String, i64>) {
        let of = |key: &String| key.strip_prefix(self.prefix).map(str::to_owned);
        let subjects: BTreeSet<String> = sums.keys().filter_map(of).chain(self.numbers.keys().cloned()).collect();
        for subject in subjects {
            let found = self.numbers.get(&subject).copied().unwrap_or(0);
            let expected = sums.get(&format!("{}{subject}", self.prefix)).copied().unwrap_or(0);
            if found != expected && self.findings.len() < FOUND_MAX {
                let evidence = json!({"kept": found, "added_up": expected});
                self.findings.push(of_nobody(self.comparison, subject, [found, expected], &evidence));
            }
        }
    }
}

fn add(at: &mut Cursor, key: String, change: i64) {
    *at.sums.entry(key).or_default() += change;
}

fn fields(row: &Row) -> Fields<'_> {
    Fields { table: "differences", key: "kind", row }
}

/// Accounts of the house and of campaigns, and the accounts at players' ends.
pub(super) async fn house(connection: &mut Connection, at: Cursor) -> Result<Compared> {
    let rows = db::query(
        "WITH t AS MATERIALIZED (SELECT * FROM transfers WHERE number > $1 ORDER BY number LIMIT $2),
         ends AS (
             SELECT number, from_owner AS owner, from_kind AS part_of, from_part AS part, unit, -amount AS change FROM t
             UNION ALL SELECT number, to_owner, to_kind, to_part, unit, amount FROM t)
         SELECT 'part' AS kind, owner || '/' || part_of || '/' || part || '/' || unit AS key, sum(change) AS amount,
                NULL AS comparison, NULL AS subject, NULL AS player, NULL AS found, NULL AS expected, NULL AS evidence
         FROM ends WHERE part_of NOT IN ('player', 'held', 'debt') GROUP BY owner, part_of, part, unit
         UNION ALL
         SELECT 'finding', NULL, NULL, 'transfer', CAST(number AS TEXT), owner, 0, 1, json_object('kind', part_of, 'unit', unit)
         FROM ends e WHERE part_of IN ('player', 'held', 'debt') AND NOT EXISTS (
             SELECT 1 FROM accounts a WHERE a.owner = e.owner AND a.kind = part_of AND a.part = e.part AND a.unit = e.unit)
         UNION ALL
         SELECT 'number', owner || '/' || kind || '/' || part || '/' || unit, balance, NULL, NULL, NULL, NULL, NULL, NULL
         FROM (SELECT * FROM accounts WHERE owner = '' AND kind = 'house'
               UNION ALL SELECT a.* FROM campaigns JOIN accounts a ON owner = name AND kind IN ('budget', 'prize')) kept
         UNION ALL
         SELECT 'end', CAST(max(number) AS TEXT), count(*), NULL, NULL, NULL, NULL, NULL, NULL FROM t",
    )
    .bind(number(&at.after))
    .bind(ROWS_MAX)
    .fetch_all(connection)
    .await
    .map_err(unavailable)?;
    Tally::new(Comparison::Account, "account:").step(at, &rows)
}

/// Units of every stock: those that receipts of draws and events hold, and what orders took less what voided ones gave back.
pub(super) async fn stock(connection: &mut Connection, mut at: Cursor) -> Result<Compared> {
    let after = if at.after.is_empty() { [0; 4] } else { serde_json::from_str(&at.after).unwrap_or_default() };
    let [draws, rebates, orders, postings] = after;
    let rows = db::query(STOCK)
        .bind(draws)
        .bind(rebates)
        .bind(orders)
        .bind(postings)
        .bind(ROWS_MAX)
        .fetch_all(connection)
        .await
        .map_err(unavailable)?;
    let mut tally = Tally::new(Comparison::Stock, "stock:");
    let (mut keys, mut is_last) = (after, true);
    for row in &rows {
        let fields = fields(row);
        let of =
            || Ok::<_, tombola_store::StoreError>(format!("{}/{}", fields.text("campaign")?, fields.text("prize")?));
        match fields.get::<&str>("kind")? {
            "draw" => {
                let receipt = Receipt::decode(fields.get("bytes")?).map_err(|error| fields.wrong("bytes", &error))?;
                let verdict = receipt.granted().map(|granted| granted.verdict);
                if matches!(verdict, Some(Verdict::Granted(Some(token))) if token.bucket == STOCK_BUCKET) {
                    add(&mut at, format!("stock:{}", of()?), 1);
                }
            }
            "rebate" => {
                let bytes = fields.get("bytes")?;
                let receipt = rebate::Receipt::decode(bytes).map_err(|error| fields.wrong("bytes", &error))?;
                let stocked = |token: tombola_domain::stock::Token| token.bucket == STOCK_BUCKET;
                for reward in receipt.granted().filter(|reward| reward.token().is_some_and(stocked)) {
                    if let Gain::Prize(prize) = &reward.gain {
                        add(&mut at, format!("stock:{}/{prize}", receipt.terms.campaign), 1);
                    }
                }
            }
            "order" => add(&mut at, format!("stock:{}", of()?), fields.get("units")?),
            "stock" => {
                tally.numbers.insert(of()?, fields.get("units")?);
            }
            end => {
                let count: i64 = fields.get("units")?;
                tally.rows += count.unsigned_abs();
                is_last &= count < ROWS_MAX;
                let place = ["end of draws", "end of rebates", "end of orders", "end of postings"];
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

/// An order that was voided gives its units back by the posting that pays for them.
const STOCK: &str = "
    WITH d AS MATERIALIZED (SELECT position, campaign, prize FROM draws WHERE position > $1 ORDER BY position LIMIT $5),
    r AS MATERIALIZED (SELECT position, campaign, bytes FROM rebates WHERE position > $2 ORDER BY position LIMIT $5),
    o AS MATERIALIZED (SELECT number, campaign, sku, quantity, stocked FROM orders WHERE number > $3 ORDER BY number LIMIT $5),
    p AS MATERIALIZED (SELECT number, player, key FROM postings WHERE number > $4 ORDER BY number LIMIT $5)
    SELECT 'draw' AS kind, campaign, prize, 1 AS units, bytes, CAST(NULL AS BIGINT) AS last
    FROM d JOIN stock USING (campaign, prize) JOIN receipts USING (position)
    UNION ALL SELECT 'rebate', campaign, NULL, 0, bytes, NULL FROM r
    UNION ALL SELECT 'order', campaign, sku, sum(quantity), NULL, NULL FROM o WHERE stocked = 1 GROUP BY campaign, sku
    UNION ALL SELECT 'order', campaign, sku, -sum(quantity), NULL, NULL
    FROM p JOIN orders ON orders.id = substr(p.key, 12) AND orders.player = p.player
    WHERE substr(p.key, 1, 11) = 'void:order:' AND stocked = 1 GROUP BY campaign, sku
    UNION ALL SELECT 'stock', campaign, prize, issued, NULL, NULL FROM stock
    UNION ALL SELECT 'end of draws', NULL, NULL, count(*), NULL, max(position) FROM d
    UNION ALL SELECT 'end of rebates', NULL, NULL, count(*), NULL, max(position) FROM r
    UNION ALL SELECT 'end of orders', NULL, NULL, count(*), NULL, max(number) FROM o
    UNION ALL SELECT 'end of postings', NULL, NULL, count(*), NULL, max(number) FROM p";

/// Codes that awards have, by their pools; and what a pool's loads have left.
pub(super) async fn codes(connection: &mut Connection, at: Cursor) -> Result<Compared> {
    let rows = db::query(
        "WITH c AS MATERIALIZED (SELECT award, pool FROM codes WHERE award > $1 ORDER BY award LIMIT $2)
         SELECT 'part' AS kind, name AS key, count(*) AS amount, NULL AS comparison, NULL AS subject, NULL AS player, NULL AS found,
                NULL AS expected, NULL AS evidence
         FROM c JOIN code_pools p ON p.number = pool GROUP BY name
         UNION ALL
         SELECT 'finding', NULL, NULL, 'award_code', coalesce(d.id, 'position ' || c.award), player, 0, 1,
                json_object('pool', pool, 'delivered_by', deliver)
         FROM c LEFT JOIN award_details d ON d.position = c.award
         WHERE deliver ->> 'codes' IS DISTINCT FROM (SELECT name FROM code_pools p WHERE p.number = c.pool)
         UNION ALL
         SELECT 'finding', NULL, NULL, 'codes_free', name, NULL, p.free, coalesce(sum(l.free), 0), '{}'
         FROM code_pools p LEFT JOIN code_loads l ON l.pool = p.number AND state = 'current'
         GROUP BY p.number HAVING p.free <> coalesce(sum(l.free), 0)
         UNION ALL SELECT 'number', name, given, NULL, NULL, NULL, NULL, NULL, NULL FROM code_pools
         UNION ALL SELECT 'end', CAST(max(award) AS TEXT), count(*), NULL, NULL, NULL, NULL, NULL, NULL FROM c",
    )
    .bind(number(&at.after))
    .bind(ROWS_MAX)
    .fetch_all(connection)
    .await
    .map_err(unavailable)?;
    Tally::new(Comparison::CodesGiven, "codes:").step(at, &rows)
}
