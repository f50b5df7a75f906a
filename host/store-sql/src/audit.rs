use async_trait::async_trait;
use serde_json::json;
use tombola_domain::id::{CampaignId, IdempotencyKey};
use tombola_store::Result;
use tombola_store::audit::{Audit, Entry, Query, Verb};

use crate::db::{self, Row};
use crate::error::unavailable;
use crate::fields::{Fields, clamped};
use crate::store::SqlStore;

#[async_trait]
impl Audit for SqlStore {
    async fn audit(&self, query: &Query, limit: u32) -> Result<Vec<Entry>> {
        self.within(async {
            let rows = db::query(
                "SELECT number, at, actor, what, subject, campaign, before, after, reason FROM operations
                 WHERE ($1 IS NULL OR campaign IN (SELECT atom FROM json_each($1)))
                   AND ($2 IS NULL OR actor = $2) AND ($3 IS NULL OR what = $3) AND ($4 IS NULL OR number < $4)
                 ORDER BY number DESC LIMIT $5",
            )
            .bind(query.campaigns.as_deref().map(names))
            .bind(&query.actor)
            .bind(query.what.map(Verb::as_str))
            .bind(query.before.map(clamped))
            .bind(limit)
            .fetch_all(&mut *self.readers.reader().await?)
            .await
            .map_err(unavailable)?;
            rows.iter().map(entry).collect()
        })
        .await
    }

    async fn is_key_used(&self, actor: &str, key: &IdempotencyKey) -> Result<bool> {
        self.within(async {
            let found = db::query("SELECT 1 FROM operations WHERE actor = $1 AND key = $2")
                .bind(actor)
                .bind(key.as_str())
                .fetch_optional(&mut *self.readers.reader().await?)
                .await
                .map_err(unavailable)?;
            Ok(found.is_some())
        })
        .await
    }
}

fn names(campaigns: &[CampaignId]) -> String {
    json!(campaigns.iter().map(CampaignId::as_str).collect::<Vec<_>>()).to_string()
}

fn entry(row: &Row) -> Result<Entry> {
    let fields = Fields { table: "operations", key: "number", row };
    Ok(Entry {
        number: fields.count("number")?,
        at: fields.time("at")?,
        actor: fields.text("actor")?,
        what: fields.parsed("what")?,
        subject: fields.text("subject")?,
        campaign: fields.optional_parsed("campaign")?,
        before: fields.optional_digest("before")?,
        after: fields.optional_digest("after")?,
        reason: fields.parsed("reason")?,
    })
}
