//! Operators' writes: each is done once for its key, and recorded in the transaction that does it.

use serde_json::{Value, json};
use tombola_domain::digest::Digest;
use tombola_domain::id::{CampaignId, IdempotencyKey};
use tombola_domain::stock::Mark;
use tombola_store::audit::Verb;
use tombola_store::campaigns::{Activated, Pause};
use tombola_store::epochs::Rotated;
use tombola_store::lists::ListState;
use tombola_store::stock::StockLevel;
use tombola_store::{KeyReused, Operation, StoreError};

use crate::db::{self, Connection};
use crate::error::unavailable;
use crate::fields::Fields;
use crate::writer::Write;

/// What is done, and to what.
#[derive(Clone, Copy)]
pub(crate) struct Deed<'a> {
    pub(crate) what: Verb,
    pub(crate) subject: &'a str,
    /// Where it concerns one campaign alone.
    pub(crate) campaign: Option<&'a CampaignId>,
}

/// What was there before an operation, and what is there since.
#[derive(Clone, Copy, Default)]
pub(crate) struct Change {
    pub(crate) before: Option<Digest>,
    pub(crate) after: Option<Digest>,
}

/// The result of an operation, as it is kept for whoever repeats it.
pub(crate) trait Recorded: Sized {
    fn to_json(&self) -> Value;
    fn from_json(value: &Value) -> Option<Self>;
}

/// The result of the operation that used this key before, if any did.
pub(crate) async fn replay<T, E>(
    connection: &mut Connection,
    operation: &Operation,
    is_same: impl Fn(Verb, &str) -> bool,
) -> Result<Option<T>, E>
where
    T: Recorded,
    E: From<KeyReused> + From<StoreError>,
{
    let Some(key) = &operation.key else { return Ok(None) };
    let found =
        db::query("SELECT number, request, what, subject, result FROM operations WHERE actor = $1 AND key = $2")
            .bind(&operation.actor)
            .bind(key.as_str())
            .fetch_optional(connection)
            .await
            .map_err(unavailable)?;
    let Some(row) = found else { return Ok(None) };
    let fields = Fields { table: "operations", key: "number", row: &row };
    let what = fields.parsed("what")?;
    if fields.digest("request")? != operation.request || !is_same(what, &fields.text("subject")?) {
        return Err(KeyReused.into());
    }
    let result = T::from_json(&fields.json("result")?);
    Ok(Some(result.ok_or_else(|| fields.wrong("result", &"not the result of such an operation"))?))
}

/// Records an operation that was done just now.
pub(crate) async fn record(
    write: &mut Write,
    operation: &Operation,
    deed: Deed<'_>,
    change: Change,
    result: &impl Recorded,
) -> Result<(), StoreError> {
    db::query(
        "INSERT INTO operations (actor, key, request, what, subject, campaign, before, after, reason, result, at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
    )
    .bind(&operation.actor)
    .bind(operation.key.as_ref().map(IdempotencyKey::as_str))
    .bind(&operation.request.as_bytes()[..])
    .bind(deed.what.as_str())
    .bind(deed.subject)
    .bind(deed.campaign.map(CampaignId::as_str))
    .bind(change.before.as_ref().map(|digest| &digest.as_bytes()[..]))
    .bind(change.after.as_ref().map(|digest| &digest.as_bytes()[..]))
    .bind(operation.reason.as_str())
    .bind(result.to_json().to_string())
    .bind(operation.at.as_millis())
    .execute(write)
    .await
    .map_err(unavailable)?;
    Ok(())
}

impl Deed<'_> {
    /// For [`replay`]: the key is for this alone.
    pub(crate) fn is_same(self) -> impl Fn(Verb, &str) -> bool {
        move |what, subject| what == self.what && subject == self.subject
    }
}

/// For operations of whose result nothing has to be known again.
impl Recorded for () {
    fn to_json(&self) -> Value {
        Value::Null
    }

    fn from_json(value: &Value) -> Option<Self> {
        value.as_null()
    }
}

impl Recorded for Pause {
    fn to_json(&self) -> Value {
        let Self { revision, paused, activation, changed } = self;
        json!({"revision": revision, "paused": paused, "activation": activation, "changed": changed})
    }

    fn from_json(value: &Value) -> Option<Self> {
        Some(Self {
            revision: value["revision"].as_u64()?,
            paused: value["paused"].as_bool()?,
            activation: value["activation"].as_u64()?,
            changed: value["changed"].as_bool()?,
        })
    }
}

impl Recorded for Activated {
    fn to_json(&self) -> Value {
        json!({"revision": self.revision, "activation": self.activation})
    }

    fn from_json(value: &Value) -> Option<Self> {
        Some(Self { revision: value["revision"].as_u64()?, activation: value["activation"].as_u64()? })
    }
}

/// An activation with the remarks of a publish. It is also read as one alone, and one alone as one without remarks.
impl Recorded for (Activated, String) {
    fn to_json(&self) -> Value {
        json!({"revision": self.0.revision, "activation": self.0.activation, "remarks": self.1})
    }

    fn from_json(value: &Value) -> Option<Self> {
        Some((Activated::from_json(value)?, value["remarks"].as_str().unwrap_or_default().to_owned()))
    }
}

impl Recorded for Rotated {
    fn to_json(&self) -> Value {
        json!({"epoch": self.epoch, "activation": self.activation})
    }

    fn from_json(value: &Value) -> Option<Self> {
        Some(Self { epoch: value["epoch"].as_u64()?, activation: value["activation"].as_u64()? })
    }
}

impl Recorded for ListState {
    fn to_json(&self) -> Value {
        json!({"version": self.version, "size": self.size, "digest": self.digest.to_string()})
    }

    fn from_json(value: &Value) -> Option<Self> {
        // Results of older programs have none; what they name is not known any more.
        let digest =
            value["digest"].as_str().map_or(Some(Digest::from_bytes([0; 32])), |digest| digest.parse().ok())?;
        Some(Self { version: value["version"].as_u64()?, size: value["size"].as_u64()?, digest })
    }
}

impl Recorded for StockLevel {
    fn to_json(&self) -> Value {
        let Mark { version, sold_out } = self.mark;
        json!({"stock": self.stock, "issued": self.issued, "mark": version, "sold_out": sold_out})
    }

    fn from_json(value: &Value) -> Option<Self> {
        let mark = Mark { version: value["mark"].as_u64()?, sold_out: value["sold_out"].as_bool()? };
        Some(Self { stock: value["stock"].as_u64()?, issued: value["issued"].as_u64()?, mark })
    }
}

/// A count of rows.
impl Recorded for u64 {
    fn to_json(&self) -> Value {
        json!({"count": self})
    }

    fn from_json(value: &Value) -> Option<Self> {
        value["count"].as_u64()
    }
}

impl Recorded for Digest {
    fn to_json(&self) -> Value {
        json!({"digest": self.to_string()})
    }

    fn from_json(value: &Value) -> Option<Self> {
        value["digest"].as_str()?.parse().ok()
    }
}
