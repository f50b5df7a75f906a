//! Declared and effective odds for given facts and sold-out prizes.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use tombola_domain::chance::Participation;
use tombola_domain::fact::{Fact, Value};
use tombola_domain::id::CampaignId;
use tombola_engine::document::Attribute;
use tombola_engine::facts::{self, Sources};
pub use tombola_engine::odds::DeclaredPool;
use tombola_engine::odds::{Circumstances, Distribution, declared, effective};
use tombola_engine::pipeline::Pipeline;

use crate::{App, Error, Result};

/// What a campaign promises beside what its pipeline gives.
#[derive(Debug)]
pub struct Odds {
    /// By pool.
    pub declared: Vec<DeclaredPool>,
    /// Through guards, pools and trees.
    pub effective: Distribution,
}

/// Under what odds are asked for. What is left out is as for a new player now.
#[derive(Debug, Clone, Default)]
pub struct OddsRequest {
    /// Facts by name.
    pub facts: BTreeMap<String, Value>,
    /// Prizes that are taken for sold out.
    pub sold_out: Vec<String>,
}

impl App {
    /// The odds of the live revision.
    pub async fn odds(&self, campaign: &CampaignId, request: &OddsRequest) -> Result<(u64, Odds)> {
        let live = self.live.campaign(campaign)?;
        let pipeline = live.pipeline(campaign)?;
        Ok((live.revision, self.odds_of(pipeline, request).await?))
    }

    pub(crate) async fn odds_of_new_player(&self, pipeline: &Arc<Pipeline>) -> Result<Odds> {
        self.odds_of(pipeline, &OddsRequest::default()).await
    }

    async fn odds_of(&self, pipeline: &Arc<Pipeline>, request: &OddsRequest) -> Result<Odds> {
        let facts = self.facts(pipeline, &request.facts)?;
        let position = |prize: &String| pipeline.prize(prize).ok_or_else(|| Error::PrizeUnknown(prize.clone()));
        let sold_out: BTreeSet<usize> = request.sold_out.iter().map(position).collect::<Result<_>>()?;
        let pipeline = Arc::clone(pipeline);
        // Thousands of prizes make for long sums: one at a time, and not on a thread that draws are waiting for.
        let _turn = self.summing.lock().await;
        let sum = tokio::task::spawn_blocking(move || {
            let circumstances = Circumstances { facts: &facts, limits: &[], sold_out: &sold_out };
            Ok(Odds { declared: declared(&pipeline), effective: effective(&pipeline, &circumstances)? })
        });
        sum.await.unwrap_or_else(|panicked| std::panic::resume_unwind(panicked.into_panic()))
    }

    fn facts(&self, pipeline: &Pipeline, given: &BTreeMap<String, Value>) -> Result<Vec<Value>> {
        let now = self.clock.now();
        let sources = Sources {
            player: &"new-player".parse().expect("printable"),
            participation: &Participation::default().counting(pipeline.granted),
            now,
            local: pipeline.window.zone.local(now),
            lists: &BTreeMap::new(),
            wins: &BTreeMap::new(),
            attributes: &crate::draw::attributes(pipeline, &BTreeMap::new())?,
        };
        let mut values = facts::values(pipeline, &sources);
        for (name, value) in given {
            let refused = |reason: &str| Error::Fact { name: name.clone(), reason: reason.to_owned() };
            let fact: Fact = name.parse().map_err(|_| refused("there is no such fact"))?;
            // A fact that no rule asks for changes nothing.
            let Ok(position) = pipeline.facts.binary_search(&fact) else { continue };
            let expected = match &fact {
                Fact::Attribute(attribute) => pipeline.attributes.get(attribute).map(Attribute::fact_type),
                _ => fact.entry().fact_type,
            };
            match value.fact_type() {
                None if !fact.entry().nullable => return Err(refused("it is never absent")),
                Some(actual) if Some(actual) != expected => return Err(refused("it has another type")),
                _ => {}
            }
            values[position] = value.clone();
        }
        Ok(values)
    }
}
