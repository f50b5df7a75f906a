//! Draws that are tried: decided like any other, beside an observer that writes everything down and may hold the ticket.
//! Nothing of it is committed, and the seed is none of an epoch's.

use std::collections::BTreeSet;

use tombola_domain::amount::Span;
use tombola_domain::digest::Digest;
use tombola_domain::draw::{Grant, Limit};
use tombola_domain::fact::Value;
use tombola_domain::random::Seed;

use crate::decide::{Answer, Budget, Decided, Observer, Plan, RuleRun, Situation, Watch, decide_observed};
use crate::pipeline::{Pipeline, PlacedRule, Pool};
use crate::rule::{Fault, Outcome, Pick, Unavailable};
use crate::ways::Ways;

/// What a draw is tried on.
#[derive(Debug, Clone, Copy)]
pub struct Trial<'a> {
    /// The values of [`Pipeline::facts`], in its order.
    pub facts: &'a [Value],
    /// Of each prize of the pipeline, the limit that the player has reached.
    pub limits: &'a [Option<Limit>],
    /// Positions of the prizes that are taken for sold out.
    pub sold_out: &'a BTreeSet<usize>,
    /// Where chance comes from.
    pub seed: &'a Seed,
    /// The ticket.
    pub start: Start,
}

/// Which ticket is drawn, if one is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// The seed's.
    Seeded,
    /// This.
    Ticket(u64),
    /// The first that draws the prize at this position; `None` is nothing.
    Drawing(Option<usize>),
}

/// Why a trial went no further.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Stopped {
    /// The host could not run a rule.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
    /// The ticket does not lie below the pool's total.
    #[error("the ticket is {ticket}, and those of the pool '{pool}' lie below {total}")]
    TicketTooHigh {
        /// As it was given.
        ticket: u64,
        /// The pool that is drawn from.
        pool: String,
        /// Its total.
        total: u64,
    },
    /// No ticket draws the prize.
    #[error("no ticket of the pool '{0}' draws it")]
    NeverDrawn(String),
}

/// Everything about one draw that was tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trace {
    /// The rules that ran, in order. After the grant that would be had come those that `sold_out` would lead to.
    pub steps: Vec<TracedStep>,
    /// What was drawn; `None` where a guard ended the chain.
    pub drawn: Option<Drawn>,
    /// The nodes of the drawn prize's tree, in order, up to the one whose grant would be had.
    pub path: Vec<String>,
    /// What would be tried.
    pub plan: Plan,
    /// What would become of each grant of the plan.
    pub verdicts: Vec<TrialVerdict>,
    /// Which grant of the plan would be had; `None` is nothing, or a refusal.
    pub had: Option<usize>,
}

/// What would become of a grant, if only what the trial was told were gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TrialVerdict {
    /// It would be handed over.
    Had,
    /// The prize is taken for sold out.
    SoldOut,
    /// The player may not win more of it.
    LimitReached(Limit),
    /// One before it would be had.
    NotTried,
}

/// One run of a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TracedStep {
    /// The node, as in `guards/banned` or `trees/default/lock`.
    pub node: String,
    /// JSON pointer to the guard or node in the document.
    pub place: String,
    /// The rule, as the document names it.
    pub reference: String,
    /// What ran.
    pub module: Digest,
    /// The facts that it read, by name, in its order.
    pub facts: Vec<(String, Value)>,
    /// What it answered.
    pub answer: TracedAnswer,
    /// What was taken of it, as it would stand in a receipt.
    pub outcome: String,
    /// Fuel that it took.
    pub fuel: u64,
}

/// What a rule answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TracedAnswer {
    /// One outcome.
    Certain(TracedPick),
    /// One of several, by weight.
    Weighted(Vec<(u64, TracedPick)>),
    /// None: it failed.
    Fault(Fault),
}

/// An outcome that a rule answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TracedPick {
    /// As it would stand in a receipt.
    pub outcome: String,
    /// How much of a prize.
    pub amount: Option<Span>,
}

/// A drawn ticket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drawn {
    /// Position of the pool.
    pub pool: usize,
    /// The node of the guard that chose it; `None` where none did, and it is the default one.
    pub chosen_by: Option<String>,
    /// The ticket.
    pub ticket: u64,
    /// The entry of the pool that it belongs to.
    pub entry: usize,
}

/// Tries one draw. `watch` sees the rules run.
pub fn run(pipeline: &Pipeline, trial: &Trial<'_>, watch: &mut impl Watch) -> Result<Trace, Stopped> {
    run_one_way(pipeline, trial, None, watch)
}

