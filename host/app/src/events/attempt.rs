//! One try at an event.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tombola_domain::causes::Causes;
use tombola_domain::digest::Digest;
use tombola_domain::fact::Value;
use tombola_domain::id::{AttributeName, CampaignId};
use tombola_domain::random::Seed;
use tombola_domain::rebate::{Disclosure, Gain, OpenReceipt, Terms, rebate_id};
use tombola_domain::receipt;
use tombola_domain::time::{LocalTime, Timestamp};
use tombola_engine::document::Scalar;
use tombola_engine::facts::{self, Occurrence, Sources};
use tombola_engine::pipeline::{self, Pipeline};
use tombola_engine::rebates::{self, Decided, Situation, Won};
use tombola_store::draws::Dropped;
use tombola_store::events::{
    Answer, CampaignQuery, CampaignState, DecidedRebate, Event, EventCommit, EventQuery, EventSnapshot, KnownEvent,
    Refusal,
};

use crate::committer::Committed;
use crate::draw::hand_over;
use crate::epoch::OpenEpoch;
use crate::faults::Origin;
use crate::live::{LiveCampaign, Snapshot, Unready};
use crate::{App, Error, Result};

/// How long an event waits for the rules of one campaign.
const RULES_MAX: Duration = Duration::from_secs(1);
/// Draws' places on the slow lane that an event takes in one campaign.
const WEIGHT: u32 = 1;

pub(super) enum Finished {
    /// It was known already.
    Known(KnownEvent),
    /// It is committed.
    New(Vec<Answer>),
    /// It is to be decided again.
    Again(Dropped),
    /// The batch failed, and it is unknown what is durable.
    Unknown,
}

/// One try: everything that it knows was read at one moment.
pub(super) struct Attempt<'a> {
    event: &'a Event,
    request: Digest,
    is_new: bool,
    decided_at: Timestamp,
    activation: u64,
    epoch: Arc<OpenEpoch>,
    /// Where it is to be decided, each with what is known there.
    deciding: Vec<(Concerned, CampaignState)>,
    /// Where it has to wait.
    waiting: Vec<CampaignId>,
    /// Where it waits in vain.
    unbound: Vec<CampaignId>,
    known: Option<KnownEvent>,
}

/// A campaign that an event goes to.
struct Concerned {
    id: CampaignId,
    campaign: Arc<LiveCampaign>,
    pipeline: Arc<Pipeline>,
    local: LocalTime,
}

/// What became of an event in one campaign.
enum Became {
    Decided(Box<DecidedRebate>),
    Refused(Refusal),
    Waits,
}

impl<'a> Attempt<'a> {
    /// An event that is reported now, on behalf of these campaigns (empty is all).
    pub(super) async fn begin(app: &App, event: &'a Event, request: Digest, campaigns: &[CampaignId]) -> Result<Self> {
        let live = app.live.snapshot();
        let concerned = live.campaigns.iter().filter(|(id, _)| campaigns.is_empty() || campaigns.contains(id));
        let concerned = concerned.map(|(id, campaign)| (id.clone(), Arc::clone(campaign))).collect();
        Self::read(app, &live, event, request, true, concerned).await
    }

    /// One that waits in these campaigns.
    pub(super) async fn resume(app: &App, known: &'a KnownEvent, campaigns: &[CampaignId]) -> Result<Self> {
        let live = app.live.snapshot();
        let there = |id: &CampaignId| Some((id.clone(), Arc::clone(live.campaigns.get(id)?)));
        let mut attempt =
            Self::read(app, &live, &known.event, known.request, false, campaigns.iter().filter_map(there).collect())
                .await?;
        attempt.unbound.extend(campaigns.iter().filter(|id| !live.campaigns.contains_key(*id)).cloned());
        Ok(attempt)
    }

    async fn read(
        app: &App,
        live: &Snapshot,
        event: &'a Event,
        request: Digest,
        is_new: bool,
        mut campaigns: Vec<(CampaignId, Arc<LiveCampaign>)>,
    ) -> Result<Self> {
        campaigns.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
        let (activation, epoch) = (live.activation, Arc::clone(&live.epoch));
        let (mut concerned, mut waiting, mut unbound) = (Vec::new(), Vec::new(), Vec::new());
        for (id, campaign) in campaigns {
            let Some(pipeline) = campaign.pipeline.clone() else {
                let is_concerned = campaign.unready.as_ref().is_some_and(|unready| may_be_concerned(unready, event));
                if is_concerned {
                    waiting.push(id);
                } else {
                    unbound.push(id);
                }
                continue;
            };
            if !is_concerned(&pipeline, event) {
                unbound.push(id);
            } else if campaign.paused {
                waiting.push(id);
            } else {
                let local = pipeline.window.zone.local(event.occurred_at);
                concerned.push(Concerned { id, campaign, pipeline, local });
            }
        }
        let query = EventQuery {
            player: event.player.clone(),
            id: event.id.clone(),
            event_type: event.event_type.clone(),
            campaigns: concerned.iter().map(|concerned| concerned.query(event)).collect(),
        };
        let EventSnapshot { known, campaigns } = app.store.event_snapshot(&query).await?;
        let deciding = concerned.into_iter().zip(campaigns).collect();
        // Only of one that waits it matters where it does so in vain.
        unbound.retain(|_| !is_new);
        let known = known.filter(|_| is_new);
        let decided_at = if is_new { event.received_at } else { app.clock.now() };
        Ok(Self { event, request, is_new, decided_at, activation, epoch, deciding, waiting, unbound, known })
    }

