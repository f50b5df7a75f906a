//! The campaign document as operators write it. Its JSON Schema is generated from these types.

mod attribute;
mod deliver;
mod event;
mod example;
mod parse;
mod shape;
mod share;
mod syntax;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use attribute::{Attribute, AttributeType, Scalar};
pub use deliver::{Deliver, Manual, Points, UnitPoints};
pub use event::{Event, Rebate, RebateFault};
pub use example::{Example, Expectation, ExpectedReward, FactValue};
pub use parse::{DOCUMENT_BYTES_MAX, parse};
pub use share::ShareText;

/// The pool that is drawn from unless a guard chooses another.
pub const DEFAULT_POOL: &str = "default";
/// The tree of prizes that name none.
pub const DEFAULT_TREE: &str = "default";
/// As a pool's entry: no prize. As an edge's end: nothing is handed over.
pub const NOTHING: &str = "nothing";
/// As a node's grant: the prize that the ticket drew.
pub const DRAWN: &str = "drawn";

/// One campaign.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "Tombola campaign")]
pub struct Document {
    /// The campaign's name: 1 to 64 letters, digits, `-`, `_` or `.`.
    pub campaign: String,
    /// For people.
    pub title: String,
    /// When draws are possible.
    pub window: Window,
    /// How many draws a player may make.
    #[serde(default, skip_serializing_if = "Chances::is_default")]
    pub chances: Chances,
    /// What the campaign may give away of a unit. Left out: no prize has a value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub budget: Option<Budget>,
    /// What can be won.
    pub prizes: Vec<Prize>,
    /// What players can buy. Each has a name that no prize has, since the stock of both is kept together.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub skus: Vec<Sku>,
    /// Sets of prizes with exact odds, by name. There must be one called `default`. An entry is a prize or `nothing`.
    pub pools: BTreeMap<String, BTreeMap<String, ShareText>>,
    /// The chain of rules before the draw, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub guards: Vec<Guard>,
    /// What a request may carry. An undeclared attribute is refused.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub attributes: BTreeMap<String, Attribute>,
    /// What happens after the draw, by name. Prizes that name no tree use the one called `default`, and are simply handed
    /// over where there is none.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub trees: BTreeMap<String, Tree>,
    /// What players do that rebates may be bound to, by the type's name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub events: BTreeMap<String, Event>,
    /// The rules that say what events earn, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rebates: Vec<Rebate>,
    /// What holds where something is taken back that its player has spent.
    #[serde(default, skip_serializing_if = "Shortfall::is_default")]
    pub shortfall: Shortfall,
    /// Draws and events whose outcome is known, tried whenever the document is checked.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub examples: Vec<Example>,
}

/// What a campaign may give away.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Budget {
    /// A unit that operators have declared.
    pub unit: String,
}

/// What becomes of what was to be taken back and had been spent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Shortfall {
    /// The player owes it, and what comes in next pays it.
    #[default]
    Debt,
    /// The house bears it.
    Loss,
}

impl Shortfall {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

impl From<Shortfall> for tombola_domain::ledger::Shortfall {
    fn from(shortfall: Shortfall) -> Self {
        match shortfall {
            Shortfall::Debt => Self::Debt,
            Shortfall::Loss => Self::Loss,
        }
    }
}

/// A span of time in a time zone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Window {
    /// RFC 3339, included.
    pub opens: String,
    /// RFC 3339, not included. Left out: the campaign has no end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closes: Option<String>,
    /// IANA name; decides where days and months begin.
    #[serde(default = "utc")]
    pub timezone: String,
}

fn utc() -> String {
    "UTC".to_owned()
}

/// Caps on the draws of one player. What is left out is not capped.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Chances {
    /// In all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total: Option<u32>,
    /// In one month of the window's time zone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub month: Option<u32>,
    /// On one day of the window's time zone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub day: Option<u32>,
    /// Chances that a new player starts with. Left out: chances are not counted, and only the caps hold.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub granted: Option<u32>,
    /// For how many days chances can be used that come in later, 1 to 36,525: to the end of that many days of the window's time zone.
    /// Left out: for ever.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lifetime_days: Option<u32>,
}