/// Tries one draw, of which chance falls as `ways` says where that is given.
pub(crate) fn run_one_way(
    pipeline: &Pipeline,
    trial: &Trial<'_>,
    ways: Option<&mut Ways>,
    watch: &mut impl Watch,
) -> Result<Trace, Stopped> {
    let mut limits: Vec<_> = (0..pipeline.prizes.len()).map(|at| trial.limits.get(at).copied().flatten()).collect();
    // Stock is all that the commit looks at. A prize without any has run out for this player, if it has for the trial.
    for prize in trial.sold_out.iter().filter(|prize| pipeline.prizes[**prize].stock.is_none()) {
        limits[*prize] = limits[*prize].or(Some(Limit::Player));
    }
    let mut record = Record { pipeline, start: trial.start, ways, watch, steps: vec![], path: vec![], drawn: None };
    let situation = Situation { facts: trial.facts, limits: &limits, seed: trial.seed };
    let Decided { plan, steps, .. } = decide_observed(pipeline, &situation, Budget::default(), &mut record)?;
    for (traced, step) in record.steps.iter_mut().zip(steps) {
        traced.outcome = step.outcome;
    }
    let grants = if let Plan::Draw { grants, .. } = &plan { grants.as_slice() } else { &[] };
    let verdicts = verdicts(pipeline, trial, grants);
    let had = verdicts.iter().position(|verdict| *verdict == TrialVerdict::Had);
    if let Some(had) = had {
        let end = record.path.iter().position(|node| *node == grants[had].node);
        record.path.truncate(end.map_or(0, |end| end + 1));
    }
    Ok(Trace { steps: record.steps, drawn: record.drawn, path: record.path, plan, verdicts, had })
}

fn verdicts(pipeline: &Pipeline, trial: &Trial<'_>, grants: &[Grant]) -> Vec<TrialVerdict> {
    let mut is_had = false;
    let verdict = |grant: &Grant| {
        let is_sold_out = pipeline.prize(grant.prize.as_str()).is_some_and(|prize| trial.sold_out.contains(&prize));
        match grant.limit {
            _ if is_had => TrialVerdict::NotTried,
            _ if is_sold_out => TrialVerdict::SoldOut,
            Some(limit) => TrialVerdict::LimitReached(limit),
            None => {
                is_had = true;
                TrialVerdict::Had
            }
        }
    };
    grants.iter().map(verdict).collect()
}

/// Writes down what it sees.
struct Record<'a, W> {
    pipeline: &'a Pipeline,
    start: Start,
    ways: Option<&'a mut Ways>,
    watch: &'a mut W,
    steps: Vec<TracedStep>,
    path: Vec<String>,
    drawn: Option<Drawn>,
}

impl<W: Watch> Watch for Record<'_, W> {
    fn ran(&mut self, run: RuleRun<'_>) {
        self.watch.ran(run);
        let Ok(answer) = run.answer else { return };
        let needs = run.rule.rule.needs();
        let names = needs.facts.iter().map(|need| need.name.clone());
        self.steps.push(TracedStep {
            node: run.rule.path.clone(),
            place: run.rule.place.clone(),
            reference: run.rule.reference.clone(),
            module: run.rule.module,
            facts: names.zip(run.facts.iter().cloned()).collect(),
            answer: traced(answer, &needs.outcomes),
            // Known when chance has fallen.
            outcome: String::new(),
            fuel: run.fuel,
        });
    }
}

impl<W: Watch> Observer for Record<'_, W> {
    type Stop = Stopped;

    fn ticket(&mut self, pool: &Pool, chosen_by: Option<&PlacedRule>, seed: &Seed) -> Result<u64, Stopped> {
        let (name, total) = (pool.name.as_str(), pool.table.total());
        let ticket = match (self.start, &mut self.ways) {
            (Start::Ticket(ticket), _) if ticket < total => ticket,
            (Start::Ticket(ticket), _) => {
                return Err(Stopped::TicketTooHigh { ticket, pool: name.to_owned(), total });
            }
            (Start::Drawing(prize), _) => {
                let entry = pool.entries.iter().position(|entry| *entry == prize);
                pool.table.first(entry.ok_or_else(|| Stopped::NeverDrawn(name.to_owned()))?)
            }
            (Start::Seeded, Some(ways)) => pool.table.first(ways.choose(pool.entries.len())),
            (Start::Seeded, None) => seed.stream("ticket").below(total),
        };
        let position = self.pipeline.pools.iter().position(|other| other.name == pool.name);
        self.drawn = Some(Drawn {
            pool: position.expect("the pool is one of the pipeline's"),
            chosen_by: chosen_by.map(|rule| rule.path.clone()),
            ticket,
            entry: pool.table.position(ticket),
        });
        Ok(ticket)
    }

    fn pick(&mut self, rule: &PlacedRule, answer: Answer, seed: &Seed) -> Result<Pick, Stopped> {
        Ok(match (answer, &mut self.ways) {
            (Answer::Weighted(_, mut picks), Some(ways)) => picks.swap_remove(ways.choose(picks.len())),
            (answer, _) => answer.pick(seed, &rule.path),
        })
    }

    fn reached(&mut self, node: &str) {
        self.path.push(node.to_owned());
    }
}

fn traced(answer: Result<&Answer, &Fault>, outcomes: &[Outcome]) -> TracedAnswer {
    let pick = |pick: &Pick| {
        let outcome = &outcomes[pick.outcome as usize];
        let declared = if let Outcome::Grant { amount, .. } = outcome { Some(*amount) } else { None };
        TracedPick { outcome: outcome.to_string(), amount: pick.amounts.first().copied().or(declared) }
    };
    match answer {
        Ok(Answer::Certain(certain)) => TracedAnswer::Certain(pick(certain)),
        Ok(Answer::Weighted(table, picks)) => {
            let weighed = picks.iter().enumerate().map(|(position, one)| (table.weight(position), pick(one)));
            TracedAnswer::Weighted(weighed.collect())
        }
        Err(fault) => TracedAnswer::Fault(fault.clone()),
    }
}

#[cfg(test)]
mod tests;
