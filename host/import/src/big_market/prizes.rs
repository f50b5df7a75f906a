//! Prizes: the awards of a strategy, and the consolations that the reference has no stock for.

use std::collections::{BTreeMap, BTreeSet};

use tombola_engine::document::{Deliver, Points, Prize, Stock, Unlimited};

use super::context::{Context, one_line};
use super::guards::BLACKLIST;
use super::note::{Code, Place};
use super::tables::{Award, Node, StrategyAward};
use super::trees::{self, Range, Uses};

/// The kind of award whose amount is drawn between the two numbers of its config.
const RANDOM_POINTS: &str = "user_credit_random";
/// What a consolation prize is called where there is one kind of them.
const CONSOLATION: &str = "consolation";

/// Amounts of the awards that have one.
pub(super) fn amounts(context: &mut Context<'_>) -> BTreeMap<i64, Range> {
    let mut amounts = BTreeMap::new();
    for award in context.awards.clone() {
        let Some(written) = context.tables.award(award.award).filter(|award| is_points(award)) else { continue };
        let config = written.config.as_deref().unwrap_or_default();
        let amount = trees::whole_range(config).unwrap_or_else(|| {
            let message = format!("award {} has the amount '{config}'", award.award);
            context.note(
                Code::AmountLeft,
                Place::row(Award::TABLE, written.line),
                message,
                "Set `amount` in whole points.",
            );
            [1, 1]
        });
        amounts.insert(award.award, amount);
    }
    amounts
}

fn is_points(award: &Award) -> bool {
    award.key.as_deref() == Some(RANDOM_POINTS)
}

/// Awards that are handed over without a unit of stock.
#[derive(Debug)]
pub(super) struct Consolations(BTreeSet<i64>);

impl Consolations {
    /// Those of the trees, and what players on the blacklist get where it is no prize of the strategy's.
    pub(super) fn of(context: &mut Context<'_>, uses: &Uses<'_>) -> Self {
        let trees = uses.trees();
        let is_consolation = |node: &&Node| node.key == trees::CONSOLATION && trees.contains(node.tree.as_str());
        let nodes: Vec<(i64, u64)> = context.tables.nodes.iter().filter(is_consolation).filter_map(award_of).collect();
        let listed = context.rule(BLACKLIST).filter(|_| context.models().contains(&BLACKLIST));
        let listed = listed.and_then(|rule| trees::consolation(rule.value.as_deref()?.split(':').next()?));
        let listed = listed.map(|(award, _)| award).filter(|award| context.award(*award).is_none());
        let awards: BTreeSet<i64> = nodes.iter().map(|(award, _)| *award).chain(listed).collect();
        let consolations = Self(awards);
        let mut told = BTreeSet::new();
        for (award, line) in nodes.into_iter().filter(|(award, _)| told.insert(*award)) {
            let name = consolations.name(award);
            let message = format!(
                "the consolation {award} takes no unit of stock; it is the prize '{name}' here, which is unlimited"
            );
            let hint = "Give it a stock, if it must end.";
            context.note(Code::ConsolationAdded, Place::row(Node::TABLE, line), message, hint);
        }
        consolations
    }

    /// The prize that stands for an award.
    pub(super) fn name(&self, award: i64) -> String {
        if self.0.len() > 1 { format!("{CONSOLATION}-{award}") } else { CONSOLATION.to_owned() }
    }

    fn prizes(&self, context: &Context<'_>) -> Vec<Prize> {
        let prize = |award: &i64| {
            let title = context.award(*award).and_then(|award| award.title.clone());
            Prize {
                id: self.name(*award),
                title: title.map_or_else(
                    || format!("Consolation {award}"),
                    |title| one_line(&format!("{title} (consolation)")),
                ),
                stock: Some(Stock::Unlimited(Unlimited::Unlimited)),
                value: None,
                tree: None,
                limits: None,
                data: None,
                deliver: context.tables.award(*award).and_then(deliver),
            }
        };
        self.0.iter().map(prize).collect()
    }
}

fn award_of(node: &Node) -> Option<(i64, u64)> {
    trees::consolation(node.value.as_deref()?).map(|(award, _)| (award, node.line))
}

fn deliver(award: &Award) -> Option<Deliver> {
    is_points(award).then_some(Deliver::Points(Points::Plain(1)))
}

pub(super) fn prizes(
    context: &mut Context<'_>,
    amounts: &BTreeMap<i64, Range>,
    uses: &Uses<'_>,
    consolations: &Consolations,
) -> Vec<Prize> {
    let mut prizes = Vec::new();
    let mut left = Vec::new();
    for award in context.awards.clone() {
        let written = context.tables.award(award.award);
        if let Some((key, written)) =
            written.filter(|award| !is_points(award)).and_then(|award| Some((award.key.as_deref()?, award)))
        {
            left.push((
                written.line,
                format!("{} ({key} {})", award.award, written.config.as_deref().unwrap_or_default()),
            ));
        }
        prizes.push(Prize {
            id: award.award.to_string(),
            title: match award.title.as_deref().filter(|title| !title.is_empty()) {
                Some(title) => context.title(title, Place::row(StrategyAward::TABLE, award.line)),
                None => format!("Award {}", award.award),
            },
            stock: Some(stock(context, award)),
            value: None,
            tree: uses.name(award, amounts.get(&award.award).copied()),
            limits: None,
            data: None,
            deliver: written.and_then(deliver),
        });
    }
    if let Some((line, _)) = left.first() {
        let names: Vec<&str> = left.iter().map(|(_, name)| name.as_str()).collect();
        let message = format!("what is delivered of {} does not stand in the document", names.join(", "));
        context.note(Code::DeliveryLeft, Place::row(Award::TABLE, *line), message, "Deliver by the prize's id.");
    }
    prizes.extend(consolations.prizes(context));
    prizes
}

fn stock(context: &mut Context<'_>, award: &StrategyAward) -> Stock {
    let what = format!("award {}", award.award);
    opening(context, &what, award.count, award.left, Place::row(StrategyAward::TABLE, award.line))
}

/// What is left of it: what was handed out before is not handed out again.
pub(super) fn opening(context: &mut Context<'_>, what: &str, count: i64, left: Option<i64>, place: Place) -> Stock {
    let left = left.unwrap_or(count);
    let units = u32::try_from(left.max(0)).unwrap_or(u32::MAX);
    if left != count || i64::from(units) != left {
        let message = format!("of {count} units of {what} there are {left} left; {units} are the opening stock");
        let hint = "Set `stock` if the campaign begins anew.";
        context.note(Code::StockLeft, place, message, hint);
    }
    Stock::Units(units)
}
