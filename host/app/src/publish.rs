//! Checking, publishing and rolling back revisions.

mod missing;
mod remarks;

use std::collections::BTreeMap;
use std::sync::Arc;

use tombola_domain::digest::Digest;
use tombola_domain::id::{CampaignId, PrizeId};
use tombola_engine::difference::differences;
use tombola_engine::document::{self, Document};
use tombola_engine::examples;
use tombola_engine::finding::{Code, Finding, Severity};
use tombola_engine::pipeline::Pipeline;
use tombola_engine::revision::{ModuleRef, Revision};
use tombola_engine::verify::Units;
use tombola_store::campaigns::{ActivateError, Activated, NewRevision};
use tombola_store::hosts::Upcoming;
use tombola_store::{Done, Operation};

use crate::faults::Origin;
use crate::intent::Intent;
use crate::live::{Live, LiveCampaign};
use crate::odds::Odds;
use crate::{App, Error, Result, rules};

/// Places that are named where somebody started from another revision than the live one: more than people read.
pub const DIFFERENCES_MAX: usize = 100;

/// What is known of a document that is not published.
#[derive(Debug)]
pub struct Checked {
    /// All findings, errors first.
    pub findings: Vec<Finding>,
    /// What it would give a new player now; `None` where a finding is an error.
    pub odds: Option<Odds>,
    /// What each rule reference stands for.
    pub modules: BTreeMap<String, ModuleRef>,
}

/// A revision that went live.
#[derive(Debug)]
pub struct Published {
    /// Its number.
    pub revision: u64,
    /// Its digest.
    pub digest: Digest,
    /// Whether an earlier request with the same key did it.
    pub replayed: bool,
    /// Warnings; those of the earlier request where that did it.
    pub findings: Vec<Finding>,
}

/// A wish to change what draws run on.
#[derive(Debug, Clone)]
pub struct Change {
    /// Who asks, and why.
    pub intent: Intent,
    /// The campaign.
    pub campaign: CampaignId,
    /// The revision that it starts from, where the client says so; 0 is none.
    pub expected_live: Option<u64>,
}

struct Candidate {
    findings: Vec<Finding>,
    ready: Option<(Revision, Arc<Pipeline>)>,
    modules: BTreeMap<String, ModuleRef>,
}

impl App {
    /// Findings and odds of a document. Nothing is stored.
    pub async fn check(&self, campaign: &CampaignId, text: &str) -> Result<Checked> {
        let mut candidate = self.candidate(campaign, text).await?;
        let odds = self.odds_of_candidate(&mut candidate).await?;
        Ok(Checked { findings: candidate.findings, odds, modules: candidate.modules })
    }

    /// Publishes a document. When this returns, every draw that begins runs on it, and none that was decided before can
    /// commit any more.
    pub async fn publish(&self, change: Change, text: &str) -> Result<Published> {
        let operation = self.operation(&change, "publish", text.as_bytes());
        if let Some(published) = self.repeated(&operation, &change.campaign).await? {
            return Ok(published);
        }
        // Checking and compiling take their time, outside of any turn: no other campaign's activation waits for them.
        let mut candidate = self.candidate(&change.campaign, text).await?;
        // The trial: every rule has run once on a new player's facts before anyone depends on it.
        self.odds_of_candidate(&mut candidate).await?;
        let Some((revision, pipeline)) = candidate.ready else { return Err(Error::Findings(candidate.findings)) };
        let document = revision.canonical();
        let digest = Revision::digest(&document);
        let prizes = pipeline.prizes.iter().map(|prize| (&prize.id, prize.stock));
        let stocks = prizes.chain(pipeline.skus.iter().map(|sku| (&sku.id, sku.stock)));
        let stocked = stocks.filter_map(|(id, stock)| Some((id.clone(), stock?)));
        let new = NewRevision {
            campaign: change.campaign.clone(),
            digest,
            document,
            opening_stock: stocked.collect(),
            expected_live: change.expected_live,
            remarks: remarks::written(&candidate.findings),
        };
        self.have_prepared(&upcoming(&new.campaign, digest, &new.document)).await?;
        let write = self.store.publish(&operation, &new);
        let done = self.activate(&change.campaign, change.expected_live, digest, pipeline, write).await?;
        // The same text may resolve to newer modules by now: what was published then is what counts.
        let digest = if done.replayed { self.digest_of(&change.campaign, done.result.revision).await? } else { digest };
        Ok(Published { revision: done.result.revision, digest, replayed: done.replayed, findings: candidate.findings })
    }

