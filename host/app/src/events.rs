//! Events: what players did goes to every open campaign that has rules for it, and earns what these say.
//!
//! Snapshot, decide, commit, and again where another write came first, as with draws; but one event is decided in several campaigns, and
//! committed in all of them together. A campaign that can't decide it yet holds back no other: the event waits there, and is
//! decided when it can be.

mod attempt;
mod reversal;

use std::collections::BTreeMap;
use std::time::Duration;

use metrics::counter;
use tombola_domain::causes::Causes;
use tombola_domain::digest::Digest;
use tombola_domain::id::{CampaignId, EventId, EventType, PlayerId, RebateId};
use tombola_domain::time::Timestamp;
use tombola_engine::document::Scalar;
use tombola_store::StoreError;
use tombola_store::draws::Dropped;
use tombola_store::events::{
    Answer, Event, EventCommit, KnownEvent, Outcome, RebateReceipt, Reversal, Reverses, Waiting,
};

use crate::committer::Batched;
use crate::draw::reason_label;
use crate::live::LiveCampaign;
use crate::{App, Error, HostKey, Result};
use attempt::{Attempt, Finished};
pub use reversal::NotReversed;

/// How often an event is decided before that is given up among other writes of its player.
const TRIES_MAX: usize = 8;
/// How long a request may take in all. Repeating it with its id tells what became of it.
const DEADLINE: Duration = Duration::from_secs(10);
/// How far ahead of the host's the clock of who reports may be.
pub const AHEAD_MAX: Duration = Duration::from_mins(5);
/// How late an event may be reported.
pub const LATE_MAX: Duration = Duration::from_hours(24 * 31);
/// How long an event waits in a campaign before it is looked at again; twice as long each time.
const WAIT: Duration = Duration::from_secs(1);
const WAIT_DOUBLINGS_MAX: u32 = 6;

/// Events that were answered, by campaign and outcome.
pub const EVENTS: &str = "tombola_events_total";
/// Events that were decided once more, by reason.
pub const EVENTS_AGAIN: &str = "tombola_events_decided_again_total";

/// What a client says that a player did.
#[derive(Debug, Clone)]
pub struct Report {
    /// The client's name for it.
    pub id: EventId,
    /// The player.
    pub player: PlayerId,
    /// What they did.
    pub what: What,
    /// When it occurred; now where nothing is said.
    pub occurred_at: Option<Timestamp>,
}

/// What a player did.
#[derive(Debug, Clone)]
pub enum What {
    /// Something that may earn something.
    New(New),
    /// They took something back that they had done.
    Reverses {
        /// What, and how much of it.
        reverses: Reverses,
        /// What kind that is of, if the client says so.
        event_type: Option<EventType>,
    },
}

/// Something that may earn something.
#[derive(Debug, Clone)]
pub struct New {
    /// What kind it is of.
    pub event_type: EventType,
    /// Who brought the player.
    pub referrer: Option<PlayerId>,
    /// What it says of itself.
    pub attributes: BTreeMap<String, Scalar>,
}

/// An event, and what became of it.
#[derive(Debug, Clone)]
pub struct Reported {
    /// The event, with the answers of the campaigns that the caller is for.
    pub event: KnownEvent,
    /// Whether an earlier request reported it.
    pub replayed: bool,
}

impl Report {
    /// It stays where the values are erased, so that nobody without the host's key can try what they may have been.
    fn digest(&self, key: &HostKey) -> Digest {
        let (tag, mut parts) = match &self.what {
            What::New(new) => ("tombola/event-report/v2", new.parts()),
            What::Reverses { reverses, event_type } => {
                ("tombola/event-reversal/v2", reversal::parts(reverses, event_type.as_ref()))
            }
        };
        parts.insert(0, key.derived("client-requests").to_vec());
        parts.extend(self.occurred_at.map(|at| at.as_millis().to_be_bytes().to_vec()));
        Digest::tagged(tag, &parts.iter().map(Vec::as_slice).collect::<Vec<_>>())
    }

    fn event(&self, new: &New, now: Timestamp) -> Event {
        Event {
            id: self.id.clone(),
            player: self.player.clone(),
            event_type: new.event_type.clone(),
            referrer: new.referrer.clone(),
            attributes: new.attributes_as_json(),
            reverses: None,
            occurred_at: self.occurred_at.unwrap_or(now),
            received_at: now,
        }
    }
}

