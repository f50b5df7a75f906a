use std::collections::BTreeMap;

use data_encoding::HEXLOWER;
use serde::Serialize;
use tombola_app::model::{self, Pipeline, Plan, TracedAnswer, TracedPick, TrialVerdict};
use tombola_app::trial;
use tombola_domain::draw::{Grant as Planned, Limit};
use utoipa::ToSchema;

use super::fact::json;
use super::finding::Finding;

/// A draw that was tried. Tickets, totals and weights are texts, since they go up to 2^63.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TrialGrant)]
pub(crate) struct Tried {
    /// The live revision; left out where a document was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    revision: Option<u64>,
    /// The document's warnings.
    findings: Vec<Finding>,
    /// Repeats this trial, on the same document and facts.
    seed: String,
    /// What it came to.
    outcome: Outcome,
    /// The rules that ran, in order: also those that only `sold_out` would lead to.
    steps: Vec<Step>,
    /// What was drawn; left out where a guard ended the chain.
    #[serde(skip_serializing_if = "Option::is_none")]
    drawn: Option<Drawn>,
    /// The nodes of the drawn prize's tree, up to the one that hands something over.
    path: Vec<String>,
    /// The plan: what would be tried to hand over, in order.
    grants: Vec<Grant>,
}

/// What a trial came to.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TrialOutcome)]
#[serde(tag = "kind", rename_all = "lowercase")]
enum Outcome {
    Prize { prize: String, amount: i64 },
    Nothing,
    Refused { code: String, message: String },
}

/// One run of a rule.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TrialStep)]
struct Step {
    /// As in `guards/banned` or `trees/default/lock`.
    node: String,
    /// As the document names it.
    rule: String,
    /// SHA-256 of the module that it came to.
    module: String,
    /// JSON pointer to its config in the document.
    config_place: String,
    /// The facts that it read, by name.
    facts: BTreeMap<String, serde_json::Value>,
    /// What it answered.
    decision: Decision,
    /// What was taken of it, as in receipts.
    outcome: String,
    /// Fuel that it took.
    fuel: u64,
}

/// What a rule answered.
#[derive(Debug, Serialize, ToSchema)]
#[serde(tag = "kind", rename_all = "lowercase")]
enum Decision {
    Certain(Pick),
    Weighted { picks: Vec<WeightedPick> },
    Fault { fault: String, message: String },
}

/// An outcome that a rule answered.
#[derive(Debug, Serialize, ToSchema)]
struct Pick {
    /// As in receipts.
    outcome: String,
    /// How much of a prize, evenly from the first to the second.
    #[serde(skip_serializing_if = "Option::is_none")]
    amount: Option<[i64; 2]>,
}

/// One of several outcomes.
#[derive(Debug, Serialize, ToSchema)]
struct WeightedPick {
    weight: String,
    #[serde(flatten)]
    pick: Pick,
}

/// A drawn ticket.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TrialDrawn)]
struct Drawn {
    /// The pool.
    pool: String,
    /// The guard that chose it; left out for the default one.
    #[serde(skip_serializing_if = "Option::is_none")]
    chosen_by: Option<String>,
    ticket: String,
    /// Tickets lie below it.
    total: String,
    /// The prize that it draws, or `nothing`.
    entry: String,
    /// The lowest ticket of the entry.
    first: String,
    /// The highest one.
    last: String,
}

/// A grant of the plan.
#[derive(Debug, Serialize, ToSchema)]
struct Grant {
    /// The node that wishes it.
    node: String,
    prize: String,
    amount: i64,
    /// `had`, `sold-out`, `limit-player`, `limit-player-day`, or `not-tried` after the one that is had.
    verdict: &'static str,
}

impl From<trial::Tried> for Tried {
    fn from(tried: trial::Tried) -> Self {
        let trial::Tried { revision, findings, seed, pipeline, trace } = tried;
        let outcome = outcome(&trace.plan, trace.had);
        let grants = if let Plan::Draw { grants, .. } = trace.plan { grants } else { Vec::new() };
        Self {
            revision,
            findings: findings.into_iter().map(Finding::from).collect(),
            seed: HEXLOWER.encode(&seed),
            outcome,
            steps: trace.steps.into_iter().map(Step::from).collect(),
            drawn: trace.drawn.map(|drawn| Drawn::new(&pipeline, drawn)),
            path: trace.path,
            grants: grants.into_iter().zip(trace.verdicts).map(Grant::from).collect(),
        }
    }
}

fn outcome(plan: &Plan, had: Option<usize>) -> Outcome {
    match (plan, had) {
        (Plan::Refuse { code, message }, _) => Outcome::Refused { code: code.clone(), message: message.clone() },
        (Plan::Draw { grants, .. }, Some(had)) => {
            Outcome::Prize { prize: grants[had].prize.to_string(), amount: grants[had].amount }
        }
        (Plan::Draw { .. }, None) => Outcome::Nothing,
    }
}

impl From<model::TracedStep> for Step {
    fn from(step: model::TracedStep) -> Self {
        Self {
            node: step.node,
            rule: step.reference,
            module: step.module.to_string(),
            config_place: format!("{}/config", step.place),
            facts: step.facts.iter().map(|(name, value)| (name.clone(), json(value))).collect(),
            decision: step.answer.into(),
            outcome: step.outcome,
            fuel: step.fuel,
        }
    }
}

impl From<TracedAnswer> for Decision {
    fn from(answer: TracedAnswer) -> Self {
        let weighted =
            |(weight, pick): (u64, TracedPick)| WeightedPick { weight: weight.to_string(), pick: pick.into() };
        match answer {
            TracedAnswer::Certain(pick) => Self::Certain(pick.into()),
            TracedAnswer::Weighted(picks) => Self::Weighted { picks: picks.into_iter().map(weighted).collect() },
            TracedAnswer::Fault(fault) => Self::Fault { fault: fault.kind.to_string(), message: fault.message },
        }
    }
}

impl From<TracedPick> for Pick {
    fn from(pick: TracedPick) -> Self {
        Self { outcome: pick.outcome, amount: pick.amount.map(|amount| [amount.low(), amount.high()]) }
    }
}

impl Drawn {
    fn new(pipeline: &Pipeline, drawn: model::Drawn) -> Self {
        let pool = &pipeline.pools[drawn.pool];
        let entry = pool.entries[drawn.entry].map(|prize| pipeline.prizes[prize].id.to_string());
        let first = pool.table.first(drawn.entry);
        Self {
            pool: pool.name.to_string(),
            chosen_by: drawn.chosen_by,
            ticket: drawn.ticket.to_string(),
            total: pool.table.total().to_string(),
            entry: entry.unwrap_or_else(|| "nothing".to_owned()),
            first: first.to_string(),
            last: (first + (pool.table.weight(drawn.entry) - 1)).to_string(),
        }
    }
}

impl From<(Planned, TrialVerdict)> for Grant {
    fn from((grant, verdict): (Planned, TrialVerdict)) -> Self {
        let verdict = match verdict {
            TrialVerdict::Had => "had",
            TrialVerdict::SoldOut => "sold-out",
            TrialVerdict::LimitReached(Limit::Player) => "limit-player",
            TrialVerdict::LimitReached(Limit::PlayerDay) => "limit-player-day",
            TrialVerdict::NotTried => "not-tried",
        };
        Self { node: grant.node, prize: grant.prize.to_string(), amount: grant.amount, verdict }
    }
}