impl Chances {
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// Something to win.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Prize {
    /// Its name within the campaign.
    pub id: String,
    /// For people.
    pub title: String,
    /// Opening stock, taken when the prize first goes live, or `unlimited`. Left out where coupon codes are delivered, whose pool is
    /// the stock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stock: Option<Stock>,
    /// What each unit of its amount takes of the campaign's budget. Left out: nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<i64>,
    /// The tree that it goes through when it was drawn.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tree: Option<String>,
    /// Caps on one player's wins of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limits: Option<Limits>,
    /// Returned with the prize in views and draws; up to 4 KiB.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<serde_json::Value>,
    /// How it is handed over. Left out: by telling of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deliver: Option<Deliver>,
}

/// A bundle of chances that players buy.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Sku {
    /// Its name within the campaign.
    pub id: String,
    /// For people.
    pub title: String,
    /// How many chances there are in one, 1 to 2^32 - 1.
    pub chances: u32,
    /// What one costs.
    pub price: Price,
    /// Opening stock, taken when it first goes live, or `unlimited`.
    pub stock: Stock,
}

/// What something costs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Price {
    /// A unit of the ledger that is declared.
    pub unit: String,
    /// How many of it: 1 to 2^53 - 1.
    pub amount: i64,
}

/// How many units there are.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
#[serde(expecting = "a number of units from 0 to 4294967295, or unlimited")]
pub enum Stock {
    /// So many.
    Units(u32),
    /// As many as are won.
    Unlimited(Unlimited),
}

impl Stock {
    /// How many; `None` is without end.
    pub fn units(self) -> Option<u64> {
        match self {
            Self::Units(units) => Some(u64::from(units)),
            Self::Unlimited(_) => None,
        }
    }
}

/// The word.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Unlimited {
    /// No count is kept.
    Unlimited,
}

/// Caps on one player's wins of one prize. What they refuse falls through like `sold_out`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// In the whole campaign.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub player: Option<u32>,
    /// On one day of the window's time zone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub player_day: Option<u32>,
}

/// A rule before the draw.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Guard {
    /// Its name within the campaign.
    pub id: String,
    /// `name@version`, where the version may leave out its later parts: `unlock@1` is the newest 1.x.y at publish.
    pub rule: String,
    /// For the rule; its module's config schema says what.
    #[serde(default = "empty_object")]
    pub config: serde_json::Value,
    /// What holds when the rule fails.
    #[serde(default, skip_serializing_if = "GuardFault::is_default")]
    pub on_fault: GuardFault,
    /// What follows when the prize that the rule grants has run out: `nothing` is all there can be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sold_out: Option<String>,
}

fn empty_object() -> serde_json::Value {
    serde_json::Value::Object(serde_json::Map::new())
}

/// What holds when a guard fails.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum GuardFault {
    /// The draw is refused.
    #[default]
    Refuse,
    /// The next guard is asked.
    Proceed,
}

impl GuardFault {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// A graph without cycles that a drawn prize goes through, from its root.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Tree {
    /// The node that it begins with.
    pub root: String,
    /// Its nodes, by name.
    pub nodes: BTreeMap<String, Node>,
}

/// A node is either a rule (`rule`, `config`, `on`, `on_fault`) or a grant (`grant`, `amount`). Both may say what follows
/// `sold_out`. An edge ends at another node of the tree or at `nothing`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Node {
    /// As for a guard.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// As for a guard.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub config: Option<serde_json::Value>,
    /// Where to go on, by the labels that the rule may answer.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub on: BTreeMap<String, String>,
    /// What holds when the rule fails; `nothing` unless said otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_fault: Option<BranchFault>,
    /// Hand this prize over; `drawn` is the one that the ticket drew.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grant: Option<String>,
    /// How much of it: a number, or a range from which the host draws evenly. 1 unless said otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Amount>,
    /// What follows when the granted prize has run out, or may not be won again by this player.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sold_out: Option<String>,
}

/// How much of a prize.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
#[serde(expecting = "a number, or a range [low, high]")]
pub enum Amount {
    /// So much.
    Fixed(i64),
    /// From the first to the second, both included.
    Range([i64; 2]),
}

/// What holds when a branch fails.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum BranchFault {
    /// Nothing is handed over.
    Nothing,
    /// The tree goes on along the edge with this label.
    Follow(String),
}

/// The JSON Schema of [`Document`].
pub fn json_schema() -> serde_json::Value {
    schemars::schema_for!(Document).to_value()
}
