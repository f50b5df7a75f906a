//! The draw: snapshot, decide, commit, and again where another write came first.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;
use std::time::Duration;

use metrics::counter;
use tombola_domain::chance::Participation;
use tombola_domain::digest::Digest;
use tombola_domain::draw::{Limit, draw_id};
use tombola_domain::fact::Value;
use tombola_domain::id::{AttributeName, CampaignId, DrawId, IdempotencyKey, PlayerId};
use tombola_domain::receipt::{Disclosure, Format, OpenReceipt, Terms};
use tombola_domain::time::{LocalTime, Timestamp};
use tombola_engine::decide::{Decided, NodeFault, Plan, Situation, decide};
use tombola_engine::document::Scalar;
use tombola_engine::facts::{self, Sources};
use tombola_engine::pipeline::{Pipeline, Prize};
use tombola_store::draws::{Draw, DrawCommit, Dropped, HandOver, Refusal, Snapshot, SnapshotQuery, StoredReceipt};

use crate::committer::Committed;
use crate::live::Standing;
use crate::{App, Error, Result};

/// How often a draw is decided before it gives up among other writes of its player.
const TRIES_MAX: usize = 8;
/// How long a draw may take in all. Repeating it with its key tells what became of it.
const DEADLINE: Duration = Duration::from_secs(10);

/// Draws that were answered, by campaign and outcome.
pub const DRAWS: &str = "tombola_draws_total";
/// Draws that were decided once more, by reason.
pub const DECIDED_AGAIN: &str = "tombola_decided_again_total";

/// A client's wish.
#[derive(Debug, Clone)]
pub struct DrawRequest {
    /// The campaign.
    pub campaign: CampaignId,
    /// The player.
    pub player: PlayerId,
    /// The client's name for this draw.
    pub key: IdempotencyKey,
    /// What the request says of itself.
    pub attributes: BTreeMap<String, Scalar>,
}

/// What came of it.
#[derive(Debug, Clone)]
pub enum DrawAnswer {
    /// A chance was used.
    Drawn {
        /// The draw.
        draw: Draw,
        /// Whether an earlier request with the same key made it.
        replayed: bool,
    },
    /// A rule refused; nothing was used or remembered.
    Refused {
        /// The revision that it ran on.
        revision: u64,
        /// The rule's code.
        code: String,
        /// For the player.
        message: String,
        /// When.
        at: Timestamp,
    },
}

impl DrawRequest {
    fn digest(&self) -> Digest {
        let attributes = serde_json::to_vec(&self.attributes).expect("texts, integers and booleans");
        Digest::tagged("tombola/draw-request/v1", &[&attributes])
    }
}

impl App {
    /// One draw. An error means that nothing was drawn, except where it says to repeat the request with its key.
    pub async fn draw(&self, request: DrawRequest) -> Result<DrawAnswer> {
        let campaign = request.campaign.clone();
        let _permit = self.draws.try_acquire().map_err(|_| Error::Busy)?;
        let answer =
            tokio::time::timeout(DEADLINE, self.draw_in_turn(&request)).await.map_err(|_| Error::TimedOut)??;
        counter!(DRAWS, "campaign" => campaign.to_string(), "outcome" => outcome_label(&answer)).increment(1);
        Ok(answer)
    }

    /// A committed draw.
    pub async fn drawn(&self, id: &DrawId) -> Result<Draw> {
        self.store.draw(id).await?.ok_or(Error::DrawUnknown)
    }

    /// A draw's receipt.
    pub async fn receipt(&self, id: &DrawId) -> Result<StoredReceipt> {
        self.store.receipt(id).await?.ok_or(Error::DrawUnknown)
    }

    async fn draw_in_turn(&self, request: &DrawRequest) -> Result<DrawAnswer> {
        let now = self.clock.now();
        let digest = request.digest();
        let _turn = self.turnstile(&request.player).lock().await;
        for _ in 0..TRIES_MAX {
            let attempt = Attempt::begin(self, request, digest, now).await?;
            match attempt.finish(self).await? {
                Finished::Answer(answer) => return Ok(answer),
                Finished::Again(Dropped::Superseded(activation)) => {
                    counter!(DECIDED_AGAIN, "reason" => "activation").increment(1);
                    self.catch_up(activation).await?;
                }
                Finished::Again(Dropped::VersionChanged) => {
                    counter!(DECIDED_AGAIN, "reason" => "version").increment(1);
                }
                Finished::Again(Dropped::Short) => counter!(DECIDED_AGAIN, "reason" => "stock").increment(1),
            }
        }
        Err(Error::Contended)
    }

