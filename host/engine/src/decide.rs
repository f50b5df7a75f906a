//! One draw, decided: guards, pool, ticket, tree, and the ordered list of grants to try.
//!
//! Pure: the same pipeline, facts, limits and seed give the same plan. Every random choice comes from the seed, under a label
//! of its own: `ticket` for the pool, a node's path for its weighted decision, and the path with `/amount` for an amount.

mod answer;
mod observer;

use tombola_domain::amount::Span;
use tombola_domain::draw::{Grant, Limit};
use tombola_domain::fact::Value;
use tombola_domain::random::Seed;
use tombola_domain::receipt::{Step, Ticket};

pub(crate) use answer::ask;
pub use answer::{Answer, Budget};
pub use observer::{Observer, RuleRun, Watch};

use crate::pipeline::{BranchOutcome, GuardOutcome, Node, Pipeline, PlacedRule, Target};
use crate::rule::{Fault, Pick, Unavailable};

/// Fuel for one evaluation: a few milliseconds of straight work, two hundred times what a standard rule takes.
pub const EVALUATION_FUEL_MAX: u64 = 5_000_000;
/// Fuel for all evaluations of one draw.
pub const DRAW_FUEL_MAX: u64 = 20_000_000;
/// The code of a refusal that no rule chose: a guard failed whose `on_fault` is `refuse`.
pub const GUARD_FAULT: &str = "guard-fault";

/// What a draw is decided on.
#[derive(Debug, Clone, Copy)]
pub struct Situation<'a> {
    /// The values of [`Pipeline::facts`], in its order.
    pub facts: &'a [Value],
    /// Of each prize of the pipeline, the limit that the player has reached.
    pub limits: &'a [Option<Limit>],
    /// Where chance comes from.
    pub seed: &'a Seed,
}

/// A decided draw.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decided {
    /// What is to be done.
    pub plan: Plan,
    /// What the rules answered, in the order in which they ran.
    pub steps: Vec<Step>,
    /// The rules that failed.
    pub faults: Vec<NodeFault>,
}

/// What is to be done about a draw.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Plan {
    /// Nothing is drawn and no chance is used.
    Refuse {
        /// Stable, for programs.
        code: String,
        /// For the player.
        message: String,
    },
    /// A chance is used.
    Draw {
        /// `None` where a guard's grant ended the chain.
        ticket: Option<Ticket>,
        /// What to try to hand over, in order; after the last there is nothing.
        grants: Vec<Grant>,
    },
}

/// A rule that failed, for the operator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeFault {
    /// The node.
    pub node: String,
    /// How.
    pub fault: Fault,
}

/// Decides one draw. Fails only where the host could not run a rule, which is no outcome.
pub fn decide(pipeline: &Pipeline, situation: &Situation<'_>) -> Result<Decided, Unavailable> {
    decide_observed(pipeline, situation, Budget::default(), &mut ())
}

/// Decides one draw within a budget, beside an observer, which may end it early.
pub fn decide_observed<O: Observer>(
    pipeline: &Pipeline,
    situation: &Situation<'_>,
    budget: Budget,
    observer: &mut O,
) -> Result<Decided, O::Stop> {
    let (steps, faults) = (Vec::with_capacity(8), Vec::new());
    let mut run = Run { pipeline, situation, observer, budget, steps, faults };
    let plan = run.plan()?;
    Ok(Decided { plan, steps: run.steps, faults: run.faults })
}

struct Run<'a, O> {
    pipeline: &'a Pipeline,
    situation: &'a Situation<'a>,
    observer: &'a mut O,
    budget: Budget,
    steps: Vec<Step>,
    faults: Vec<NodeFault>,
}

/// What the chain of guards came to.
enum Chain<'a> {
    Ended(Plan),
    Draw {
        pool: usize,
        /// The guard that chose the pool, unless it is the default one.
        chosen_by: Option<&'a PlacedRule>,
    },
}

impl<'a, O: Observer> Run<'a, O> {
    fn plan(&mut self) -> Result<Plan, O::Stop> {
        match self.guards()? {
            Chain::Ended(plan) => Ok(plan),
            Chain::Draw { pool, chosen_by } => self.draw(pool, chosen_by),
        }
    }

