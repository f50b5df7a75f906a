//! Trees: nodes, edges, cycles.

use std::collections::HashMap;

use tombola_domain::amount::Span;
use tombola_domain::fact::Fact;

use super::rules::Declared;
use super::{Check, nearest};
use crate::document::{Amount, BranchFault, DEFAULT_TREE, DRAWN, NOTHING, Node as Written, Tree as WrittenTree};
use crate::finding::{Code, within};
use crate::pipeline::{Branch, BranchOutcome, GrantNode, Node, Target, Tree};
use crate::rule::Outcome;

/// A tree under check.
struct Ground<'a> {
    name: &'a str,
    place: String,
    tree: &'a WrittenTree,
    positions: HashMap<&'a str, usize>,
    /// Prizes that go through it when they are drawn.
    users: Vec<usize>,
}

impl<'a> Check<'a> {
    pub(super) fn all_trees(&mut self, rules: &Declared, facts: &[Fact]) -> Option<Vec<Tree>> {
        let trees: Vec<_> =
            self.document.trees.iter().map(|(name, tree)| self.one_tree(name, tree, rules, facts)).collect();
        let mut trees: Vec<Tree> = trees.into_iter().collect::<Option<_>>()?;
        trees.push(without_a_tree());
        Some(trees)
    }

    fn one_tree(&mut self, name: &'a str, tree: &'a WrittenTree, rules: &Declared, facts: &[Fact]) -> Option<Tree> {
        let ground = Ground {
            name,
            place: within("/trees", name),
            tree,
            positions: tree.nodes.keys().enumerate().map(|(position, node)| (node.as_str(), position)).collect(),
            users: self.users_of(name),
        };
        let _: Option<tombola_domain::id::PoolName> = self.name(name, &ground.place);
        if ground.users.is_empty() {
            self.findings.add(
                Code::UnusedTree,
                &ground.place,
                format!("no prize uses the tree '{name}'"),
                "Name it at a prize, or drop it.",
            );
        }
        let root = self.target(&ground, &tree.root, &within(&ground.place, "root"));
        if root == Some(Target::Nothing) {
            self.findings.add(
                Code::UnknownNode,
                within(&ground.place, "root"),
                "a tree begins with a node",
                "Name one of its nodes.",
            );
        }
        let nodes: Vec<_> =
            tree.nodes.iter().map(|(node, written)| self.one_node(&ground, node, written, rules, facts)).collect();
        let nodes: Option<Vec<Node>> = nodes.into_iter().collect();
        self.check_paths(&ground, rules);
        match (root, nodes) {
            (Some(Target::Node(root)), Some(nodes)) => Some(Tree { name: name.to_owned(), root, nodes }),
            _ => None,
        }
    }

    pub(super) fn users_of(&self, tree: &str) -> Vec<usize> {
        let prizes = self.document.prizes.iter().enumerate();
        let users = prizes.filter(|(_, prize)| prize.tree.as_deref().unwrap_or(DEFAULT_TREE) == tree);
        users.map(|(position, _)| position).collect()
    }

    fn one_node(
        &mut self,
        ground: &Ground<'_>,
        name: &str,
        node: &Written,
        rules: &Declared,
        facts: &[Fact],
    ) -> Option<Node> {
        let place = within(&within(&ground.place, "nodes"), name);
        let path = format!("trees/{}/{name}", ground.name);
        let _: Option<tombola_domain::id::PoolName> = self.name(name, &place);
        if [NOTHING, DRAWN].contains(&name) {
            let message = format!("'{name}' has a meaning of its own and can't name a node");
            self.findings.add(Code::ReservedName, &place, message, "Choose another name.");
        }
        match (&node.rule, &node.grant) {
            (Some(_), None) => self.branch(ground, node, &place, path, rules, facts).map(Node::Rule),
            (None, Some(grant)) => self.grant_node(ground, node, grant, &place, path).map(Node::Grant),
            _ => {
                let message = "a node has either a rule or a grant";
                self.findings.add(Code::NodeShape, place, message, "Keep one of the two, or split the node.");
                None
            }
        }
    }

