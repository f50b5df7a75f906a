use async_trait::async_trait;
use tombola_domain::id::IdempotencyKey;
use tombola_store::audit::Verb;
use tombola_store::chances::{ChanceGrant, Chances, GrantError};
use tombola_store::{Done, Operation, Result};

use crate::error::unavailable;
use crate::fields::{Fields, integer};
use crate::operations::{self, Change, Deed};
use crate::store::SqliteStore;

#[async_trait]
impl Chances for SqliteStore {
    async fn grant_chances(&self, operation: &Operation, grant: &ChanceGrant) -> Result<Done<u64>, GrantError> {
        let ChanceGrant { campaign, player, amount, granted } = grant;
        let deed = Deed { what: Verb::GrantChances, subject: campaign.as_str(), campaign: Some(campaign) };
        self.within(async {
            let mut write = self.writer.begin().await?;
            if let Some(result) = operations::replay::<_, GrantError>(&mut write, operation, deed.is_same()).await? {
                return Ok(Done { result, replayed: true });
            }
            // The operator's key is one alone with its actor's name, so that the grant's is as well.
            let key = operation.key.as_ref().map_or("", IdempotencyKey::as_str);
            sqlx::query(
                "INSERT INTO chance_grants (player, campaign, key, why, amount, at) VALUES (?, ?, ?, 'operator', ?, ?)",
            )
            .bind(player.as_str())
            .bind(campaign.as_str())
            .bind(format!("operator:{}:{key}", operation.actor))
            .bind(integer(*amount))
            .bind(operation.at.as_millis())
            .execute(&mut *write)
            .await
            .map_err(unavailable)?;
            let row = sqlx::query(
                "INSERT INTO participations (player, campaign, version, draws, month, month_count, day, day_count,
                                             chances_initial, chances_added)
                 VALUES (?, ?, 1, 0, 0, 0, 0, 0, ?, ?)
                 ON CONFLICT (player, campaign) DO UPDATE SET version = version + 1,
                     chances_initial = coalesce(chances_initial, excluded.chances_initial),
                     chances_added = chances_added + excluded.chances_added
                 RETURNING campaign, chances_added",
            )
            .bind(player.as_str())
            .bind(campaign.as_str())
            .bind(granted.map(integer))
            .bind(integer(*amount))
            .fetch_one(&mut *write)
            .await
            .map_err(unavailable)?;
            let added = Fields { table: "participations", key: "campaign", row: &row }.count("chances_added")?;
            operations::record(&mut write, operation, deed, Change::default(), &added).await?;
            write.commit().await?;
            Ok(Done { result: added, replayed: false })
        })
        .await
    }
}
