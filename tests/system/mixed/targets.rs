//! What was acknowledged, and can be corrected.

use std::sync::{Mutex, PoisonError};

use serde_json::Value;

use super::asked::{Asked, Deed};
use crate::dice::Dice;

/// Of so many that came last one is chosen, so that others are at the same ones.
const LATEST: u64 = 24;

/// Shared by all who ask.
#[derive(Default)]
pub(super) struct Targets(Mutex<Known>);

#[derive(Default)]
struct Known {
    awards: Vec<String>,
    orders: Vec<(&'static str, String)>,
    events: Vec<(String, String)>,
    holds: Vec<(String, String, u64)>,
    adjustments: Vec<(String, u64)>,
    grants: Vec<(&'static str, String, String)>,
}

impl Targets {
    /// Tells what was answered.
    pub(super) fn know(&self, asked: &Asked) {
        let Some(told) = &asked.told else { return };
        let text = |member: &str| told[member].as_str().unwrap().to_owned();
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match &asked.deed {
            Deed::Draw { .. } if told["outcome"]["kind"] == "prize" => known.awards.push(award(told)),
            Deed::Order { campaign, .. } => known.orders.push((*campaign, text("id"))),
            Deed::Event { player, .. } => {
                known.awards.extend(rewards(told).filter_map(|(_, reward)| Some(reward["award"].as_str()?.to_owned())));
                known.events.push((player.clone(), asked.name.clone()));
            }
            Deed::Hold { player, amount, .. } => known.holds.push((player.clone(), text("id"), *amount)),
            Deed::Adjustment { player, .. } => {
                known.adjustments.push((player.clone(), told["posting"].as_u64().unwrap()));
            }
            Deed::Grant { campaign, player, .. } => known.grants.push((*campaign, player.clone(), text("grant"))),
            _ => {}
        }
    }

    pub(super) fn award_void(&self, dice: &mut Dice) -> Option<Deed> {
        self.latest(dice, |known| &known.awards).map(|award| Deed::AwardVoid { award })
    }

    pub(super) fn order_void(&self, dice: &mut Dice) -> Option<Deed> {
        self.latest(dice, |known| &known.orders).map(|(campaign, order)| Deed::OrderVoid { campaign, order })
    }

    pub(super) fn reversal(&self, dice: &mut Dice, part: Option<i64>) -> Option<Deed> {
        self.latest(dice, |known| &known.events).map(|(player, event)| Deed::Reversal { player, event, part })
    }

    /// Some of a hold is taken, up to one more than it is of; or it is released.
    pub(super) fn hold_end(&self, dice: &mut Dice, is_taken: bool) -> Option<Deed> {
        let (player, hold, amount) = self.latest(dice, |known| &known.holds)?;
        let take = is_taken.then(|| 1 + dice.below(amount + 1));
        Some(Deed::HoldEnd { player, hold, take })
    }

    pub(super) fn adjustment_void(&self, dice: &mut Dice) -> Option<Deed> {
        let (player, posting) = self.latest(dice, |known| &known.adjustments)?;
        Some(Deed::AdjustmentVoid { player, posting })
    }

    pub(super) fn grant_void(&self, dice: &mut Dice) -> Option<Deed> {
        let (campaign, player, grant) = self.latest(dice, |known| &known.grants)?;
        Some(Deed::GrantVoid { campaign, player, grant })
    }

    fn latest<T: Clone>(&self, dice: &mut Dice, of: impl FnOnce(&Known) -> &Vec<T>) -> Option<T> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let all = of(&known);
        let place = dice.below(LATEST.min(all.len() as u64).max(1));
        all.iter().rev().nth(usize::try_from(place).unwrap()).cloned()
    }
}

/// The name of what a draw won.
pub(super) fn award(draw: &Value) -> String {
    format!("{}-1", draw["id"].as_str().unwrap())
}

/// What an event earned, each with its campaign.
pub(super) fn rewards(event: &Value) -> impl Iterator<Item = (&str, &Value)> {
    let answers = event["campaigns"].as_array().unwrap().iter();
    let answers = answers.filter_map(|answer| Some((answer["campaign"].as_str()?, answer["rewards"].as_array()?)));
    let granted = |reward: &&Value| reward["outcome"] == "granted";
    answers.flat_map(move |(campaign, rewards)| rewards.iter().filter(granted).map(move |reward| (campaign, reward)))
}