    fn grant_node(
        &mut self,
        ground: &Ground<'_>,
        node: &Written,
        grant: &str,
        place: &str,
        path: String,
    ) -> Option<GrantNode> {
        if node.config.is_some() || !node.on.is_empty() || node.on_fault.is_some() {
            let message = "config, on and on_fault are for rules";
            self.findings.add(Code::NodeShape, place, message, "A grant has grant, amount and sold_out.");
        }
        let amount = self.amount(node.amount, place);
        let prize =
            if grant == DRAWN { Some(None) } else { self.prize_named(grant, &within(place, "grant")).map(Some) };
        let sold_out = self.sold_out(ground, node, place);
        let granted = match prize {
            Some(None) => ground.users.clone(),
            Some(Some(prize)) => vec![prize],
            None => return None,
        };
        if !granted.is_empty() {
            self.check_sold_out(&granted, node.sold_out.is_some(), place);
        }
        if let Some(amount) = amount {
            self.check_worth(&granted, amount.high(), &within(place, "amount"));
        }
        Some(GrantNode { path, prize: prize?, amount: amount?, sold_out: sold_out? })
    }

    fn amount(&mut self, amount: Option<Amount>, place: &str) -> Option<Span> {
        let (low, high) = match amount {
            None => (1, 1),
            Some(Amount::Fixed(amount)) => (amount, amount),
            Some(Amount::Range([low, high])) => (low, high),
        };
        match Span::new(low, high) {
            Ok(span) => Some(span),
            Err(error) => {
                self.findings.add(
                    Code::Shape,
                    within(place, "amount"),
                    error.to_string(),
                    "Write a number, or [low, high].",
                );
                None
            }
        }
    }

    fn branch(
        &mut self,
        ground: &Ground<'_>,
        node: &Written,
        place: &str,
        path: String,
        rules: &Declared,
        facts: &[Fact],
    ) -> Option<Branch> {
        if node.amount.is_some() {
            self.findings.add(
                Code::NodeShape,
                within(place, "amount"),
                "amount is for grants",
                "The rule's config says how much.",
            );
        }
        let on = within(place, "on");
        let edges: Vec<_> =
            node.on.iter().map(|(label, end)| (label, self.target(ground, end, &within(&on, label)))).collect();
        let edges: HashMap<&str, Option<Target>> =
            edges.into_iter().map(|(label, end)| (label.as_str(), end)).collect();
        let sold_out = self.sold_out(ground, node, place);
        let on_fault = self.branch_fault(node, &edges, place);
        let declared = rules.outcomes(place)?;
        self.check_edges(node, declared, place);
        let outcomes: Vec<_> = declared.iter().map(|outcome| self.branch_outcome(outcome, &edges, place)).collect();
        Some(Branch {
            rule: rules.place(place, path, node.rule.as_deref()?, facts)?,
            outcomes: outcomes.into_iter().collect::<Option<_>>()?,
            sold_out: sold_out?,
            on_fault: on_fault?,
        })
    }

    fn branch_outcome(
        &mut self,
        outcome: &Outcome,
        edges: &HashMap<&str, Option<Target>>,
        place: &str,
    ) -> Option<BranchOutcome> {
        match outcome {
            Outcome::Follow(label) => {
                edges.get(label.as_str()).copied().flatten().map(|end| BranchOutcome::Follow(label.clone(), end))
            }
            Outcome::Grant { prize, amount } => {
                let place = within(place, "config");
                let prize = self.prize_named(prize, &place)?;
                self.check_worth(&[prize], amount.high(), &place);
                Some(BranchOutcome::Grant(prize, *amount))
            }
            _ => None,
        }
    }

    fn check_edges(&mut self, node: &Written, declared: &[Outcome], place: &str) {
        let on = within(place, "on");
        let labels: Vec<&str> = declared.iter().filter_map(followed).collect();
        for label in labels.iter().filter(|label| !node.on.contains_key(**label)) {
            let message = format!("the rule may answer '{label}', which has no edge");
            self.findings.add(Code::MissingEdge, place, message, format!("Add `{label}:` under `on`."));
        }
        let kept_for_faults = match &node.on_fault {
            Some(BranchFault::Follow(label)) => Some(label.as_str()),
            _ => None,
        };
        for label in node.on.keys().map(String::as_str) {
            if !labels.contains(&label) && kept_for_faults != Some(label) {
                let message = format!("the rule never answers '{label}'");
                let hint = nearest(label, labels.iter().copied());
                self.findings.add(Code::ImpossibleEdge, within(&on, label), message, hint);
            }
        }
        let grants: Vec<usize> = declared
            .iter()
            .filter_map(|outcome| match outcome {
                Outcome::Grant { prize, .. } => self.prizes.get(prize.as_str()).copied(),
                _ => None,
            })
            .collect();
        self.check_sold_out(&grants, node.sold_out.is_some(), place);
    }

