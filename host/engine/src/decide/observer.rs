//! Standing beside a draw while it is decided. The observer of draws in production is `()`, which compiles to nothing.

use tombola_domain::fact::Value;
use tombola_domain::random::Seed;

use super::Answer;
use crate::pipeline::{PlacedRule, Pool};
use crate::rule::{Fault, Pick, Unavailable};

/// One run of a rule, and how it was judged.
#[derive(Debug, Clone, Copy)]
pub struct RuleRun<'a> {
    /// The rule in its place.
    pub rule: &'a PlacedRule,
    /// The values of the facts that it asked for, in its order.
    pub facts: &'a [Value],
    /// What it answered, how it failed, or why the host could not run it.
    pub answer: Result<Result<&'a Answer, &'a Fault>, &'a Unavailable>,
    /// Fuel that it took.
    pub fuel: u64,
}

/// Sees rules run.
pub trait Watch {
    /// A rule has run, or could not be run.
    fn ran(&mut self, _run: RuleRun<'_>) {}
}

/// Sees a draw decided, and stands where chance falls: whoever does not let it fall by the seed tries a draw, and makes none.
pub trait Observer: Watch {
    /// Why the draw went no further.
    type Stop: From<Unavailable>;

    /// The ticket for `pool`, which a guard chose unless it is the default one.
    fn ticket(&mut self, pool: &Pool, _chosen_by: Option<&PlacedRule>, seed: &Seed) -> Result<u64, Self::Stop> {
        Ok(pool.ticket(seed))
    }

    /// The pick among what a rule answered.
    fn pick(&mut self, rule: &PlacedRule, answer: Answer, seed: &Seed) -> Result<Pick, Self::Stop> {
        Ok(answer.pick(seed, &rule.path))
    }

    /// The draw has come to this node of the drawn prize's tree.
    fn reached(&mut self, _node: &str) {}
}

impl Watch for () {}

impl Observer for () {
    type Stop = Unavailable;
}
