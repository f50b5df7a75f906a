//! Examples, as far as they can be judged without trying them: what they name, and whether they say anything.

use tombola_domain::fact::{Fact, Value};
use tombola_domain::id::{AttributeName, PrizeId};

use super::rules::Declared;
use super::{Check, nearest};
use crate::document::{DEFAULT_TREE, Example, ExpectedReward, NOTHING};
use crate::facts::{self, Reason};
use crate::finding::{Code, within};

/// Where a drawn prize is handed over that goes through no tree.
const WITHOUT_A_TREE: &str = "hand-over";

impl Check<'_> {
    /// What is read by no rule is only told where all rules are known.
    pub(super) fn examples(&mut self, rules: &Declared, facts: &[Fact]) {
        let document = self.document;
        for (position, example) in document.examples.iter().enumerate() {
            let place = within("/examples", position);
            if let Some(event) = &example.event {
                self.example_event(event, example, &place, rules);
                continue;
            }
            self.example_facts(example, &place, rules.complete.then_some(facts));
            self.example_draw(example, &place);
            self.expectation(example, &within(&place, "expect"));
        }
    }

    fn example_facts(&mut self, example: &Example, place: &str, read: Option<&[Fact]>) {
        let place = within(place, "facts");
        let (event, is_event) = (example.event.as_deref(), example.event.is_some());
        for (name, value) in &example.facts {
            let place = within(&place, name);
            let attribute = |name: &AttributeName| self.attributes_of(event)?.get(name);
            let is_prize = |prize: &PrizeId| self.prizes.contains_key(prize.as_str());
            match facts::check(name, &Value::from(value), is_event, attribute, is_prize) {
                Err(reason) => self.refused_fact(name, &reason, place),
                Ok(fact) if read.is_some_and(|read| !self.counts(&fact, read, is_event)) => {
                    let message = format!("no rule asks for '{name}', so that it changes nothing");
                    self.findings.add(Code::UnreadFact, place, message, "Mend its name, or leave it out.");
                }
                Ok(_) => {}
            }
        }
    }

    /// Whether a fact has a say: a rule asks for it, or a limit of a draw goes by it.
    fn counts(&self, fact: &Fact, read: &[Fact], is_event: bool) -> bool {
        let has_limit = |prize: &str| {
            let prize = self.prizes.get(prize).map(|position| &self.document.prizes[*position]);
            prize.and_then(|prize| prize.limits.as_ref()).is_some_and(|limits| limits.player.is_some())
        };
        let is_limited = matches!(fact, Fact::Wins(prize) if has_limit(prize.as_str()));
        read.binary_search(fact).is_ok() || (is_limited && !is_event)
    }

    fn example_event(&mut self, event: &str, example: &Example, place: &str, rules: &Declared) {
        if self.attributes_of(Some(event)).is_none() {
            let hint = nearest(event, self.document.events.keys().map(String::as_str));
            let message = format!("no event '{event}' is declared");
            self.findings.add(Code::UnknownEvent, within(place, "event"), message, hint);
            return;
        }
        let read: Vec<Fact> = rules.facts_of_event(event).into_iter().collect();
        self.example_facts(example, place, rules.complete.then_some(&read));
        if !example.sold_out.is_empty() || example.ticket.is_some() || example.drawn.is_some() {
            let message = "sold_out, ticket and drawn are for draws, and an event draws nothing";
            self.findings.add(Code::InvalidExample, place, message, "Leave them out.");
        }
        let expect = &example.expect;
        let place = within(place, "expect");
        let is_draws =
            expect.pool.is_some() || expect.path.is_some() || expect.prize.is_some() || expect.refused.is_some();
        if is_draws || expect.rewards.is_none() {
            let message = "of an event the rewards are expected, and nothing else";
            self.findings.add(Code::InvalidExample, &place, message, "Write `rewards`, be it `[]`.");
        }
        for (position, reward) in expect.rewards.iter().flatten().enumerate() {
            self.expected_reward(reward, within(&within(&place, "rewards"), position));
        }
    }

    fn expected_reward(&mut self, reward: &ExpectedReward, place: String) {
        let ExpectedReward { unit, prize, chances, amount, .. } = reward;
        let count = [unit.is_some(), prize.is_some(), chances.is_some()].into_iter().filter(|is| *is).count();
        if count != 1 || (chances.is_some() && amount.is_some()) {
            let message = "it is not clear what is expected";
            let hint = "Give `unit` or `prize`, with `amount`, or `chances` alone.";
            self.findings.add(Code::InvalidExample, place, message, hint);
        }
    }

    fn refused_fact(&mut self, name: &str, reason: &Reason, place: String) {
        let catalogue = || nearest(name, tombola_domain::fact::CATALOGUE.iter().map(|entry| entry.name));
        let (code, hint) = match reason {
            Reason::Unknown => (Code::UnknownFact, catalogue()),
            Reason::OutOfPlace(_) => (Code::FactOutOfPlace, "Leave it out.".to_owned()),
            Reason::Undeclared => (Code::UndeclaredAttribute, "Declare it under attributes.".to_owned()),
            Reason::NoPrize => (Code::UnknownPrize, nearest(name, self.prizes.keys().copied())),
            Reason::Type(_) | Reason::Absent | Reason::Range(..) | Reason::Bounds(_) => {
                (Code::InvalidExample, "Give it a value that it can have.".to_owned())
            }
        };
        self.findings.add(code, place, format!("'{name}': {reason}"), hint);
    }

    fn example_draw(&mut self, example: &Example, place: &str) {
        for (position, prize) in example.sold_out.iter().enumerate() {
            let place = within(&within(place, "sold_out"), position);
            if self.prize_named(prize, &place).is_some_and(|prize| !self.can_run_out(prize)) {
                let message = format!("'{prize}' has neither a stock nor limits: it never runs out");
                self.findings.add(Code::InvalidExample, place, message, "Leave it out.");
            }
        }
        if let Some(prize) = example.drawn.as_ref().filter(|prize| *prize != NOTHING) {
            self.prize_named(prize, &within(place, "drawn"));
        }
        if example.ticket.as_ref().is_some_and(|ticket| ticket.parse::<u64>().is_err()) {
            let place = within(place, "ticket");
            self.findings.add(Code::InvalidExample, place, "a ticket is a whole number", "Write it as \"42\".");
        }
        if example.ticket.is_some() && example.drawn.is_some() {
            let message = "the ticket says already what is drawn";
            self.findings.add(Code::InvalidExample, within(place, "drawn"), message, "Keep one of the two.");
        }
    }

    fn expectation(&mut self, example: &Example, place: &str) {
        let expect = &example.expect;
        let is_drawn = expect.pool.is_some() || expect.path.is_some() || expect.prize.is_some();
        if expect.rewards.is_some() {
            let message = "rewards are those of an event, and this is a draw";
            self.findings.add(Code::InvalidExample, within(place, "rewards"), message, "Say which `event` occurs.");
        } else if is_drawn == expect.refused.is_some() {
            let message = if is_drawn { "a refused draw has nothing else" } else { "nothing is expected" };
            let hint = "Write `refused`, or some of pool, path and prize.";
            self.findings.add(Code::InvalidExample, place, message, hint);
        }
        if let Some(pool) = &expect.pool {
            self.pool_named(pool, &within(place, "pool"));
        }
        if let Some(prize) = expect.prize.as_ref().filter(|prize| *prize != NOTHING) {
            self.prize_named(prize, &within(place, "prize"));
        }
        let place = within(place, "path");
        for (position, node) in expect.path.iter().flatten().enumerate() {
            let nodes = self.nodes_after(example.drawn.as_deref());
            if !nodes.contains(&node.as_str()) {
                let (place, hint) = (within(&place, position), nearest(node, nodes.into_iter()));
                self.findings.add(Code::UnknownNode, place, format!("no draw comes to a node '{node}' here"), hint);
            }
        }
    }

    /// The names of the nodes that a draw may come to, if it draws this prize.
    fn nodes_after(&self, drawn: Option<&str>) -> Vec<&str> {
        let drawn = drawn.and_then(|prize| self.prizes.get(prize)).map(|position| &self.document.prizes[*position]);
        let tree = drawn.map(|prize| prize.tree.as_deref().unwrap_or(DEFAULT_TREE));
        let trees = self.document.trees.iter().filter(|(name, _)| tree.is_none_or(|tree| tree == name.as_str()));
        let nodes = trees.flat_map(|(_, tree)| tree.nodes.keys()).map(String::as_str);
        let without = !self.document.trees.contains_key(tree.unwrap_or(DEFAULT_TREE));
        nodes.chain(without.then_some(WITHOUT_A_TREE)).collect()
    }
}
