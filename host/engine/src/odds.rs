//! Odds as they are declared, and as they come out of the whole pipeline: exact fractions from end to end.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{One, Zero};
use tombola_domain::amount::Span;
use tombola_domain::draw::Limit;
use tombola_domain::fact::Value;
use tombola_domain::id::PrizeId;

use crate::decide::{Answer, Budget, GUARD_FAULT, Watch, ask};
use crate::pipeline::{BranchOutcome, GuardOutcome, Node, Pipeline, PlacedRule, Target};
use crate::rule::{Fault, Pick, Unavailable};

/// What a draw may come to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// A prize, with an amount that is drawn evenly from a span.
    Prize(PrizeId, Span),
    /// Nothing.
    Nothing,
    /// A refusal, by its code.
    Refused(String),
}

/// A probability for each outcome that has one; exactly 1 in all.
pub type Distribution = BTreeMap<Outcome, BigRational>;

/// Under what effective odds are asked for.
#[derive(Debug, Clone, Copy)]
pub struct Circumstances<'a> {
    /// The values of [`Pipeline::facts`], in its order.
    pub facts: &'a [Value],
    /// Of each prize of the pipeline, the limit that the player has reached.
    pub limits: &'a [Option<Limit>],
    /// Positions of the prizes that are sold out.
    pub sold_out: &'a BTreeSet<usize>,
}

/// A pool's name and the share of each of its entries; `None` is nothing.
pub type DeclaredPool = (String, Vec<(Option<PrizeId>, BigRational)>);

/// Each pool's shares as its table has them.
pub fn declared(pipeline: &Pipeline) -> Vec<DeclaredPool> {
    let pool = |pool: &crate::pipeline::Pool| {
        let share = |position| ratio(pool.table.weight(position), pool.table.total());
        let entry = |entry: &Option<usize>| entry.map(|prize| pipeline.prizes[prize].id.clone());
        let entries = pool.entries.iter().enumerate();
        (pool.name.to_string(), entries.map(|(position, prize)| (entry(prize), share(position))).collect())
    };
    pipeline.pools.iter().map(pool).collect()
}

/// The odds of the whole pipeline: every rule runs on these facts, once a node, and the fractions are added up over all
/// tickets and all weighted decisions. `watch` sees the rules run.
pub fn effective(
    pipeline: &Pipeline,
    circumstances: &Circumstances<'_>,
    watch: &mut impl Watch,
) -> Result<Distribution, Unavailable> {
    let mut sum = Sum { pipeline, circumstances, watch, answers: HashMap::new(), total: Distribution::new() };
    sum.chain()?;
    Ok(sum.total)
}

fn ratio(numerator: u64, denominator: u64) -> BigRational {
    BigRational::new(BigInt::from(numerator), BigInt::from(denominator))
}

type Weighed = Vec<(BigRational, Pick)>;

struct Sum<'a, W> {
    pipeline: &'a Pipeline,
    circumstances: &'a Circumstances<'a>,
    watch: &'a mut W,
    /// What each node's rule answered; facts are the same for all paths, so once is enough.
    answers: HashMap<&'a str, Result<Weighed, Fault>>,
    total: Distribution,
}

impl<'a, W: Watch> Sum<'a, W> {
    fn add(&mut self, outcome: Outcome, probability: BigRational) {
        *self.total.entry(outcome).or_insert_with(BigRational::zero) += probability;
    }

    fn answer(&mut self, placed: &'a PlacedRule) -> Result<Result<Weighed, Fault>, Unavailable> {
        if let Some(answer) = self.answers.get(placed.path.as_str()) {
            return Ok(answer.clone());
        }
        let (answer, _) = ask(placed, self.circumstances.facts, &mut Budget::default(), self.watch)?;
        let answer = answer.map(weigh);
        self.answers.insert(&placed.path, answer.clone());
        Ok(answer)
    }

    /// Follows the chain with a probability for each pool that may be the chosen one so far.
    fn chain(&mut self) -> Result<(), Unavailable> {
        let mut pools = BTreeMap::from([(self.pipeline.default_pool, BigRational::one())]);
        for guard in &self.pipeline.guards {
            let reached: BigRational = pools.values().sum();
            match self.answer(&guard.rule)? {
                Ok(picks) => pools = self.link(&guard.outcomes, &picks, &pools, &reached),
                Err(_) if guard.proceeds_on_fault => {}
                Err(_) => {
                    self.add(Outcome::Refused(GUARD_FAULT.to_owned()), reached);
                    return Ok(());
                }
            }
        }
        for (pool, probability) in pools {
            self.pool(pool, &probability)?;
        }
        Ok(())
    }

    fn link(
        &mut self,
        outcomes: &[GuardOutcome],
        picks: &Weighed,
        pools: &BTreeMap<usize, BigRational>,
        reached: &BigRational,
    ) -> BTreeMap<usize, BigRational> {
        let mut next: BTreeMap<usize, BigRational> = BTreeMap::new();
        for (share, pick) in picks {
            match &outcomes[pick.outcome as usize] {
                GuardOutcome::Proceed => {
                    for (pool, probability) in pools {
                        *next.entry(*pool).or_insert_with(BigRational::zero) += probability * share;
                    }
                }
                GuardOutcome::Choose(pool) => *next.entry(*pool).or_insert_with(BigRational::zero) += reached * share,
                GuardOutcome::Grant(prize, declared) => {
                    let amount = pick.amounts.first().copied().unwrap_or(*declared);
                    let outcome = if self.runs_out(*prize) { Outcome::Nothing } else { self.prize(*prize, amount) };
                    self.add(outcome, reached * share);
                }
                GuardOutcome::Refuse(code, _) => self.add(Outcome::Refused(code.clone()), reached * share),
            }
        }
        next
    }