    /// Makes an earlier revision live again, with the modules that it had. The same promise as for publishing.
    pub async fn rollback(&self, change: Change, to: u64) -> Result<Published> {
        let operation = self.operation(&change, "rollback", &to.to_be_bytes());
        if let Some(published) = self.repeated(&operation, &change.campaign).await? {
            return Ok(published);
        }
        let stored = self.store.revision(&change.campaign, to).await?.ok_or(Error::RevisionUnknown(to))?;
        let ready = crate::app::make_ready(&*self.store, &*self.rules, &stored).await?;
        let pipeline = ready.pipeline.ok_or_else(|| Error::CampaignNotReady(change.campaign.to_string()))?;
        self.have_prepared(&upcoming(&change.campaign, stored.digest, &stored.document)).await?;
        let write = self.store.rollback(&operation, &change.campaign, to, change.expected_live);
        let done = self.activate(&change.campaign, change.expected_live, stored.digest, pipeline, write).await?;
        Ok(Published { revision: to, digest: stored.digest, replayed: done.replayed, findings: Vec::new() })
    }

    /// What a document would run on, for one draw that is tried, with its warnings. Its examples are left aside: whoever mends
    /// one has to see what it comes to.
    pub(crate) async fn document_to_try(
        &self,
        campaign: &CampaignId,
        text: &str,
    ) -> Result<(Arc<Pipeline>, Vec<Finding>)> {
        let Candidate { findings, ready, .. } = self.resolved(campaign, text).await?;
        let Some((_, pipeline)) = ready else { return Err(Error::Findings(findings)) };
        Ok((pipeline, findings))
    }

    /// A document and all that a check says of it.
    async fn candidate(&self, campaign: &CampaignId, text: &str) -> Result<Candidate> {
        let mut candidate = self.resolved(campaign, text).await?;
        let Some((revision, pipeline)) = &candidate.ready else { return Ok(candidate) };
        let failed = self.failed_examples(pipeline, &revision.document).await?;
        if failed.iter().any(|finding| finding.severity() == Severity::Error) {
            candidate.ready = None;
        }
        candidate.findings.splice(0..0, failed);
        Ok(candidate)
    }

    /// What a candidate would give a new player now. Whether that can be told is found out only by adding it up.
    async fn odds_of_candidate(&self, candidate: &mut Candidate) -> Result<Option<Odds>> {
        let Some((_, pipeline)) = &candidate.ready else { return Ok(None) };
        let untold: Finding = match self.odds_of_new_player(pipeline).await {
            Err(Error::TooManyWays(ways)) => ways.into(),
            Err(Error::TooMuchFuel(fuel)) => fuel.into(),
            told => {
                let (odds, failing) = told?;
                candidate.findings.extend(failing);
                return Ok(Some(odds));
            }
        };
        candidate.ready = None;
        candidate.findings.insert(0, untold);
        Ok(None)
    }

    async fn failed_examples(&self, pipeline: &Arc<Pipeline>, document: &Document) -> Result<Vec<Finding>> {
        let (pipeline, examples, faults) = (Arc::clone(pipeline), document.examples.clone(), self.faults.clone());
        let (now, campaign) = (self.clock.now(), pipeline.campaign.clone());
        let failed = self.apart.run(&campaign, move || {
            let mut watch = faults.watch(&pipeline.campaign, None, Origin::Check, now);
            examples::run(&pipeline, &examples, &mut watch)
        });
        Ok(failed.await??)
    }

    /// A document held against the rules that it names, and against the stock that is kept.
    async fn resolved(&self, campaign: &CampaignId, text: &str) -> Result<Candidate> {
        let document = match document::parse(text) {
            Ok(document) => document,
            Err(findings) => return Ok(Candidate { findings, ready: None, modules: BTreeMap::new() }),
        };
        let units = self.store.units().await?.into_iter().map(|unit| unit.name).collect();
        let units = Units::Declared(&units);
        let prepared = rules::prepare(&*self.store, &*self.rules, &document, &BTreeMap::new(), units).await?;
        let mut findings = prepared.verified.findings;
        let other = other_campaign(campaign, &document);
        let pipeline = prepared.verified.pipeline.filter(|_| other.is_none());
        findings.splice(0..0, other);
        let mut missing = Vec::new();
        if let Some(pipeline) = &pipeline {
            findings.extend(self.unchanged_stock(pipeline).await?);
            missing = self.missing(pipeline).await?;
        }
        let pipeline = pipeline.filter(|_| missing.is_empty());
        findings.splice(0..0, missing);
        let modules = prepared.modules.clone();
        let ready = pipeline.map(|pipeline| (Revision { document, modules: prepared.modules }, Arc::new(pipeline)));
        Ok(Candidate { findings, ready, modules })
    }

