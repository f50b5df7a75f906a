//! Holds: another service sets some of a player's units aside, and takes them once its own part has succeeded, or lets them go.

use std::time::Duration;

use metrics::counter;
use tombola_domain::digest::Digest;
use tombola_domain::hold::{Hold, Lifetime, OPEN_MAX, Refused, Wish, hold_id};
use tombola_domain::id::{HoldId, IdempotencyKey, PlayerId, UnitName};
use tombola_store::holds::{Changed, EndHoldError, HoldChange, HoldEnd, NewHold, NotChanged};
use tombola_store::{Done, Store, StoreError};

use crate::committer::{Batched, Committed};
use crate::intent::Intent;
use crate::{App, Error, Result};

/// How long a request may take in all.
const DEADLINE: Duration = Duration::from_secs(10);

/// Holds that were placed and that ended, by outcome.
pub const HOLDS: &str = "tombola_holds_total";

/// A client's wish.
#[derive(Debug, Clone)]
pub struct HoldRequest {
    /// Whose units.
    pub player: PlayerId,
    /// The client's name for this request.
    pub key: IdempotencyKey,
    /// Of what.
    pub unit: UnitName,
    /// How much, 1 to [`tombola_domain::amount::AMOUNT_MAX`].
    pub amount: i64,
    /// For how long.
    pub lifetime: Lifetime,
}

/// Why nothing was done about a hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotHeld {
    /// The player has no such hold.
    #[error("the player has no hold of this id")]
    Unknown,
    /// The player has as many open holds as there can be.
    #[error("the player has {OPEN_MAX} open holds, which is all there can be; take or release one of them first")]
    Full,
    /// It does not end so.
    #[error(transparent)]
    Refused(#[from] Refused),
}

impl NotHeld {
    /// The stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Unknown => "hold-unknown",
            Self::Full => "holds-full",
            Self::Refused(Refused::Ended(_)) => "hold-ended",
            Self::Refused(Refused::Exceeded { .. }) => "hold-exceeded",
            Self::Refused(Refused::NotTaken) => "hold-not-taken",
        }
    }
}

impl HoldRequest {
    fn digest(&self) -> Digest {
        let parts = [self.unit.as_str().as_bytes(), &self.amount.to_be_bytes(), &self.lifetime.seconds().to_be_bytes()];
        Digest::tagged("tombola/hold-request/v1", &parts)
    }
}

impl Batched for HoldChange {
    type Done = Result<Changed, NotChanged>;
    const NAME: &'static str = "holds";

    async fn commit(store: &dyn Store, batch: &[Self]) -> tombola_store::Result<Vec<Self::Done>> {
        store.change_holds(batch).await
    }
}

impl App {
    /// Sets some of a player's units aside. An error means that nothing was set aside, except where it says to repeat the request with
    /// its key.
    pub async fn place_hold(&self, request: HoldRequest) -> Result<Changed> {
        let placed = tokio::time::timeout(DEADLINE, self.set_aside(&request)).await.map_err(|_| Error::TimedOut)??;
        count(if placed.replayed { "replayed" } else { "placed" });
        Ok(placed)
    }

    /// Ends a hold. That may be repeated: it ends once.
    pub async fn end_hold(&self, player: PlayerId, id: HoldId, wish: Wish) -> Result<Changed> {
        let end = HoldEnd { player, id, wish, at: self.clock.now() };
        let ended = tokio::time::timeout(DEADLINE, self.commit_end(end)).await.map_err(|_| Error::TimedOut)??;
        let now = ended.hold.ended.filter(|_| !ended.replayed);
        count(now.map_or("replayed", |ended| ended.how.as_str()));
        Ok(ended)
    }

    /// Ends a hold in the place of the client that placed it.
    pub async fn end_hold_for(&self, intent: Intent, player: PlayerId, id: HoldId, wish: Wish) -> Result<Done<Hold>> {
        intent.check_reason()?;
        let (how, amount) = match wish {
            Wish::Take(amount) => (&b"take"[..], amount.unwrap_or_default()),
            Wish::Release => (&b"release"[..], 0),
        };
        let (secret, amount) = (self.host_key.derived("ledger-record"), amount.to_be_bytes());
        let (whose, which) = (player.as_str().as_bytes(), id.as_str().as_bytes());
        let request = [b"end-hold", &secret[..], whose, which, how, &amount];
        let operation = intent.operation(&request, self.clock.now());
        let end = HoldEnd { player, id, wish, at: operation.at };
        let ended = self.store.end_hold(&operation, &end).await?;
        let now = ended.result.ended.filter(|_| !ended.replayed);
        count(now.map_or("replayed", |ended| ended.how.as_str()));
        Ok(ended)
    }

