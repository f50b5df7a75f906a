//! Takes in what is shown, and checks receipts against it.

mod draw;
mod ready;
mod receipt;
mod seal;
mod shown;

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use tombola_domain::digest::Digest;
use tombola_domain::draw::Verdict as StockVerdict;
use tombola_domain::id::{CampaignId, DrawId, PrizeId};
use tombola_domain::receipt::Receipt;
use tombola_domain::signature::PublicKey;
use tombola_domain::stock::Token;
use tombola_engine::replay::{Mismatch, Replay, replay};
use tombola_engine::rule::RuleFactory;

use self::receipt::Opened;
use self::seal::Seals;
use self::shown::Shown;
use crate::verdict::{Flaw, Missing, Verdict};
use crate::wire::Record;

/// What was found of one receipt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    /// Whether it holds.
    pub verdict: Verdict,
    /// Whether its seed was found to follow from its epoch's secret; that takes a secret that is shown.
    pub seed_follows: bool,
}

/// Checks receipts. First it takes in everything that is shown ([`Verifier::learn`]), then it makes the revisions ready, and then it
/// checks, on as many threads as one likes.
pub struct Verifier {
    factory: Arc<dyn RuleFactory>,
    engine: String,
    trusted: BTreeSet<PublicKey>,
    shown: Shown,
    ready: HashMap<Digest, ready::Ready>,
    seals: Seals,
    seen: Mutex<Seen>,
}

/// What receipts said so far that no other may say.
#[derive(Default)]
struct Seen {
    /// Which draw was handed each unit of counted stock.
    units: HashMap<(CampaignId, PrizeId, Token), DrawId>,
    /// The hash of each draw's receipt.
    receipts: HashMap<DrawId, Digest>,
}

impl Verifier {
    /// A verifier that runs rules with `factory`, whose engine is of this version, and trusts these keys.
    pub fn new(factory: Arc<dyn RuleFactory>, engine: String, trusted: impl IntoIterator<Item = PublicKey>) -> Self {
        Self {
            factory,
            engine,
            trusted: trusted.into_iter().collect(),
            shown: Shown::default(),
            ready: HashMap::new(),
            seals: Seals::default(),
            seen: Mutex::default(),
        }
    }

    /// Takes in the revision, the modules and the epoch of a record.
    pub fn learn(&mut self, record: &Record) -> Result<(), Flaw> {
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
        let mut seed_follows = false;
        let verdict = self.judge(record, &mut seed_follows).unwrap_or_else(Verdict::Invalid);
        Checked { verdict, seed_follows }
    }

    fn judge(&self, record: &Record, seed_follows: &mut bool) -> Result<Verdict, Flaw> {
        let shown = record.receipt.as_ref().ok_or_else(|| Flaw::new("receipt", "there is none"))?;
        let opened = receipt::open(shown)?;
        shown::matches(record, &opened.receipt)?;
        let signed_by = self.seals.check(shown.signature.as_ref(), &opened.digest)?;
        *seed_follows = self.seed_follows(&opened)?;
        if let Some(draw) = &record.draw {
            draw::check(draw, &opened)?;
        }
        self.is_the_only_one(&opened)?;
        Ok(match self.run_again(record, &opened)? {
            Again::Same => match signed_by {
                Some(key) if self.trusted.contains(&key) => Verdict::Authentic,
                signed_by => Verdict::Unauthenticated { signed_by },
            },
            Again::OtherEngine { decides_alike } => {
                Verdict::OtherEngine { engine: opened.receipt.terms.engine.clone(), decides_alike }
            }
            Again::Not(missing) => Verdict::Incomplete(missing),
        })
    }

    /// Holds the seed against the epoch's secret, where that is shown.
    fn seed_follows(&self, opened: &Opened) -> Result<bool, Flaw> {
        let terms = &opened.receipt.terms;
        let Some(epoch) = self.shown.epochs.get(&terms.epoch) else { return Ok(false) };
        if epoch.commitment != terms.epoch_commitment {
            return Err(Flaw::new("receipt.epoch_commitment", "the epoch promised something else"));
        }
        let (Some(secret), Some(values)) = (&epoch.secret, &opened.values) else { return Ok(false) };
        if secret.seed(&terms.campaign, &values.player, terms.ordinal) == terms.seed {
            Ok(true)
        } else {
            Err(Flaw::new("receipt.seed", "it does not follow from the epoch's secret, campaign, player and ordinal"))
        }
    }

    /// A draw has one receipt, and a unit of counted stock goes to one draw.
    fn is_the_only_one(&self, opened: &Opened) -> Result<(), Flaw> {
        let Receipt { terms, .. } = &opened.receipt;
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if *seen.receipts.entry(terms.draw.clone()).or_insert(opened.digest) != opened.digest {
            return Err(Flaw::new("receipt.digest", "another receipt of the same draw is shown as well"));
        }
        let granted = opened.receipt.granted().map(|granted| (&granted.prize, granted.verdict));
        let Some((prize, StockVerdict::Granted(Some(token)))) = granted else { return Ok(()) };
        let unit = (terms.campaign.clone(), prize.clone(), token);
        let owner = seen.units.entry(unit).or_insert_with(|| terms.draw.clone());
        if *owner == terms.draw {
            return Ok(());
        }
        Err(Flaw::new("receipt.tried", format!("the draw {owner} was handed the same unit")))
    }

    fn run_again(&self, record: &Record, opened: &Opened) -> Result<Again, Flaw> {
        let terms = &opened.receipt.terms;
        let Some(values) = &opened.values else { return Ok(Again::Not(Missing::Values)) };
        let pipeline = match self.ready.get(&terms.revision_digest) {
            None => return Ok(Again::Not(Missing::Revision)),
            Some(Err(ready::NotReady::Missing(missing))) => return Ok(Again::Not(missing.clone())),
            Some(Err(ready::NotReady::Flawed(flaw))) => return Err(flaw.clone()),
            Some(Ok(pipeline)) => pipeline,
        };
        let facts = receipt::facts(values, pipeline)?;
        if let Some(draw) = &record.draw {
            draw::check_prize(draw, pipeline)?;
        }
        let same_engine = terms.engine == self.engine;
        let against = Replay { pipeline, player: &values.player, facts: &facts, same_engine };
        match replay(&opened.receipt, &against) {
            Err(unavailable) => Ok(Again::Not(Missing::Rule(unavailable.to_string()))),
            Ok(Ok(())) if same_engine => Ok(Again::Same),
            Ok(Ok(())) => Ok(Again::OtherEngine { decides_alike: true }),
            Ok(Err(mismatch)) if !same_engine && is_engines(&mismatch) => {
                Ok(Again::OtherEngine { decides_alike: false })
            }
            Ok(Err(Mismatch { place, reason })) => Err(Flaw::new(format!("receipt.{place}"), reason)),
        }
    }
}

/// What running a draw again came to.
enum Again {
    Same,
    OtherEngine { decides_alike: bool },
    Not(Missing),
}

/// Whether an engine may have a say in what differs.
fn is_engines(mismatch: &Mismatch) -> bool {
    ["steps", "ticket", "tried"].iter().any(|place| mismatch.place.starts_with(place))
}
