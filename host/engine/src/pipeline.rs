//! A campaign ready to run: every name resolved to a position, every rule prepared.
//!
//! [`crate::verify`] is the only place that makes one, so whatever runs a pipeline may rely on its positions.

mod event;

use std::collections::BTreeMap;
use std::sync::Arc;

use tombola_domain::amount::AMOUNT_MAX;
use tombola_domain::amount::Span;
use tombola_domain::award::Delivery;
use tombola_domain::chance::Caps;
use tombola_domain::digest::Digest;
use tombola_domain::fact::Fact;
use tombola_domain::id::{AttributeName, CampaignId, CodePoolName, ListName, PoolName, PrizeId, UnitName};
use tombola_domain::ledger::{Lapse, Lifetime, Shortfall};
use tombola_domain::odds::Table;
use tombola_domain::random::Seed;
use tombola_domain::time::{Timestamp, Zone};

pub use event::{Event, Rebate, Reward};

use crate::document::Attribute;
use crate::rule::Rule;

/// One revision of a campaign, ready to run.
#[derive(Debug, Clone)]
pub struct Pipeline {
    /// The campaign.
    pub campaign: CampaignId,
    /// For people.
    pub title: String,
    /// When draws are possible.
    pub window: Window,
    /// Caps on a player's draws.
    pub caps: Caps,
    /// Chances that a new player starts with; `None` where they are not counted.
    pub granted: Option<u64>,
    /// For how long chances can be used that come in later; `None` is for ever.
    pub lifetime: Option<Lifetime>,
    /// What a request may carry.
    pub attributes: BTreeMap<AttributeName, Attribute>,
    /// The unit of the campaign's budget, if it has one.
    pub budget: Option<UnitName>,
    /// In the order of the document.
    pub prizes: Vec<Prize>,
    /// In the order of the document.
    pub skus: Vec<Sku>,
    /// By name.
    pub pools: Vec<Pool>,
    /// Position of the pool called `default`.
    pub default_pool: usize,
    /// In the order of the chain.
    pub guards: Vec<Guard>,
    /// By name, and last the one for prizes without a tree where the document has no default one.
    pub trees: Vec<Tree>,
    /// Every fact that a guard or a branch asks for, ascending, each once.
    pub facts: Vec<Fact>,
    /// The lists among the facts, ascending.
    pub lists: Vec<ListName>,
    /// The prizes whose wins matter to a draw, to a fact or to a limit, ascending.
    pub wins: Vec<PrizeId>,
    /// What holds where something is taken back that its player has spent.
    pub shortfall: Shortfall,
    /// The events that something may be given for, by name.
    pub events: Vec<Event>,
    /// The modules that run, ascending, each once.
    pub modules: Vec<Digest>,
}

/// When draws are possible.
#[derive(Debug, Clone)]
pub struct Window {
    /// Included.
    pub opens: Timestamp,
    /// Not included; `None` is never.
    pub closes: Option<Timestamp>,
    /// Where days and months begin.
    pub zone: Zone,
}

impl Window {
    /// Whether draws are possible at this moment.
    pub fn contains(&self, moment: Timestamp) -> bool {
        self.opens <= moment && self.closes.is_none_or(|closes| moment < closes)
    }
}

/// Something to win.
#[derive(Debug, Clone)]
pub struct Prize {
    /// Its name.
    pub id: PrizeId,
    /// For people.
    pub title: String,
    /// Opening stock; `None` is unlimited, or what its pool of coupon codes holds.
    pub stock: Option<u64>,
    /// What each unit of its amount takes of the budget; 0 is nothing.
    pub value: i64,
    /// Position of its tree.
    pub tree: usize,
    /// Cap on one player's wins.
    pub limit_player: Option<u64>,
    /// Cap on one player's wins on one day.
    pub limit_player_day: Option<u64>,
    /// For clients.
    pub data: Option<serde_json::Value>,
    /// How it is handed over, where there is more to do than to tell of it.
    pub delivery: Option<Delivery>,
}

impl Prize {
    /// Whether granting it may come to nothing.
    pub fn can_run_out(&self) -> bool {
        self.is_stocked() || self.has_limits() || self.value > 0
    }

    /// Whether there are so many of it and no more.
    pub fn is_stocked(&self) -> bool {
        self.stock.is_some() || self.code_pool().is_some()
    }

    /// The pool of coupon codes that is its stock.
    pub fn code_pool(&self) -> Option<&CodePoolName> {
        self.delivery.as_ref().and_then(Delivery::code_pool)
    }

    /// What so much of it takes of the budget. No budget holds more than [`AMOUNT_MAX`].
    pub fn cost(&self, amount: i64) -> i64 {
        self.value.saturating_mul(amount).min(AMOUNT_MAX)
    }

    /// Whether a player may win only so many of it.
    pub fn has_limits(&self) -> bool {
        self.limit_player.is_some() || self.limit_player_day.is_some()
    }
}

