//! For how long chances can be used that what was won brings.

use std::collections::HashMap;

use serde_json::json;
use tombola_domain::ledger::{Lapse, Lifetime};
use tombola_domain::time::{Timestamp, Zone};
use tombola_store::{Result, StoreError};

use crate::db::{self, Connection};
use crate::error::unavailable;
use crate::fields::{Fields, integer};

/// Lifetimes by the position of what was won, with the zone by whose days they go. What is not there lasts for ever.
pub(crate) struct Lifetimes(HashMap<u64, (Lifetime, Zone)>);

impl Lifetimes {
    /// Those of awards, and of rebates for what they give to referrers: as the revision said on which they were won.
    pub(crate) async fn read(connection: &mut Connection, positions: impl Iterator<Item = u64> + Send) -> Result<Self> {
        let positions: Vec<_> = positions.map(integer).collect();
        if positions.is_empty() {
            return Ok(Self(HashMap::new()));
        }
        // Each document is looked into once.
        let found = db::query(
            "WITH won AS MATERIALIZED (
                 SELECT CAST(q.atom AS BIGINT) AS position, coalesce(d.campaign, b.campaign) AS campaign, coalesce(d.revision, b.revision) AS number
                 FROM json_each($1) q
                 LEFT JOIN draws d ON d.position = CAST(q.atom AS BIGINT)
                 LEFT JOIN rebate_awards a ON a.position = CAST(q.atom AS BIGINT)
                 LEFT JOIN rebates b ON b.position = coalesce(a.rebate, CAST(q.atom AS BIGINT))
             ),
             terms AS MATERIALIZED (
                 SELECT campaign, number, CAST(document -> 'document' -> 'chances' ->> 'lifetime_days' AS BIGINT) AS lifetime_days,
                        coalesce(document -> 'document' -> 'window' ->> 'timezone', 'UTC') AS timezone
                 FROM revisions JOIN (SELECT DISTINCT campaign, number FROM won) used USING (campaign, number)
             )
             SELECT position, campaign || '/' || number AS revision, lifetime_days, timezone
             FROM won JOIN terms USING (campaign, number) WHERE lifetime_days IS NOT NULL",
        )
        .bind(json!(positions).to_string())
        .fetch_all(connection)
        .await
        .map_err(unavailable)?;
        let lifetime = |row| {
            let fields = Fields { table: "revisions", key: "revision", row };
            let lifetime = Lifetime::new(fields.get("lifetime_days")?);
            let lifetime = lifetime.map_err(|error| fields.wrong("lifetime_days", &error))?;
            Ok::<_, StoreError>((fields.count("position")?, (lifetime, fields.parsed("timezone")?)))
        };
        found.iter().map(lifetime).collect::<Result<_>>().map(Self)
    }

    /// When chances lapse that come in at that time for what was won there.
    pub(crate) fn lapse(&self, position: u64, at: Timestamp) -> Lapse {
        self.0.get(&position).map_or(Lapse::Never, |(lifetime, zone)| lifetime.lapse_in(zone, at))
    }
}
