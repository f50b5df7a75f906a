//! Which pools can be drawn from and which prizes can be won, faults left aside.

use std::collections::BTreeSet;

use super::Check;
use super::rules::Declared;
use super::trees::followed;
use crate::document::{DEFAULT_POOL, DEFAULT_TREE, DRAWN, NOTHING};
use crate::finding::{Code, within};
use crate::rule::{Gain, Outcome};

impl Check<'_> {
    /// Says nothing where a rule was not found: its outcomes are not known then.
    pub(super) fn reachability(&mut self, rules: &Declared) {
        if !rules.complete {
            return;
        }
        let mut won = BTreeSet::new();
        let pools = self.reachable_pools(rules, &mut won);
        self.given_for_events(rules, &mut won);
        for (name, entries) in &self.document.pools {
            if !pools.contains(name.as_str()) {
                let message = format!("no guard chooses the pool '{name}'");
                self.findings.add(
                    Code::UnusedPool,
                    within("/pools", name),
                    message,
                    "Let a guard choose it, or drop it.",
                );
                continue;
            }
            for prize in entries.keys().filter(|prize| *prize != NOTHING) {
                self.won_after(prize, rules, &mut won);
            }
        }
        for (position, prize) in self.document.prizes.iter().enumerate() {
            if !won.contains(prize.id.as_str()) {
                let message = format!("no path hands over the prize '{}': it can never be won", prize.id);
                let hint =
                    "Give it a share of a pool that is drawn from, and lead an edge of its tree to a grant of it.";
                self.findings.add(Code::NeverWon, within("/prizes", position), message, hint);
            }
        }
    }

    fn reachable_pools<'r>(&self, rules: &'r Declared, won: &mut BTreeSet<String>) -> BTreeSet<&'r str> {
        let mut pools = BTreeSet::from([DEFAULT_POOL]);
        for position in 0..self.document.guards.len() {
            let outcomes = rules.outcomes(&within("/guards", position)).unwrap_or_default();
            for outcome in outcomes {
                match outcome {
                    Outcome::Choose(pool) => _ = pools.insert(pool),
                    Outcome::Grant { prize, .. } => _ = won.insert(prize.clone()),
                    _ => {}
                }
            }
            if !outcomes.iter().any(|outcome| matches!(outcome, Outcome::Proceed | Outcome::Choose(_))) {
                return BTreeSet::new();
            }
        }
        pools
    }

    fn given_for_events(&self, rules: &Declared, won: &mut BTreeSet<String>) {
        for position in 0..self.document.rebates.len() {
            let outcomes = rules.outcomes(&within("/rebates", position)).unwrap_or_default();
            let rewards = outcomes.iter().filter_map(|outcome| match outcome {
                Outcome::Rewards(rewards) => Some(rewards),
                _ => None,
            });
            won.extend(rewards.flatten().filter_map(|reward| match &reward.gain {
                Gain::Prize(prize) => Some(prize.clone()),
                Gain::Points(_) | Gain::Chances => None,
            }));
        }
    }

    fn won_after(&self, drawn: &str, rules: &Declared, won: &mut BTreeSet<String>) {
        let Some(position) = self.prizes.get(drawn) else { return };
        let name = self.document.prizes[*position].tree.as_deref().unwrap_or(DEFAULT_TREE);
        let Some(tree) = self.document.trees.get(name) else {
            won.insert(drawn.to_owned());
            return;
        };
        let nodes = within(&within("/trees", name), "nodes");
        let mut open = vec![tree.root.as_str()];
        let mut seen = BTreeSet::new();
        while let Some(name) = open.pop() {
            let Some(node) = tree.nodes.get(name).filter(|_| seen.insert(name)) else { continue };
            let outcomes = rules.outcomes(&within(&nodes, name)).unwrap_or_default();
            let granted = node.grant.as_deref().map(|grant| if grant == DRAWN { drawn } else { grant });
            let by_rule = outcomes.iter().filter_map(|outcome| match outcome {
                Outcome::Grant { prize, .. } => Some(prize.as_str()),
                _ => None,
            });
            let granted: Vec<&str> = granted.into_iter().chain(by_rule).collect();
            let runs_out = |prize: &&str| self.prizes.get(*prize).is_some_and(|prize| self.can_run_out(*prize));
            if granted.iter().any(runs_out) {
                open.extend(node.sold_out.as_deref());
            }
            open.extend(
                outcomes.iter().filter_map(followed).filter_map(|label| node.on.get(label)).map(String::as_str),
            );
            won.extend(granted.into_iter().map(str::to_owned));
        }
    }
}
