//! Declared and effective odds for given facts and sold-out prizes.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use tombola_domain::fact::Value;
use tombola_domain::id::CampaignId;
use tombola_engine::decide::{RuleRun, Watch};
use tombola_engine::facts;
use tombola_engine::finding::{Code, Finding};
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
        let (odds, _) = self.odds_of(pipeline, request, Some(live.revision)).await?;
        Ok((live.revision, odds))
    }

    /// And a warning for each rule that fails for this player.
    pub(crate) async fn odds_of_new_player(&self, pipeline: &Arc<Pipeline>) -> Result<(Odds, Vec<Finding>)> {
        self.odds_of(pipeline, &OddsRequest::default(), None).await
    }

    /// `revision` is none for a document that is checked.
    async fn odds_of(
        &self,
        pipeline: &Arc<Pipeline>,
        request: &OddsRequest,
        revision: Option<u64>,
    ) -> Result<(Odds, Vec<Finding>)> {
        let now = self.clock.now();
        let facts = facts::of_new_player(pipeline, now, &request.facts)?;
        let sold_out = positions(pipeline, &request.sold_out)?;
        let (pipeline, campaign, faults) = (Arc::clone(pipeline), pipeline.campaign.clone(), self.faults.clone());
        // Thousands of prizes make for long sums.
        let sum = self.apart.run(&campaign, move || {
            let circumstances = Circumstances { facts: &facts, limits: &[], sold_out: &sold_out };
            let origin = if revision.is_some() { Origin::Odds } else { Origin::Check };
            let watch = faults.watch(&pipeline.campaign, revision, origin, now);
            let mut failing = Failing { watch, found: BTreeMap::new() };
            let effective = effective(&pipeline, &circumstances, &mut failing)?;
            let odds = Odds { declared: declared(&pipeline), effective };
            Ok::<_, Untold>((odds, failing.found.into_values().collect()))
        });
        Ok(sum.await??)
    }
}

/// Notes which rules fail, each once, and lets another see all of it.
struct Failing<W> {
    watch: W,
    /// By place.
    found: BTreeMap<String, Finding>,
}

impl<W: Watch> Watch for Failing<W> {
    fn ran(&mut self, run: RuleRun<'_>) {
        if let Ok(Err(fault)) = run.answer
            && !self.found.contains_key(&run.rule.place)
        {
            let (place, reference) = (run.rule.place.clone(), &run.rule.reference);
            // The lines that follow tell the calls within the module; they are kept with the fault.
            let fault_line = fault.message.lines().next().unwrap_or_default();
            let message = format!("'{reference}' fails on a new player's facts ({}: {fault_line})", fault.kind);
            let hint = "What `on_fault` says is what players get then. Mend its config, or use another version; `try` tells the facts.";
            let finding = Finding { code: Code::RuleFails, place: place.clone(), message, hint: hint.to_owned() };
            self.found.insert(place, finding);
        }
        self.watch.ran(run);
    }
}

/// The positions of these prizes.
pub(crate) fn positions(pipeline: &Pipeline, prizes: &[String]) -> Result<BTreeSet<usize>> {
    let position = |prize: &String| pipeline.prize(prize).ok_or_else(|| Error::PrizeUnknown(prize.clone()));
    prizes.iter().map(position).collect()
}
