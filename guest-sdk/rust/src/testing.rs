//! A stand-in host, to test a rule natively with `cargo test`.
//!
//! ```
//! use tombola_rule::{Branch, BranchNeeds, Decision, Fact, Facts, Fault, Outcome, Problems};
//! use tombola_rule::testing::{self, Answer};
//!
//! struct Odd { bucket: Fact<i64>, odd: Outcome, even: Outcome }
//!
//! impl Branch for Odd {
//!     type Config = ();
//!     fn configure((): (), needs: &mut BranchNeeds) -> Result<Self, Problems> {
//!         let bucket = needs.integer("player.bucket");
//!         Ok(Self { bucket, odd: needs.follow("odd"), even: needs.follow("even") })
//!     }
//!     fn decide(&self, facts: &Facts<'_>) -> Result<Decision, Fault> {
//!         Ok(if facts.get(self.bucket) % 2 == 1 { self.odd } else { self.even }.into())
//!     }
//! }
//!
//! let rule = testing::branch::<Odd>("null");
//! assert_eq!(rule.given("player.bucket", 7).answer(), Answer::follow("odd"));
//! assert_eq!(rule.given("player.bucket", 8).answer(), Answer::follow("even"));
//! ```
//!
//! Everything here panics where a test is wrong: it is for tests alone.

use std::collections::BTreeMap;
use std::fmt::Display;

use crate::native::{Configured, Decision, Declared, Outcome, Pick, Rule};
use crate::{Branch, Gain, Guard, Problem, Rebate, Reward, Span, Value};

/// A configured rule.
pub struct Tested(Box<dyn Configured>);

/// A rule together with the values of some facts.
pub struct Given<'r> {
    rule: &'r dyn Configured,
    facts: BTreeMap<String, Value>,
}

/// What a rule answered, by value: an awarded amount is the one that holds, narrowed or declared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// This.
    Certain(Outcome),
    /// One of these, by weight.
    Weighted(Vec<(u64, Outcome)>),
    /// The rule failed.
    Fault(String),
}

/// A guard under a config.
///
/// # Panics
///
/// Where the rule refuses the config.
pub fn guard<R: Guard>(config: impl Display) -> Tested {
    configured(&Rule::guard::<R>("", "", ""), config)
}

/// A branch under a config.
///
/// # Panics
///
/// Where the rule refuses the config.
pub fn branch<R: Branch>(config: impl Display) -> Tested {
    configured(&Rule::branch::<R>("", "", ""), config)
}

/// A rebate under a config.
///
/// # Panics
///
/// Where the rule refuses the config.
pub fn rebate<R: Rebate>(config: impl Display) -> Tested {
    configured(&Rule::rebate::<R>("", "", ""), config)
}

/// What a guard finds wrong with a config.
///
/// # Panics
///
/// Where it finds nothing.
pub fn guard_problems<R: Guard>(config: impl Display) -> Vec<Problem> {
    problems(&Rule::guard::<R>("", "", ""), config)
}

/// What a branch finds wrong with a config.
///
/// # Panics
///
/// Where it finds nothing.
pub fn branch_problems<R: Branch>(config: impl Display) -> Vec<Problem> {
    problems(&Rule::branch::<R>("", "", ""), config)
}

/// What a rebate finds wrong with a config.
///
/// # Panics
///
/// Where it finds nothing.
pub fn rebate_problems<R: Rebate>(config: impl Display) -> Vec<Problem> {
    problems(&Rule::rebate::<R>("", "", ""), config)
}

fn configured(rule: &Rule, config: impl Display) -> Tested {
    match rule.configure(&config.to_string()) {
        Ok(rule) => Tested(rule),
        Err(problems) => panic!("the rule refuses its config: {problems:#?}"),
    }
}

fn problems(rule: &Rule, config: impl Display) -> Vec<Problem> {
    rule.configure(&config.to_string()).err().expect("the rule accepts a config that it should refuse")
}

impl Tested {
    /// What the rule reads and how it may answer.
    pub fn declared(&self) -> &Declared {
        self.0.declared()
    }

    /// Gives the first fact; more can follow. Facts that the rule didn't ask for are ignored, as the host ignores them.
    pub fn given(&self, fact: &str, value: impl Into<Value>) -> Given<'_> {
        Given { rule: &*self.0, facts: BTreeMap::new() }.given(fact, value)
    }

    /// What the rule answers without any fact.
    ///
    /// # Panics
    ///
    /// Where it asked for one.
    pub fn answer(&self) -> Answer {
        Given { rule: &*self.0, facts: BTreeMap::new() }.answer()
    }
}

