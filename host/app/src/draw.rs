//! The draw: snapshot, decide, commit, and again where another write came first.
//!
//! A request may want several draws. Each is decided as if those before it were made, and they are committed together or not
//! at all. Where rules or limits look at wins, what a draw comes to is foreseen, and the commit holds that against what is so.

mod attempt;
pub(crate) mod breaker;
mod foresight;
pub(crate) mod pace;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use metrics::counter;
use tombola_domain::digest::Digest;
use tombola_domain::fact::Value;
use tombola_domain::id::{AttributeName, CampaignId, DrawId, IdempotencyKey, PlayerId};
use tombola_domain::series::{Count, Series};
use tombola_domain::time::Timestamp;
use tombola_engine::decide::{self, Budget, NodeFault};
use tombola_engine::document::Scalar;
use tombola_engine::pipeline::Pipeline;
use tombola_engine::rebates;
use tombola_engine::rule::Unavailable;
use tombola_store::StoreError;
use tombola_store::draws::{Draw, Dropped, SnapshotQuery, StoredReceipt};

pub(crate) use self::attempt::hand_over;
use self::attempt::{Attempt, Finished};
use crate::lane::Came;
use crate::live::LiveCampaign;
use crate::{App, Error, HostKey, Result};

/// How often draws are decided before they give up among other writes of their player.
const TRIES_MAX: usize = 8;
/// How long a request may take in all. Repeating it with its key tells what became of it.
const DEADLINE: Duration = Duration::from_secs(10);

/// Fuel that the rules of a draw may take where it is served, about a quarter of a millisecond: some times what six standard rules
/// take, and not much beside the rest of a draw. A draw whose rules take more is decided on the slow lane.
const FUEL_BEFORE_LANE: u64 = 250_000;

/// Draws that were answered, by campaign and outcome.
pub const DRAWS: &str = "tombola_draws_total";
/// Draws that were decided on the slow lane, by campaign.
pub const DRAWS_SLOW: &str = "tombola_draws_slow_total";
/// 1 while this host asks a campaign's rules seldom or never, because it could not run them; by campaign.
pub const RULES_BREAKER: &str = "tombola_rules_breaker";
/// Requests whose draws were decided once more, by reason.
pub const DECIDED_AGAIN: &str = "tombola_decided_again_total";

/// What was decided by asking rules.
pub(crate) trait Faults {
    /// The nodes whose rules failed.
    fn faults(&self) -> &[NodeFault];
}

impl Faults for decide::Decided {
    fn faults(&self) -> &[NodeFault] {
        &self.faults
    }
}

impl Faults for rebates::Decided {
    fn faults(&self) -> &[NodeFault] {
        &self.faults
    }
}

/// A client's wish.
#[derive(Debug, Clone)]
pub struct DrawRequest {
    /// The campaign.
    pub campaign: CampaignId,
    /// The player.
    pub player: PlayerId,
    /// The client's name for this request.
    pub key: IdempotencyKey,
    /// What the request says of itself.
    pub attributes: BTreeMap<String, Scalar>,
    /// How many draws; one where nothing is said.
    pub count: Option<Count>,
}

/// What came of it.
#[derive(Debug, Clone)]
pub enum DrawAnswer {
    /// Chances were used.
    Drawn {
        /// As many draws as were wanted.
        draws: Series<Draw>,
        /// Whether an earlier request with the same key made them.
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
        /// Which draw was refused, where a count was given.
        place: Option<Place>,
    },
}

/// A draw among those of one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// From 1.
    pub draw: u32,
    /// How many there are.
    pub count: Count,
}

impl std::fmt::Display for Place {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "draw {} of {}", self.draw, self.count.get())
    }
}

impl DrawRequest {
    /// It stays where the values are erased, so that nobody without the host's key can try what they may have been.
    fn digest(&self, key: &HostKey) -> Digest {
        let attributes = serde_json::to_vec(&self.attributes).expect("texts, integers and booleans");
        let secret = key.derived("client-requests");
        match self.count {
            None => Digest::tagged("tombola/draw-request/v2", &[&secret, &attributes]),
            Some(count) => {
                Digest::tagged("tombola/draw-request/v2", &[&secret, &attributes, &count.get().to_be_bytes()])
            }
        }
    }

    fn place(&self, draw: u32) -> Option<Place> {
        self.count.map(|count| Place { draw, count })
    }
}

impl App {
    /// One draw, or as many as are wanted. An error means that nothing was drawn, except where it says to repeat the request
    /// with its key.
    pub async fn draw(&self, request: DrawRequest) -> Result<DrawAnswer> {
        let answer =
            tokio::time::timeout(DEADLINE, self.draw_in_turn(&request)).await.map_err(|_| Error::TimedOut)??;
        count_outcomes(&request.campaign, &answer);
        Ok(answer)
    }

    /// A committed draw.
    pub async fn drawn(&self, id: &DrawId) -> Result<Draw> {
        self.store.draw(id).await?.ok_or(Error::DrawUnknown)
    }

