//! Chances that operators give, and take away again.

use tombola_domain::id::{CampaignId, PlayerId};
use tombola_store::chances::{ChanceGrant, GrantError, Granted, VoidGrantError, grant_key};
use tombola_store::ledger::BusinessKey;
use tombola_store::{Done, Operation};

use crate::intent::Intent;
use crate::{App, Error, Full, Result};

impl App {
    /// Gives a player more chances, and says what they are known by, and how many the player got in all beside those that they began
    /// with. Where the campaign does not count chances they are kept until it does.
    pub async fn grant_chances(
        &self,
        intent: Intent,
        campaign: &CampaignId,
        player: &PlayerId,
        amount: u64,
    ) -> Result<(BusinessKey, u64)> {
        let granted = self.live.campaign(campaign)?.pipeline(campaign)?.granted;
        let operation = self.about_chances(&intent, b"chances", campaign, player, &amount.to_be_bytes());
        let grant = ChanceGrant { campaign: campaign.clone(), player: player.clone(), amount, granted };
        let added = self.store.grant_chances(&operation, &grant).await?.result;
        Ok((grant_key(&operation), added))
    }

    /// Takes away what a player has left of chances that an operator gave. What they drew with stays drawn.
    pub async fn void_grant(
        &self,
        intent: Intent,
        campaign: &CampaignId,
        player: &PlayerId,
        grant: &BusinessKey,
    ) -> Result<Done<Granted>> {
        intent.check_reason()?;
        let operation = self.about_chances(&intent, b"void-chances", campaign, player, grant.as_str().as_bytes());
        Ok(self.store.void_grant(&operation, campaign, player, grant).await?)
    }

    /// What operators gave a player in a campaign, by key, behind one of them, at most `limit`.
    pub async fn grants(
        &self,
        campaign: &CampaignId,
        player: &PlayerId,
        after: Option<&BusinessKey>,
        limit: u32,
    ) -> Result<Vec<Granted>> {
        self.live.campaign(campaign)?;
        Ok(self.store.grants(campaign, player, after, limit).await?)
    }

    /// What is asked goes in under a secret, since what is recorded outlives the player's erasure, and ids can be guessed.
    fn about_chances(
        &self,
        intent: &Intent,
        verb: &[u8],
        campaign: &CampaignId,
        player: &PlayerId,
        what: &[u8],
    ) -> Operation {
        let secret = self.host_key.derived("chances-record");
        let parts = [verb, campaign.as_str().as_bytes(), &secret[..], player.as_str().as_bytes(), what];
        intent.operation(&parts, self.clock.now())
    }
}

impl From<VoidGrantError> for Error {
    fn from(error: VoidGrantError) -> Self {
        match error {
            VoidGrantError::KeyReused(error) => error.into(),
            VoidGrantError::Unknown => Self::GrantUnknown,
            VoidGrantError::Store(error) => error.into(),
        }
    }
}

impl From<GrantError> for Error {
    fn from(error: GrantError) -> Self {
        match error {
            GrantError::KeyReused(error) => error.into(),
            GrantError::TooMany(error) => Full::from(error).into(),
            GrantError::Store(error) => error.into(),
        }
    }
}
