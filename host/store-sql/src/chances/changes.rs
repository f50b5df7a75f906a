//! Chances that come in and are taken back, whoever gives them.

use std::collections::{BTreeSet, HashMap};

use serde_json::json;
use tombola_domain::chance::{self as model, TooMany};
use tombola_domain::id::{CampaignId, PlayerId};
use tombola_domain::ledger::Lapse;
use tombola_domain::time::Timestamp;
use tombola_store::Result;

use super::holdings::Holdings;
use crate::db::{self, Connection};
use crate::error::unavailable;
use crate::fields::{Fields, integer};

/// Chances that a player gets.
pub(crate) struct Added<'a> {
    pub(crate) player: &'a PlayerId,
    pub(crate) campaign: &'a CampaignId,
    /// What they stand for; another one for each of a player's in a campaign.
    pub(crate) key: String,
    pub(crate) amount: u64,
    /// With how many a player begins, as far as the campaign is known to count them.
    pub(crate) granted: Option<u64>,
    pub(crate) lapse: Lapse,
    pub(crate) at: Timestamp,
}

/// Chances that are to be taken back.
pub(crate) struct Back<'a> {
    pub(crate) player: &'a PlayerId,
    pub(crate) campaign: &'a CampaignId,
    /// What they were given under.
    pub(crate) of: &'a str,
    /// What they are taken back under.
    pub(crate) key: &'a str,
    pub(crate) amount: u64,
    pub(crate) at: Timestamp,
}

/// Takes away what a player has left of so many, which were given before, and says how many that was. Where none were given, none are taken.
pub(crate) async fn take_back(connection: &mut Connection, back: &Back<'_>) -> Result<u64> {
    let Back { player, campaign, of, key, amount, at } = *back;
    let whose = (player.clone(), campaign.clone());
    let Some(given) = given(connection, player, campaign, of).await? else { return Ok(0) };
    let mut holdings = Holdings::read(connection, [&whose].into_iter()).await?;
    let taken = holdings.take_back(&whose, amount, given, at);
    if taken > 0 {
        db::query(
            "INSERT INTO chance_grants (player, campaign, key, why, amount, at) VALUES ($1, $2, $3, 'reversal', 0 - $4, $5);

             UPDATE participations SET version = version + 1, chances_added = chances_added - $4
             WHERE player = $1 AND campaign = $2",
        )
        .bind(player.as_str())
        .bind(campaign.as_str())
        .bind(key)
        .bind(integer(taken))
        .bind(at.as_millis())
        .execute(&mut *connection)
        .await
        .map_err(unavailable)?;
    }
    holdings.save(connection).await?;
    Ok(taken)
}

/// When chances lapse that were given under this key, if any were.
async fn given(
    connection: &mut Connection,
    player: &PlayerId,
    campaign: &CampaignId,
    key: &str,
) -> Result<Option<Lapse>> {
    let row =
        db::query("SELECT campaign, lapses_at FROM chance_grants WHERE player = $1 AND campaign = $2 AND key = $3")
            .bind(player.as_str())
            .bind(campaign.as_str())
            .bind(key)
            .fetch_optional(connection)
            .await
            .map_err(unavailable)?;
    let lapse = row.map(|row| Fields { table: "chance_grants", key: "campaign", row: &row }.optional_time("lapses_at"));
    Ok(lapse.transpose()?.map(Lapse::from))
}

/// How many chances players have been given so far, and so how many more they may be.
pub(crate) struct Room(HashMap<(PlayerId, CampaignId), u64>);

impl Room {
    /// That of these players, as it is now.
    pub(crate) async fn read<'a>(
        connection: &mut Connection,
        players: impl Iterator<Item = (&'a PlayerId, &'a CampaignId)>,
    ) -> Result<Self> {
        let players: BTreeSet<_> = players.map(|(player, campaign)| (player.as_str(), campaign.as_str())).collect();
        if players.is_empty() {
            return Ok(Self(HashMap::new()));
        }
        let found = db::query(
            "SELECT player, campaign, chances_added FROM json_each($1) q
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
pub(crate) async fn add(connection: &mut Connection, why: &str, added: &[Added<'_>]) -> Result<()> {
    let whose = |one: &Added<'_>| (one.player.clone(), one.campaign.clone());
    let players: BTreeSet<_> = added.iter().map(whose).collect();
    let mut holdings = Holdings::read(connection, players.iter()).await?;
    for one in added {
        holdings.add(&whose(one), one.amount, one.lapse, one.at);
    }
    let row = |Added { player, campaign, key, amount, granted, lapse, at }: &Added<'_>| {
        let (granted, lapses_at) = (granted.map(integer), lapse.time().map(Timestamp::as_millis));
        json!([player.as_str(), campaign.as_str(), key, integer(*amount), granted, at.as_millis(), lapses_at])
    };
    let rows: Vec<_> = added.iter().map(row).collect();
    // A player may be named several times, so that what changes is added up first.
    db::query(
        "INSERT INTO chance_grants (player, campaign, key, why, amount, at, lapses_at)
         SELECT q.value ->> 0, q.value ->> 1, q.value ->> 2, $2, CAST(q.value ->> 3 AS BIGINT), CAST(q.value ->> 5 AS BIGINT),
                CAST(q.value ->> 6 AS BIGINT) FROM json_each($1) q;

         INSERT INTO participations (player, campaign, version, draws, month, month_count, day, day_count,
                                     chances_initial, chances_added)
         SELECT q.value ->> 0, q.value ->> 1, 1, 0, 0, 0, 0, 0, max(CAST(q.value ->> 4 AS BIGINT)), sum(CAST(q.value ->> 3 AS BIGINT))
         FROM json_each($1) q GROUP BY 1, 2
         ON CONFLICT (player, campaign) DO UPDATE SET version = participations.version + 1,
             chances_initial = coalesce(participations.chances_initial, excluded.chances_initial),
             chances_added = participations.chances_added + excluded.chances_added",
    )
    .bind(json!(rows).to_string())
    .bind(why)
    .execute(&mut *connection)
    .await
    .map_err(unavailable)?;
    holdings.save(connection).await
}
