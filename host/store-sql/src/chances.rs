mod changes;
mod holdings;
mod lapse;
mod lifetimes;

use async_trait::async_trait;
use tombola_domain::id::{CampaignId, PlayerId};
use tombola_store::audit::Verb;
use tombola_store::chances::{ChanceGrant, Chances, GrantError, Granted, Lapsing, VoidGrantError, grant_key};
use tombola_store::ledger::BusinessKey;
use tombola_store::sweep::{Sweep, Swept};
use tombola_store::{Done, Operation, Result};

use crate::db::{self, Connection, Row};
use crate::error::unavailable;
use crate::fields::Fields;
use crate::operations::{self, Change, Deed};
use crate::store::SqlStore;
use crate::sweep;

pub(crate) use self::changes::{Added, Back, Room, add, take_back};
pub(crate) use self::holdings::{counts, holding, holding_columns};
use self::lapse::{Asked, Lots};
pub(crate) use self::lifetimes::Lifetimes;

/// What operators gave a player in a campaign, with how much of it was taken away.
macro_rules! granted {
    () => {
        "SELECT g.campaign, g.key, g.amount, g.at, g.lapses_at, g.voided_at, coalesce(-v.amount, 0) AS taken
         FROM chance_grants g LEFT JOIN chance_grants v
             ON v.player = g.player AND v.campaign = g.campaign AND v.key = 'void:' || g.key
         WHERE g.player = $1 AND g.campaign = $2 AND g.why = 'operator'"
    };
}

#[async_trait]
impl Chances for SqlStore {
    async fn grant_chances(&self, operation: &Operation, grant: &ChanceGrant) -> Result<Done<u64>, GrantError> {
        let ChanceGrant { campaign, player, amount, granted, lapse, lots_max } = grant;
        let deed = Deed { what: Verb::GrantChances, subject: campaign.as_str(), campaign: Some(campaign) };
        self.within(async {
            let mut write = self.writer.begin().await?;
            if let Some(result) = operations::replay::<_, GrantError>(&mut write, operation, deed.is_same()).await? {
                return Ok(Done { result, replayed: true });
            }
            if let Some(lapsed) = lapse.time().filter(|_| !lapse.is_after(operation.at)) {
                return Err(GrantError::Lapsed(lapsed));
            }
            let (key, at) = (grant_key(operation).as_str().to_owned(), operation.at);
            let added = Added { player, campaign, key, amount: *amount, granted: *granted, lapse: *lapse, at };
            Room::read(&mut write, [(player, campaign)].into_iter()).await?.check(player, campaign, *amount)?;
            if let Some(max) = *lots_max {
                holdings::check_lot(&mut write, (player.clone(), campaign.clone()), *lapse, max, at).await??;
            }
            add(&mut write, "operator", &[added]).await?;
            let row =
                db::query("SELECT campaign, chances_added FROM participations WHERE player = $1 AND campaign = $2")
                    .bind(player.as_str())
                    .bind(campaign.as_str())
                    .fetch_one(&mut write)
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
            let back = Back { player, campaign, of: grant.as_str(), key: &key, amount: found.amount, at };
            let taken = take_back(&mut write, &back).await?;
            db::query("UPDATE chance_grants SET voided_at = $1 WHERE player = $2 AND campaign = $3 AND key = $4")
                .bind(at.as_millis())
                .bind(player.as_str())
                .bind(campaign.as_str())
                .bind(grant.as_str())
                .execute(&mut write)
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
            let rows = db::query(concat!(granted!(), " AND g.key > $3 ORDER BY g.key LIMIT $4"))
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

    async fn lapse_chances(&self, step: &Sweep) -> Result<Swept> {
        self.within(sweep::step::<Lots>(self, step)).await
    }

    async fn lapse_chances_of(&self, lapsing: &[Lapsing]) -> Result<Vec<Result<()>>> {
        self.within(sweep::around_damage(self, &Asked, lapsing)).await
    }
}

async fn find(
    connection: &mut Connection,
    campaign: &CampaignId,
    player: &PlayerId,
    grant: &BusinessKey,
) -> Result<Option<Granted>> {
    let row = db::query(concat!(granted!(), " AND g.key = $3"))
        .bind(player.as_str())
        .bind(campaign.as_str())
        .bind(grant.as_str())
        .fetch_optional(connection)
        .await
        .map_err(unavailable)?;
    row.as_ref().map(granted).transpose()
}

fn granted(row: &Row) -> Result<Granted> {
    let fields = Fields { table: "chance_grants", key: "campaign", row };
    Ok(Granted {
        key: fields.parsed("key")?,
        amount: fields.count("amount")?,
        at: fields.time("at")?,
        lapse: fields.optional_time("lapses_at")?.into(),
        voided_at: fields.optional_time("voided_at")?,
        taken: fields.count("taken")?,
    })
}