    /// Decides, and commits. What waits is looked at again then.
    pub(super) async fn finish(self, app: &App, again: Timestamp) -> Result<Finished> {
        if let Some(known) = self.known {
            return Ok(Finished::Known(known));
        }
        let (mut rebates, mut waiting) = (Vec::new(), self.waiting.clone());
        let mut refused: Vec<_> = self.unbound.iter().map(|id| (id.clone(), unbound())).collect();
        for (concerned, state) in &self.deciding {
            match self.decide(app, concerned, state).await {
                Became::Decided(rebate) => rebates.push(*rebate),
                Became::Refused(refusal) => refused.push((concerned.id.clone(), refusal)),
                Became::Waits => waiting.push(concerned.id.clone()),
            }
            // Rules take the thread as long as they run, and others wait for it.
            tokio::task::yield_now().await;
        }
        let commit = EventCommit {
            activation: self.activation,
            event: self.event.clone(),
            request: self.request,
            decided_at: self.decided_at,
            is_new: self.is_new,
            rebates,
            refused,
            waiting: waiting.into_iter().map(|campaign| (campaign, again)).collect(),
        };
        Ok(match app.commit(&app.event_committer, commit).await? {
            Committed::Done(Ok(answers)) => Finished::New(answers),
            Committed::Done(Err(dropped)) => Finished::Again(dropped),
            Committed::Unknown => Finished::Unknown,
        })
    }

    async fn decide(&self, app: &App, concerned: &Concerned, state: &CampaignState) -> Became {
        let event = concerned.event(self.event);
        let attributes = match attributes(event, &self.event.attributes) {
            Ok(attributes) => attributes,
            Err(refusal) => return Became::Refused(refusal),
        };
        let ordinal = state.events + 1;
        let seed = self.epoch.secret.rebate_seed(&concerned.id, &self.event.player, ordinal);
        let facts = self.facts(concerned, state, &attributes);
        match self.run_rules(app, concerned, facts.clone(), seed).await {
            Ok(decided) => Became::Decided(Box::new(self.decided(app, concerned, state, facts, seed, decided))),
            Err(error) => {
                let error = Causes(&error);
                tracing::warn!(campaign = %concerned.id, %error, "an event waits, since its rules could not be run");
                Became::Waits
            }
        }
    }

    async fn run_rules(&self, app: &App, concerned: &Concerned, facts: Vec<Value>, seed: Seed) -> Result<Decided> {
        let (revision, now) = (concerned.campaign.revision, self.event.received_at);
        let (pipeline, faults) = (Arc::clone(&concerned.pipeline), app.faults.clone());
        let name = self.event.event_type.clone();
        let decide = move |budget| {
            let event = pipeline.event(name.as_str()).expect("the campaign is concerned");
            let mut watch = faults.watch(&pipeline.campaign, Some(revision), Origin::Event, now);
            rebates::decide_observed(event, &Situation { facts: &facts, seed: &seed }, budget, &mut watch)
        };
        let decided = app.decide_at_its_pace(&concerned.id, &concerned.campaign, WEIGHT, decide);
        // A campaign of slow rules must not cost the event the others' answers.
        let decided = tokio::time::timeout(RULES_MAX, decided).await.map_err(|_| Error::TimedOut)??;
        app.report_faults(&concerned.id, &decided.faults, now);
        Ok(decided)
    }

    fn facts(
        &self,
        concerned: &Concerned,
        state: &CampaignState,
        attributes: &BTreeMap<AttributeName, Value>,
    ) -> Vec<Value> {
        let event = concerned.event(self.event);
        let participation = state.participation.unwrap_or_default().counting(concerned.pipeline.granted);
        let lists = event.lists.iter().cloned().zip(state.lists.iter().map(|list| list.member)).collect();
        let wins = event.wins.iter().cloned().zip(state.wins.iter().map(|wins| wins.total)).collect();
        let sources = Sources {
            player: &self.event.player,
            participation: &participation,
            now: self.event.occurred_at,
            local: concerned.local,
            lists: &lists,
            wins: &wins,
            attributes,
        };
        let occurrence = Occurrence {
            tally: &state.tally,
            received_at: self.event.received_at,
            has_referrer: self.event.referrer.is_some(),
        };
        facts::event_values(&concerned.pipeline, event, &sources, &occurrence)
    }

