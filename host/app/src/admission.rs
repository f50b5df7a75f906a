//! Who is let in: how many requests of one token, for one player and in one campaign while a window slides, and how many that write at once.
//!
//! The first keeps some from taking the others' share, and is an operator's to judge: without a setting there is no such limit. The
//! second keeps what is let in quick, whoever sends it. What is refused was not looked at, so that a key whose answer its client missed
//! is as well known when it comes again.

mod load;
mod sharing;

use std::hash::Hash;
use std::num::NonZeroU32;
use std::time::Duration;

use metrics::counter;
use tokio::sync::SemaphorePermit;
use tombola_domain::id::{CampaignId, PlayerId};
use tombola_domain::switch::{Limited, Rate};
use tombola_protection as protection;
use tombola_protection::{RateLimiter, Verdict};

use crate::committer::{Batched, Committed, Committer};
use crate::tokens::{Caller, Role};
use crate::{App, Error, Result};
pub(crate) use load::Load;
use load::UnderWay;
pub use load::{CONCURRENCY_LIMIT, UNDER_WAY};
pub use sharing::{Heard, NotShared, SharedLimits};

/// Requests that were refused before anything was done for them, by why.
pub const REFUSED: &str = "tombola_requests_refused_total";
/// Requests that were let in uncounted, since too many keys are in use, by what is limited.
pub const UNCOUNTED: &str = "tombola_requests_uncounted_total";

/// Tokens, players or campaigns that are counted at once, some ten megabytes of each: more than a host answers within most windows.
const KEYS_MAX: usize = 100_000;

/// What a host lets in where no switch says otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// How many requests.
    pub rates: Rates,
    /// How long a commit may be waited for before fewer are let in.
    pub latency: Duration,
}

impl Default for Settings {
    /// Half a second is what a player waits for a draw without wondering. No host knows how much one token stands for.
    fn default() -> Self {
        Self { rates: Rates::default(), latency: Duration::from_millis(500) }
    }
}

/// How many requests are let in; `None` is all.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Rates {
    /// With one token.
    pub token: Option<Rate>,
    /// For one player.
    pub player: Option<Rate>,
    /// In one campaign.
    pub campaign: Option<Rate>,
}

impl Rates {
    /// What is let in of one.
    pub const fn of(&self, limited: Limited) -> Option<Rate> {
        match limited {
            Limited::Token => self.token,
            Limited::Player => self.player,
            Limited::Campaign => self.campaign,
        }
    }
}

/// How somebody stands whose requests are limited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// What is limited.
    pub limited: Limited,
    /// How far.
    pub rate: Rate,
    /// Requests that would be let in now.
    pub left: u32,
    /// In how many seconds there are more, rounded up.
    pub more_in_s: u64,
}

/// Why a request was not let in. It may be later.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotAdmitted {
    /// There were too many before it.
    #[error("{}", too_many(.0))]
    Limited(Standing),
    /// Nothing is written.
    #[error("an operator lets nothing be written for now; try again later")]
    ReadsOnly,
}

impl NotAdmitted {
    /// The stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Limited(_) => "rate-limited",
            Self::ReadsOnly => "reads-only",
        }
    }

    /// In how many seconds it is worth trying again.
    pub const fn retry_after_s(&self) -> u64 {
        match self {
            Self::Limited(standing) => standing.more_in_s,
            // Hosts look that often whether it is over; who switches it on means minutes.
            Self::ReadsOnly => 5,
        }
    }
}

fn too_many(standing: &Standing) -> String {
    let Standing { limited, rate, more_in_s, .. } = *standing;
    let whose = match limited {
        Limited::Token => "with this token",
        Limited::Player => "for this player",
        Limited::Campaign => "in this campaign",
    };
    let (requests, window) = (rate.requests(), rate.window_s());
    format!("{requests} requests {whose} are taken in {window} s; repeat it with the same key in {more_in_s} s")
}

/// The limits of one host.
pub(crate) struct Limits {
    token: RateLimiter,
    player: RateLimiter,
    campaign: RateLimiter,
}

impl Limits {
    /// Hosts of one secret can share them.
    pub(crate) fn new(secret: [u8; 32]) -> Self {
        let limiter = || RateLimiter::new(KEYS_MAX, secret);
        Self { token: limiter(), player: limiter(), campaign: limiter() }
    }

