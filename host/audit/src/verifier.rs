//! Takes in what is shown, and checks receipts against it.

mod draw;
mod ready;
mod receipt;
mod seal;
mod shown;

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use tombola_domain::digest::Digest;
use tombola_domain::receipt::Engine;
use tombola_domain::signature::PublicKey;
use tombola_engine::replay::{Mismatch, Replay, replay};
use tombola_engine::rule::RuleFactory;

use self::receipt::Opened;
use self::seal::Seals;
use self::shown::Shown;
pub use self::shown::{LearnError, TooMuch};
use crate::ledger::Claims;
use crate::verdict::{Flaw, Missing, OtherEngine, Ran, Verdict};
use crate::wire::{Named, Record};

/// What was found of one receipt by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    /// Whether it holds.
    pub verdict: Verdict,
    /// Whether its seed was found to follow from its epoch's secret; that takes a secret that is shown.
    pub seed_follows: bool,
    /// What no other receipt may say; it goes into a [`Ledger`](crate::Ledger), which has the last word.
    pub claims: Claims,
}

/// Checks receipts. First it hears what they name ([`Verifier::name`]) and takes in what is shown of it ([`Verifier::learn`]), then it
/// makes the revisions ready, and then it checks, on as many threads as one likes. What it keeps is bounded, whatever is shown.
pub struct Verifier {
    factory: Arc<dyn RuleFactory>,
    engine: String,
    trusted: BTreeSet<PublicKey>,
    shown: Shown,
    ready: HashMap<Digest, ready::Ready>,
    seals: Seals,
}

impl Verifier {
    /// A verifier that runs rules with `factory`, whose engine is this one (as [`Engine`] is written), and trusts these keys.
    pub fn new(factory: Arc<dyn RuleFactory>, engine: String, trusted: impl IntoIterator<Item = PublicKey>) -> Self {
        Self {
            factory,
            engine,
            trusted: trusted.into_iter().collect(),
            shown: Shown::default(),
            ready: HashMap::new(),
            seals: Seals::default(),
        }
    }

    /// Notes what a receipt names, so that it is taken in where it is shown.
    pub fn name(&mut self, named: &Named) -> Result<(), TooMuch> {
        self.shown.name(named)
    }

    /// Takes in the revision, the modules and the epoch of a record, as far as receipts name them. A module must be the one that it is
    /// called, named or not.
    pub fn learn(&mut self, record: &Record) -> Result<(), LearnError> {
        self.shown.learn(record)
    }

    /// Makes every revision that was shown ready to run. One that can't be is told with each of its receipts.
    pub async fn make_ready(&mut self) {
        for (digest, text) in &self.shown.revisions {
            if !self.ready.contains_key(digest) {
                let ready = ready::prepare(&*self.factory, &self.shown.modules, text).await;
                self.ready.insert(*digest, ready);
            }
        }
    }

    /// Checks the receipt of a record.
    pub fn check(&self, record: &Record) -> Checked {
        let invalid =
            |flaw| Checked { verdict: Verdict::Invalid(flaw), seed_follows: false, claims: Claims::default() };
        self.judge(record).unwrap_or_else(invalid)
    }

    fn judge(&self, record: &Record) -> Result<Checked, Flaw> {
        let shown = record.receipt.as_ref().ok_or_else(|| Flaw::new("receipt", "there is none"))?;
        let opened = receipt::open(shown)?;
        shown::matches(record, &opened.receipt)?;
        let signed_by = self.seals.check(shown.signature.as_ref(), &opened.digest)?;
        let seed_follows = self.seed_follows(&opened)?;
        if let Some(draw) = &record.draw {
            draw::check(draw, &opened)?;
        }
        let is_trusted = signed_by.is_some_and(|key| self.trusted.contains(&key));
        let verdict = match self.run_again(record, &opened)? {
            ran if !is_trusted => Verdict::Unauthenticated { signed_by, ran },
            Ran::Alike => Verdict::Authentic,
            Ran::Elsewhere(other) => Verdict::OtherEngine(other),
            Ran::Not(missing) => Verdict::Incomplete(missing),
        };
        let player = opened.values.as_ref().map(|values| values.player.as_str());
        let claims = Claims::of(&opened.receipt, &opened.digest, player, is_trusted);
        Ok(Checked { verdict, seed_follows, claims })
    }

    /// Holds the seed against the epoch's secret, where that is shown.
    fn seed_follows(&self, opened: &Opened) -> Result<bool, Flaw> {
        let terms = &opened.receipt.terms;
        let secret = self.shown.epochs.get(&(terms.epoch, terms.epoch_commitment)).and_then(Option::as_ref);
        let (Some(secret), Some(values)) = (secret, &opened.values) else { return Ok(false) };
        if secret.seed(&terms.campaign, &values.player, terms.ordinal) == terms.seed {
            Ok(true)
        } else {
            Err(Flaw::new("receipt.seed", "it does not follow from the epoch's secret, campaign, player and ordinal"))
        }
    }

    fn run_again(&self, record: &Record, opened: &Opened) -> Result<Ran, Flaw> {
        let terms = &opened.receipt.terms;
        let Some(values) = &opened.values else { return Ok(Ran::Not(Missing::Values)) };
        let pipeline = match self.ready.get(&terms.revision_digest) {
            None => return Ok(Ran::Not(Missing::Revision)),
            Some(Err(ready::NotReady::Missing(missing))) => return Ok(Ran::Not(missing.clone())),
            Some(Err(ready::NotReady::Flawed(flaw))) => return Err(flaw.clone()),
            Some(Ok(pipeline)) => pipeline,
        };
        let facts = receipt::facts(values, pipeline)?;
        if let Some(draw) = &record.draw {
            draw::check_prize(draw, pipeline)?;
        }
        let (theirs, ours) = (Engine::read(&terms.engine), Engine::read(&self.engine));
        let (same_rules, same_zones) = (theirs.rules == ours.rules, theirs.zones == ours.zones);
        let against = Replay { pipeline, player: &values.player, facts: &facts, same_rules, same_zones };
        let elsewhere = |decides_alike| Ran::Elsewhere(OtherEngine { engine: terms.engine.clone(), decides_alike });
        match replay(&opened.receipt, &against) {
            Err(unavailable) => Ok(Ran::Not(Missing::Rule(unavailable.to_string()))),
            // What a time-zone database has a say in was compared, whichever it was.
            Ok(Ok(())) if same_rules => Ok(Ran::Alike),
            Ok(Ok(())) => Ok(elsewhere(true)),
            Ok(Err(mismatch)) if mismatch.is_engines => Ok(elsewhere(false)),
            Ok(Err(Mismatch { place, reason, .. })) => Err(Flaw::new(format!("receipt.{place}"), reason)),
        }
    }
}