    fn decided(
        &self,
        app: &App,
        concerned: &Concerned,
        state: &CampaignState,
        facts: Vec<Value>,
        seed: Seed,
        decided: Decided,
    ) -> DecidedRebate {
        let (event, pipeline) = (concerned.event(self.event), &concerned.pipeline);
        let values = receipt::Disclosure {
            salt: app.entropy.bytes(),
            player: self.event.player.clone(),
            facts: event.facts.iter().map(ToString::to_string).zip(facts).collect(),
        };
        let disclosure = Disclosure { values, referrer: self.event.referrer.clone(), event: self.event.id.clone() };
        let won = |(prize, wins): (&tombola_domain::id::PrizeId, &tombola_store::draws::Wins)| {
            (prize.clone(), Won { total: wins.total, today: wins.today })
        };
        let won = event.wins.iter().zip(&state.wins).map(won).collect();
        let hands_over = |reward: &tombola_domain::rebate::Reward| match &reward.gain {
            Gain::Prize(prize) => Some(hand_over(pipeline, prize.as_str())),
            Gain::Points(_) | Gain::Chances => None,
        };
        let terms = Terms {
            engine: app.engine_version.clone(),
            campaign: concerned.id.clone(),
            revision: concerned.campaign.revision,
            revision_digest: concerned.campaign.digest,
            modules: pipeline.modules.clone(),
            epoch: self.epoch.number,
            epoch_commitment: self.epoch.commitment,
            event_type: self.event.event_type.clone(),
            occurred_at: self.event.occurred_at,
            received_at: self.event.received_at,
            ordinal: state.events + 1,
            player: disclosure.values.player_commitment(),
            referrer: disclosure.referrer_commitment(),
            event: disclosure.event_commitment(),
            facts: disclosure.values.fact_commitments(),
            lists: event.lists.iter().cloned().zip(state.lists.iter().map(|list| list.version)).collect(),
            room: rebates::room(pipeline, &decided.rewards, &won),
            steps: decided.steps,
            seed,
        };
        DecidedRebate {
            id: rebate_id(&self.event.player, &terms.seed, self.event.received_at),
            expected_version: state.participation.map_or(0, |participation| participation.version),
            tally: state.tally.after(concerned.local),
            day: concerned.local.day,
            granted: pipeline.granted,
            lapse: pipeline.lapse(self.decided_at),
            budget: pipeline.budget.clone(),
            hand_overs: decided.rewards.iter().map(hands_over).collect(),
            receipt: OpenReceipt { terms, rewards: decided.rewards },
            disclosure,
        }
    }
}

impl Concerned {
    fn event(&self, event: &Event) -> &pipeline::Event {
        self.pipeline.event(event.event_type.as_str()).expect("the campaign is concerned")
    }

    fn query(&self, event: &Event) -> CampaignQuery {
        let pipeline::Event { lists, wins, .. } = self.event(event);
        CampaignQuery { campaign: self.id.clone(), lists: lists.clone(), wins: wins.clone(), day: self.local.day }
    }
}

/// Whether the campaign has rules for such an event, was open when it occurred, and was not over when it was reported.
fn is_concerned(pipeline: &Pipeline, event: &Event) -> bool {
    let window = &pipeline.window;
    pipeline.event(event.event_type.as_str()).is_some() && is_within(window.opens, window.closes, event)
}

/// The same for a campaign that can't run now.
fn may_be_concerned(unready: &Unready, event: &Event) -> bool {
    unready.events.contains(event.event_type.as_str()) && is_within(unready.opens, unready.closes, event)
}

fn is_within(opens: Timestamp, closes: Option<Timestamp>, event: &Event) -> bool {
    let is_over = closes.is_some_and(|closes| event.received_at >= closes || event.occurred_at >= closes);
    event.occurred_at >= opens && !is_over
}

/// What is told of an event that waited for a campaign that gives nothing for it any more: nobody takes back in silence what was taken.
fn unbound() -> Refusal {
    let message = "a revision that went live while the event waited gives nothing for events of its type and time";
    Refusal { code: "event-unbound".to_owned(), message: message.to_owned() }
}

/// The attributes that the campaign declares for such events, defaults filled in. What else the event says is not its business.
fn attributes(event: &pipeline::Event, given: &str) -> Result<BTreeMap<AttributeName, Value>, Refusal> {
    let given: BTreeMap<String, Scalar> = serde_json::from_str(given).unwrap_or_default();
    let value = |(name, attribute): (&AttributeName, &tombola_engine::document::Attribute)| {
        let value = attribute.value(given.get(name.as_str()));
        let value = value.map_err(|reason| {
            let error = Error::Attribute { name: name.to_string(), reason };
            Refusal { code: error.code().to_owned(), message: error.to_string() }
        })?;
        Ok((name.clone(), value))
    };
    event.attributes.iter().map(value).collect()
}