    fn pool(&mut self, pool: usize, probability: &BigRational) -> Result<(), Unavailable> {
        let pool = &self.pipeline.pools[pool];
        for (position, entry) in pool.entries.iter().enumerate() {
            let probability = probability * ratio(pool.table.weight(position), pool.table.total());
            match entry {
                None => self.add(Outcome::Nothing, probability),
                Some(drawn) => {
                    let root = self.pipeline.trees[self.pipeline.prizes[*drawn].tree].root;
                    self.tree(*drawn, Target::Node(root), probability)?;
                }
            }
        }
        Ok(())
    }

    /// Adds up a drawn prize's tree from one node. Probabilities that meet at a node are added before it is left, so that the
    /// work is linear in the tree's edges however many paths there are.
    fn tree(&mut self, drawn: usize, from: Target, probability: BigRational) -> Result<(), Unavailable> {
        let tree = &self.pipeline.trees[self.pipeline.prizes[drawn].tree];
        let mut waiting = vec![BigRational::zero(); tree.nodes.len()];
        let order = in_order(&tree.nodes, tree.root);
        self.arrive(from, probability, &mut waiting);
        for position in order {
            let probability = std::mem::replace(&mut waiting[position], BigRational::zero());
            if probability.is_zero() {
                continue;
            }
            match &tree.nodes[position] {
                Node::Grant(node) => {
                    let prize = node.prize.unwrap_or(drawn);
                    self.hand_over(prize, node.amount, node.sold_out, probability, &mut waiting);
                }
                Node::Rule(branch) => match self.answer(&branch.rule)? {
                    Err(_) => self.arrive(branch.on_fault, probability, &mut waiting),
                    Ok(picks) => {
                        for (share, pick) in picks {
                            let part = &probability * share;
                            match &branch.outcomes[pick.outcome as usize] {
                                BranchOutcome::Follow(_, next) => self.arrive(*next, part, &mut waiting),
                                BranchOutcome::Grant(prize, declared) => {
                                    let amount = pick.amounts.first().copied().unwrap_or(*declared);
                                    self.hand_over(*prize, amount, branch.sold_out, part, &mut waiting);
                                }
                            }
                        }
                    }
                },
            }
        }
        Ok(())
    }

    fn hand_over(
        &mut self,
        prize: usize,
        amount: Span,
        sold_out: Target,
        probability: BigRational,
        waiting: &mut [BigRational],
    ) {
        if self.runs_out(prize) {
            self.arrive(sold_out, probability, waiting);
        } else {
            let outcome = self.prize(prize, amount);
            self.add(outcome, probability);
        }
    }

    fn arrive(&mut self, at: Target, probability: BigRational, waiting: &mut [BigRational]) {
        match at {
            Target::Node(position) => waiting[position] += probability,
            Target::Nothing => self.add(Outcome::Nothing, probability),
        }
    }

    fn runs_out(&self, prize: usize) -> bool {
        self.circumstances.sold_out.contains(&prize)
            || self.circumstances.limits.get(prize).copied().flatten().is_some()
    }

    fn prize(&self, prize: usize, amount: Span) -> Outcome {
        Outcome::Prize(self.pipeline.prizes[prize].id.clone(), amount)
    }
}

fn weigh(answer: Answer) -> Weighed {
    match answer {
        Answer::Certain(pick) => vec![(BigRational::one(), pick)],
        Answer::Weighted(table, picks) => {
            let total = table.total();
            let weighed = picks.into_iter().enumerate();
            weighed.map(|(position, pick)| (ratio(table.weight(position), total), pick)).collect()
        }
    }
}

/// The nodes that can be reached from `root`, each after all that lead to it. There are no cycles in a verified tree.
fn in_order(nodes: &[Node], root: usize) -> Vec<usize> {
    fn visit(nodes: &[Node], position: usize, seen: &mut [bool], out: &mut Vec<usize>) {
        if std::mem::replace(&mut seen[position], true) {
            return;
        }
        for end in ends(&nodes[position]) {
            if let Target::Node(next) = end {
                visit(nodes, next, seen, out);
            }
        }
        out.push(position);
    }
    let mut out = Vec::with_capacity(nodes.len());
    visit(nodes, root, &mut vec![false; nodes.len()], &mut out);
    out.reverse();
    out
}

fn ends(node: &Node) -> Vec<Target> {
    match node {
        Node::Grant(grant) => vec![grant.sold_out],
        Node::Rule(branch) => {
            let followed = branch.outcomes.iter().filter_map(|outcome| match outcome {
                BranchOutcome::Follow(_, end) => Some(*end),
                BranchOutcome::Grant(..) => None,
            });
            followed.chain([branch.sold_out, branch.on_fault]).collect()
        }
    }
}

#[cfg(test)]
mod tests;