    fn branch_fault(&mut self, node: &Written, edges: &HashMap<&str, Option<Target>>, place: &str) -> Option<Target> {
        match &node.on_fault {
            None | Some(BranchFault::Nothing) => Some(Target::Nothing),
            Some(BranchFault::Follow(label)) => edges.get(label.as_str()).copied().unwrap_or_else(|| {
                let message = format!("on_fault follows '{label}', which has no edge");
                self.findings.add(
                    Code::MissingEdge,
                    within(place, "on_fault"),
                    message,
                    format!("Add `{label}:` under `on`."),
                );
                None
            }),
        }
    }

    fn sold_out(&mut self, ground: &Ground<'_>, node: &Written, place: &str) -> Option<Target> {
        match &node.sold_out {
            None => Some(Target::Nothing),
            Some(end) => self.target(ground, end, &within(place, "sold_out")),
        }
    }

    fn target(&mut self, ground: &Ground<'_>, end: &str, place: &str) -> Option<Target> {
        if end == NOTHING {
            return Some(Target::Nothing);
        }
        let position = ground.positions.get(end).copied();
        if position.is_none() {
            let hint = nearest(end, ground.positions.keys().copied());
            let message = format!("the tree '{}' has no node '{end}'", ground.name);
            self.findings.add(Code::UnknownNode, place, message, hint);
        }
        position.map(Target::Node)
    }

    /// Looks for cycles and for nodes that no path leads to.
    fn check_paths(&mut self, ground: &Ground<'_>, rules: &Declared) {
        let mut walk = Walk { ground, rules, states: HashMap::new(), cycle: None };
        walk.visit(&ground.tree.root);
        let Walk { states, cycle, .. } = walk;
        let nodes = within(&ground.place, "nodes");
        if let Some((from, to)) = cycle {
            let message = format!("'{from}' leads back to '{to}'");
            self.findings.add(Code::Cycle, within(&nodes, from), message, "A path ends at a grant or at `nothing`.");
        }
        for name in ground.tree.nodes.keys().filter(|name| !states.contains_key(name.as_str())) {
            let message = format!("no path leads to '{name}'");
            self.findings.add(Code::UnreachableNode, within(&nodes, name), message, "Lead an edge to it, or drop it.");
        }
    }
}

/// The label that an outcome follows.
pub(super) fn followed(outcome: &Outcome) -> Option<&str> {
    match outcome {
        Outcome::Follow(label) => Some(label),
        _ => None,
    }
}

/// Depth-first over every edge that can be taken, faults included. Trees are at most a few hundred nodes deep.
struct Walk<'a, 'g> {
    ground: &'g Ground<'a>,
    rules: &'g Declared,
    /// `true` while a node is on the current path.
    states: HashMap<&'a str, bool>,
    cycle: Option<(&'a str, &'a str)>,
}

impl Walk<'_, '_> {
    fn visit(&mut self, name: &str) {
        let Some((name, node)) = self.ground.tree.nodes.get_key_value(name) else { return };
        self.states.insert(name, true);
        let place = within(&within(&self.ground.place, "nodes"), name);
        for end in ends(node, self.rules.outcomes(&place)) {
            match self.states.get(end) {
                Some(true) => self.cycle = self.cycle.or(Some((name, end))),
                Some(false) => {}
                None => self.visit(end),
            }
        }
        self.states.insert(name, false);
    }
}

/// Where edges of a node lead that can be taken. Where its rule is not known, all can.
fn ends<'a>(node: &'a Written, declared: Option<&[Outcome]>) -> Vec<&'a str> {
    let kept_for_faults = match &node.on_fault {
        Some(BranchFault::Follow(label)) => Some(label.as_str()),
        _ => None,
    };
    let can_happen = |label: &str| {
        kept_for_faults == Some(label)
            || declared.is_none_or(|outcomes| outcomes.iter().filter_map(followed).any(|other| other == label))
    };
    let on = node.on.iter().filter(|(label, _)| can_happen(label)).map(|(_, end)| end);
    on.chain(node.sold_out.as_ref()).map(String::as_str).collect()
}

/// What a prize without a tree goes through: it is handed over, or there is nothing.
fn without_a_tree() -> Tree {
    let hand_over =
        GrantNode { path: "hand-over".to_owned(), prize: None, amount: Span::ONE, sold_out: Target::Nothing };
    Tree { name: String::new(), root: 0, nodes: vec![Node::Grant(hand_over)] }
}
