//! Examples, as far as they can be judged without trying them: what they name, and whether they say anything.

use tombola_domain::fact::{Fact, Value};

use super::{Check, nearest};
use crate::document::{DEFAULT_TREE, Example, NOTHING};
use crate::facts::{self, Reason};
use crate::finding::{Code, within};

/// Where a drawn prize is handed over that goes through no tree.
const WITHOUT_A_TREE: &str = "hand-over";

impl Check<'_> {
    /// `read` are the facts that rules ask for, `None` where not all rules are known.
    pub(super) fn examples(&mut self, read: Option<&[Fact]>) {
        let document = self.document;
        for (position, example) in document.examples.iter().enumerate() {
            let place = within("/examples", position);
            self.example_facts(example, &place, read);
            self.example_draw(example, &place);
            self.expectation(example, &within(&place, "expect"));
        }
    }

    fn example_facts(&mut self, example: &Example, place: &str, read: Option<&[Fact]>) {
        let place = within(place, "facts");
        for (name, value) in &example.facts {
            let place = within(&place, name);
            let is_prize = |prize: &tombola_domain::id::PrizeId| self.prizes.contains_key(prize.as_str());
            match facts::check(name, &Value::from(value), |name| self.attributes.get(name), is_prize) {
                Err(reason) => self.refused_fact(name, &reason, place),
                Ok(fact) if read.is_some_and(|read| !self.counts(&fact, read)) => {
                    let message = format!("no rule asks for '{name}', so that it changes nothing");
                    self.findings.add(Code::UnreadFact, place, message, "Mend its name, or leave it out.");
                }
                Ok(_) => {}
            }
        }
    }

    /// Whether a fact has a say in a draw: a rule asks for it, or a limit goes by it.
    fn counts(&self, fact: &Fact, read: &[Fact]) -> bool {
        let is_limited = |prize: &str| {
            let prize = self.prizes.get(prize).map(|position| &self.document.prizes[*position]);
            prize.and_then(|prize| prize.limits.as_ref()).is_some_and(|limits| limits.player.is_some())
        };
        read.binary_search(fact).is_ok() || matches!(fact, Fact::Wins(prize) if is_limited(prize.as_str()))
    }

    fn refused_fact(&mut self, name: &str, reason: &Reason, place: String) {
        let catalogue = || nearest(name, tombola_domain::fact::CATALOGUE.iter().map(|entry| entry.name));
        let (code, hint) = match reason {
            Reason::Unknown => (Code::UnknownFact, catalogue()),
            Reason::Undeclared => (Code::UndeclaredAttribute, "Declare it under attributes.".to_owned()),
            Reason::NoPrize => (Code::UnknownPrize, nearest(name, self.prizes.keys().copied())),
            Reason::Type(_) | Reason::Absent | Reason::Bounds(_) => {
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
        if is_drawn == expect.refused.is_some() {
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
