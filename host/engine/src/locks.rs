//! Prizes that a player may draw and would not be handed, because a rule of the prize's tree leads elsewhere.
//!
//! Stock and limits are left aside: a grant that is reached hands over. Every rule is asked at most once.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use tombola_domain::fact::Value;
use tombola_domain::id::PrizeId;

use crate::decide::{Answer, Budget, ask};
use crate::pipeline::{Branch, BranchOutcome, GuardOutcome, Node, Pipeline, PlacedRule, Target, Tree};
use crate::rule::{Pick, Unavailable};

/// Prizes that are looked at: a view of more would be read by nobody, and each may take a walk through a large tree.
const PRIZES_MAX: usize = 1_000;
/// Locked prizes that are told.
const LOCKS_MAX: usize = 100;

/// What is locked for a player.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Locks {
    /// In the order of the document.
    pub locks: Vec<Lock>,
    /// Whether that is all. It is not where there is too much to look at, or the rules take more fuel than one draw has.
    pub is_complete: bool,
}

/// A prize that would not be handed over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lock {
    /// The prize.
    pub prize: PrizeId,
    /// The rules that could have led on to it and did not, at least one.
    pub nodes: Vec<LockNode>,
}

/// A rule that leads elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LockNode {
    /// The node, as in `trees/default/lock`.
    pub node: String,
    /// The rule, as the document names it.
    pub reference: String,
    /// Its config.
    pub config: Arc<serde_json::Value>,
    /// The facts that it reads, by name, in its order.
    pub facts: Vec<(String, Value)>,
    /// The labels that it may answer to these facts; empty where it fails.
    pub answered: Vec<String>,
    /// The labels that lead on to the prize.
    pub leads_on: Vec<String>,
}

/// What is locked under these facts, of the pools that may be drawn from. Empty where no draw comes to a ticket.
pub fn locks(pipeline: &Pipeline, facts: &[Value]) -> Result<Locks, Unavailable> {
    let mut search = Search { pipeline, facts, budget: Budget::default(), answers: HashMap::new() };
    let mut found = Locks { locks: Vec::new(), is_complete: true };
    let Some(pools) = search.pools()? else { return Ok(Locks::default()) };
    let entries = pools.into_iter().flat_map(|pool| pipeline.pools[pool].entries.iter().flatten().copied());
    let prizes: BTreeSet<usize> = entries.collect();
    found.is_complete = prizes.len() <= PRIZES_MAX;
    for prize in prizes.into_iter().take(PRIZES_MAX) {
        if found.locks.len() == LOCKS_MAX || search.budget.is_short() {
            found.is_complete = false;
            break;
        }
        found.locks.extend(search.lock(prize)?);
    }
    // The last one may have been given up half-way.
    found.is_complete &= !search.budget.is_short();
    Ok(found)
}

struct Search<'a> {
    pipeline: &'a Pipeline,
    facts: &'a [Value],
    budget: Budget,
    /// What each node's rule may answer; `None` is a fault.
    answers: HashMap<&'a str, Option<Vec<Pick>>>,
}

impl<'a> Search<'a> {
    fn answer(&mut self, placed: &'a PlacedRule) -> Result<Option<Vec<Pick>>, Unavailable> {
        if let Some(answer) = self.answers.get(placed.path.as_str()) {
            return Ok(answer.clone());
        }
        let (answer, _) = ask(placed, self.facts, &mut self.budget, &mut ())?;
        let picks = answer.ok().map(|answer| match answer {
            Answer::Certain(pick) => vec![pick],
            Answer::Weighted(_, picks) => picks,
        });
        self.answers.insert(&placed.path, picks.clone());
        Ok(picks)
    }

    /// The pools that may be drawn from; `None` where the fuel does not suffice to tell.
    fn pools(&mut self) -> Result<Option<BTreeSet<usize>>, Unavailable> {
        let mut pools = BTreeSet::from([self.pipeline.default_pool]);
        for guard in &self.pipeline.guards {
            if self.budget.is_short() {
                return Ok(None);
            }
            let Some(picks) = self.answer(&guard.rule)? else {
                if guard.proceeds_on_fault {
                    continue;
                }
                return Ok(Some(BTreeSet::new()));
            };
            let outcomes: Vec<_> = picks.iter().map(|pick| &guard.outcomes[pick.outcome as usize]).collect();
            if !outcomes.contains(&&GuardOutcome::Proceed) {
                pools.clear();
            }
            pools.extend(outcomes.iter().filter_map(|outcome| match outcome {
                GuardOutcome::Choose(pool) => Some(*pool),
                _ => None,
            }));
            if pools.is_empty() {
                break;
            }
        }
        Ok(Some(pools))
    }

