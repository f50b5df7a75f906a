//! What prizes take of budgets, as published revisions say.

use std::collections::{BTreeMap, HashMap};

use tombola_domain::amount::AMOUNT_MAX;
use tombola_store::Result;

use crate::db::{self, Connection};
use crate::error::unavailable;
use crate::fields::{Fields, integer};

/// Documents that a step reads, in characters: some ten milliseconds. One may have a megabyte.
const DOCUMENTS_MAX: u64 = 4 << 20;

/// Which revision something was decided on.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Revision {
    pub(super) campaign: String,
    pub(super) number: u64,
}

/// The budget of a revision.
#[derive(Debug, Default)]
pub(super) struct Prices {
    /// `None` where it has no budget.
    pub(super) unit: Option<String>,
    /// What a unit of a prize's amount takes of it; of one that is not here nothing.
    values: BTreeMap<String, i64>,
}

impl Prices {
    pub(super) fn cost(&self, prize: &str, amount: i64) -> i64 {
        let value = self.values.get(prize).filter(|_| self.unit.is_some());
        value.map_or(0, |value| value.saturating_mul(amount).min(AMOUNT_MAX))
    }
}

/// Those of the revisions that a step comes across; `None` where a revision's text is no document, or can't be read.
pub(super) struct Catalogue(HashMap<Revision, Option<Prices>>);

impl Catalogue {
    /// Reads what these name, up to [`DOCUMENTS_MAX`], and says of how many of them all is known: at least of the first.
    pub(super) async fn read<'a>(
        connection: &mut Connection,
        revisions: impl Iterator<Item = &'a Revision> + Send,
    ) -> Result<(Self, usize)> {
        let (mut known, mut size, mut count) = (HashMap::new(), 0, 0);
        for revision in revisions {
            if !known.contains_key(revision) {
                if size >= DOCUMENTS_MAX {
                    break;
                }
                let (prices, length) = match read(connection, revision).await {
                    // That it is damaged is told where revisions are gone through.
                    Err(error) if error.is_damage() => (None, 0),
                    read => read?,
                };
                size += length;
                known.insert(revision.clone(), prices);
            }
            count += 1;
        }
        Ok((Self(known), count))
    }

    pub(super) fn of(&self, revision: &Revision) -> Option<&Prices> {
        self.0.get(revision)?.as_ref()
    }
}

/// A revision's prices, and how long its text is.
async fn read(connection: &mut Connection, revision: &Revision) -> Result<(Option<Prices>, u64)> {
    let row = db::query(
        "SELECT campaign || '/' || number AS revision, length(document) AS length, document -> 'document' IS NULL AS is_unknown,
                document -> 'document' -> 'budget' ->> 'unit' AS unit,
                (SELECT coalesce(json_group_object(p.value ->> 'id', p.value -> 'value'), '{}')
                 FROM json_each(document -> 'document' -> 'prizes') p WHERE p.value ->> 'value' IS NOT NULL) AS prices
         FROM revisions WHERE campaign = $1 AND number = $2",
    )
    .bind(&revision.campaign)
    .bind(integer(revision.number))
    .fetch_optional(connection)
    .await
    .map_err(unavailable)?;
    let Some(row) = row else { return Ok((None, 0)) };
    let fields = Fields { table: "revisions", key: "revision", row: &row };
    let length = fields.count("length")?;
    if fields.get("is_unknown")? {
        return Ok((None, length));
    }
    Ok((Some(Prices { unit: fields.get("unit")?, values: fields.json("prices")? }), length))
}
