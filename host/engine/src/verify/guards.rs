//! The chain of guards.

use std::collections::HashSet;

use tombola_domain::fact::Fact;

use super::rules::Declared;
use super::{Check, nearest};
use crate::document::{Guard as Written, GuardFault, NOTHING};
use crate::finding::{Code, within};
use crate::pipeline::{Guard, GuardOutcome};
use crate::rule::Outcome;

impl Check<'_> {
    pub(super) fn all_guards(&mut self, rules: &Declared, facts: &[Fact]) -> Option<Vec<Guard>> {
        let mut seen = HashSet::new();
        let mut guards = Vec::with_capacity(self.document.guards.len());
        for (position, guard) in self.document.guards.iter().enumerate() {
            let place = within("/guards", position);
            if !seen.insert(guard.id.as_str()) {
                let message = format!("another guard is called '{}'", guard.id);
                self.findings.add(Code::DuplicateName, within(&place, "id"), message, "Rename one of them.");
            }
            let _: Option<tombola_domain::id::PoolName> = self.name(&guard.id, &within(&place, "id"));
            guards.push(self.one_guard(guard, &place, rules, facts));
        }
        guards.into_iter().collect()
    }

    fn one_guard(&mut self, guard: &Written, place: &str, rules: &Declared, facts: &[Fact]) -> Option<Guard> {
        let declared = rules.outcomes(place)?;
        self.check_refusals(&guard.rule, declared, &within(place, "config"));
        let outcomes: Vec<_> = declared.iter().map(|outcome| self.guard_outcome(outcome, place)).collect();
        self.check_guard_sold_out(guard, place, &outcomes);
        Some(Guard {
            rule: rules.place(place, format!("guards/{}", guard.id), &guard.rule, facts)?,
            outcomes: outcomes.into_iter().collect::<Option<_>>()?,
            proceeds_on_fault: guard.on_fault == GuardFault::Proceed,
        })
    }

    fn guard_outcome(&mut self, outcome: &Outcome, place: &str) -> Option<GuardOutcome> {
        let place = within(place, "config");
        Some(match outcome {
            Outcome::Proceed => GuardOutcome::Proceed,
            Outcome::Choose(pool) => GuardOutcome::Choose(self.pool_named(pool, &place)?),
            Outcome::Grant { prize, amount } => {
                let prize = self.prize_named(prize, &place)?;
                self.check_worth(&[prize], amount.high(), &place);
                GuardOutcome::Grant(prize, *amount)
            }
            Outcome::Refuse { code, message } => GuardOutcome::Refuse(code.clone(), message.clone()),
            Outcome::Follow(_) | Outcome::Rewards(_) => return None,
        })
    }

    pub(super) fn pool_named(&mut self, name: &str, place: &str) -> Option<usize> {
        let position = self.pools.get(name).copied();
        if position.is_none() {
            let hint = nearest(name, self.pools.keys().copied());
            self.findings.add(Code::UnknownPool, place, format!("there is no pool '{name}'"), hint);
        }
        position
    }

    fn check_guard_sold_out(&mut self, guard: &Written, place: &str, outcomes: &[Option<GuardOutcome>]) {
        let grants = outcomes.iter().filter_map(|outcome| match outcome {
            Some(GuardOutcome::Grant(prize, _)) => Some(*prize),
            _ => None,
        });
        let grants: Vec<usize> = grants.collect();
        match &guard.sold_out {
            Some(target) if target != NOTHING => {
                let message = format!("'{target}' can't follow; a guard's grant that has run out comes to nothing");
                self.findings.add(Code::UnknownNode, within(place, "sold_out"), message, "Write `sold_out: nothing`.");
            }
            written => self.check_sold_out(&grants, written.is_some(), place),
        }
    }

    /// Whether `sold_out` stands where it must, and only where it can happen.
    pub(super) fn check_sold_out(&mut self, prizes: &[usize], is_written: bool, place: &str) {
        let runs_out = prizes.iter().find(|prize| self.can_run_out(**prize));
        match (runs_out, is_written) {
            (Some(prize), false) => {
                let prize = &self.document.prizes[*prize].id;
                let message = format!("'{prize}' can run out here, and it is not said what follows");
                self.findings.add(Code::MissingSoldOut, place, message, "Add `sold_out:` with a node, or `nothing`.");
            }
            (None, true) => {
                let message = "nothing that is granted here can run out";
                self.findings.add(Code::ImpossibleSoldOut, within(place, "sold_out"), message, "Leave it out.");
            }
            _ => {}
        }
    }
}
