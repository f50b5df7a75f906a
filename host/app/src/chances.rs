//! Chances that operators give, and take away again.

use tombola_domain::chance::{LOTS_MAX, TooMany};
use tombola_domain::id::{CampaignId, PlayerId};
use tombola_domain::ledger::Lapse;
use tombola_domain::time::Timestamp;
use tombola_store::chances::{ChanceGrant, GrantError, Granted, VoidGrantError, grant_key};
use tombola_store::ledger::BusinessKey;
use tombola_store::{Done, Operation};

use crate::intent::Intent;
use crate::{App, Error, Full, Result};

/// Why chances are not given, or not taken back.
#[derive(Debug, thiserror::Error)]
pub enum NotGranted {
    /// They would lapse before anybody can use them.
    #[error("the chances would lapse at {0}, which is not yet to come; give a later time, or none")]
    Lapsed(Timestamp),
    /// No operator gave the player such chances.
    #[error("no operator gave the player chances under this key; the list of what they were given has the keys")]
    Unknown,
}

impl NotGranted {
    /// The stable code, by which programs tell one from another.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Lapsed(_) => "grant-lapsed",
            Self::Unknown => "grant-unknown",
        }
    }
}

impl App {
    /// Gives a player more chances, which lapse at that time, or when the campaign's do where none is said. Answers what they are known by, and
    /// how many the player got in all beside those that they began with. Where the campaign does not count chances they are kept until
    /// it does.
    pub async fn grant_chances(
        &self,
        intent: Intent,
        campaign: &CampaignId,
        player: &PlayerId,
        amount: u64,
        lapses_at: Option<Timestamp>,
    ) -> Result<Done<(BusinessKey, u64)>> {
        let live = self.live.campaign(campaign)?;
        let pipeline = live.pipeline(campaign)?;
        let mut what = amount.to_be_bytes().to_vec();
        what.extend(lapses_at.iter().flat_map(|at| at.as_millis().to_be_bytes()));
        let operation = self.about_chances(&intent, b"chances", campaign, player, &what);
        let lapse = lapses_at.map_or_else(|| pipeline.lapse(operation.at), Lapse::At);
        let (campaign, player, granted) = (campaign.clone(), player.clone(), pipeline.granted);
        let lots_max = lapses_at.map(|_| LOTS_MAX);
        let grant = ChanceGrant { campaign, player, amount, granted, lapse, lots_max };
        let Done { result: added, replayed } = self.store.grant_chances(&operation, &grant).await?;
        Ok(Done { result: (grant_key(&operation), added), replayed })
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
            VoidGrantError::Unknown => NotGranted::Unknown.into(),
            VoidGrantError::Store(error) => error.into(),
        }
    }
}

impl From<GrantError> for Error {
    fn from(error: GrantError) -> Self {
        match error {
            GrantError::KeyReused(error) => error.into(),
            GrantError::TooMany(error) => Full::from(error).into(),
            GrantError::TooManyLots(error) => Full::from(error).into(),
            GrantError::Lapsed(at) => NotGranted::Lapsed(at).into(),
            GrantError::Store(error) => error.into(),
        }
    }
}

impl From<TooMany> for Error {
    fn from(error: TooMany) -> Self {
        Full::from(error).into()
    }
}