    /// How a drawn prize is locked; `None` where it may be handed over, or where nothing could lead on to it.
    fn lock(&mut self, drawn: usize) -> Result<Option<Lock>, Unavailable> {
        let pipeline = self.pipeline;
        let tree = &pipeline.trees[pipeline.prizes[drawn].tree];
        let mut ahead = Ahead { tree, drawn, known: BTreeMap::new() };
        let (mut open, mut seen, mut nodes) = (vec![tree.root], BTreeSet::new(), Vec::new());
        while let Some(position) = open.pop() {
            if !seen.insert(position) {
                continue;
            }
            match &tree.nodes[position] {
                Node::Grant(_) if ahead.hands_over(position) => return Ok(None),
                Node::Grant(_) => {}
                Node::Rule(branch) => {
                    if self.budget.is_short() {
                        return Ok(None);
                    }
                    let picks = self.answer(&branch.rule)?;
                    let taken: Vec<_> =
                        picks.iter().flatten().map(|pick| &branch.outcomes[pick.outcome as usize]).collect();
                    if taken.iter().any(|outcome| matches!(outcome, BranchOutcome::Grant(prize, _) if *prize == drawn))
                    {
                        return Ok(None);
                    }
                    let ends = taken.iter().filter_map(|outcome| match outcome {
                        BranchOutcome::Follow(_, end) => Some(*end),
                        BranchOutcome::Grant(..) => None,
                    });
                    let ends = ends.chain(picks.is_none().then_some(branch.on_fault));
                    open.extend(ends.filter_map(|end| if let Target::Node(next) = end { Some(next) } else { None }));
                    nodes.extend(self.lock_node(branch, &taken, &mut ahead));
                }
            }
        }
        let prize = pipeline.prizes[drawn].id.clone();
        Ok((!nodes.is_empty()).then_some(Lock { prize, nodes }))
    }

    /// A rule that another answer of would have led on.
    fn lock_node(&self, branch: &Branch, taken: &[&BranchOutcome], ahead: &mut Ahead<'_>) -> Option<LockNode> {
        let labels = branch.outcomes.iter().filter(|outcome| !taken.contains(outcome) && ahead.leads_on(outcome));
        let leads_on: Vec<String> = labels.map(|outcome| self.label(outcome)).collect();
        let PlacedRule { path, reference, config, rule, facts, .. } = &branch.rule;
        let names = rule.needs().facts.iter().map(|need| need.name.clone());
        (!leads_on.is_empty()).then(|| LockNode {
            node: path.clone(),
            reference: reference.clone(),
            config: Arc::clone(config),
            facts: names.zip(facts.iter().map(|position| self.facts[*position].clone())).collect(),
            answered: taken.iter().map(|outcome| self.label(outcome)).collect(),
            leads_on,
        })
    }

    fn label(&self, outcome: &BranchOutcome) -> String {
        match outcome {
            BranchOutcome::Follow(label, _) => label.clone(),
            BranchOutcome::Grant(prize, _) => format!("grant {}", self.pipeline.prizes[*prize].id),
        }
    }
}

/// Where a tree could lead for a drawn prize, whatever its rules answered.
struct Ahead<'a> {
    tree: &'a Tree,
    drawn: usize,
    /// Whether nodes may come to hand the prize over.
    known: BTreeMap<usize, bool>,
}

impl Ahead<'_> {
    fn leads_on(&mut self, outcome: &BranchOutcome) -> bool {
        match outcome {
            BranchOutcome::Follow(_, Target::Node(next)) => self.hands_over(*next),
            BranchOutcome::Follow(_, Target::Nothing) => false,
            BranchOutcome::Grant(prize, _) => *prize == self.drawn,
        }
    }

    /// As deep as the tree, whose cycles the verifier has ruled out.
    fn hands_over(&mut self, position: usize) -> bool {
        if let Some(known) = self.known.get(&position) {
            return *known;
        }
        let tree = self.tree;
        let hands_over = match &tree.nodes[position] {
            Node::Grant(grant) => grant.prize.is_none_or(|prize| prize == self.drawn),
            Node::Rule(branch) => branch.outcomes.iter().any(|outcome| self.leads_on(outcome)),
        };
        self.known.insert(position, hands_over);
        hands_over
    }
}

#[cfg(test)]
mod tests;