    /// A warning for each prize whose stock the document states otherwise than it is: publishing changes no stock.
    async fn unchanged_stock(&self, pipeline: &Pipeline) -> Result<Vec<Finding>> {
        let levels: BTreeMap<_, _> = self.store.stock(&pipeline.campaign).await?.into_iter().collect();
        let differs = |(place, id, stock): (String, &PrizeId, Option<u64>)| {
            let (written, kept) = (stock?, levels.get(id)?.stock);
            (written != kept).then(|| Finding {
                code: Code::UnchangedStock,
                place,
                message: format!("the stock of '{id}' is {kept} and stays so; {written} is written here"),
                hint: format!(
                    "Write {kept}, in which is what voided awards gave back; or change it with a stock call (`{{\"add\": {}}}`).",
                    i128::from(written) - i128::from(kept)
                ),
            })
        };
        let prizes = pipeline.prizes.iter().enumerate();
        let prizes = prizes.map(|(position, prize)| (format!("/prizes/{position}/stock"), &prize.id, prize.stock));
        let skus = pipeline.skus.iter().enumerate();
        let skus = skus.map(|(position, sku)| (format!("/skus/{position}/stock"), &sku.id, sku.stock));
        Ok(prizes.chain(skus).filter_map(differs).collect())
    }

    fn operation(&self, change: &Change, verb: &str, request: &[u8]) -> Operation {
        let campaign = change.campaign.as_str().as_bytes();
        let expected = change.expected_live.map(u64::to_be_bytes);
        let expected = expected.as_ref().map_or(&[][..], |bytes| &bytes[..]);
        change.intent.operation(&[verb.as_bytes(), campaign, expected, request], self.clock.now())
    }

    /// What an earlier request with the same key made live, if there was one: its answer depends on nothing that has changed
    /// since.
    async fn repeated(&self, operation: &Operation, campaign: &CampaignId) -> Result<Option<Published>> {
        let activated = self.store.activated(operation, campaign).await;
        let activated = activated.map_err(|error| Error::activation(error, campaign))?;
        let Some((Activated { revision, activation }, remarks)) = activated else { return Ok(None) };
        if self.live.snapshot().activation < activation {
            self.catch_up(activation).await?;
        }
        let digest = self.digest_of(campaign, revision).await?;
        Ok(Some(Published { revision, digest, replayed: true, findings: remarks::read(&remarks) }))
    }

    /// Has the store activate something, which is taken up in memory before anything is answered. Activations take turns; that the other
    /// hosts take it up is waited for without one.
    async fn activate(
        &self,
        campaign: &CampaignId,
        expected: Option<u64>,
        digest: Digest,
        pipeline: Arc<Pipeline>,
        write: impl Future<Output = std::result::Result<Done<Activated>, ActivateError>>,
    ) -> Result<Done<Activated>> {
        let done = {
            let _turn = self.activating.lock().await;
            let done = match write.await {
                Ok(done) => done,
                Err(error) => {
                    let error = match error {
                        ActivateError::NotExpected(live) => self.not_expected(campaign, expected, live).await,
                        error => Error::activation(error, campaign),
                    };
                    return Err(self.not_activated(error).await);
                }
            };
            let Activated { revision, activation } = done.result;
            let next = (!done.replayed).then_some(|live: &Live| {
                let next = LiveCampaign::new(revision, digest, Some(pipeline));
                live.activate(activation, campaign.clone(), next);
                tracing::info!(%campaign, revision, activation, "a revision went live");
            });
            self.follow(activation, next).await?;
            done
        };
        self.slow.forgive(campaign);
        self.have_taken_up(done.result.activation).await;
        Ok(done)
    }

    /// What whoever started from `expected` has to know of the live revision. Neither is changed any more.
    async fn not_expected(&self, campaign: &CampaignId, expected: Option<u64>, live: u64) -> Error {
        let difference = async {
            let older = self.canonical(campaign, expected.unwrap_or_default()).await?;
            let newer = self.canonical(campaign, live).await?;
            Ok(older.zip(newer).map(|(older, newer)| differences(&older, &newer, DIFFERENCES_MAX)))
        };
        match difference.await {
            Ok(difference) => Error::NotExpected { live, difference: difference.unwrap_or_default() },
            Err(error) => error,
        }
    }

    /// The canonical document of a revision, where there is one of this number.
    async fn canonical(&self, campaign: &CampaignId, number: u64) -> Result<Option<serde_json::Value>> {
        let stored = self.store.revision(campaign, number).await?;
        Ok(stored.and_then(|stored| serde_json::from_str(&stored.document).ok()))
    }

    async fn digest_of(&self, campaign: &CampaignId, number: u64) -> Result<Digest> {
        let stored = self.store.revision(campaign, number).await?;
        stored.map(|revision| revision.digest).ok_or(Error::RevisionUnknown(number))
    }
}

fn upcoming(campaign: &CampaignId, digest: Digest, document: &str) -> Upcoming {
    Upcoming { campaign: campaign.clone(), digest, document: document.to_owned() }
}

fn other_campaign(campaign: &CampaignId, document: &Document) -> Option<Finding> {
    (document.campaign != campaign.as_str()).then(|| Finding {
        code: Code::OtherCampaign,
        place: "/campaign".to_owned(),
        message: format!("the document is of '{}', the address of '{campaign}'", document.campaign),
        hint: "Send it to its own campaign's address.".to_owned(),
    })
}
