//! What runs for events.

use std::collections::BTreeMap;

use tombola_domain::amount::Span;
use tombola_domain::fact::Fact;
use tombola_domain::id::{AttributeName, EventType, ListName, PrizeId};
use tombola_domain::rebate::{Gain, Recipient};

use super::PlacedRule;
use crate::document::Attribute;

/// A type of event, and the rebates that run for it.
#[derive(Debug, Clone)]
pub struct Event {
    /// Its name.
    pub name: EventType,
    /// What such an event may say.
    pub attributes: BTreeMap<AttributeName, Attribute>,
    /// In the order of the document.
    pub rebates: Vec<Rebate>,
    /// Every fact that one of them asks for, ascending, each once.
    pub facts: Vec<Fact>,
    /// The lists among the facts, ascending.
    pub lists: Vec<ListName>,
    /// The prizes whose wins matter, to a fact or to a limit on what is given, ascending.
    pub wins: Vec<PrizeId>,
}

/// A rule that says what an event earns. Where it fails, it gives nothing.
#[derive(Debug, Clone)]
pub struct Rebate {
    /// The rule.
    pub rule: PlacedRule,
    /// What its outcomes give, in the order of its declaration.
    pub outcomes: Vec<Vec<Reward>>,
}

/// One thing that a rebate may give.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reward {
    /// For whom.
    pub recipient: Recipient,
    /// What.
    pub gain: Gain,
    /// How much of it.
    pub amount: Span,
    /// Whether it is a prize whose stock is counted.
    pub stocked: bool,
    /// What each unit of the amount takes of the campaign's budget; 0 is nothing.
    pub value: i64,
}
