//! Hosts that serve one database at the same time, where the store lets several do so.
//!
//! A host has a **number** that no other ever has, under which it writes. It **lives** until it says that it has ended, or is
//! **fenced**: found dead, or too late for an activation. From then on it can commit nothing. The eldest of those that live
//! **leads**: it alone does what one host has to do. Since numbers go up and nobody who is gone comes back, whoever leads does so
//! until it can commit nothing more, and so no two can ever write as leaders.

use std::fmt;
use std::str::FromStr;

use async_trait::async_trait;
use tombola_domain::digest::Digest;
use tombola_domain::id::CampaignId;
use tombola_domain::time::Timestamp;

use crate::Result;

/// A host, as the store knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Host {
    /// Its number.
    pub number: u64,
    /// Where it runs, for people.
    pub name: String,
    /// Whether it lives.
    pub state: State,
    /// The latest activation that it has taken up.
    pub activation: u64,
    /// When it last gave a sign of life, by its own clock; `None` where none is kept, since there is one host alone.
    pub seen_at: Option<Timestamp>,
}

/// A revision that is about to go live.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upcoming {
    /// The campaign.
    pub campaign: CampaignId,
    /// Of the canonical document.
    pub digest: Digest,
    /// The canonical document (JSON), every rule resolved to a digest.
    pub document: String,
}

/// Whether a host lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// It is getting ready to serve, and may write.
    Starting,
    /// It serves.
    Serving,
    /// It has ended as it should.
    Ended,
    /// It was found dead or late, and can commit nothing.
    Fenced,
}

impl State {
    const ALL: [Self; 4] = [Self::Starting, Self::Serving, Self::Ended, Self::Fenced];

    /// The word in the store and on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Starting => "starting",
            Self::Serving => "serving",
            Self::Ended => "ended",
            Self::Fenced => "fenced",
        }
    }
}

impl fmt::Display for State {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

/// No state is called so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no state of a host is called so")]
pub struct ParseStateError;

impl FromStr for State {
    type Err = ParseStateError;

    fn from_str(text: &str) -> Result<Self, ParseStateError> {
        Self::ALL.into_iter().find(|state| state.as_str() == text).ok_or(ParseStateError)
    }
}

/// Who claims tasks for the host of this number.
pub fn owner(number: u64) -> String {
    format!("host-{number}")
}

/// The hosts of a store, of which one is whoever asks.
#[async_trait]
pub trait Hosts {
    /// The number of the one that asks.
    fn number(&self) -> u64;

    /// Whether the one that asks leads, as far as it knows: it may do so and not know yet, but never the other way round. What it
    /// knows may be outdated only where it can commit nothing more.
    fn leads(&self) -> bool;

    /// The one that asks serves from now on.
    async fn begin_serving(&self) -> Result<()>;

    /// The one that asks has taken up this activation.
    async fn note_activation(&self, activation: u64) -> Result<()>;

    /// Asks every other host that serves to make a revision ready, under a number; `None` where there is none.
    async fn ask_to_prepare(&self, revision: &Upcoming) -> Result<Option<u64>>;

    /// What the one that asks is to make ready, and has not said to be, by its number.
    async fn to_prepare(&self) -> Result<Vec<(u64, Upcoming)>>;

    /// The one that asks has made it ready.
    async fn note_prepared(&self, preparation: u64) -> Result<()>;

    /// Whether every other host that serves has made it ready.
    async fn is_prepared(&self, preparation: u64) -> Result<bool>;

    /// Nobody needs it any more.
    async fn withdraw_preparation(&self, preparation: u64) -> Result<()>;

    /// The same where it is about to go live: fences, and answers, those that serve and have not made it ready.
    async fn end_preparation(&self, preparation: u64) -> Result<Vec<u64>>;

    /// Whether every other host that serves has taken up this activation.
    async fn is_taken_up(&self, activation: u64) -> Result<bool>;

    /// Those that live, and some of those that are gone, eldest first.
    async fn hosts(&self) -> Result<Vec<Host>>;
}
