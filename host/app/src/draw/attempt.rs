//! One try at the draws of a request.

use std::collections::BTreeMap;
use std::sync::Arc;

use tombola_domain::chance::Participation;
use tombola_domain::digest::Digest;
use tombola_domain::draw::{Grant, Limit, draw_id};
use tombola_domain::fact::Value;
use tombola_domain::id::{AttributeName, ListName};
use tombola_domain::random::Seed;
use tombola_domain::receipt::{Disclosure, Format, OpenReceipt, Step, Terms, Ticket};
use tombola_domain::series::{Count, Series};
use tombola_domain::stock::Expected;
use tombola_domain::time::{LocalTime, Timestamp};
use tombola_engine::decide::{Decided, Plan, Situation, decide_observed};
use tombola_engine::facts::{self, Sources};
use tombola_engine::pipeline::{Pipeline, Prize};
use tombola_store::Store;
use tombola_store::draws::{DecidedDraw, Draw, DrawCommit, Dropped, HandOver, Refusal, Snapshot, SnapshotQuery, Wins};

use super::foresight::Foresight;
use super::{DrawAnswer, DrawRequest, attributes};
use crate::committer::{Batched, Committed};
use crate::faults::Origin;
use crate::live::Standing;
use crate::{App, Error, Result};

pub(super) enum Finished {
    Answer(Box<DrawAnswer>),
    Again(Dropped),
}

/// One try: everything that it knows was read at one moment.
pub(super) struct Attempt<'a> {
    request: &'a DrawRequest,
    digest: Digest,
    now: Timestamp,
    local: LocalTime,
    standing: Standing,
    query: SnapshotQuery,
    snapshot: Snapshot,
}

/// What is the same for every draw of the request.
struct Ground<'a> {
    pipeline: &'a Arc<Pipeline>,
    attributes: BTreeMap<AttributeName, Value>,
    lists: BTreeMap<ListName, bool>,
}

/// What the player has before a draw.
struct Progress {
    participation: Participation,
    /// In the order of the pipeline's.
    wins: Vec<Wins>,
}

/// What one draw is decided on.
#[derive(Clone)]
struct Basis {
    facts: Vec<Value>,
    limits: Vec<Option<Limit>>,
    seed: Seed,
}

/// What deciding one draw came to.
struct Drawn {
    ordinal: u64,
    basis: Arc<Basis>,
    ticket: Option<Ticket>,
    grants: Vec<Grant>,
    steps: Vec<Step>,
    expected: Expected,
}

/// Why nothing is drawn.
enum Stop {
    Refused(Box<DrawAnswer>),
    Failed(Error),
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

impl Batched for DrawCommit {
    type Done = Result<Series<Draw>, Dropped>;
    const NAME: &'static str = "draws";

    fn weight(&self) -> usize {
        self.draws.len()
    }

