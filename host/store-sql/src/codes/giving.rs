//! Codes on their way to awards, in the transaction that commits these.

use std::collections::{BTreeMap, HashMap};

use serde_json::json;
use tombola_domain::code::CouponCode;
use tombola_domain::id::CodePoolName;
use tombola_domain::stock::{Bucket, Mark, Token};
use tombola_domain::time::Timestamp;
use tombola_store::Result;

use super::rows;
use crate::db::{self, Row};
use crate::error::unavailable;
use crate::fields::{Fields, integer};
use crate::writer::Write;

/// What a transaction may take out of pools: of each as many codes as may be given, or all that there are.
#[derive(Default)]
pub(crate) struct Held(HashMap<CodePoolName, Pool>);

struct Pool {
    /// As it is before anything is given.
    bucket: Bucket,
    /// The next ones, in the order in which they are given.
    codes: Vec<Free>,
}

#[derive(Clone)]
struct Free {
    number: u64,
    load: u64,
    code: CouponCode,
}

/// A code that an award gets.
pub(crate) struct Given {
    number: u64,
    load: u64,
    pub(crate) code: CouponCode,
}

/// Holds what these pools have for so many awards each, at this moment. What expires soonest goes first, and then what was loaded
/// first. A pool that there is not is left out.
pub(crate) async fn hold(write: &mut Write, wanted: &BTreeMap<&CodePoolName, usize>, now: Timestamp) -> Result<Held> {
    let Some(most) = wanted.values().max() else { return Ok(Held::default()) };
    let names: Vec<_> = wanted.keys().map(|pool| pool.as_str()).collect();
    // The first of each load: no more than these can be the first of all. By their numbers as an array, since Postgres goes through a table
    // that is joined by what a subquery has.
    let rows = db::query(
        "SELECT p.number AS pool, p.name, p.given, p.mark_version, p.sold_out, c.number, c.load, c.code
         FROM json_each($1) q JOIN code_pools p ON p.name = q.atom
         LEFT JOIN code_loads l ON l.pool = p.number AND l.state = 'current' AND l.free > 0
         LEFT JOIN json_each((SELECT json_group_array(json_array(number))
                              FROM (SELECT number FROM codes WHERE load = l.number AND award IS NULL AND expires_at > $2
                                    ORDER BY expires_at, number LIMIT $3) next)) e ON true
         LEFT JOIN codes c ON c.number = CAST(e.value ->> 0 AS BIGINT)
         ORDER BY p.number, c.expires_at, c.number",
    )
    .bind(json!(names).to_string())
    .bind(now.as_millis())
    .bind(i64::try_from(*most).unwrap_or(i64::MAX))
    .fetch_all(write)
    .await
    .map_err(unavailable)?;
    let mut held = Held::default();
    for row in &rows {
        held.add(row, wanted)?;
    }
    Ok(held)
}

impl Held {
    fn add(&mut self, row: &Row, wanted: &BTreeMap<&CodePoolName, usize>) -> Result<()> {
        let fields = Fields { table: "codes", key: "name", row };
        let name: CodePoolName = fields.parsed("name")?;
        let most = wanted.get(&name).copied().unwrap_or_default();
        let pool = match self.0.entry(name) {
            std::collections::hash_map::Entry::Occupied(entry) => entry.into_mut(),
            std::collections::hash_map::Entry::Vacant(entry) => {
                let number = fields.count("pool")?;
                let number = u32::try_from(number).map_err(|error| fields.wrong("pool", &error))?;
                let given = fields.count("given")?;
                let bucket = Bucket { number, allotted: given, issued: given, whole: true, mark: rows::mark(&fields)? };
                entry.insert(Pool { bucket, codes: Vec::new() })
            }
        };
        if let Some(number) = fields.optional_count("number")?
            && pool.codes.len() < most
        {
            pool.codes.push(Free { number, load: fields.count("load")?, code: fields.parsed("code")? });
            pool.bucket.allotted += 1;
        }
        Ok(())
    }

    /// The pools as stock.
    pub(crate) fn buckets(&self) -> impl Iterator<Item = (&CodePoolName, Bucket)> {
        self.0.iter().map(|(name, pool)| (name, pool.bucket))
    }

    /// The code that a unit of a pool stands for, which was taken from its bucket here.
    pub(crate) fn code(&self, pool: &CodePoolName, token: Token) -> Given {
        let pool = &self.0[pool];
        let place = usize::try_from(token.unit - pool.bucket.issued - 1).expect("a batch is smaller than memory");
        let Free { number, load, code } = pool.codes[place].clone();
        Given { number, load, code }
    }

    /// What is written of a pool whose bucket is so by now; `None` where nothing has changed.
    fn change(&self, name: &CodePoolName, after: &Bucket) -> Option<serde_json::Value> {
        let before = self.0.get(name)?.bucket;
        let Mark { version, sold_out } = after.mark;
        let row = || json!([before.number, after.issued - before.issued, version, u8::from(sold_out)]);
        (before != *after).then(row)
    }
}

/// Gives codes to the awards at these positions, which are there, and writes down what became of the pools.
pub(crate) async fn give<'a>(
    write: &mut Write,
    held: &Held,
    after: impl Iterator<Item = (&'a CodePoolName, &'a Bucket)>,
    given: &[(u64, Given)],
) -> Result<()> {
    let pools: Vec<_> = after.filter_map(|(name, bucket)| held.change(name, bucket)).collect();
    if pools.is_empty() {
        return Ok(());
    }
    let mut loads: BTreeMap<u64, u64> = BTreeMap::new();
    for (_, given) in given {
        *loads.entry(given.load).or_default() += 1;
    }
    let codes: Vec<_> = given.iter().map(|(award, given)| json!([integer(given.number), integer(*award)])).collect();
    db::query(
        "UPDATE codes SET award = CAST(q.value ->> 1 AS BIGINT) FROM json_each($1) q WHERE number = CAST(q.value ->> 0 AS BIGINT);

         UPDATE code_loads SET free = free - CAST(q.value ->> 1 AS BIGINT) FROM json_each($2) q WHERE number = CAST(q.value ->> 0 AS BIGINT);

         UPDATE code_pools SET free = free - CAST(q.value ->> 1 AS BIGINT), given = given + CAST(q.value ->> 1 AS BIGINT),
                               mark_version = CAST(q.value ->> 2 AS BIGINT), sold_out = CAST(q.value ->> 3 AS BIGINT)
         FROM json_each($3) q WHERE number = CAST(q.value ->> 0 AS BIGINT)",
    )
    .bind(json!(codes).to_string())
    .bind(json!(loads.into_iter().collect::<Vec<_>>()).to_string())
    .bind(json!(pools).to_string())
    .execute(write)
    .await
    .map_err(unavailable)?;
    Ok(())
}
