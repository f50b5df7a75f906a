//! Trying a draw: it commits nothing, takes no chance and touches no secret.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use tombola_domain::fact::Value;
use tombola_domain::id::CampaignId;
use tombola_domain::random::Seed;
use tombola_engine::facts;
use tombola_engine::finding::Finding;
use tombola_engine::pipeline::Pipeline;
use tombola_engine::trial::{self, Start, Trace, Trial};

use crate::faults::Origin;
use crate::{App, Error, Result};

/// A draw that is to be tried. What is left out of its facts is as for a new player now.
#[derive(Debug, Clone, Default)]
pub struct TrialRequest {
    /// The document to try it on; the live revision where there is none.
    pub document: Option<String>,
    /// Facts by name.
    pub facts: BTreeMap<String, Value>,
    /// Prizes that are taken for sold out.
    pub sold_out: Vec<String>,
    /// Which ticket is drawn.
    pub ticket: Ticket,
    /// The seed, so that a trial can be repeated; a new one where there is none.
    pub seed: Option<[u8; 32]>,
}

/// Which ticket a trial draws.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Ticket {
    /// The seed's.
    #[default]
    Seeded,
    /// This, which lies below the total of the pool that is drawn from.
    Number(u64),
    /// The first that draws this prize, or `nothing`.
    Drawing(String),
}

/// A draw that was tried.
#[derive(Debug)]
pub struct Tried {
    /// The revision; `None` for a document that was given.
    pub revision: Option<u64>,
    /// The document's warnings.
    pub findings: Vec<Finding>,
    /// The seed.
    pub seed: [u8; 32],
    /// What it ran on.
    pub pipeline: Arc<Pipeline>,
    /// All of it.
    pub trace: Trace,
}

impl App {
    /// Tries one draw and tells each step of it. A document's own examples are not held against it.
    pub async fn try_draw(&self, campaign: &CampaignId, request: TrialRequest) -> Result<Tried> {
        let TrialRequest { document, facts, sold_out, ticket, seed } = request;
        let (revision, pipeline, findings) = if let Some(text) = document {
            let (pipeline, warnings) = self.document_to_try(campaign, &text).await?;
            (None, pipeline, warnings)
        } else {
            let live = self.live.campaign(campaign)?;
            (Some(live.revision), Arc::clone(live.pipeline(campaign)?), Vec::new())
        };
        let now = self.clock.now();
        let values = facts::of_new_player(&pipeline, now, &facts)?;
        let limits = facts::limits_of_given(&pipeline, &facts);
        let sold_out = crate::odds::positions(&pipeline, &sold_out)?;
        let start = start(&pipeline, &ticket)?;
        let seed = seed.unwrap_or_else(|| self.entropy.bytes());
        let (on, of, faults) = (Arc::clone(&pipeline), campaign.clone(), self.faults.clone());
        let trace = self.apart.run(campaign, move || {
            let (sold_out, seed): (BTreeSet<usize>, _) = (sold_out, Seed::from_bytes(seed));
            let trial = Trial { facts: &values, limits: &limits, sold_out: &sold_out, seed: &seed, start };
            let mut watch = faults.watch(&of, revision, Origin::Try, now);
            trial::run(&on, &trial, &mut watch)
        });
        Ok(Tried { revision, findings, seed, trace: trace.await??, pipeline })
    }
}

fn start(pipeline: &Pipeline, ticket: &Ticket) -> Result<Start> {
    Ok(match ticket {
        Ticket::Seeded => Start::Seeded,
        Ticket::Number(number) => Start::Ticket(*number),
        Ticket::Drawing(prize) if prize == tombola_engine::document::NOTHING => Start::Drawing(None),
        Ticket::Drawing(prize) => {
            let position = pipeline.prize(prize);
            Start::Drawing(Some(position.ok_or_else(|| Error::PrizeUnknown(prize.clone()))?))
        }
    })
}