impl Given<'_> {
    /// Gives another fact, or the same one again.
    #[must_use]
    pub fn given(mut self, fact: &str, value: impl Into<Value>) -> Self {
        self.facts.insert(fact.to_owned(), value.into());
        self
    }

    /// What the rule answers.
    ///
    /// # Panics
    ///
    /// Where the rule asked for a fact that was not given, or answers what it did not declare.
    pub fn answer(&self) -> Answer {
        let declared = self.rule.declared();
        let value = |name: &str| {
            let given = self.facts.get(name).cloned();
            given.unwrap_or_else(|| panic!("the rule asked for `{name}`, which the test doesn't give"))
        };
        let facts: Vec<Value> = declared.facts.iter().map(|need| value(&need.name)).collect();
        match self.rule.evaluate(&facts) {
            Ok(Decision::Certain(pick)) => Answer::Certain(picked(declared, &pick)),
            Ok(Decision::Weighted(picks)) => {
                Answer::Weighted(picks.iter().map(|(weight, pick)| (*weight, picked(declared, pick))).collect())
            }
            Err(message) => Answer::Fault(message),
        }
    }
}

/// The declared outcome, with the amounts that the pick narrows it to.
fn picked(declared: &Declared, pick: &Pick) -> Outcome {
    let outcome = declared.outcomes.get(pick.outcome as usize).expect("the handle of an outcome is a position").clone();
    match (outcome, pick.amounts.as_slice()) {
        (outcome, []) => outcome,
        (Outcome::Grant { prize, amount }, &[narrow]) => Outcome::Grant { prize, amount: inside(narrow, amount) },
        (Outcome::Rewards(rewards), amounts) if rewards.len() == amounts.len() => {
            let narrowed = rewards.into_iter().zip(amounts).map(|(reward, amount)| narrowed(reward, *amount));
            Outcome::Rewards(narrowed.collect())
        }
        (outcome, amounts) => panic!("{outcome:?} can't have the amounts {amounts:?}"),
    }
}

fn narrowed(mut reward: Reward, narrow: Span) -> Reward {
    let declared = match &mut reward.gain {
        Gain::Points(points) => &mut points.amount,
        Gain::Chances(amount) => amount,
        Gain::Prize(award) => &mut award.amount,
    };
    *declared = inside(narrow, *declared);
    reward
}

fn inside(narrow: Span, declared: Span) -> Span {
    let is_inside = declared.low <= narrow.low && narrow.low <= narrow.high && narrow.high <= declared.high;
    assert!(is_inside, "{narrow:?} is outside of the declared {declared:?}");
    narrow
}

/// Short names for answers that are certain.
impl Answer {
    /// The next guard is asked.
    pub fn proceed() -> Self {
        Self::Certain(Outcome::Proceed)
    }

    /// This pool is drawn from.
    pub fn choose(pool: &str) -> Self {
        Self::Certain(Outcome::Choose(pool.to_owned()))
    }

    /// This is handed over, in an amount from `low` to `high`.
    pub fn grant(prize: &str, low: i64, high: i64) -> Self {
        Self::Certain(Outcome::Grant { prize: prize.to_owned(), amount: Span { low, high } })
    }

    /// The draw is refused.
    pub fn refuse(code: &str, message: &str) -> Self {
        Self::Certain(Outcome::Refuse { code: code.to_owned(), message: message.to_owned() })
    }

    /// The tree goes on along this edge.
    pub fn follow(label: &str) -> Self {
        Self::Certain(Outcome::Follow(label.to_owned()))
    }

    /// All of this is given.
    pub fn rewards(rewards: impl IntoIterator<Item = Reward>) -> Self {
        Self::Certain(Outcome::Rewards(rewards.into_iter().collect()))
    }
}

macro_rules! value_from {
    ($type:ty, $from:ident => $value:expr) => {
        impl From<$type> for Value {
            fn from($from: $type) -> Self {
                $value
            }
        }
    };
}

value_from!(bool, value => Self::Boolean(value));
value_from!(i64, value => Self::Integer(value));
value_from!(&str, value => Self::Text(value.to_owned()));
value_from!(Vec<i64>, values => Self::Integers(values));
value_from!(Vec<String>, values => Self::Texts(values));