    /// A draw's receipt. Where it is no longer kept, the caller must not be told so of a draw that is none of theirs.
    pub async fn receipt(&self, id: &DrawId) -> Result<StoredReceipt> {
        match self.store.receipt(id).await? {
            Some(receipt) => Ok(receipt),
            None if self.store.is_receipt_dropped(id).await? => Err(Error::ReceiptExpired),
            None => Err(Error::DrawUnknown),
        }
    }

    async fn draw_in_turn(&self, request: &DrawRequest) -> Result<DrawAnswer> {
        let now = self.clock.now();
        let digest = request.digest(&self.host_key);
        let _turn = self.turnstiles.turn(&request.campaign, &request.player).await?;
        // Who waits for an earlier draw of the same player's is not under way yet.
        let count = request.count.unwrap_or(Count::ONE);
        let _entry = self.let_in(count.get())?;
        for _ in 0..TRIES_MAX {
            let attempt = Attempt::begin(self, request, digest, now).await?;
            let dropped = match attempt.finish(self).await? {
                Finished::Answer(answer) => return Ok(*answer),
                Finished::Again(dropped) => dropped,
            };
            counter!(DECIDED_AGAIN, "reason" => reason_label(dropped)).increment(1);
            if let Dropped::Superseded(activation) = dropped {
                self.catch_up(activation).await?;
            }
        }
        Err(Error::Contended)
    }

    /// Runs rules where they are asked for as long as they are quick, and on the slow lane otherwise, where they take the places of
    /// so many draws. It makes no difference to what they come to. Where this host keeps failing to run them, they are not asked.
    pub(crate) async fn decide_at_its_pace<T: Faults + Send + 'static>(
        &self,
        id: &CampaignId,
        campaign: &LiveCampaign,
        draws: u32,
        decide: impl Fn(Budget) -> Result<T, Unavailable> + Send + 'static,
    ) -> Result<T> {
        let LiveCampaign { pace, breaker, .. } = campaign;
        // None waits for its turn in vain.
        breaker.check()?;
        if pace.is_quick() {
            match breaker.run(id, &*self.entropy, || decide(Budget::stopping_after(FUEL_BEFORE_LANE))) {
                Ok(decided) => {
                    pace.was_quick();
                    return Ok(decided);
                }
                Err(Unavailable::Unfinished) => pace.was_slow(),
                Err(failed @ Unavailable::Host(_)) => {
                    // It may have been stopped by its deadline, which took far longer than any draw should.
                    pace.was_slow();
                    return Err(failed.into());
                }
            }
        }
        counter!(DRAWS_SLOW, "campaign" => id.to_string()).increment(1);
        let (campaign, breaker, entropy) = (id.clone(), Arc::clone(breaker), Arc::clone(&self.entropy));
        let decide = move || {
            let decided = breaker.run(&campaign, &*entropy, || decide(Budget::default()));
            // What the host could not run tells nothing new of the campaign.
            let is_sound = decided.as_ref().ok().map(|decided| decided.faults().is_empty());
            (decided, is_sound.map(|is_sound| if is_sound { Came::Well } else { Came::ToAFault }))
        };
        Ok(self.slow.decide(id, draws, decide).await??)
    }

    /// At most one line a second: a rule that fails does so in every draw, and the metrics count each. What the rule said is
    /// left out, since it may repeat facts.
    pub(crate) fn report_faults(&self, campaign: &CampaignId, faults: &[NodeFault], now: Timestamp) {
        let Some(NodeFault { node, fault }) = faults.first() else { return };
        let second = now.as_seconds();
        if self.fault_reported_at.swap(second, Ordering::Relaxed) != second {
            tracing::warn!(%campaign, node, kind = %fault.kind, "a rule failed");
        }
    }

    /// What became of draws whose batch failed: their key tells.
    async fn resolve(&self, query: &SnapshotQuery, digest: Digest) -> Result<DrawAnswer> {
        match self.store.snapshot(query).await?.known {
            Some(known) if known.request == digest => Ok(DrawAnswer::Drawn { draws: known.draws, replayed: false }),
            _ => {
                self.store.check().await?;
                Err(Error::Store(StoreError::Unavailable("the commit failed".into())))
            }
        }
    }
}

fn count_outcomes(campaign: &CampaignId, answer: &DrawAnswer) {
    let count = |outcome| counter!(DRAWS, "campaign" => campaign.to_string(), "outcome" => outcome).increment(1);
    match answer {
        DrawAnswer::Refused { .. } => count("refused"),
        DrawAnswer::Drawn { draws, replayed } => draws.iter().for_each(|draw| {
            count(match (replayed, &draw.won) {
                (true, _) => "replayed",
                (false, Some(_)) => "prize",
                (false, None) => "nothing",
            });
        }),
    }
}

pub(crate) fn reason_label(dropped: Dropped) -> &'static str {
    match dropped {
        Dropped::Superseded(_) => "activation",
        Dropped::VersionChanged => "version",
        Dropped::Short => "stock",
        Dropped::Unforeseen => "unforeseen",
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
