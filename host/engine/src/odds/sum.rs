//! The sum over guards, pools and trees.

use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

use num_rational::BigRational;
use num_traits::{One, Zero};
use tombola_domain::amount::Span;

use super::answers::{Answers, Share};
use super::tree::{Through, Walk};
use super::work::Work;
use super::{Circumstances, Distribution, Outcome, TooManyWays, Untold, ratio};
use crate::decide::{GUARD_FAULT, Watch};
use crate::finding::within;
use crate::pipeline::{GuardOutcome, Pipeline};

/// A pipeline under given circumstances.
#[derive(Clone, Copy)]
pub(super) struct Situated<'a> {
    pub(super) pipeline: &'a Pipeline,
    pub(super) circumstances: &'a Circumstances<'a>,
}

impl Situated<'_> {
    pub(super) fn runs_out(&self, prize: usize) -> bool {
        self.circumstances.sold_out.contains(&prize)
            || self.circumstances.limits.get(prize).copied().flatten().is_some()
    }

    pub(super) fn prize(&self, prize: usize, amount: Span) -> Outcome {
        Outcome::Prize(self.pipeline.prizes[prize].id.clone(), amount)
    }
}

/// A tree by its position, and whether the prize that goes through it has run out.
type Way = (usize, bool);

pub(super) struct Sum<'a, W> {
    situated: Situated<'a>,
    answers: Answers<'a, W>,
    trees: HashMap<Way, Rc<Through>>,
    work: Work,
    /// Fuel that a draw has used up behind all guards that it may come to.
    spent: u64,
    total: Distribution,
}

/// How likely it is that each pool is the chosen one so far.
type Chosen = BTreeMap<usize, BigRational>;

impl<'a, W: Watch> Sum<'a, W> {
    pub(super) fn new(pipeline: &'a Pipeline, circumstances: &'a Circumstances<'a>, watch: &'a mut W) -> Self {
        let answers = Answers::new(circumstances.facts, watch);
        let situated = Situated { pipeline, circumstances };
        Self { situated, answers, trees: HashMap::new(), work: Work::new(), spent: 0, total: Distribution::new() }
    }

    /// Follows the chain, and then each pool that may have been chosen.
    pub(super) fn effective(mut self) -> Result<Distribution, Untold> {
        let pipeline = self.situated.pipeline;
        let mut pools = Chosen::from([(pipeline.default_pool, BigRational::one())]);
        for guard in &pipeline.guards {
            self.work.at(&guard.rule.place);
            let mut reached = BigRational::zero();
            for probability in pools.values() {
                self.work.add(&mut reached, probability)?;
            }
            if reached.is_zero() {
                break;
            }
            let answer;
            (answer, self.spent) = self.answers.of(&guard.rule, self.spent)?;
            match &*answer {
                Ok(shares) => pools = self.link(&guard.outcomes, shares, &pools, &reached)?,
                Err(_) if guard.proceeds_on_fault => {}
                Err(_) => {
                    self.add(Outcome::Refused(GUARD_FAULT.to_owned()), &reached)?;
                    return Ok(self.total);
                }
            }
        }
        // What no draw comes to has no odds, and rules behind it are not asked.
        for (pool, probability) in pools.into_iter().filter(|(_, probability)| !probability.is_zero()) {
            self.pool(pool, &probability)?;
        }
        Ok(self.total)
    }

    fn link(
        &mut self,
        outcomes: &[GuardOutcome],
        shares: &[Share],
        pools: &Chosen,
        reached: &BigRational,
    ) -> Result<Chosen, TooManyWays> {
        let mut next = Chosen::new();
        for share in shares {
            let outcome = &outcomes[share.outcome];
            if matches!(outcome, GuardOutcome::Proceed) {
                for (pool, probability) in pools {
                    let part = self.work.times(probability, &share.probability)?;
                    self.work.add(next.entry(*pool).or_insert_with(BigRational::zero), &part)?;
                }
                continue;
            }
            let part = self.work.times(reached, &share.probability)?;
            match outcome {
                GuardOutcome::Proceed => {}
                GuardOutcome::Choose(pool) => {
                    self.work.add(next.entry(*pool).or_insert_with(BigRational::zero), &part)?;
                }
                GuardOutcome::Grant(prize, _) if self.situated.runs_out(*prize) => self.add(Outcome::Nothing, &part)?,
                GuardOutcome::Grant(prize, declared) => {
                    self.add(self.situated.prize(*prize, share.amount(*declared)), &part)?;
                }
                GuardOutcome::Refuse(code, _) => self.add(Outcome::Refused(code.clone()), &part)?,
            }
        }
        Ok(next)
    }

    /// Adds up a pool: of each prize what is its own, and what its tree comes to besides once for all prizes that go through it.
    fn pool(&mut self, pool: usize, probability: &BigRational) -> Result<(), Untold> {
        let pipeline = self.situated.pipeline;
        let pool = &pipeline.pools[pool];
        let place = within("/pools", &pool.name);
        let (mut nothing, mut ways) = (0, BTreeMap::<Way, u64>::new());
        for (position, entry) in pool.entries.iter().enumerate() {
            let weight = pool.table.weight(position);
            let Some(drawn) = *entry else {
                nothing += weight;
                continue;
            };
            let way = (pipeline.prizes[drawn].tree, self.situated.runs_out(drawn));
            *ways.entry(way).or_default() += weight;
            self.work.at(&place);
            let reached = self.work.times(probability, &ratio(weight, pool.table.total()))?;
            let through = self.through(way)?;
            for (amount, share) in &through.drawn {
                let part = self.work.times(&reached, share)?;
                self.add(self.situated.prize(drawn, *amount), &part)?;
            }
        }
        for (way, weight) in ways {
            self.work.at(&place);
            let reached = self.work.times(probability, &ratio(weight, pool.table.total()))?;
            for (outcome, share) in &self.through(way)?.others {
                let part = self.work.times(&reached, share)?;
                self.add(outcome.clone(), &part)?;
            }
        }
        if nothing > 0 {
            self.work.at(&place);
            let part = self.work.times(probability, &ratio(nothing, pool.table.total()))?;
            self.add(Outcome::Nothing, &part)?;
        }
        Ok(())
    }

    /// What follows is spent on the tree.
    fn through(&mut self, way: Way) -> Result<Rc<Through>, Untold> {
        let tree = &self.situated.pipeline.trees[way.0];
        self.work.at(within("/trees", &tree.name));
        if let Some(through) = self.trees.get(&way) {
            return Ok(Rc::clone(through));
        }
        let walk = Walk::new(self.situated, &mut self.answers, &mut self.work, (tree, way.1), self.spent);
        let through = walk.through()?;
        self.trees.insert(way, Rc::clone(&through));
        Ok(through)
    }

    fn add(&mut self, outcome: Outcome, probability: &BigRational) -> Result<(), TooManyWays> {
        if probability.is_zero() {
            return Ok(());
        }
        self.work.add(self.total.entry(outcome).or_insert_with(BigRational::zero), probability)
    }
}
