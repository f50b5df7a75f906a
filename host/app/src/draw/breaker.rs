//! Asks a campaign's rules no more for a while where this host can't run them.

use std::sync::{Mutex, MutexGuard, OnceLock};
use std::time::{Duration, Instant};

use metrics::gauge;
use tombola_domain::id::CampaignId;
use tombola_engine::rule::Unavailable;
use tombola_protection::{Backoff, Condition, Ticket, Valve};

use super::RULES_BREAKER;
use crate::entropy::Entropy;

/// For how long none is asked, the first time and at most.
const WAITS: Backoff = Backoff { first: Duration::from_millis(200), longest: Duration::from_secs(10) };

/// What is remembered of whether this host can run a campaign's rules. Only what comes from the host counts (a deadline that
/// passed, no slot): a rule's own fault is an outcome, and no reason to ask it less.
#[derive(Debug)]
pub(crate) struct RuleBreaker {
    began: Instant,
    valve: Mutex<Valve>,
    /// Of which campaign it told that it is not closed.
    told: OnceLock<CampaignId>,
}

/// Rules that are being asked. One that is dropped before its end tells nothing of them.
#[derive(Debug)]
struct Run<'a> {
    breaker: &'a RuleBreaker,
    campaign: &'a CampaignId,
    ticket: Option<Ticket>,
}

impl Default for RuleBreaker {
    fn default() -> Self {
        Self { began: Instant::now(), valve: Mutex::new(Valve::new(usize::MAX, WAITS)), told: OnceLock::new() }
    }
}

impl RuleBreaker {
    /// Asks a campaign's rules on the calling thread, unless too many failed of late. What comes of it counts whether or not anybody
    /// waits for it by then: where a single trial is let through, it must not be lost. `entropy` jitters for how long none is asked,
    /// should it come to that.
    pub(super) fn run<T>(
        &self,
        campaign: &CampaignId,
        entropy: &dyn Entropy,
        ask: impl FnOnce() -> Result<T, Unavailable>,
    ) -> Result<T, Unavailable> {
        let run = self.begin(campaign)?;
        let answer = ask();
        match &answer {
            Ok(_) => run.end(true, 0),
            Err(Unavailable::Host(_)) => run.end(false, entropy.number()),
            // They are asked anew, and that tells.
            Err(Unavailable::Unfinished) => {}
        }
        answer
    }

    /// Whether a campaign's rules would be asked now.
    pub(super) fn check(&self) -> Result<(), Unavailable> {
        check(&self.valve(), self.began.elapsed())
    }

    fn begin<'a>(&'a self, campaign: &'a CampaignId) -> Result<Run<'a>, Unavailable> {
        let now = self.began.elapsed();
        let mut valve = self.valve();
        check(&valve, now)?;
        let ticket = Some(valve.begin(now));
        Ok(Run { breaker: self, campaign, ticket })
    }

    fn valve(&self) -> MutexGuard<'_, Valve> {
        self.valve.lock().expect("nothing that can panic runs under this lock")
    }
}

fn check(valve: &Valve, now: Duration) -> Result<(), Unavailable> {
    if valve.room(now) > 0 {
        return Ok(());
    }
    let reason = "of its last runs on this host too many failed, and it is tried again soon".to_owned();
    Err(Unavailable::Host(reason))
}

/// Another revision has a breaker of its own, which is closed.
impl Drop for RuleBreaker {
    fn drop(&mut self) {
        if let Some(campaign) = self.told.get() {
            gauge!(RULES_BREAKER, "campaign" => campaign.to_string()).set(0.0);
        }
    }
}

impl Run<'_> {
    /// They could be asked, whatever they answered, or the host failed to run one.
    fn end(mut self, succeeded: bool, random: u64) {
        let Some(ticket) = self.ticket.take() else { return };
        let now = self.breaker.began.elapsed();
        let mut valve = self.breaker.valve();
        let before = valve.condition(now);
        valve.end(ticket, succeeded, now, random);
        let after = valve.condition(now);
        if before != after {
            let campaign = self.breaker.told.get_or_init(|| self.campaign.clone());
            let shown = if after == Condition::Closed { 0.0 } else { 1.0 };
            gauge!(RULES_BREAKER, "campaign" => campaign.to_string()).set(shown);
        }
    }
}

impl Drop for Run<'_> {
    fn drop(&mut self) {
        if self.ticket.is_some() {
            self.breaker.valve().abandon();
        }
    }
}
