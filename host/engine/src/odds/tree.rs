//! What a tree makes of a drawn prize. All prizes that go through one tree come to the same, but for the prize itself, which a
//! grant of the drawn one names: so the sum is made once a tree, and once more for prizes that have run out.

use std::collections::BTreeMap;
use std::rc::Rc;

use num_rational::BigRational;
use num_traits::{One, Zero};
use tombola_domain::amount::Span;

use super::answers::Answers;
use super::sum::Situated;
use super::work::Work;
use super::{Distribution, Outcome, TooManyWays, Untold};
use crate::decide::Watch;
use crate::pipeline::{BranchOutcome, Node, Target, Tree};

/// What a tree comes to, for a prize that was drawn; exactly 1 in all.
#[derive(Default)]
pub(super) struct Through {
    /// Its own amounts.
    pub(super) drawn: BTreeMap<Span, BigRational>,
    /// Other prizes, and nothing.
    pub(super) others: Distribution,
}

/// A way through one tree.
pub(super) struct Walk<'s, 'a, W> {
    pub(super) situated: Situated<'a>,
    pub(super) answers: &'s mut Answers<'a, W>,
    pub(super) work: &'s mut Work,
    pub(super) tree: &'a Tree,
    /// Whether the drawn prize has run out.
    pub(super) is_gone: bool,
    /// How likely it is to come to each node.
    waiting: Vec<BigRational>,
    /// Fuel that a draw has used up at most when it comes to each node.
    fuel: Vec<u64>,
    /// The same when it leaves the node that it is at.
    spent: u64,
    through: Through,
}

/// What a node hands over.
struct Handed {
    /// Position of the prize; none is the drawn one.
    prize: Option<usize>,
    amount: Span,
    /// What follows where it has run out.
    sold_out: Target,
}

impl<'s, 'a, W: Watch> Walk<'s, 'a, W> {
    pub(super) fn new(
        situated: Situated<'a>,
        answers: &'s mut Answers<'a, W>,
        work: &'s mut Work,
        (tree, is_gone): (&'a Tree, bool),
        spent: u64,
    ) -> Self {
        let (waiting, fuel) = (vec![BigRational::zero(); tree.nodes.len()], vec![spent; tree.nodes.len()]);
        Self { situated, answers, work, tree, is_gone, waiting, fuel, spent, through: Through::default() }
    }

    /// Probabilities that meet at a node are added before it is left, so that the work is linear in the tree's edges however many
    /// paths there are.
    pub(super) fn through(mut self) -> Result<Rc<Through>, Untold> {
        self.waiting[self.tree.root] = BigRational::one();
        for position in in_order(&self.tree.nodes, self.tree.root) {
            let probability = std::mem::replace(&mut self.waiting[position], BigRational::zero());
            if !probability.is_zero() {
                self.spent = self.fuel[position];
                self.leave(&self.tree.nodes[position], &probability)?;
            }
        }
        Ok(Rc::new(self.through))
    }

    fn leave(&mut self, node: &'a Node, probability: &BigRational) -> Result<(), Untold> {
        let branch = match node {
            Node::Grant(node) => {
                let handed = Handed { prize: node.prize, amount: node.amount, sold_out: node.sold_out };
                return Ok(self.hand_over(&handed, probability)?);
            }
            Node::Rule(branch) => branch,
        };
        let answer;
        (answer, self.spent) = self.answers.of(&branch.rule, self.spent)?;
        let Ok(shares) = &*answer else { return Ok(self.arrive(branch.on_fault, probability)?) };
        for share in shares {
            let part = self.work.times(probability, &share.probability)?;
            match &branch.outcomes[share.outcome] {
                BranchOutcome::Follow(_, next) => self.arrive(*next, &part)?,
                BranchOutcome::Grant(prize, declared) => {
                    let amount = share.amount(*declared);
                    self.hand_over(&Handed { prize: Some(*prize), amount, sold_out: branch.sold_out }, &part)?;
                }
            }
        }
        Ok(())
    }

    fn hand_over(&mut self, handed: &Handed, probability: &BigRational) -> Result<(), TooManyWays> {
        let Handed { prize, amount, sold_out } = *handed;
        match prize {
            Some(prize) if self.situated.runs_out(prize) => self.arrive(sold_out, probability),
            Some(prize) => self.add(self.situated.prize(prize, amount), probability),
            None if self.is_gone => self.arrive(sold_out, probability),
            None => {
                let sum = self.through.drawn.entry(amount).or_insert_with(BigRational::zero);
                self.work.add(sum, probability)
            }
        }
    }

    fn arrive(&mut self, at: Target, probability: &BigRational) -> Result<(), TooManyWays> {
        match at {
            Target::Node(position) => {
                self.fuel[position] = self.fuel[position].max(self.spent);
                self.work.add(&mut self.waiting[position], probability)
            }
            Target::Nothing => self.add(Outcome::Nothing, probability),
        }
    }

    fn add(&mut self, outcome: Outcome, probability: &BigRational) -> Result<(), TooManyWays> {
        self.work.add(self.through.others.entry(outcome).or_insert_with(BigRational::zero), probability)
    }
}

/// The nodes that can be reached from `root`, each after all that lead to it. There are no cycles in a verified tree.
fn in_order(nodes: &[Node], root: usize) -> Vec<usize> {
    fn visit(nodes: &[Node], position: usize, seen: &mut [bool], out: &mut Vec<usize>) {
        if std::mem::replace(&mut seen[position], true) {
            return;
        }
        for end in ends(&nodes[position]) {
            if let Target::Node(next) = end {
                visit(nodes, next, seen, out);
            }
        }
        out.push(position);
    }
    let mut out = Vec::with_capacity(nodes.len());
    visit(nodes, root, &mut vec![false; nodes.len()], &mut out);
    out.reverse();
    out
}

fn ends(node: &Node) -> Vec<Target> {
    match node {
        Node::Grant(grant) => vec![grant.sold_out],
        Node::Rule(branch) => {
            let followed = branch.outcomes.iter().filter_map(|outcome| match outcome {
                BranchOutcome::Follow(_, end) => Some(*end),
                BranchOutcome::Grant(..) => None,
            });
            followed.chain([branch.sold_out, branch.on_fault]).collect()
        }
    }
}