    async fn commit(store: &dyn Store, batch: &[Self]) -> tombola_store::Result<Vec<Self::Done>> {
        store.commit_draws(batch).await
    }
}

impl<'a> Attempt<'a> {
    pub(super) async fn begin(app: &App, request: &'a DrawRequest, digest: Digest, now: Timestamp) -> Result<Self> {
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

    pub(super) async fn finish(mut self, app: &App) -> Result<Finished> {
        // The key comes before everything else: a client that repeats a request is answered also after the window.
        if let Some(known) = self.snapshot.known.take() {
            if known.request != self.digest {
                return Err(Error::KeyReused);
            }
            return Ok(drawn(known.draws, true));
        }
        app.check_writes()?;
        let participation = self.snapshot.participation.unwrap_or_default();
        if participation.chances.has_lapsed(self.now) {
            app.lapse_chances(self.request, self.now).await?;
            return Ok(Finished::Again(Dropped::VersionChanged));
        }
        let commit = match self.decide(app).await {
            Ok(commit) => commit,
            Err(Stop::Refused(answer)) => return Ok(Finished::Answer(answer)),
            Err(Stop::Failed(error)) => return Err(error),
        };
        match app.commit(&app.committer, commit).await? {
            Committed::Done(Ok(draws)) => Ok(drawn(draws, false)),
            Committed::Done(Err(reason)) => Ok(Finished::Again(reason)),
            Committed::Unknown => {
                app.resolve(&self.query, self.digest).await.map(|answer| Finished::Answer(Box::new(answer)))
            }
        }
    }

    /// Decides every draw, each as if those before it were made.
    async fn decide(&mut self, app: &App) -> Result<DrawCommit, Stop> {
        let wins = std::mem::take(&mut self.snapshot.wins);
        let pipeline = self.standing.campaign.pipeline(&self.request.campaign)?;
        self.standing.campaign.check_open(&self.request.campaign, self.now)?;
        let ground = Ground {
            pipeline,
            attributes: attributes(pipeline, &self.request.attributes)?,
            lists: pipeline.lists.iter().cloned().zip(self.snapshot.lists.iter().map(|list| list.member)).collect(),
        };
        let before = self.snapshot.participation.unwrap_or_default().counting(pipeline.granted);
        let mut progress = Progress { participation: before, wins };
        let count = self.request.count.unwrap_or(Count::ONE).get();
        // Nothing but wins depends on what an earlier draw came to.
        let depends = count > 1 && !pipeline.wins.is_empty();
        let mut foresight = if depends { Some(Foresight::read(app, pipeline).await?) } else { None };
        let first = self.decide_next(app, &ground, &mut progress, foresight.as_mut(), 1).await?;
        let mut rest = Vec::with_capacity(count as usize - 1);
        for number in 2..=count {
            // Rules take the thread as long as they run, and others wait for it.
            tokio::task::yield_now().await;
            let foresight = foresight.as_mut().filter(|_| number < count);
            rest.push(self.decide_next(app, &ground, &mut progress, foresight, number).await?);
        }
        Ok(DrawCommit {
            activation: self.standing.activation,
            player: self.request.player.clone(),
            key: self.request.key.clone(),
            request: self.digest,
            expected_version: before.version,
            participation: progress.participation,
            day: self.local.day,
            budget: pipeline.budget.clone(),
            delivers: app.delivers(),
            draws: Series { first, rest },
        })
    }

    /// Decides the `number`th draw and takes it as made.
    async fn decide_next(
        &self,
        app: &App,
        ground: &Ground<'_>,
        progress: &mut Progress,
        foresight: Option<&mut Foresight>,
        number: u32,
    ) -> Result<DecidedDraw, Stop> {
        let pipeline = ground.pipeline;
        let place = self.request.place(number);
        let participation = &progress.participation;
        participation.check(&pipeline.caps, self.local).map_err(|reason| Error::Exhausted { reason, place })?;
        let ordinal = participation.next_ordinal();
        let secret = &self.standing.epoch.secret;
        let basis = Basis {
            facts: self.facts(ground, progress),
            limits: progress.limits(pipeline),
            seed: secret.seed(&self.request.campaign, &self.request.player, ordinal),
        };
        let (decided, basis) = self.run_rules(app, pipeline, basis).await?;
        app.report_faults(&self.request.campaign, &decided.faults, self.now);
        let (ticket, grants) = match decided.plan {
            Plan::Draw { ticket, grants } => (ticket, grants),
            Plan::Refuse { code, message } => {
                let (campaign, player) = (self.request.campaign.clone(), self.request.player.clone());
                app.refusals.add(Refusal { campaign, player, code: code.clone(), at: self.now });
                let revision = self.standing.campaign.revision;
                let answer = DrawAnswer::Refused { revision, code, message, at: self.now, place };
                return Err(Stop::Refused(Box::new(answer)));
            }
        };
        let expected = foresight.map_or(Expected::Anything, |foresight| foresight.expect(&grants));
        let draw =
            self.decided(app, pipeline, Drawn { ordinal, basis, ticket, grants, steps: decided.steps, expected });
        progress.take(&draw, pipeline, self.local);
        Ok(draw)
    }

    async fn run_rules(&self, app: &App, pipeline: &Arc<Pipeline>, basis: Basis) -> Result<(Decided, Arc<Basis>)> {
        let (campaign, revision, now) = (&self.request.campaign, self.standing.campaign.revision, self.now);
        let (pipeline, basis, faults) = (Arc::clone(pipeline), Arc::new(basis), app.faults.clone());
        let given = Arc::clone(&basis);
        let decide = move |budget| {
            let mut watch = faults.watch(&pipeline.campaign, Some(revision), Origin::Draw, now);
            decide_observed(&pipeline, &given.situation(), budget, &mut watch)
        };
        let draws = self.request.count.unwrap_or(Count::ONE).get();
        Ok((app.decide_at_its_pace(campaign, &self.standing.campaign, draws, decide).await?, basis))
    }

    fn decided(&self, app: &App, pipeline: &Pipeline, drawn: Drawn) -> DecidedDraw {
        let Drawn { ordinal, basis, ticket, grants, steps, expected } = drawn;
        let Basis { facts, limits, seed } = Arc::unwrap_or_clone(basis);
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
            ordinal,
            seed,
            player: disclosure.player_commitment(),
            facts: disclosure.fact_commitments(),
            lists: pipeline.lists.iter().cloned().zip(self.snapshot.lists.iter().map(|list| list.version)).collect(),
            limits: pipeline.prizes.iter().zip(limits).filter_map(reached).collect(),
            ticket,
            steps,
        };
        DecidedDraw { receipt: OpenReceipt { terms, grants }, hand_overs, disclosure, expected }
    }