/// A bundle of chances that players buy.
#[derive(Debug, Clone)]
pub struct Sku {
    /// Its name, which no prize has: the stock of both is kept together.
    pub id: PrizeId,
    /// For people.
    pub title: String,
    /// How many chances one has.
    pub chances: u64,
    /// What it costs.
    pub unit: UnitName,
    /// How many of those.
    pub price: i64,
    /// Opening stock; `None` is unlimited.
    pub stock: Option<u64>,
}

/// A set of prizes with exact odds.
#[derive(Debug, Clone)]
pub struct Pool {
    /// Its name.
    pub name: PoolName,
    /// The weights, in the order of `entries`.
    pub table: Table,
    /// Positions of prizes; `None` is nothing.
    pub entries: Vec<Option<usize>>,
}

impl Pool {
    /// The number of the ticket that a seed draws, below the total.
    pub fn ticket(&self, seed: &Seed) -> u64 {
        seed.stream("ticket").below(self.table.total())
    }
}

/// A prepared rule in its place.
#[derive(Debug, Clone)]
pub struct PlacedRule {
    /// The node, as in `guards/banned`, `trees/default/lock` or `rebates/sign-in`. Labels the node's chance, and stands in receipts.
    pub path: String,
    /// JSON pointer to the guard or node in the document, under which its `config` stands.
    pub place: String,
    /// As the document names it.
    pub reference: String,
    /// What it is configured with.
    pub config: Arc<serde_json::Value>,
    /// What runs.
    pub module: Digest,
    /// It.
    pub rule: Arc<dyn Rule>,
    /// Positions among [`Pipeline::facts`], or [`Event::facts`] for a rebate, in the order in which the rule gets them.
    pub facts: Vec<usize>,
}

/// A link of the chain.
#[derive(Debug, Clone)]
pub struct Guard {
    /// The rule.
    pub rule: PlacedRule,
    /// Its outcomes, in the order of its declaration.
    pub outcomes: Vec<GuardOutcome>,
    /// Whether the chain goes on when the rule fails; otherwise the draw is refused.
    pub proceeds_on_fault: bool,
}

/// What a guard's outcome does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GuardOutcome {
    /// Ask the next.
    Proceed,
    /// Draw from the pool at this position.
    Choose(usize),
    /// Hand over the prize at this position.
    Grant(usize, Span),
    /// Refuse with a code and a message.
    Refuse(String, String),
}

/// What a drawn prize goes through.
#[derive(Debug, Clone)]
pub struct Tree {
    /// Its name.
    pub name: String,
    /// Position of the first node.
    pub root: usize,
    /// By name.
    pub nodes: Vec<Node>,
}

impl Tree {
    /// Whether what is drawn is handed over without asking any rule.
    pub fn has_no_rule(&self) -> bool {
        self.nodes.iter().all(|node| matches!(node, Node::Grant(_)))
    }
}

/// Where an edge ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// At the node of this position.
    Node(usize),
    /// Nothing is handed over.
    Nothing,
}

/// A node of a tree.
#[derive(Debug, Clone)]
pub enum Node {
    /// A rule decides.
    Rule(Branch),
    /// A prize is handed over.
    Grant(GrantNode),
}

impl Node {
    /// As in `trees/default/lock`.
    pub fn path(&self) -> &str {
        match self {
            Self::Rule(branch) => &branch.rule.path,
            Self::Grant(grant) => &grant.path,
        }
    }

    /// Its name within its tree.
    pub fn name(&self) -> &str {
        let path = self.path();
        path.rsplit_once('/').map_or(path, |(_, name)| name)
    }
}

/// A rule in a tree.
#[derive(Debug, Clone)]
pub struct Branch {
    /// The rule.
    pub rule: PlacedRule,
    /// Its outcomes, in the order of its declaration.
    pub outcomes: Vec<BranchOutcome>,
    /// What follows when a prize that the rule grants has run out.
    pub sold_out: Target,
    /// What follows when the rule fails.
    pub on_fault: Target,
}

/// What a branch's outcome does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BranchOutcome {
    /// Go on there. The label is for the receipt.
    Follow(String, Target),
    /// Hand over the prize at this position.
    Grant(usize, Span),
}

/// A node that hands something over.
#[derive(Debug, Clone)]
pub struct GrantNode {
    /// The node, as for a rule.
    pub path: String,
    /// Position of the prize; `None` is the drawn one.
    pub prize: Option<usize>,
    /// How much.
    pub amount: Span,
    /// What follows when it has run out.
    pub sold_out: Target,
}

impl Pipeline {
    /// When chances lapse that come in at that time.
    pub fn lapse(&self, at: Timestamp) -> Lapse {
        self.lifetime.map_or(Lapse::Never, |lifetime| lifetime.lapse_in(&self.window.zone, at))
    }

    /// The position of the prize of this name.
    pub fn prize(&self, id: &str) -> Option<usize> {
        self.prizes.iter().position(|prize| prize.id.as_str() == id)
    }

    /// The type of event of this name, if the campaign declares it.
    pub fn event(&self, name: &str) -> Option<&Event> {
        self.events.iter().find(|event| event.name.as_str() == name)
    }
}
