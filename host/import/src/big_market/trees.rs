//! Trees: what happens after a draw.
//!
//! In the reference's words, a lock says `ALLOW` where it is open and `TAKE_OVER` where it is not; a stock says `TAKE_OVER` where a unit
//! was taken, which ends the tree, and `ALLOW` where none was left; a consolation always ends the tree.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;
use tombola_engine::document::{Amount, DRAWN, NOTHING, Node, Tree};

use super::context::Context;
use super::note::{Code, Place};
use super::prizes::Consolations;
use super::tables::{self, Line, StrategyAward};

const LOCK: &str = "rule_lock";
const STOCK: &str = "rule_stock";
pub(super) const CONSOLATION: &str = "rule_luck_award";
const ALLOW: &str = "ALLOW";
const TAKE_OVER: &str = "TAKE_OVER";
/// What the reference calls the only comparison that it has.
const EQUAL: [&str; 3] = ["EQUAL", "=", "1"];
/// The one node of the tree of prizes that have no tree, but an amount.
const HAND_OVER: &str = "hand-over";

/// From the first to the second, both included.
pub(super) type Range = [i64; 2];

/// A tree as a prize uses it: the amount of a prize is said by the node that hands it over, so that prizes of different amounts can't
/// share a tree.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Use<'a> {
    tree: Option<&'a str>,
    amount: Option<Range>,
}

/// The trees of a campaign by what they are made of.
#[derive(Debug, Default)]
pub(super) struct Uses<'a>(BTreeMap<Use<'a>, String>);

impl<'a> Uses<'a> {
    /// What the prizes of a strategy use, with the amounts of those that have one.
    pub(super) fn of(context: &mut Context<'a>, amounts: &BTreeMap<i64, Range>) -> Self {
        let mut uses = BTreeSet::new();
        for award in context.awards.clone() {
            let tree = tree_of(award);
            if let Some(id) = tree.filter(|id| context.tables.tree(id).is_none()) {
                let message = format!(
                    "award {} names the tree '{id}', which is not there; it is handed over as it was drawn",
                    award.award
                );
                let place = Place::row(StrategyAward::TABLE, award.line);
                context.note(
                    Code::TreeMissing,
                    place,
                    message,
                    "Dump the tables rule_tree, rule_tree_node and rule_tree_node_line too.",
                );
            }
            let tree = tree.filter(|id| context.tables.tree(id).is_some());
            uses.insert(Use { tree, amount: amounts.get(&award.award).copied() });
        }
        // Without tree and amount there is nothing to say: the prize is simply handed over.
        uses.remove(&Use { tree: None, amount: None });
        let mut names = BTreeMap::new();
        let mut taken = BTreeSet::new();
        for one in uses {
            let name = one.name(&taken);
            taken.insert(name.clone());
            names.insert(one, name);
        }
        Self(names)
    }

    /// The name of the tree that a prize goes through.
    pub(super) fn name(&self, award: &StrategyAward, amount: Option<Range>) -> Option<String> {
        let known = |tree| self.0.get(&Use { tree, amount }).cloned();
        tree_of(award).and_then(|tree| known(Some(tree))).or_else(|| known(None))
    }

    /// The ids of the reference's trees.
    pub(super) fn trees(&self) -> BTreeSet<&'a str> {
        self.0.keys().filter_map(|one| one.tree).collect()
    }

    pub(super) fn documents(&self, context: &mut Context<'a>, consolations: &Consolations) -> BTreeMap<String, Tree> {
        // Of a tree that is used in several ways, each thing is told once.
        let mut told = BTreeSet::new();
        let mut trees = BTreeMap::new();
        for (one, name) in &self.0 {
            let tree = match one.tree.and_then(|id| context.tables.tree(id)) {
                Some(tree) => {
                    let mut build =
                        Build { context, tree, amount: one.amount, tells: told.insert(one.tree), consolations };
                    build.tree()
                }
                None => handed_over(one.amount),
            };
            trees.insert(name.clone(), tree);
        }
        trees
    }
}

fn tree_of(award: &StrategyAward) -> Option<&str> {
    award.tree.as_deref().map(str::trim).filter(|id| !id.is_empty())
}

impl Use<'_> {
    fn name(&self, taken: &BTreeSet<String>) -> String {
        let tree = self.tree.unwrap_or("direct");
        match self.amount {
            None => tree.to_owned(),
            Some([low, high]) => {
                let name = format!("{tree}_points");
                if taken.contains(&name) { format!("{name}_{low}_{high}") } else { name }
            }
        }
    }
}

fn blank() -> Node {
    Node { rule: None, config: None, on: BTreeMap::new(), on_fault: None, grant: None, amount: None, sold_out: None }
}

fn grant(amount: Option<Range>, sold_out: Option<String>) -> Node {
    Node { grant: Some(DRAWN.to_owned()), amount: amount.map(Amount::Range), sold_out, ..blank() }
}

fn handed_over(amount: Option<Range>) -> Tree {
    let node = grant(amount, Some(NOTHING.to_owned()));
    Tree { root: HAND_OVER.to_owned(), nodes: [(HAND_OVER.to_owned(), node)].into() }
}

/// One tree on the way into a document.
struct Build<'b, 'a> {
    context: &'b mut Context<'a>,
    tree: &'a tables::Tree,
    amount: Option<Range>,
    /// Whether notes are made.
    tells: bool,
    consolations: &'b Consolations,
}