    fn facts(&self, ground: &Ground<'_>, progress: &Progress) -> Vec<Value> {
        let pipeline = ground.pipeline;
        let sources = Sources {
            player: &self.request.player,
            participation: &progress.participation,
            now: self.now,
            local: self.local,
            lists: &ground.lists,
            wins: &pipeline.wins.iter().cloned().zip(progress.wins.iter().map(|wins| wins.total)).collect(),
            attributes: &ground.attributes,
        };
        facts::values(pipeline, &sources)
    }
}

impl Basis {
    fn situation(&self) -> Situation<'_> {
        Situation { facts: &self.facts, limits: &self.limits, seed: &self.seed }
    }
}

impl Progress {
    /// Of each prize, the limit that the player has reached.
    fn limits(&self, pipeline: &Pipeline) -> Vec<Option<Limit>> {
        let reached = |limit: Option<u64>, wins: u64| limit.is_some_and(|limit| wins >= limit);
        let prizes = pipeline.prizes.iter().map(|prize| {
            let wins = pipeline.wins.binary_search(&prize.id).ok().map(|position| self.wins[position])?;
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

    /// What the player has after a draw that comes to what is expected of it.
    fn take(&mut self, draw: &DecidedDraw, pipeline: &Pipeline, local: LocalTime) {
        self.participation = self.participation.after_draw(&pipeline.caps, local);
        if let Expected::Grant(position) = draw.expected
            && let Ok(position) = pipeline.wins.binary_search(&draw.receipt.grants[position].prize)
        {
            self.wins[position].total += 1;
            self.wins[position].today += 1;
        }
    }
}

fn drawn(draws: Series<Draw>, replayed: bool) -> Finished {
    Finished::Answer(Box::new(DrawAnswer::Drawn { draws, replayed }))
}

pub(crate) fn hand_over(pipeline: &Pipeline, prize: &str) -> HandOver {
    let prize = &pipeline.prizes[pipeline.prize(prize).expect("a plan grants the pipeline's prizes")];
    HandOver {
        title: prize.title.clone(),
        data: prize.data.as_ref().map(ToString::to_string),
        delivery: prize.delivery.clone(),
    }
}
