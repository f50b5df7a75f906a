use std::collections::{BTreeSet, HashMap};

use async_trait::async_trait;
use serde_json::json;
use sqlx::SqliteConnection;
use sqlx::sqlite::SqliteRow;
use tombola_domain::chance::{self as model, TooMany};
use tombola_domain::id::{CampaignId, PlayerId};
use tombola_domain::time::Timestamp;
use tombola_store::audit::Verb;
use tombola_store::chances::{ChanceGrant, Chances, GrantError, Granted, VoidGrantError, grant_key};
use tombola_store::ledger::BusinessKey;
use tombola_store::{Done, Operation, Result};

use crate::error::unavailable;
use crate::fields::{Fields, integer};
use crate::operations::{self, Change, Deed};
use crate::store::SqliteStore;

/// What operators gave a player in a campaign, with how much of it was taken away.
macro_rules! granted {
    () => {
        "SELECT g.campaign, g.key, g.amount, g.at, g.voided_at, coalesce(-v.amount, 0) AS taken
         FROM chance_grants g LEFT JOIN chance_grants v
             ON v.player = g.player AND v.campaign = g.campaign AND v.key = 'void:' || g.key
         WHERE g.player = ? AND g.campaign = ? AND g.why = 'operator'"
    };
}

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
            let key = grant_key(operation).as_str().to_owned();
            let added = Added { player, campaign, key, amount: *amount, granted: *granted, at: operation.at };
            Room::read(&mut write, [(player, campaign)].into_iter()).await?.check(player, campaign, *amount)?;
            add(&mut write, "operator", &[added]).await?;
            let row =
                sqlx::query("SELECT campaign, chances_added FROM participations WHERE player = ? AND campaign = ?")
                    .bind(player.as_str())
                    .bind(campaign.as_str())
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

    async fn void_grant(
        &self,
        operation: &Operation,
        campaign: &CampaignId,
        player: &PlayerId,
        grant: &BusinessKey,
    ) -> Result<Done<Granted>, VoidGrantError> {
        let deed = Deed { what: Verb::VoidChances, subject: campaign.as_str(), campaign: Some(campaign) };
        self.within(async {
            let mut write = self.writer.begin().await?;
            let replayed: Option<()> =
                operations::replay::<_, VoidGrantError>(&mut write, operation, deed.is_same()).await?;
            let found = find(&mut write, campaign, player, grant).await?.ok_or(VoidGrantError::Unknown)?;
            if replayed.is_some() || found.voided_at.is_some() {
                return Ok(Done { result: found, replayed: true });
            }
            let (key, at) = (format!("void:{grant}"), operation.at);
            let wanted = Added { player, campaign, key, amount: found.amount, granted: None, at };
            let taken = take_away(&mut write, &wanted).await?;
            sqlx::query("UPDATE chance_grants SET voided_at = ? WHERE player = ? AND campaign = ? AND key = ?")
                .bind(at.as_millis())
                .bind(player.as_str())
                .bind(campaign.as_str())
                .bind(grant.as_str())
                .execute(&mut *write)
                .await
                .map_err(unavailable)?;
            operations::record(&mut write, operation, deed, Change::default(), &()).await?;
            write.commit().await?;
            Ok(Done { result: Granted { voided_at: Some(at), taken, ..found }, replayed: false })
        })
        .await
    }

    async fn grants(
        &self,
        campaign: &CampaignId,
        player: &PlayerId,
        after: Option<&BusinessKey>,
        limit: u32,
    ) -> Result<Vec<Granted>> {
        self.within(async {
            let rows = sqlx::query(concat!(granted!(), " AND g.key > ? ORDER BY g.key LIMIT ?"))
                .bind(player.as_str())
                .bind(campaign.as_str())
                .bind(after.map_or("", BusinessKey::as_str))
                .bind(limit)
                .fetch_all(&mut *self.readers.reader().await?)
                .await
                .map_err(unavailable)?;
            rows.iter().map(granted).collect()
        })
        .await
    }
}

async fn find(
    connection: &mut SqliteConnection,
    campaign: &CampaignId,
    player: &PlayerId,
    grant: &BusinessKey,
) -> Result<Option<Granted>> {
    let row = sqlx::query(concat!(granted!(), " AND g.key = ?"))
        .bind(player.as_str())
        .bind(campaign.as_str())
        .bind(grant.as_str())
        .fetch_optional(connection)
        .await
        .map_err(unavailable)?;
    row.as_ref().map(granted).transpose()
}

fn granted(row: &SqliteRow) -> Result<Granted> {
    let fields = Fields { table: "chance_grants", key: "campaign", row };
    Ok(Granted {
        key: fields.parsed("key")?,
        amount: fields.count("amount")?,
        at: fields.time("at")?,
        voided_at: fields.optional_time("voided_at")?,
        taken: fields.count("taken")?,
    })
}

