//! Looking at campaigns.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use tombola_domain::digest::Digest;
use tombola_domain::id::{CampaignId, CodePoolName, PrizeId, UnitName};
use tombola_domain::time::Timestamp;
use tombola_engine::odds::declared;
use tombola_engine::pipeline::{Pipeline, Prize};
use tombola_store::campaigns::{Revision, RevisionSummary};

use crate::live::LiveCampaign;
use crate::odds::DeclaredPool;
use crate::{App, Error, Result};

/// What anyone with a token may know of a campaign.
#[derive(Debug)]
pub struct CampaignView {
    /// Its name.
    pub campaign: CampaignId,
    /// For people.
    pub title: String,
    /// The live revision.
    pub revision: u64,
    /// Its digest.
    pub digest: Digest,
    /// Whether it takes no draws for now.
    pub paused: bool,
    /// When it opens.
    pub opens: Timestamp,
    /// When it closes, if ever.
    pub closes: Option<Timestamp>,
    /// What can be won.
    pub prizes: Vec<PrizeView>,
    /// What can be bought.
    pub skus: Vec<SkuView>,
    /// The declared odds, by pool.
    pub pools: Vec<DeclaredPool>,
}

/// A prize of a [`CampaignView`].
#[derive(Debug)]
pub struct PrizeView {
    /// Its name.
    pub id: PrizeId,
    /// For people.
    pub title: String,
    /// Units left; `None` is unlimited.
    pub left: Option<u64>,
    /// For clients.
    pub data: Option<serde_json::Value>,
}

/// What can be bought in a [`CampaignView`].
#[derive(Debug)]
pub struct SkuView {
    /// Its name.
    pub id: PrizeId,
    /// For people.
    pub title: String,
    /// How many chances one has.
    pub chances: u64,
    /// What it costs.
    pub unit: UnitName,
    /// How many of those.
    pub price: i64,
    /// How many are left; `None` is unlimited.
    pub left: Option<u64>,
}

/// A campaign that is open.
#[derive(Debug)]
pub struct OpenCampaign {
    /// Its name.
    pub campaign: CampaignId,
    /// For people.
    pub title: String,
    /// The live revision.
    pub revision: u64,
    /// Its digest.
    pub digest: Digest,
    /// Whether it takes no draws for now.
    pub paused: bool,
    /// When it opened.
    pub opens: Timestamp,
    /// When it closes, if ever.
    pub closes: Option<Timestamp>,
}

/// A line of the operators' list of campaigns.
#[derive(Debug)]
pub struct CampaignLine {
    /// Its name.
    pub campaign: CampaignId,
    /// The live revision.
    pub revision: u64,
    /// Its digest.
    pub digest: Digest,
    /// Whether it takes no draws for now.
    pub paused: bool,
    /// Whether this host can serve it.
    pub ready: bool,
    /// Faults of rules in its draws in the last hour, as far as this host has seen it.
    pub faults_last_hour: u32,
}

impl App {
    /// What can still be won of the code pools that prizes name.
    async fn free_codes(&self, pipeline: &Pipeline) -> Result<BTreeMap<CodePoolName, u64>> {
        let own: BTreeSet<_> = pipeline.prizes.iter().filter_map(Prize::code_pool).cloned().collect();
        let levels = self.store.code_levels(&own, self.clock.now()).await?;
        Ok(levels.into_iter().map(|level| (level.pool, level.free)).collect())
    }

    /// The public view of a campaign.
    pub async fn campaign(&self, id: &CampaignId) -> Result<CampaignView> {
        let live = self.live.campaign(id)?;
        let pipeline = live.pipeline(id)?;
        let stock: BTreeMap<_, _> = self.store.stock(id).await?.into_iter().collect();
        let left = |prize: &PrizeId| stock.get(prize).map(|level| level.stock - level.issued);
        let codes = self.free_codes(pipeline).await?;
        let prizes = pipeline.prizes.iter().map(|prize| PrizeView {
            id: prize.id.clone(),
            title: prize.title.clone(),
            left: match prize.code_pool() {
                Some(pool) => Some(codes.get(pool).copied().unwrap_or_default()),
                None => prize.stock.and_then(|_| left(&prize.id)),
            },
            data: prize.data.clone(),
        });
        let skus = pipeline.skus.iter().map(|sku| SkuView {
            id: sku.id.clone(),
            title: sku.title.clone(),
            chances: sku.chances,
            unit: sku.unit.clone(),
            price: sku.price,
            left: sku.stock.and_then(|_| left(&sku.id)),
        });
        Ok(CampaignView {
            campaign: id.clone(),
            title: pipeline.title.clone(),
            revision: live.revision,
            digest: live.digest,
            paused: live.paused,
            opens: pipeline.window.opens,
            closes: pipeline.window.closes,
            prizes: prizes.collect(),
            skus: skus.collect(),
            pools: declared(pipeline),
        })
    }

    /// The campaigns that this host can serve, whose window is open now, and that `may_see` lets through, by name, after one of
    /// them, at most `limit`.
    pub fn open_campaigns(
        &self,
        after: Option<&CampaignId>,
        may_see: impl Fn(&CampaignId) -> bool,
        limit: usize,
    ) -> Vec<OpenCampaign> {
        let now = self.clock.now();
        let snapshot = self.live.snapshot();
        let open = snapshot.campaigns.iter().filter_map(|(id, live)| {
            let pipeline = live.pipeline.as_ref().filter(|pipeline| pipeline.window.contains(now))?;
            (after.is_none_or(|after| id > after) && may_see(id)).then_some((id, live, pipeline))
        });
        let mut open: Vec<_> = open.collect();
        open.sort_unstable_by_key(|(id, ..)| *id);
        open.truncate(limit);
        let view = |(id, live, pipeline): (&CampaignId, &Arc<LiveCampaign>, &Arc<Pipeline>)| OpenCampaign {
            campaign: id.clone(),
            title: pipeline.title.clone(),
            revision: live.revision,
            digest: live.digest,
            paused: live.paused,
            opens: pipeline.window.opens,
            closes: pipeline.window.closes,
        };
        open.into_iter().map(view).collect()
    }

    /// The campaigns that `may_see` lets through, by name, after one of them, at most `limit`.
    pub fn campaigns(
        &self,
        after: Option<&CampaignId>,
        may_see: impl Fn(&CampaignId) -> bool,
        limit: usize,
    ) -> Vec<CampaignLine> {
        let snapshot = self.live.snapshot();
        let now = self.clock.now();
        let mut lines: Vec<_> = snapshot
            .campaigns
            .iter()
            .filter(|(id, _)| after.is_none_or(|after| *id > after) && may_see(id))
            .map(|(id, live)| CampaignLine {
                campaign: id.clone(),
                revision: live.revision,
                digest: live.digest,
                paused: live.paused,
                ready: live.pipeline.is_some(),
                faults_last_hour: self.faults.last_hour(id, now),
            })
            .collect();
        lines.sort_by(|one, other| one.campaign.cmp(&other.campaign));
        lines.truncate(limit);
        lines
    }

    /// One revision with its canonical document.
    pub async fn revision(&self, campaign: &CampaignId, number: u64) -> Result<Revision> {
        self.store.revision(campaign, number).await?.ok_or(Error::RevisionUnknown(number))
    }

    /// The revisions of a campaign below `before`, if given, latest first, at most `limit`.
    pub async fn revisions(
        &self,
        campaign: &CampaignId,
        before: Option<u64>,
        limit: u32,
    ) -> Result<Vec<RevisionSummary>> {
        Ok(self.store.revisions(campaign, before, limit).await?)
    }
}
