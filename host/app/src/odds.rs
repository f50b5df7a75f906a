//! Declared and effective odds for given facts and sold-out prizes.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use tombola_domain::fact::Value;
use tombola_domain::id::CampaignId;
use tombola_engine::facts;
use tombola_engine::odds::{Circumstances, Distribution, Untold, declared, effective};
pub use tombola_engine::odds::{DeclaredPool, decimal};
use tombola_engine::pipeline::Pipeline;

use crate::faults::Origin;
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
        Ok((live.revision, self.odds_of(pipeline, request, Some(live.revision)).await?))
    }

    pub(crate) async fn odds_of_new_player(&self, pipeline: &Arc<Pipeline>) -> Result<Odds> {
        self.odds_of(pipeline, &OddsRequest::default(), None).await
    }

    /// `revision` is none for a document that is checked.
    async fn odds_of(&self, pipeline: &Arc<Pipeline>, request: &OddsRequest, revision: Option<u64>) -> Result<Odds> {
        let now = self.clock.now();
        let facts = facts::of_new_player(pipeline, now, &request.facts)?;
        let sold_out = positions(pipeline, &request.sold_out)?;
        let (pipeline, campaign, faults) = (Arc::clone(pipeline), pipeline.campaign.clone(), self.faults.clone());
        // Thousands of prizes make for long sums.
        let sum = self.apart.run(&campaign, move || {
            let circumstances = Circumstances { facts: &facts, limits: &[], sold_out: &sold_out };
            let origin = if revision.is_some() { Origin::Odds } else { Origin::Check };
            let mut watch = faults.watch(&pipeline.campaign, revision, origin, now);
            let effective = effective(&pipeline, &circumstances, &mut watch)?;
            Ok::<_, Untold>(Odds { declared: declared(&pipeline), effective })
        });
        Ok(sum.await??)
    }
}

/// The positions of these prizes.
pub(crate) fn positions(pipeline: &Pipeline, prizes: &[String]) -> Result<BTreeSet<usize>> {
    let position = |prize: &String| pipeline.prize(prize).ok_or_else(|| Error::PrizeUnknown(prize.clone()));
    prizes.iter().map(position).collect()
}
