//! Chances that operators give.

use tombola_domain::id::{CampaignId, PlayerId};
use tombola_store::Done;
use tombola_store::chances::{ChanceGrant, GrantError};

use crate::intent::Intent;
use crate::{App, Error, Result};

impl App {
    /// Gives a player more chances, and says how many they got in all beside those that they began with. Where the campaign does not
    /// count chances they are kept until it does.
    pub async fn grant_chances(
        &self,
        intent: Intent,
        campaign: &CampaignId,
        player: &PlayerId,
        amount: u64,
    ) -> Result<Done<u64>> {
        let granted = self.live.campaign(campaign)?.pipeline(campaign)?.granted;
        // Under a secret, since what is recorded outlives the player's erasure, and ids can be guessed.
        let secret = self.host_key.derived("chances-record");
        let parts = [campaign.as_str().as_bytes(), &secret[..], player.as_str().as_bytes(), &amount.to_be_bytes()];
        let operation = intent.operation(&[&[&b"chances"[..]], &parts[..]].concat(), self.clock.now());
        let grant = ChanceGrant { campaign: campaign.clone(), player: player.clone(), amount, granted };
        Ok(self.store.grant_chances(&operation, &grant).await?)
    }
}

impl From<GrantError> for Error {
    fn from(error: GrantError) -> Self {
        match error {
            GrantError::KeyReused(error) => error.into(),
            GrantError::TooMany(error) => error.into(),
            GrantError::Store(error) => error.into(),
        }
    }
}