/// Why an event is not taken, or not there.
#[derive(Debug, thiserror::Error)]
pub enum NotTaken {
    /// The player has no event of this id.
    #[error("the player has no event of this id")]
    Unknown,
    /// An event's id was used for another one.
    #[error("the player has another event of this id")]
    Reused,
    /// An event is said to occur later than clocks can differ.
    #[error("the event is said to occur at {0}, which is yet to come")]
    Ahead(Timestamp),
    /// An event is reported too late.
    #[error("the event occurred at {0}, which is more than 31 days ago")]
    Late(Timestamp),
}

impl NotTaken {
    /// The stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Unknown => "event-not-found",
            Self::Reused => "event-reused",
            Self::Ahead(_) => "event-ahead",
            Self::Late(_) => "event-late",
        }
    }
}

impl New {
    fn attributes_as_json(&self) -> String {
        serde_json::to_string(&self.attributes).expect("texts, integers and booleans")
    }

    /// What a report says of it, for its digest.
    fn parts(&self) -> Vec<Vec<u8>> {
        let referrer = self.referrer.as_ref().map_or("", PlayerId::as_str);
        vec![self.event_type.as_str().into(), referrer.into(), self.attributes_as_json().into()]
    }
}

impl Batched for EventCommit {
    type Done = Result<Vec<Answer>, Dropped>;
    const NAME: &'static str = "events";

    fn weight(&self) -> usize {
        self.rebates.len().max(1)
    }

    async fn commit(store: &dyn tombola_store::Store, batch: &[Self]) -> tombola_store::Result<Vec<Self::Done>> {
        store.commit_events(batch).await
    }
}

impl App {
    /// Takes an event on behalf of these campaigns (empty is all). An error means that nothing came of it, except where it says to
    /// repeat the request.
    pub async fn report(&self, report: Report, campaigns: &[CampaignId]) -> Result<Reported> {
        let mut reported =
            tokio::time::timeout(DEADLINE, self.take(&report, campaigns)).await.map_err(|_| Error::TimedOut)??;
        count_outcomes(&reported);
        only(&mut reported.event, campaigns);
        Ok(reported)
    }

    /// An event, with the answers of these campaigns (empty is all).
    pub async fn event(&self, player: &PlayerId, id: &EventId, campaigns: &[CampaignId]) -> Result<KnownEvent> {
        let mut event = self.store.event(player, id).await?.ok_or(NotTaken::Unknown)?;
        only(&mut event, campaigns);
        if event.answers.is_empty() && !campaigns.is_empty() {
            return Err(NotTaken::Unknown.into());
        }
        Ok(event)
    }

    /// The receipt of what a campaign gave for an event.
    pub async fn rebate_receipt(&self, id: &RebateId) -> Result<RebateReceipt> {
        self.store.rebate_receipt(id).await?.ok_or(Error::RebateUnknown)
    }

    /// Decides events that wait and are due in campaigns that can decide, at most `limit` of each, and says whether there may be more.
    /// Where nothing is written they go on waiting.
    pub async fn decide_waiting(&self, limit: u32) -> Result<bool> {
        if !self.writes() {
            return Ok(false);
        }
        let live = self.live.snapshot();
        let can_decide = |campaign: &LiveCampaign| !campaign.paused && campaign.pipeline.is_some();
        let able = live.campaigns.iter().filter(|(_, campaign)| can_decide(campaign)).map(|(id, _)| id.clone());
        let waiting = self.store.waiting_events(&able.collect::<Vec<_>>(), self.clock.now(), limit).await?;
        let may_be_more = waiting.len() >= limit as usize;
        for Waiting { number, event, attempts } in waiting {
            let again = Duration::from_secs(WAIT.as_secs() << attempts.min(WAIT_DOUBLINGS_MAX));
            let decided = match event {
                Ok(known) => self.decide_again(known, again).await,
                Err(damage) => Err(damage.into()),
            };
            if let Err(error) = decided {
                goes_on_waiting(number, &error);
                self.store.put_off_event(number, self.clock.now().plus(again)).await?;
            }
        }
        Ok(may_be_more)
    }