    fn guards(&mut self) -> Result<Chain<'a>, O::Stop> {
        let pipeline = self.pipeline;
        let (mut pool, mut chosen_by) = (pipeline.default_pool, None);
        for guard in &pipeline.guards {
            let on_fault = if guard.proceeds_on_fault { "fault, proceed" } else { "fault, refuse" };
            let Some(pick) = self.evaluate(&guard.rule, on_fault)? else {
                if guard.proceeds_on_fault {
                    continue;
                }
                let message = "The draw could not be checked. Please try again later.".to_owned();
                return Ok(Chain::Ended(Plan::Refuse { code: GUARD_FAULT.to_owned(), message }));
            };
            match &guard.outcomes[pick.outcome as usize] {
                GuardOutcome::Proceed => {}
                GuardOutcome::Choose(chosen) => (pool, chosen_by) = (*chosen, Some(&guard.rule)),
                GuardOutcome::Grant(prize, declared) => {
                    let grant = self.grant(*prize, narrowed(&pick, *declared), &guard.rule.path);
                    return Ok(Chain::Ended(Plan::Draw { ticket: None, grants: vec![grant] }));
                }
                GuardOutcome::Refuse(code, message) => {
                    return Ok(Chain::Ended(Plan::Refuse { code: code.clone(), message: message.clone() }));
                }
            }
        }
        Ok(Chain::Draw { pool, chosen_by })
    }

    fn draw(&mut self, pool: usize, chosen_by: Option<&PlacedRule>) -> Result<Plan, O::Stop> {
        let pool = &self.pipeline.pools[pool];
        let total = pool.table.total();
        let number = self.observer.ticket(pool, chosen_by, self.situation.seed)?;
        let grants = match pool.entries[pool.table.position(number)] {
            Some(prize) => self.tree(prize)?,
            None => Vec::new(),
        };
        Ok(Plan::Draw { ticket: Some(Ticket { pool: pool.name.clone(), number, total }), grants })
    }

    /// Walks the drawn prize's tree along `sold_out` as far as it goes, since only the commit knows what is left.
    fn tree(&mut self, drawn: usize) -> Result<Vec<Grant>, O::Stop> {
        let tree = &self.pipeline.trees[self.pipeline.prizes[drawn].tree];
        let mut grants = Vec::new();
        let mut target = Target::Node(tree.root);
        while let Target::Node(position) = target {
            self.observer.reached(tree.nodes[position].path());
            let (grant, after) = match &tree.nodes[position] {
                Node::Grant(node) => (self.grant(node.prize.unwrap_or(drawn), node.amount, &node.path), node.sold_out),
                Node::Rule(branch) => {
                    let Some(pick) = self.evaluate(&branch.rule, "fault")? else {
                        target = branch.on_fault;
                        continue;
                    };
                    match &branch.outcomes[pick.outcome as usize] {
                        BranchOutcome::Follow(_, next) => {
                            target = *next;
                            continue;
                        }
                        BranchOutcome::Grant(prize, declared) => {
                            (self.grant(*prize, narrowed(&pick, *declared), &branch.rule.path), branch.sold_out)
                        }
                    }
                }
            };
            let is_certain = !grant.stocked && grant.cost == 0 && grant.limit.is_none();
            grants.push(grant);
            target = if is_certain { Target::Nothing } else { after };
        }
        Ok(grants)
    }

    fn grant(&self, prize: usize, amount: Span, path: &str) -> Grant {
        let limit = self.situation.limits.get(prize).copied().flatten();
        let prize = &self.pipeline.prizes[prize];
        let amount = self::amount(self.situation.seed, amount, || format!("{path}/amount"));
        Grant {
            prize: prize.id.clone(),
            amount,
            stocked: prize.is_stocked(),
            cost: prize.cost(amount),
            limit,
            node: path.to_owned(),
        }
    }

    /// Runs a rule and draws among its picks. `None` is a fault, which is noted with `on_fault`.
    fn evaluate(&mut self, placed: &PlacedRule, on_fault: &str) -> Result<Option<Pick>, O::Stop> {
        let Situation { facts, seed, .. } = *self.situation;
        let (step, answer) = evaluate(placed, facts, seed, on_fault, &mut self.budget, self.observer)?;
        self.steps.push(step);
        Ok(noted(answer, placed, &mut self.faults))
    }
}

/// Runs a rule and draws among its picks under the node's path. A fault stands in the step as `on_fault` says.
pub(crate) fn evaluate<O: Observer>(
    placed: &PlacedRule,
    facts: &[Value],
    seed: &Seed,
    on_fault: &str,
    budget: &mut Budget,
    observer: &mut O,
) -> Result<(Step, Result<Pick, Fault>), O::Stop> {
    let (answer, fuel) = ask(placed, facts, budget, observer)?;
    let (outcome, answer) = match answer {
        Ok(answer) => {
            let pick = observer.pick(placed, answer, seed)?;
            (placed.rule.needs().outcomes[pick.outcome as usize].to_string(), Ok(pick))
        }
        Err(fault) => (format!("{on_fault}: {}", fault.kind), Err(fault)),
    };
    Ok((Step { node: placed.path.clone(), outcome, fuel }, answer))
}

/// The pick, or none and the fault among the others.
pub(crate) fn noted(answer: Result<Pick, Fault>, placed: &PlacedRule, faults: &mut Vec<NodeFault>) -> Option<Pick> {
    match answer {
        Ok(pick) => Some(pick),
        Err(fault) => {
            faults.push(NodeFault { node: placed.path.clone(), fault });
            None
        }
    }
}

/// An even choice from a span, drawn under a label of its own.
pub(crate) fn amount(seed: &Seed, span: Span, label: impl FnOnce() -> String) -> i64 {
    if span.width() == 1 {
        return span.low();
    }
    let above = seed.stream(&label()).below(span.width());
    span.low() + i64::try_from(above).expect("a span is narrower than 2^53")
}

fn narrowed(pick: &Pick, declared: Span) -> Span {
    pick.amounts.first().copied().unwrap_or(declared)
}

#[cfg(test)]
mod tests;