impl<'a> Build<'_, 'a> {
    fn tree(&mut self) -> Tree {
        let tables = self.context.tables;
        let nodes = tables.nodes.iter().filter(|node| node.tree == self.tree.id);
        let lines: Vec<&Line> = tables.lines.iter().filter(|line| line.tree == self.tree.id).collect();
        let nodes: BTreeMap<String, Node> =
            nodes.filter_map(|node| Some((node.key.clone(), self.node(node, &lines)?))).collect();
        self.left_lines(&lines);
        Tree { root: self.tree.root.clone(), nodes }
    }

    fn node(&mut self, node: &'a tables::Node, lines: &[&Line]) -> Option<Node> {
        let end =
            |label: &str| lines.iter().find(|line| line.from == node.key && is_followed(line) && line.label == label);
        let end = |label| end(label).map(|line| line.to.clone());
        let value = node.value.as_deref().unwrap_or_default();
        match node.key.as_str() {
            STOCK => Some(grant(self.amount, end(ALLOW))),
            LOCK => self.lock(node, value, end(ALLOW), end(TAKE_OVER)),
            CONSOLATION => self.consolation(node, value),
            other => {
                let message = format!("the rule '{other}' of tree {} has no counterpart", self.tree.id);
                self.note(
                    Code::NodeLeft,
                    tables::Node::TABLE,
                    node.line,
                    message,
                    "Write a rule for it, or lead its edges elsewhere.",
                );
                None
            }
        }
    }

    fn lock(&mut self, node: &tables::Node, value: &str, open: Option<String>, closed: Option<String>) -> Option<Node> {
        let Ok(draws) = value.trim().parse::<i64>() else {
            let message = format!("the lock of tree {} has '{value}' where a number of draws is needed", self.tree.id);
            self.note(Code::NodeLeft, tables::Node::TABLE, node.line, message, "Mend it in the dump.");
            return None;
        };
        if let Some(same) = open.as_ref().filter(|open| Some(*open) == closed.as_ref()) {
            let message = format!(
                "the lock of tree {} leads to '{same}' whether it is open or not, and so it does here",
                self.tree.id
            );
            self.note(
                Code::LockIdle,
                tables::Node::TABLE,
                node.line,
                message,
                "Lead `unlocked` to the stock, if that was meant.",
            );
        }
        let edges = [("unlocked", open), ("locked", closed)];
        let on = edges.into_iter().filter_map(|(label, end)| Some((label.to_owned(), end?))).collect();
        Some(Node { rule: Some("unlock@1".to_owned()), config: Some(json!({"draws": draws})), on, ..blank() })
    }

    fn consolation(&mut self, node: &tables::Node, value: &str) -> Option<Node> {
        let Some((award, range)) = consolation(value) else {
            let message = format!(
                "the consolation of tree {} has '{value}' where `award:lowest,highest` is needed",
                self.tree.id
            );
            self.note(Code::NodeLeft, tables::Node::TABLE, node.line, message, "Mend it in the dump.");
            return None;
        };
        let amount = range.map_or(Some([1, 1]), whole_range).unwrap_or_else(|| {
            let message =
                format!("the consolation of tree {} has the amount '{}'", self.tree.id, range.unwrap_or_default());
            self.note(Code::AmountLeft, tables::Node::TABLE, node.line, message, "Set `amount` in whole points.");
            [1, 1]
        });
        let config = json!({"prize": self.consolations.name(award), "amount": amount});
        Some(Node { rule: Some("consolation@1".to_owned()), config: Some(config), ..blank() })
    }

    /// Lines that the reference never follows, or that end where nothing goes on here.
    fn left_lines(&mut self, lines: &[&Line]) {
        for line in lines {
            let message = if !is_followed(line) {
                format!(
                    "the edge is of the kind '{}', which the reference never follows",
                    line.kind.as_deref().unwrap_or_default()
                )
            } else if line.from == CONSOLATION || (line.from == STOCK && line.label != ALLOW) {
                "what was handed over ends the tree here".to_owned()
            } else if ![ALLOW, TAKE_OVER].contains(&line.label.as_str()) {
                format!("no rule says '{}'", line.label)
            } else {
                continue;
            };
            let message = format!("{} to {} in tree {}: {message}", line.from, line.to, self.tree.id);
            self.note(
                Code::LineLeft,
                Line::TABLE,
                line.line,
                message,
                "Nothing, unless the edge was meant to be followed.",
            );
        }
    }

    fn note(&mut self, code: Code, table: &str, line: u64, message: String, hint: &str) {
        if self.tells {
            self.context.note(code, Place::row(table, line), message, hint);
        }
    }
}

fn is_followed(line: &Line) -> bool {
    line.kind.as_deref().is_none_or(|kind| EQUAL.contains(&kind))
}

/// `101:1,100` as the award and what is written of its amount.
pub(super) fn consolation(value: &str) -> Option<(i64, Option<&str>)> {
    let (award, range) = value.split_once(':').unwrap_or((value, ""));
    let range = Some(range.trim()).filter(|range| !range.is_empty());
    Some((award.trim().parse().ok()?, range))
}

/// `1,100` or `5` as a range of whole numbers above 0.
pub(super) fn whole_range(text: &str) -> Option<Range> {
    let (low, high) = text.split_once(',').unwrap_or((text, text));
    let range = [low.trim().parse().ok()?, high.trim().parse().ok()?];
    (0 < range[0] && range[0] <= range[1]).then_some(range)
}
