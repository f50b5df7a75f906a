//! What a player has in a campaign.

use std::sync::Arc;

use tombola_domain::chance::Participation;
use tombola_domain::fact::Value;
use tombola_domain::id::{CampaignId, PlayerId};
use tombola_domain::time::Timestamp;
use tombola_engine::facts::{self, Sources};
use tombola_engine::locks::{Locks, locks};
use tombola_engine::pipeline::{Pipeline, Tree};
use tombola_store::Done;
use tombola_store::draws::{Draw, Refusal, SnapshotQuery};
use tombola_store::people::{ExportCursor, ExportPage};

use crate::intent::Intent;
use crate::{App, Result};

/// Lines of an export that are read together: a few megabytes at most.
const EXPORT_LINES: u32 = 256;

/// A player in a campaign, as of now.
#[derive(Debug)]
pub struct PlayerView {
    /// Chances and counts.
    pub participation: Participation,
    /// What of the chances lapses when, soonest first.
    pub lots: Vec<(Timestamp, u64)>,
    /// How many more draws could be made now; `None` is without end.
    pub draws_left: Option<u64>,
    /// Draws made in this month.
    pub draws_this_month: u64,
    /// Draws made today.
    pub draws_today: u64,
    /// The latest draws, latest first.
    pub draws: Vec<Draw>,
    /// The latest refusal.
    pub refusal: Option<Refusal>,
    /// What they would not be handed if they drew it now, with attributes at their defaults; `None` where this host could not
    /// run the rules.
    pub locks: Option<Locks>,
}

impl App {
    /// Records that all that is kept of a player is about to be read.
    pub async fn record_export(&self, intent: &Intent, player: &PlayerId) -> Result<()> {
        let secret = self.host_key.derived("erasure-record");
        let request = [b"export-player", &secret[..], player.as_str().as_bytes()];
        Ok(self.store.record_export(&intent.operation(&request, self.clock.now())).await?)
    }

    /// Some of what is kept of a player.
    pub async fn export(&self, player: &PlayerId, at: &ExportCursor) -> Result<ExportPage> {
        Ok(self.store.export(player, at, EXPORT_LINES).await?)
    }

    /// Erases the values behind the commitments of all of a player's receipts, and says of how many, and those of their events. Every
    /// hash stays true; what was erased can't be replayed any more.
    pub async fn erase_disclosures(&self, intent: Intent, player: &PlayerId) -> Result<Done<u64>> {
        intent.check_reason()?;
        // Under a secret, since what is recorded outlives the player's erasure, and ids can be guessed.
        let secret = self.host_key.derived("erasure-record");
        let request = [b"erase-disclosures", &secret[..], player.as_str().as_bytes()];
        let operation = intent.operation(&request, self.clock.now());
        // A refusal that waits to be written would be there again after it.
        self.refusals.flush(&*self.store).await;
        Ok(self.store.erase_disclosures(&operation, player).await?)
    }

    /// A player in a campaign, with at most `limit` of their latest draws with an ordinal below `before`, if given.
    pub async fn player(
        &self,
        campaign: &CampaignId,
        player: &PlayerId,
        before: Option<u64>,
        limit: u32,
    ) -> Result<PlayerView> {
        let live = self.live.campaign(campaign)?;
        let pipeline = live.pipeline(campaign)?;
        let state = self.store.player(campaign, player, before, limit).await?;
        let now = self.clock.now();
        let mut holding = state.holding;
        // What has lapsed can't be used, whether or not it is cleared away.
        holding.lapse(now);
        let participation = Participation { chances: holding.chances(), ..state.participation.unwrap_or_default() };
        let participation = participation.counting(pipeline.granted);
        let local = pipeline.window.zone.local(now);
        let locks = self.locks(pipeline, player).await?;
        Ok(PlayerView {
            locks,
            draws_left: participation.draws_left(&pipeline.caps, local),
            draws_this_month: participation.month.within(local.month),
            draws_today: participation.day.within(local.day),
            participation,
            lots: holding.lots().collect(),
            draws: state.draws,
            refusal: state.refusal,
        })
    }

    /// What is locked for a player, worked out beside the threads that draw.
    async fn locks(&self, pipeline: &Arc<Pipeline>, player: &PlayerId) -> Result<Option<Locks>> {
        if pipeline.trees.iter().all(Tree::has_no_rule) {
            return Ok(Some(Locks { locks: Vec::new(), is_complete: true }));
        }
        let facts = self.facts_of(pipeline, player).await?;
        let on = Arc::clone(pipeline);
        // The rest of the answer is right also where this can't be told now.
        Ok(self.slow.run(&pipeline.campaign, move || locks(&on, &facts)).await.ok().and_then(Result::ok))
    }

    /// The facts of a player now, as for a request that says no attributes.
    async fn facts_of(&self, pipeline: &Pipeline, player: &PlayerId) -> Result<Vec<Value>> {
        let now = self.clock.now();
        let local = pipeline.window.zone.local(now);
        let query = SnapshotQuery {
            campaign: pipeline.campaign.clone(),
            player: player.clone(),
            // What draw it may belong to does not matter here.
            key: "facts".parse().expect("printable"),
            lists: pipeline.lists.clone(),
            wins: pipeline.wins.clone(),
            day: local.day,
        };
        let snapshot = self.store.snapshot(&query).await?;
        let sources = Sources {
            player,
            participation: &snapshot.participation.unwrap_or_default().counting(pipeline.granted),
            now,
            local,
            lists: &pipeline.lists.iter().cloned().zip(snapshot.lists.iter().map(|list| list.member)).collect(),
            wins: &pipeline.wins.iter().cloned().zip(snapshot.wins.iter().map(|wins| wins.total)).collect(),
            attributes: &facts::unsaid_attributes(pipeline),
        };
        Ok(facts::values(pipeline, &sources))
    }
}
