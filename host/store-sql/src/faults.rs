use async_trait::async_trait;
use serde_json::json;
use tombola_domain::digest::Digest;
use tombola_domain::id::CampaignId;
use tombola_store::Result;
use tombola_store::faults::{Fault, Faults, KEPT_MAX};

use crate::db::{self, Row};
use crate::error::unavailable;
use crate::fields::{Fields, integer};
use crate::store::SqlStore;

/// The latest of each module are kept.
const RECORD: &str = "
    INSERT INTO faults (module, campaign, revision, node, origin, kind, message, facts, at)
    SELECT unhex(value ->> 0), value ->> 1, CAST(value ->> 2 AS BIGINT), value ->> 3, value ->> 4, value ->> 5, value ->> 6, value ->> 7,
           CAST(value ->> 8 AS BIGINT)
    FROM json_each($1 -> 'faults') ORDER BY key;

    DELETE FROM faults WHERE id IN (
        SELECT old.id FROM (SELECT DISTINCT unhex(value ->> 0) AS module FROM json_each($1 -> 'faults')) AS new
        JOIN faults AS old ON old.module = new.module AND old.id <= (
            SELECT id FROM faults WHERE module = new.module ORDER BY id DESC LIMIT 1 OFFSET CAST($1 ->> 'kept' AS BIGINT)))";

#[async_trait]
impl Faults for SqlStore {
    async fn record_faults(&self, faults: &[Fault]) -> Result<()> {
        if faults.is_empty() {
            return Ok(());
        }
        let faults: Vec<_> = faults.iter().map(row).collect();
        self.within(self.aside.write(&self.writer, RECORD, json!({"kept": KEPT_MAX, "faults": faults}).to_string()))
            .await
    }

    async fn faults(&self, module: &Digest, campaigns: &[CampaignId]) -> Result<Vec<Fault>> {
        let names: Vec<&str> = campaigns.iter().map(CampaignId::as_str).collect();
        let wanted = (!names.is_empty()).then(|| json!(names).to_string());
        self.within(async {
            let rows = db::query(
                "SELECT * FROM faults
                 WHERE module = $1 AND ($2 IS NULL OR campaign IN (SELECT atom FROM json_each($2)))
                 ORDER BY id DESC",
            )
            .bind(&module.as_bytes()[..])
            .bind(wanted)
            .fetch_all(&mut *self.readers.reader().await?)
            .await
            .map_err(unavailable)?;
            rows.iter().map(fault).collect()
        })
        .await
    }
}

fn row(fault: &Fault) -> serde_json::Value {
    let Fault { module, campaign, revision, node, origin, kind, message, facts, at } = fault;
    let (module, revision) = (module.to_string(), revision.map(integer));
    json!([module, campaign.as_str(), revision, node, origin, kind, message, facts, at.as_millis()])
}

fn fault(row: &Row) -> Result<Fault> {
    let fields = Fields { table: "faults", key: "id", row };
    Ok(Fault {
        module: fields.digest("module")?,
        campaign: fields.parsed("campaign")?,
        revision: fields.optional_count("revision")?,
        node: fields.text("node")?,
        origin: fields.text("origin")?,
        kind: fields.text("kind")?,
        message: fields.text("message")?,
        facts: fields.text("facts")?,
        at: fields.time("at")?,
    })
}
