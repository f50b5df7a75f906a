//! What a rule declares while it is configured.

use crate::bindings::{branch, guard, rebate};
use crate::{Award, Fact, FactNeed, FactValue, Outcome, Refusal, Reward, Span};

/// The facts that a rule reads and the outcomes that it may answer, under one config.
///
/// Asking twice for the same fact, or declaring the same outcome twice, gives the same handle.
#[derive(Debug)]
pub struct Needs<O> {
    pub(crate) facts: FactNeeds,
    pub(crate) outcomes: Vec<O>,
}

/// What a guard declares.
pub type GuardNeeds = Needs<guard::Outcome>;

/// What a branch declares.
pub type BranchNeeds = Needs<branch::Outcome>;

/// What a rebate declares.
pub type RebateNeeds = Needs<rebate::Outcome>;

/// The facts among what a rule needs, which are the same for every kind.
#[derive(Debug)]
pub struct FactNeeds(pub(crate) Vec<FactNeed>);

/// Asking for facts. Names are those of the host's fact catalogue.
impl FactNeeds {
    /// A fact of any type: `fact::<Option<i64>>("attribute.age")` for an integer that may be absent.
    pub fn fact<T: FactValue>(&mut self, name: impl Into<String>) -> Fact<T> {
        Fact::at(position(&mut self.0, FactNeed { name: name.into(), expected: T::TYPE }))
    }
}

/// Asking for facts. Names are those of the host's fact catalogue.
impl<O: PartialEq> Needs<O> {
    pub(crate) fn new() -> Self {
        Self { facts: FactNeeds(Vec::new()), outcomes: Vec::new() }
    }

    /// The facts alone, for what is shared by rules of several kinds.
    pub fn facts(&mut self) -> &mut FactNeeds {
        &mut self.facts
    }

    /// A fact of any type: `needs.fact::<Option<i64>>("attribute.age")` for an integer that may be absent.
    pub fn fact<T: FactValue>(&mut self, name: impl Into<String>) -> Fact<T> {
        self.facts.fact(name)
    }

    /// A boolean that is always there.
    pub fn boolean(&mut self, name: impl Into<String>) -> Fact<bool> {
        self.fact(name)
    }

    /// An integer that is always there.
    pub fn integer(&mut self, name: impl Into<String>) -> Fact<i64> {
        self.fact(name)
    }

    /// A text that is always there.
    pub fn text(&mut self, name: impl Into<String>) -> Fact<String> {
        self.fact(name)
    }

    fn outcome(&mut self, outcome: O) -> u32 {
        let position = position(&mut self.outcomes, outcome);
        // No rule declares so many; the host would refuse such an answer as undeclared.
        u32::try_from(position).unwrap_or(u32::MAX)
    }
}

/// Outcomes of guards.
impl GuardNeeds {
    /// The next guard is asked.
    pub fn proceed(&mut self) -> Outcome {
        Outcome(self.outcome(guard::Outcome::Proceed))
    }

    /// This pool is drawn from unless a later guard chooses another; the next guard is asked.
    pub fn choose(&mut self, pool: impl Into<String>) -> Outcome {
        Outcome(self.outcome(guard::Outcome::Choose(pool.into())))
    }

    /// The chain ends and this is handed over instead of drawing.
    pub fn grant(&mut self, prize: impl Into<String>, amount: Span) -> Outcome {
        Outcome(self.outcome(guard::Outcome::Grant(Award { prize: prize.into(), amount })))
    }

    /// The chain ends and nothing is drawn. `code` is for programs (lower case letters, digits, `-` and `_`), `message`
    /// for the player.
    pub fn refuse(&mut self, code: impl Into<String>, message: impl Into<String>) -> Refusal {
        let refusal = guard::Refusal { code: code.into(), message: message.into() };
        Refusal(self.outcome(guard::Outcome::Refuse(refusal)))
    }
}

/// Outcomes of branches.
impl BranchNeeds {
    /// The tree goes on along the edge with this label.
    pub fn follow(&mut self, label: impl Into<String>) -> Outcome {
        Outcome(self.outcome(branch::Outcome::Follow(label.into())))
    }

    /// This is handed over.
    pub fn grant(&mut self, prize: impl Into<String>, amount: Span) -> Outcome {
        Outcome(self.outcome(branch::Outcome::Grant(Award { prize: prize.into(), amount })))
    }
}

/// Outcomes of rebates.
impl RebateNeeds {
    /// All of these are given; at most 16.
    pub fn rewards(&mut self, rewards: impl IntoIterator<Item = Reward>) -> Outcome {
        Outcome(self.outcome(rebate::Outcome { rewards: rewards.into_iter().collect() }))
    }

    /// Nothing is given.
    pub fn nothing(&mut self) -> Outcome {
        self.rewards([])
    }
}

/// Where `item` stands; at the end, where it was not there before.
fn position<T: PartialEq>(items: &mut Vec<T>, item: T) -> usize {
    if let Some(found) = items.iter().position(|other| *other == item) {
        return found;
    }
    items.push(item);
    items.len() - 1
}