    pub(crate) fn set(&self, limited: Limited, rate: Option<Rate>) {
        self.of(limited).set(rate.map(protected));
    }

    const fn of(&self, limited: Limited) -> &RateLimiter {
        match limited {
            Limited::Token => &self.token,
            Limited::Player => &self.player,
            Limited::Campaign => &self.campaign,
        }
    }
}

fn protected(rate: Rate) -> protection::Rate {
    let thousand = NonZeroU32::new(1_000).expect("not zero");
    protection::Rate::new(rate.requests(), rate.window_s().saturating_mul(thousand))
}

fn told(limited: Limited, standing: protection::Standing) -> Standing {
    let protection::Standing { rate, left, more_in } = standing;
    let window_s = u32::try_from(rate.window().as_secs()).expect("an hour at most");
    let rate = Rate::new(rate.requests(), window_s).expect("it was made of such a rate");
    Standing { limited, rate, left, more_in_s: more_in.as_millis().div_ceil(1_000).try_into().unwrap_or(u64::MAX) }
}

/// A place among the requests under way, until it is dropped.
pub(crate) struct Entry<'a> {
    _draws: SemaphorePermit<'a>,
    _place: UnderWay<'a>,
}

impl App {
    /// Whether any requests are limited at all.
    pub fn is_limiting(&self) -> bool {
        Limited::ALL.into_iter().any(|limited| self.limits.of(limited).rate().is_some())
    }

    /// Counts a request that comes with this caller's token. Those of operators are few and theirs is the stop button: they are not
    /// limited. Of players' tokens those of one player count together, and not as their maker's.
    pub fn admit_token(&self, caller: &Caller) -> Result<Option<Standing>> {
        match caller.role {
            Role::Player | Role::Client => self.admit(Limited::Token, &caller.limited_as()),
            Role::Viewer | Role::Editor | Role::Publisher => Ok(None),
        }
    }

    /// Counts a request for this player.
    pub fn admit_player(&self, player: &PlayerId) -> Result<Option<Standing>> {
        self.admit(Limited::Player, player)
    }

    /// Counts a request in this campaign.
    pub fn admit_campaign(&self, campaign: &CampaignId) -> Result<Option<Standing>> {
        self.admit(Limited::Campaign, campaign)
    }

    /// Says whether so many requests that write are under way that another one would not be let in. It costs nothing to ask, before
    /// anything is known of the request.
    pub fn check_room(&self) -> Result<()> {
        if self.load.is_full() { Err(refused("busy", Error::Busy)) } else { Ok(()) }
    }

    /// Lets in what is about to write so many draws, or something else as one.
    pub(crate) fn let_in(&self, draws: u32) -> Result<Entry<'_>> {
        let busy = || refused("busy", Error::Busy);
        let draws = self.draws.try_acquire_many(draws).map_err(|_| busy())?;
        Ok(Entry { _draws: draws, _place: self.load.begin().ok_or_else(busy)? })
    }

    /// Commits something, and learns from how long that takes how much may be let in.
    pub(crate) async fn commit<B: Batched>(&self, committer: &Committer<B>, one: B) -> Result<Committed<B::Done>> {
        let _measured = self.load.measure();
        committer.commit(one).await
    }

    fn admit(&self, limited: Limited, key: &impl Hash) -> Result<Option<Standing>> {
        let now = Duration::from_millis(u64::try_from(self.clock.now().as_millis()).unwrap_or_default());
        match self.limits.of(limited).admit(key, now) {
            Verdict::Unlimited => Ok(None),
            Verdict::Uncounted => {
                counter!(UNCOUNTED, "of" => limited.as_str()).increment(1);
                Ok(None)
            }
            Verdict::Admitted(standing) => Ok(Some(told(limited, standing))),
            Verdict::Refused(standing) => {
                Err(refused(limited.as_str(), NotAdmitted::Limited(told(limited, standing)).into()))
            }
        }
    }
}

/// Counts a request that is not let in.
pub fn refused(why: &'static str, error: Error) -> Error {
    counter!(REFUSED, "why" => why).increment(1);
    error
}
