//! Guards: the rules of a strategy, in the order in which it names them.

use serde_json::json;
use tombola_domain::id::PlayerId;
use tombola_engine::document::{Guard, GuardFault, NOTHING};

use super::context::Context;
use super::import::List;
use super::note::{Code, Place};
use super::pools::{Tier, WEIGHT};
use super::prizes::Consolations;
use super::tables::{StrategyRule, Tables};
use super::trees;

/// The rule that gives listed players something else than a draw.
pub(super) const BLACKLIST: &str = "rule_blacklist";
/// The draw itself, which the reference runs as the last rule.
const DEFAULT: &str = "rule_default";
/// The kind of award that says how many points listed players get.
pub(super) const LISTED_POINTS: &str = "user_credit_blacklist";

pub(super) fn guards(
    context: &mut Context<'_>,
    tiers: &[Tier<'_>],
    consolations: &Consolations,
) -> (Vec<Guard>, Vec<List>) {
    let (mut guards, mut lists) = (Vec::new(), Vec::new());
    for model in context.models() {
        match (model, context.rule(model)) {
            (DEFAULT, _) => {}
            (BLACKLIST, Some(rule)) => {
                if let Some((guard, list)) = blacklist(context, rule, consolations) {
                    guards.push(guard);
                    lists.push(list);
                }
            }
            (WEIGHT, Some(_)) => guards.extend(weight(tiers)),
            (BLACKLIST | WEIGHT, None) => {
                let message = format!("strategy {} runs '{model}', for which there is no value", context.strategy.id);
                context.note(Code::RuleLeft, context.here(), message, "Dump the table strategy_rule too.");
            }
            _ => {
                let message = format!("strategy {} runs '{model}', which has no counterpart", context.strategy.id);
                context.note(Code::RuleLeft, context.here(), message, "Write a rule for it, and add it to `guards`.");
            }
        }
    }
    left_rules(context);
    (guards, lists)
}

/// Values of rules that the strategy doesn't run, or that are of one award: what became of those stands in trees.
fn left_rules(context: &mut Context<'_>) {
    let models = context.models();
    for rule in context.tables.rules.iter().filter(|rule| rule.strategy == context.strategy.id) {
        let value = rule.value.as_deref().unwrap_or_default();
        let (message, hint) = match rule.award {
            Some(award) => (
                format!("'{}' of award {award} ('{value}') is not read; trees are", rule.model),
                "Put it into the tree of the prize.",
            ),
            None if !models.contains(&rule.model.as_str()) => (
                format!("strategy {} does not run its '{}' ('{value}')", context.strategy.id, rule.model),
                "Add a guard, if it was meant to.",
            ),
            None => continue,
        };
        context.note(Code::RuleLeft, Place::row(StrategyRule::TABLE, rule.line), message, hint);
    }
}

fn guard(id: &str, rule: &str, config: serde_json::Value, sold_out: Option<&str>) -> Guard {
    Guard {
        id: id.to_owned(),
        rule: rule.to_owned(),
        config,
        on_fault: GuardFault::Refuse,
        sold_out: sold_out.map(str::to_owned),
    }
}

fn weight(tiers: &[Tier<'_>]) -> Option<Guard> {
    let steps: Vec<_> = tiers.iter().map(|tier| json!({"from": tier.from, "pool": tier.pool()})).collect();
    let config = json!({"fact": "player.draws.total", "tiers": steps});
    (!tiers.is_empty()).then(|| guard(WEIGHT, "weight-tier@1", config, None))
}

/// `101:user001,user002`: what is given, and who stands on the list.
fn blacklist(context: &mut Context<'_>, rule: &StrategyRule, consolations: &Consolations) -> Option<(Guard, List)> {
    let place = Place::row(StrategyRule::TABLE, rule.line);
    let value = rule.value.as_deref().unwrap_or_default();
    let written = value.split_once(':').and_then(|(award, players)| Some((trees::consolation(award)?.0, players)));
    let Some((award, players)) = written else {
        let message = format!("'{value}' is not written like `101:player,player`");
        context.note(Code::RuleLeft, place, message, "Add a guard with `blacklist@1`.");
        return None;
    };
    let list = List { name: format!("blacklist-{}", context.strategy.id), members: members(context, &place, players) };
    let is_stocked = context.award(award).is_some();
    let takes = if is_stocked { ", and what they get takes a unit of the stock here" } else { "" };
    let message = format!(
        "{} players stand on the list '{}'{takes}; `tombola list replace {} {}` loads it",
        list.members.len(),
        list.name,
        list.name,
        list.file()
    );
    context.note(Code::ListMade, place, message, "Load it before you publish the document.");
    let prize = if is_stocked { award.to_string() } else { consolations.name(award) };
    let amount = listed_amount(context.tables);
    let config = json!({"list": list.name, "grant": {"prize": prize, "amount": amount}});
    Some((guard(BLACKLIST, "blacklist@1", config, is_stocked.then_some(NOTHING)), list))
}

fn members(context: &mut Context<'_>, place: &Place, players: &str) -> Vec<String> {
    let mut members = Vec::new();
    for player in players.split(',').map(str::trim).filter(|player| !player.is_empty()) {
        if player.parse::<PlayerId>().is_ok() {
            members.push(player.to_owned());
        } else {
            let message = format!("'{player}' is no player's id, and is not on the list");
            context.note(Code::PlayerLeft, place.clone(), message, "Ids are 1 to 128 printable ASCII characters.");
        }
    }
    members
}

/// As the award of this kind says, or one.
fn listed_amount(tables: &Tables) -> i64 {
    let award = tables.awards.iter().find(|award| award.key.as_deref() == Some(LISTED_POINTS));
    let amount = award.and_then(|award| award.config.as_deref()?.trim().parse().ok());
    amount.filter(|amount| *amount > 0).unwrap_or(1)
}