/// Chances that a player gets.
pub(crate) struct Added<'a> {
    pub(crate) player: &'a PlayerId,
    pub(crate) campaign: &'a CampaignId,
    /// What they stand for; another one for each of a player's in a campaign.
    pub(crate) key: String,
    pub(crate) amount: u64,
    /// With how many a player begins, as far as the campaign is known to count them.
    pub(crate) granted: Option<u64>,
    pub(crate) at: Timestamp,
}

/// Takes away what a player has left of so many, which were given before, and says how many that was.
pub(crate) async fn take_away(connection: &mut SqliteConnection, taken: &Added<'_>) -> Result<u64> {
    let row = sqlx::query(
        "SELECT campaign, coalesce(chances_initial, 0) + chances_added - chances_used AS left FROM participations
         WHERE player = ? AND campaign = ?",
    )
    .bind(taken.player.as_str())
    .bind(taken.campaign.as_str())
    .fetch_optional(&mut *connection)
    .await
    .map_err(unavailable)?;
    let Some(row) = row else { return Ok(0) };
    let left = Fields { table: "participations", key: "campaign", row: &row }.count("left")?;
    let amount = left.min(taken.amount);
    if amount == 0 {
        return Ok(0);
    }
    sqlx::query(
        "INSERT INTO chance_grants (player, campaign, key, why, amount, at) VALUES ($1, $2, $3, 'reversal', -$4, $5);

         UPDATE participations SET version = version + 1, chances_added = chances_added - $4 WHERE player = $1 AND campaign = $2",
    )
    .bind(taken.player.as_str())
    .bind(taken.campaign.as_str())
    .bind(&taken.key)
    .bind(integer(amount))
    .bind(taken.at.as_millis())
    .execute(connection)
    .await
    .map_err(unavailable)?;
    Ok(amount)
}

/// How many chances players have been given so far, and so how many more they may be.
pub(crate) struct Room(HashMap<(PlayerId, CampaignId), u64>);

impl Room {
    /// That of these players, as it is now.
    pub(crate) async fn read<'a>(
        connection: &mut SqliteConnection,
        players: impl Iterator<Item = (&'a PlayerId, &'a CampaignId)>,
    ) -> Result<Self> {
        let players: BTreeSet<_> = players.map(|(player, campaign)| (player.as_str(), campaign.as_str())).collect();
        if players.is_empty() {
            return Ok(Self(HashMap::new()));
        }
        let found = sqlx::query(
            "SELECT player, campaign, chances_added FROM json_each(?) q
             JOIN participations ON player = q.value ->> 0 AND campaign = q.value ->> 1",
        )
        .bind(json!(players).to_string())
        .fetch_all(connection)
        .await
        .map_err(unavailable)?;
        let added = |row| {
            let fields = Fields { table: "participations", key: "campaign", row };
            Ok(((fields.parsed("player")?, fields.parsed("campaign")?), fields.count("chances_added")?))
        };
        found.iter().map(added).collect::<Result<_>>().map(Self)
    }

    /// Whether a player may be given so many more.
    pub(crate) fn check(&self, player: &PlayerId, campaign: &CampaignId, wanted: u64) -> Result<(), TooMany> {
        let added = self.0.get(&(player.clone(), campaign.clone())).copied().unwrap_or(0);
        model::Chances { added, ..model::Chances::default() }.check_more(wanted)
    }

    /// Notes that a player is given so many more, for whoever else gives them some in the same transaction.
    pub(crate) fn take(&mut self, player: &PlayerId, campaign: &CampaignId, given: u64) {
        *self.0.entry((player.clone(), campaign.clone())).or_default() += given;
    }
}

/// Adds to what players have, with a row for each, where there is [`Room`]. The versions go up, so that draws under way are decided
/// again.
pub(crate) async fn add(connection: &mut SqliteConnection, why: &str, added: &[Added<'_>]) -> Result<()> {
    let row = |Added { player, campaign, key, amount, granted, at }: &Added<'_>| {
        json!([player.as_str(), campaign.as_str(), key, integer(*amount), granted.map(integer), at.as_millis()])
    };
    let rows: Vec<_> = added.iter().map(row).collect();
    // A player may be named several times, so that what changes is added up first.
    sqlx::query(
        "INSERT INTO chance_grants (player, campaign, key, why, amount, at)
         SELECT q.value ->> 0, q.value ->> 1, q.value ->> 2, $2, q.value ->> 3, q.value ->> 5 FROM json_each($1) q;

         INSERT INTO participations (player, campaign, version, draws, month, month_count, day, day_count,
                                     chances_initial, chances_added)
         SELECT q.value ->> 0, q.value ->> 1, 1, 0, 0, 0, 0, 0, max(q.value ->> 4), sum(q.value ->> 3)
         FROM json_each($1) q GROUP BY 1, 2
         ON CONFLICT (player, campaign) DO UPDATE SET version = version + 1,
             chances_initial = coalesce(chances_initial, excluded.chances_initial),
             chances_added = chances_added + excluded.chances_added",
    )
    .bind(json!(rows).to_string())
    .bind(why)
    .execute(connection)
    .await
    .map_err(unavailable)?;
    Ok(())
}
