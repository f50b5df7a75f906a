//! Takes in what is shown, and checks receipts against it.

mod draw;
mod ready;
mod rebate;
mod receipt;
mod seal;
mod shown;

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use tombola_domain::digest::Digest;
use tombola_domain::epoch::Secret;
use tombola_domain::fact::Value;
use tombola_domain::id::PlayerId;
use tombola_domain::random::Seed;
use tombola_domain::receipt::{Basis, Engine};
use tombola_domain::signature::PublicKey;
use tombola_engine::pipeline::Pipeline;
use tombola_engine::replay::{Mismatch, Replay};
use tombola_engine::rule::{RuleFactory, Unavailable};

use self::seal::Seals;
use self::shown::Shown;
pub use self::shown::{LearnError, TooMuch};
use crate::ledger::Claims;
use crate::verdict::{Flaw, Missing, NotRun, OtherEngine, Ran, Verdict};
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
        let missing = |member: &str| Flaw::new(member, "there is none");
        if !record.dropped.is_empty() {
            return Err(Flaw::new("dropped", "it stands in a record of its own"));
        }
        match record {
            Record { draw: None, receipt: None, rebate: Some(_), rebate_receipt: None, .. } => {
                Err(missing("rebate_receipt"))
            }
            Record { draw: None, receipt: None, rebate_receipt: Some(shown), .. } => self.judge_rebate(record, shown),
            Record { rebate: None, rebate_receipt: None, receipt: Some(shown), .. } => self.judge_draw(record, shown),
            Record { rebate: None, rebate_receipt: None, receipt: None, .. } => Err(missing("receipt")),
            _ => Err(Flaw::new("rebate", "a record is of a draw or of a rebate, and this one is of both")),
        }
    }

    /// What comes of a receipt that no check found a flaw in.
    fn checked(&self, signed_by: Option<PublicKey>, ran: Ran, seed_follows: bool, claims: Claims) -> Checked {
        let is_trusted = signed_by.is_some_and(|key| self.trusted.contains(&key));
        let verdict = match ran {
            ran if !is_trusted => Verdict::Unauthenticated { signed_by, ran },
            Ran::Alike => Verdict::Authentic,
            Ran::Elsewhere(other) => Verdict::OtherEngine(other),
            Ran::Not(not_run) => Verdict::Incomplete(not_run),
        };
        Checked { verdict, seed_follows, claims: claims.by(is_trusted) }
    }

    /// The hosts that a receipt may be of, each by its key. What nobody signed may be any host's, and also that of one that does not sign.
    fn hosts(&self, signed_by: Option<PublicKey>) -> Vec<Option<PublicKey>> {
        match signed_by {
            Some(key) => vec![Some(key)],
            None => self.trusted.iter().copied().map(Some).chain([None]).collect(),
        }
    }

    /// Holds a seed against what follows from the epoch's secret, where that is shown.
    fn seed_follows(
        &self,
        basis: &Basis<'_>,
        seed: &Seed,
        follows: impl FnOnce(&Secret) -> Seed,
    ) -> Result<bool, Flaw> {
        let epoch = self.shown.epochs.get(&(basis.epoch, basis.epoch_commitment));
        let Some(secret) = epoch.and_then(Option::as_ref) else { return Ok(false) };
        if follows(secret) == *seed {
            Ok(true)
        } else {
            Err(Flaw::new("seed", "it does not follow from the epoch's secret, campaign, player and ordinal"))
        }
    }

    /// The revision that a receipt names, ready to run, or what is missing for that.
    fn pipeline(&self, basis: &Basis<'_>) -> Result<Result<&Pipeline, Missing>, Flaw> {
        match self.ready.get(&basis.revision_digest) {
            None => Ok(Err(Missing::Revision)),
            Some(Err(ready::NotReady::Missing(missing))) => Ok(Err(missing.clone())),
            Some(Err(ready::NotReady::Flawed(flaw))) => Err(flaw.clone()),
            Some(Ok(pipeline)) => Ok(Ok(pipeline)),
        }
    }

    /// Runs what a receipt says again, on player and facts.
    fn run_again(
        &self,
        basis: &Basis<'_>,
        (pipeline, player, facts): (&Pipeline, &PlayerId, &[Value]),
        replay: impl FnOnce(&Replay<'_>) -> Result<Result<(), Mismatch>, Unavailable>,
    ) -> Result<Ran, Flaw> {
        let (theirs, ours) = (Engine::read(basis.engine), Engine::read(&self.engine));
        let (same_rules, same_zones) = (theirs.rules == ours.rules, theirs.zones == ours.zones);
        let elsewhere = |decides_alike| Ran::Elsewhere(OtherEngine { engine: basis.engine.to_owned(), decides_alike });
        match replay(&Replay { pipeline, player, facts, same_rules, same_zones }) {
            // Whatever else is shown was held against revision and values by then.
            Err(unavailable) => {
                Ok(Ran::Not(NotRun { missing: Missing::Rule(unavailable.to_string()), unproven: vec![] }))
            }
            // What a time-zone database has a say in was compared, whichever it was.
            Ok(Ok(())) if same_rules => Ok(Ran::Alike),
            Ok(Ok(())) => Ok(elsewhere(true)),
            Ok(Err(mismatch)) if mismatch.is_engines => Ok(elsewhere(false)),
            Ok(Err(Mismatch { place, reason, .. })) => Err(Flaw::new(place, reason)),
        }
    }
}

/// The player that the answer names, where the values behind the commitments, which name one too, are not shown.
fn named_player(member: &str, player: &str) -> Result<PlayerId, Flaw> {
    player.parse().map_err(|_| Flaw::new("player", "it is no player's id").within(member))
}

/// Names the first member that does not hold.
fn hold(members: &[(&str, bool)]) -> Result<(), Flaw> {
    match members.iter().find(|(_, holds)| !holds) {
        Some((member, _)) => Err(Flaw::new(*member, "the receipt says something else")),
        None => Ok(()),
    }
}