    /// Gives back what was taken of a hold. That may be repeated: it is given back once.
    pub async fn void_hold(&self, intent: Intent, player: &PlayerId, id: &HoldId) -> Result<Done<Hold>> {
        intent.check_reason()?;
        let secret = self.host_key.derived("ledger-record");
        let request = [b"void-hold", &secret[..], player.as_str().as_bytes(), id.as_str().as_bytes()];
        let operation = intent.operation(&request, self.clock.now());
        let voided = self.store.void_hold(&operation, player, id).await?;
        count(if voided.replayed { "replayed" } else { "voided" });
        Ok(voided)
    }

    /// A player's hold.
    pub async fn hold(&self, player: &PlayerId, id: &HoldId) -> Result<Hold> {
        self.store.hold(player, id).await?.ok_or_else(|| NotHeld::Unknown.into())
    }

    /// A player's holds, latest first, from those below number `before` on, at most `limit`.
    pub async fn holds(&self, player: &PlayerId, before: Option<u64>, limit: u32) -> Result<Vec<(u64, Hold)>> {
        Ok(self.store.holds(player, before, limit).await?)
    }

    async fn set_aside(&self, request: &HoldRequest) -> Result<Changed> {
        let digest = request.digest();
        if let Some(placed) = self.held_before(request, digest).await? {
            return Ok(placed);
        }
        self.check_writes()?;
        let _entry = self.let_in(1)?;
        let now = self.clock.now();
        let entropy = self.entropy.bytes();
        let secret = entropy.first_chunk().expect("sixteen of thirty-two bytes");
        let hold = Hold {
            id: hold_id(&request.player, secret, now),
            player: request.player.clone(),
            unit: request.unit.clone(),
            amount: request.amount,
            held_at: now,
            expires_at: request.lifetime.end(now),
            ended: None,
            voided_at: None,
        };
        let new = NewHold { hold, key: request.key.clone(), request: digest };
        match self.commit(&self.hold_committer, HoldChange::Place(new)).await? {
            Committed::Done(placed) => Ok(placed?),
            Committed::Unknown => match self.held_before(request, digest).await? {
                Some(placed) => Ok(Changed { replayed: false, ..placed }),
                None => self.not_committed().await,
            },
        }
    }

    /// What an earlier request with this key set aside.
    async fn held_before(&self, request: &HoldRequest, digest: Digest) -> Result<Option<Changed>> {
        match self.store.hold_of_key(&request.player, &request.key).await? {
            None => Ok(None),
            Some((hold, request)) if request == digest => Ok(Some(Changed { hold, replayed: true })),
            Some(_) => Err(Error::KeyReused),
        }
    }

    /// The hold, where an earlier request ended it as this one wishes.
    async fn ended_before(&self, end: &HoldEnd) -> Result<Option<Changed>> {
        let hold = self.store.hold(&end.player, &end.id).await?;
        let ended = hold.filter(|hold| hold.ended.is_some() && hold.end(end.wish, end.at).is_ok());
        Ok(ended.map(|hold| Changed { hold, replayed: true }))
    }

    async fn commit_end(&self, end: HoldEnd) -> Result<Changed> {
        // Who repeats is answered also while nothing is written.
        if !self.writes()
            && let Some(ended) = self.ended_before(&end).await?
        {
            return Ok(ended);
        }
        self.check_writes()?;
        let _entry = self.let_in(1)?;
        match self.commit(&self.hold_committer, HoldChange::End(end.clone())).await? {
            Committed::Done(ended) => Ok(ended?),
            Committed::Unknown => {
                let hold = self.hold(&end.player, &end.id).await?;
                hold.end(end.wish, end.at).map_err(NotHeld::Refused)?;
                if hold.ended.is_some() { Ok(Changed { hold, replayed: false }) } else { self.not_committed().await }
            }
        }
    }

    async fn not_committed(&self) -> Result<Changed> {
        self.store.check().await?;
        Err(Error::Store(StoreError::Unavailable("the commit failed".into())))
    }
}

fn count(outcome: &'static str) {
    counter!(HOLDS, "outcome" => outcome).increment(1);
}

impl From<EndHoldError> for Error {
    fn from(error: EndHoldError) -> Self {
        match error {
            EndHoldError::KeyReused(error) => error.into(),
            EndHoldError::NotChanged(error) => error.into(),
            EndHoldError::Store(error) => error.into(),
        }
    }
}

impl From<NotChanged> for Error {
    fn from(error: NotChanged) -> Self {
        match error {
            NotChanged::KeyReused => Self::KeyReused,
            NotChanged::TooMany => NotHeld::Full.into(),
            NotChanged::Unknown => NotHeld::Unknown.into(),
            NotChanged::Refused(refused) => NotHeld::Refused(refused).into(),
            NotChanged::NotPosted(error) => error.into(),
        }
    }
}