    /// At most one line a second: a rule that fails does so in every draw, and the metrics count each. What the rule said is
    /// left out, since it may repeat facts.
    fn report_faults(&self, campaign: &CampaignId, decided: &Decided, now: Timestamp) {
        let Some(NodeFault { node, fault }) = decided.faults.first() else { return };
        let second = now.as_seconds();
        if self.fault_reported_at.swap(second, Ordering::Relaxed) != second {
            tracing::warn!(%campaign, node, kind = %fault.kind, "a rule failed");
        }
    }

    /// What became of a draw whose batch failed: its key tells.
    async fn resolve(&self, query: &SnapshotQuery, digest: Digest) -> Result<DrawAnswer> {
        match self.store.snapshot(query).await?.known {
            Some(known) if known.request == digest => Ok(DrawAnswer::Drawn { draw: known.draw, replayed: false }),
            _ => Err(Error::Store(tombola_store::StoreError::Unavailable("the commit failed".into()))),
        }
    }
}

fn outcome_label(answer: &DrawAnswer) -> &'static str {
    match answer {
        DrawAnswer::Drawn { replayed: true, .. } => "replayed",
        DrawAnswer::Drawn { draw, .. } if draw.won.is_some() => "prize",
        DrawAnswer::Drawn { .. } => "nothing",
        DrawAnswer::Refused { .. } => "refused",
    }
}

enum Finished {
    Answer(DrawAnswer),
    Again(Dropped),
}

/// One try: everything that it knows was read at one moment.
struct Attempt<'a> {
    request: &'a DrawRequest,
    digest: Digest,
    now: Timestamp,
    local: LocalTime,
    standing: Standing,
    query: SnapshotQuery,
    snapshot: Snapshot,
}

impl<'a> Attempt<'a> {
    async fn begin(app: &App, request: &'a DrawRequest, digest: Digest, now: Timestamp) -> Result<Self> {
        let standing = app.live.standing(&request.campaign)?;
        let pipeline = standing.campaign.pipeline(&request.campaign)?;
        let local = pipeline.window.zone.local(now);
        let query = SnapshotQuery {
            campaign: request.campaign.clone(),
            player: request.player.clone(),
            key: request.key.clone(),
            lists: pipeline.lists.clone(),
            wins: pipeline.wins.clone(),
            day: local.day,
        };
        let snapshot = app.store.snapshot(&query).await?;
        Ok(Self { request, digest, now, local, standing, query, snapshot })
    }

    async fn finish(self, app: &App) -> Result<Finished> {
        // The key comes before everything else: a client that repeats a draw is answered also after the window.
        if let Some(known) = &self.snapshot.known {
            if known.request != self.digest {
                return Err(Error::KeyReused);
            }
            return Ok(Finished::Answer(DrawAnswer::Drawn { draw: known.draw.clone(), replayed: true }));
        }
        let pipeline = self.standing.campaign.pipeline(&self.request.campaign)?;
        let decision = self.decide(pipeline)?;
        app.report_faults(&self.request.campaign, &decision.decided, self.now);
        match decision.decided.plan {
            Plan::Refuse { ref code, ref message } => {
                let (campaign, player) = (self.request.campaign.clone(), self.request.player.clone());
                app.refusals.add(Refusal { campaign, player, code: code.clone(), at: self.now });
                let (code, message) = (code.clone(), message.clone());
                let revision = self.standing.campaign.revision;
                Ok(Finished::Answer(DrawAnswer::Refused { revision, code, message, at: self.now }))
            }
            Plan::Draw { .. } => {
                let commit = self.commit(app, pipeline, decision);
                match app.committer.commit(commit).await? {
                    Committed::Done(draw) => Ok(Finished::Answer(DrawAnswer::Drawn { draw, replayed: false })),
                    Committed::Dropped(reason) => Ok(Finished::Again(reason)),
                    Committed::Unknown => app.resolve(&self.query, self.digest).await.map(Finished::Answer),
                }
            }
        }
    }

    fn participation(&self, pipeline: &Pipeline) -> Participation {
        self.snapshot.participation.unwrap_or_default().counting(pipeline.granted)
    }

    fn decide(&self, pipeline: &Pipeline) -> Result<Decision> {
        if self.now < pipeline.window.opens {
            return Err(Error::NotOpen(pipeline.window.opens));
        }
        if let Some(closes) = pipeline.window.closes.filter(|closes| self.now >= *closes) {
            return Err(Error::Closed(closes));
        }
        let attributes = attributes(pipeline, &self.request.attributes)?;
        let participation = self.participation(pipeline);
        participation.check(&pipeline.caps, self.local)?;
        let sources = Sources {
            player: &self.request.player,
            participation: &participation,
            now: self.now,
            local: self.local,
            lists: &pipeline.lists.iter().cloned().zip(self.snapshot.lists.iter().map(|list| list.member)).collect(),
            wins: &pipeline.wins.iter().cloned().zip(self.snapshot.wins.iter().map(|wins| wins.total)).collect(),
            attributes: &attributes,
        };
        let facts = facts::values(pipeline, &sources);
        let ordinal = participation.next_ordinal();
        let seed = self.standing.epoch.secret.seed(&self.request.campaign, &self.request.player, ordinal);
        let limits = self.limits(pipeline);
        let situation = Situation { facts: &facts, limits: &limits, seed: &seed };
        let decided = decide(pipeline, &situation)?;
        Ok(Decision { decided, facts, limits, participation, seed })
    }