    async fn take(&self, report: &Report, campaigns: &[CampaignId]) -> Result<Reported> {
        let (now, digest) = (self.clock.now(), report.digest(&self.host_key));
        // The id comes before everything else: who repeats a request is answered also when it is late by now.
        if let Some(known) = self.store.event(&report.player, &report.id).await? {
            return replayed(known, digest);
        }
        self.check_writes()?;
        check_time(report.occurred_at.unwrap_or(now), now)?;
        let _turn = self.turnstiles.turn_in_all(&report.player).await?;
        let _entry = self.let_in(1)?;
        match &report.what {
            What::New(new) => self.take_new(report.event(new, now), digest, campaigns).await,
            What::Reverses { reverses, event_type } => {
                let (id, player) = (report.id.clone(), report.player.clone());
                let reversal = Reversal {
                    id,
                    player,
                    request: digest,
                    reverses: reverses.clone(),
                    event_type: event_type.clone(),
                    campaigns: campaigns.to_vec(),
                    shortfalls: self.live.shortfalls(),
                    occurred_at: report.occurred_at.unwrap_or(now),
                    received_at: now,
                };
                self.reverse(&reversal).await
            }
        }
    }

    async fn take_new(&self, event: Event, digest: Digest, campaigns: &[CampaignId]) -> Result<Reported> {
        for _ in 0..TRIES_MAX {
            let attempt = Attempt::begin(self, &event, digest, campaigns).await?;
            match attempt.finish(self, event.received_at.plus(WAIT)).await? {
                Finished::Known(known) => return replayed(known, digest),
                Finished::New(answers) => {
                    let event = KnownEvent { event, request: digest, answers };
                    return Ok(Reported { event, replayed: false });
                }
                Finished::Again(dropped) => self.note_again(dropped).await?,
                Finished::Unknown => return self.resolve_event(&event, digest).await,
            }
        }
        Err(Error::Contended)
    }

    async fn decide_again(&self, known: KnownEvent, again: Duration) -> Result<()> {
        let _turn = self.turnstiles.turn_in_all(&known.event.player).await?;
        let waits = |answer: &Answer| answer.outcome == Outcome::Waiting;
        let campaigns: Vec<_> =
            known.answers.iter().filter(|answer| waits(answer)).map(|answer| answer.campaign.clone()).collect();
        for _ in 0..TRIES_MAX {
            let attempt = Attempt::resume(self, &known, &campaigns).await?;
            match attempt.finish(self, self.clock.now().plus(again)).await? {
                Finished::Again(dropped) => self.note_again(dropped).await?,
                Finished::Known(_) | Finished::New(_) => return Ok(()),
                Finished::Unknown => return Err(Error::Store(StoreError::Unavailable("the commit failed".into()))),
            }
        }
        Err(Error::Contended)
    }

    async fn note_again(&self, dropped: Dropped) -> Result<()> {
        counter!(EVENTS_AGAIN, "reason" => reason_label(dropped)).increment(1);
        if let Dropped::Superseded(activation) = dropped {
            self.catch_up(activation).await?;
        }
        Ok(())
    }

    /// What became of an event whose batch failed: its id tells.
    async fn resolve_event(&self, event: &Event, digest: Digest) -> Result<Reported> {
        if let Some(known) = self.store.event(&event.player, &event.id).await? {
            return replayed(known, digest).map(|reported| Reported { replayed: false, ..reported });
        }
        self.store.check().await?;
        Err(Error::Store(StoreError::Unavailable("the commit failed".into())))
    }
}

fn goes_on_waiting(number: u64, error: &Error) {
    let error = Causes(error);
    tracing::warn!(number, %error, "an event goes on waiting, since what it earns could not be committed");
}

fn replayed(event: KnownEvent, digest: Digest) -> Result<Reported> {
    if event.request == digest { Ok(Reported { event, replayed: true }) } else { Err(NotTaken::Reused.into()) }
}

fn check_time(occurred_at: Timestamp, now: Timestamp) -> Result<()> {
    if occurred_at > now.plus(AHEAD_MAX) {
        Err(NotTaken::Ahead(occurred_at).into())
    } else if occurred_at.plus(LATE_MAX) < now {
        Err(NotTaken::Late(occurred_at).into())
    } else {
        Ok(())
    }
}

/// Leaves out the answers of other campaigns.
fn only(event: &mut KnownEvent, campaigns: &[CampaignId]) {
    event.answers.retain(|answer| campaigns.is_empty() || campaigns.contains(&answer.campaign));
}

fn count_outcomes(reported: &Reported) {
    for Answer { campaign, outcome } in &reported.event.answers {
        let outcome = match outcome {
            _ if reported.replayed => "replayed",
            Outcome::Decided(_) => "decided",
            Outcome::Refused(_) => "refused",
            Outcome::Waiting => "waiting",
            Outcome::Reversed(_) => "reversed",
        };
        counter!(EVENTS, "campaign" => campaign.to_string(), "outcome" => outcome).increment(1);
    }
}
