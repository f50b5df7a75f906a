//! What rules answer, as shares of their outcomes.

use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

use num_rational::BigRational;
use num_traits::One;
use tombola_domain::amount::Span;
use tombola_domain::fact::Value;

use super::{TooMuchFuel, Untold, ratio};
use crate::decide::{Answer, Budget, DRAW_FUEL_MAX, Watch, ask};
use crate::pipeline::PlacedRule;
use crate::rule::{Fault, Pick};

/// What a rule picks, and how likely it is.
#[derive(Debug, Clone)]
pub(super) struct Share {
    /// Position among the declared outcomes.
    pub(super) outcome: usize,
    /// The amount, where the rule says one.
    amount: Option<Span>,
    pub(super) probability: BigRational,
}

impl Share {
    pub(super) fn amount(&self, declared: Span) -> Span {
        self.amount.unwrap_or(declared)
    }
}

pub(super) type Answered = Rc<Result<Vec<Share>, Fault>>;

/// The answer of each node's rule. Facts are the same for all paths, so once is enough.
pub(super) struct Answers<'a, W> {
    facts: &'a [Value],
    watch: &'a mut W,
    /// With the fuel that each took.
    known: HashMap<&'a str, (Answered, u64)>,
}

impl<'a, W: Watch> Answers<'a, W> {
    pub(super) fn new(facts: &'a [Value], watch: &'a mut W) -> Self {
        Self { facts, watch, known: HashMap::new() }
    }

    /// What a rule answers a draw that has used up so much fuel by then at most, and how much it has used up after it. A draw that has
    /// no fuel left for one would see a fault, which this could not tell of each way to it; so all ways must do with what a draw has.
    pub(super) fn of(&mut self, placed: &'a PlacedRule, spent: u64) -> Result<(Answered, u64), Untold> {
        let (answer, fuel) = if let Some((answer, fuel)) = self.known.get(placed.path.as_str()) {
            (Rc::clone(answer), *fuel)
        } else {
            let (answer, fuel) = ask(placed, self.facts, &mut Budget::default(), self.watch)?;
            let answer = Rc::new(answer.map(shares));
            self.known.insert(&placed.path, (Rc::clone(&answer), fuel));
            (answer, fuel)
        };
        if spent + fuel > DRAW_FUEL_MAX {
            return Err(TooMuchFuel { place: placed.place.clone() }.into());
        }
        Ok((answer, spent + fuel))
    }
}

/// Picks of the same are one share, so that no more is added up later than there are things to pick.
fn shares(answer: Answer) -> Vec<Share> {
    let share =
        |(outcome, amount): (u32, Option<Span>), probability| Share { outcome: outcome as usize, amount, probability };
    let picked = |pick: &Pick| (pick.outcome, pick.amounts.first().copied());
    match answer {
        Answer::Certain(pick) => vec![share(picked(&pick), BigRational::one())],
        Answer::Weighted(table, picks) => {
            let mut weights: BTreeMap<_, u64> = BTreeMap::new();
            for (position, pick) in picks.iter().enumerate() {
                *weights.entry(picked(pick)).or_default() += table.weight(position);
            }
            weights.into_iter().map(|(picked, weight)| share(picked, ratio(weight, table.total()))).collect()
        }
    }
}