    /// Of each prize, the limit that the player has reached.
    fn limits(&self, pipeline: &Pipeline) -> Vec<Option<Limit>> {
        let reached = |limit: Option<u64>, wins: u64| limit.is_some_and(|limit| wins >= limit);
        let prizes = pipeline.prizes.iter().map(|prize| {
            let wins = pipeline.wins.binary_search(&prize.id).ok().map(|position| self.snapshot.wins[position])?;
            if reached(prize.limit_player, wins.total) {
                Some(Limit::Player)
            } else if reached(prize.limit_player_day, wins.today) {
                Some(Limit::PlayerDay)
            } else {
                None
            }
        });
        prizes.collect()
    }

    fn commit(&self, app: &App, pipeline: &Pipeline, decision: Decision) -> DrawCommit {
        let Decision { decided, facts, limits, participation, seed } = decision;
        let Plan::Draw { ticket, grants } = decided.plan else { unreachable!("refusals are answered before") };
        let names = pipeline.facts.iter().map(ToString::to_string);
        let disclosure = Disclosure {
            salt: app.entropy.bytes(),
            player: self.request.player.clone(),
            facts: names.zip(facts).collect(),
        };
        let hand_overs = grants.iter().map(|grant| hand_over(pipeline, grant.prize.as_str())).collect();
        let reached = |(prize, limit): (&Prize, Option<Limit>)| Some((prize.id.clone(), limit?));
        let terms = Terms {
            format: Format::default(),
            engine: app.engine_version.clone(),
            campaign: self.request.campaign.clone(),
            revision: self.standing.campaign.revision,
            revision_digest: self.standing.campaign.digest,
            modules: pipeline.modules.clone(),
            epoch: self.standing.epoch.number,
            epoch_commitment: self.standing.epoch.commitment,
            draw: draw_id(&self.request.player, &seed, self.now),
            drawn_at: self.now,
            ordinal: participation.next_ordinal(),
            seed,
            player: disclosure.player_commitment(),
            facts: disclosure.fact_commitments(),
            lists: pipeline.lists.iter().cloned().zip(self.snapshot.lists.iter().map(|list| list.version)).collect(),
            limits: pipeline.prizes.iter().zip(limits).filter_map(reached).collect(),
            ticket,
            steps: decided.steps,
        };
        DrawCommit {
            activation: self.standing.activation,
            player: self.request.player.clone(),
            key: self.request.key.clone(),
            request: self.digest,
            expected_version: participation.version,
            participation: participation.after_draw(&pipeline.caps, self.local),
            day: self.local.day,
            receipt: OpenReceipt { terms, grants },
            hand_overs,
            disclosure,
        }
    }
}

struct Decision {
    decided: Decided,
    facts: Vec<Value>,
    limits: Vec<Option<Limit>>,
    participation: Participation,
    seed: tombola_domain::random::Seed,
}

fn hand_over(pipeline: &Pipeline, prize: &str) -> HandOver {
    let prize = &pipeline.prizes[pipeline.prize(prize).expect("a plan grants the pipeline's prizes")];
    HandOver {
        title: prize.title.clone(),
        data: prize.data.as_ref().map(ToString::to_string),
        deliver: prize.deliver.as_ref().map(|deliver| serde_json::to_string(deliver).expect("plain data")),
    }
}

/// The attributes that the campaign declares, defaults filled in.
pub(crate) fn attributes(
    pipeline: &Pipeline,
    given: &BTreeMap<String, Scalar>,
) -> Result<BTreeMap<AttributeName, Value>> {
    if let Some(name) = given.keys().find(|name| !pipeline.attributes.contains_key(name.as_str())) {
        let reason = "the campaign declares no such attribute".to_owned();
        return Err(Error::Attribute { name: name.clone(), reason });
    }
    let value = |(name, attribute): (&AttributeName, &tombola_engine::document::Attribute)| {
        let value = attribute.value(given.get(name.as_str()));
        let value = value.map_err(|reason| Error::Attribute { name: name.to_string(), reason })?;
        Ok((name.clone(), value))
    };
    pipeline.attributes.iter().map(value).collect()
}
