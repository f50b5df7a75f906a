//! What a player has in a campaign.

use tombola_domain::chance::Participation;
use tombola_domain::digest::Digest;
use tombola_domain::id::{CampaignId, IdempotencyKey, PlayerId};
use tombola_store::draws::{Draw, Refusal};

use tombola_store::{Done, Operation};

use crate::{App, Result};

/// A player in a campaign, as of now.
#[derive(Debug)]
pub struct PlayerView {
    /// Chances and counts.
    pub participation: Participation,
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
}

impl App {
    /// Erases the values behind the commitments of all of a player's receipts, and says of how many. Every hash stays true; what was
    /// erased can't be replayed any more.
    pub async fn erase_disclosures(&self, actor: &str, key: IdempotencyKey, player: &PlayerId) -> Result<Done<u64>> {
        // Under a secret, since what is recorded outlives the player's erasure, and ids can be guessed.
        let secret = self.host_key.derived("erasure-record");
        let request =
            Digest::tagged("tombola/operation/v1", &[b"erase-disclosures", &secret, player.as_str().as_bytes()]);
        let operation = Operation { actor: actor.to_owned(), key: Some(key), request, at: self.clock.now() };
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
        let participation = state.participation.unwrap_or_default().counting(pipeline.granted);
        let local = pipeline.window.zone.local(self.clock.now());
        Ok(PlayerView {
            draws_left: participation.draws_left(&pipeline.caps, local),
            draws_this_month: participation.month.within(local.month),
            draws_today: participation.day.within(local.day),
            participation,
            draws: state.draws,
            refusal: state.refusal,
        })
    }
}
