//! Prizes.

use tombola_domain::amount::AMOUNT_MAX;

use super::Check;
use crate::document::{DEFAULT_TREE, DRAWN, Deliver, NOTHING, Prize as Written, Stock};
use crate::finding::{Code, within};
use crate::pipeline::Prize;

/// The longest `data` of a prize, in bytes of JSON.
const DATA_BYTES_MAX: usize = 4 << 10;

impl Check<'_> {
    pub(super) fn all_prizes(&mut self) -> Option<Vec<Prize>> {
        let prizes = self.document.prizes.iter().enumerate();
        // Collected before the `?`, so that each prize is checked.
        let prizes: Vec<_> = prizes.map(|(position, prize)| self.one_prize(position, prize)).collect();
        prizes.into_iter().collect()
    }

    fn one_prize(&mut self, position: usize, prize: &Written) -> Option<Prize> {
        let place = within("/prizes", position);
        let id_place = within(&place, "id");
        if [NOTHING, DRAWN].contains(&prize.id.as_str()) {
            let message = format!("'{}' has a meaning of its own and can't name a prize", prize.id);
            self.findings.add(Code::ReservedName, &id_place, message, "Choose another name.");
        }
        if self.prizes[prize.id.as_str()] != position {
            let message = format!("another prize is called '{}'", prize.id);
            self.findings.add(Code::DuplicateName, &id_place, message, "Rename one of them.");
        }
        if prize.data.as_ref().is_some_and(|data| data.to_string().len() > DATA_BYTES_MAX) {
            let message = format!("data has more than {DATA_BYTES_MAX} bytes");
            self.findings.add(Code::TooLarge, within(&place, "data"), message, "Keep an address there instead.");
        }
        self.stock_of(prize, &place);
        let value = self.value_of(prize, &place);
        let tree = self.tree_of(prize, &place);
        // Looked at also where another part of the prize is wrong.
        let delivery = prize.deliver.as_ref().map(|deliver| self.delivery(deliver, &place));
        let limit =
            |which: fn(&crate::document::Limits) -> Option<u32>| prize.limits.as_ref().and_then(which).map(u64::from);
        Some(Prize {
            id: self.name(&prize.id, &id_place)?,
            title: self.title(&prize.title, &within(&place, "title")),
            stock: prize.stock.and_then(Stock::units),
            value,
            tree: tree?,
            limit_player: limit(|limits| limits.player),
            limit_player_day: limit(|limits| limits.player_day),
            data: prize.data.clone(),
            delivery: match delivery {
                Some(delivery) => Some(delivery?),
                None => None,
            },
        })
    }

    /// What the prize takes of the budget; 0 is nothing.
    fn value_of(&mut self, prize: &Written, place: &str) -> i64 {
        let Some(value) = prize.value else { return 0 };
        let place = within(place, "value");
        if !(1..=AMOUNT_MAX).contains(&value) {
            let message = format!("{value} is no value");
            self.findings.add(Code::Value, place, message, "Say 1 to 2^53 - 1, or leave it out.");
        } else if self.document.budget.is_none() {
            let message = "the campaign has no budget to take it from";
            self.findings.add(Code::Value, place, message, "Name the budget's unit: `budget: {unit: coins}`.");
        }
        value
    }

    /// A prize has a stock, of its own or in a pool of codes.
    fn stock_of(&mut self, prize: &Written, place: &str) {
        let (message, hint) = match (&prize.stock, &prize.deliver) {
            (Some(_), Some(Deliver::Codes(pool))) => (
                format!("the stock is the free codes of the pool '{pool}', and another is written here"),
                "Leave `stock` out; load more codes, or withdraw some, instead.",
            ),
            (None, Some(Deliver::Codes(_))) | (Some(_), _) => return,
            (None, _) => (
                "no stock is written".to_owned(),
                "Say how many there are, or `unlimited`; only a prize of coupon codes has its stock elsewhere.",
            ),
        };
        self.findings.add(Code::InvalidStock, within(place, "stock"), message, hint);
    }

    /// The position of the prize's tree; one past the last stands for handing over without one.
    fn tree_of(&mut self, prize: &Written, place: &str) -> Option<usize> {
        let trees = &self.document.trees;
        let name = prize.tree.as_deref().unwrap_or(DEFAULT_TREE);
        let position = trees.keys().position(|tree| tree == name);
        match (&prize.tree, position) {
            (_, Some(position)) => Some(position),
            (None, None) => Some(trees.len()),
            (Some(_), None) => {
                let hint = super::nearest(name, trees.keys().map(String::as_str));
                self.findings.add(Code::UnknownTree, within(place, "tree"), format!("there is no tree '{name}'"), hint);
                None
            }
        }
    }

    /// Whether what so much of these prizes is worth can be posted.
    pub(super) fn check_worth(&mut self, prizes: &[usize], most: i64, place: &str) {
        for position in prizes {
            let prize = &self.document.prizes[*position];
            let each = prize.deliver.as_ref().map_or(0, Deliver::each).max(prize.value.unwrap_or(0));
            if each.checked_mul(most).is_none_or(|worth| worth > AMOUNT_MAX) {
                let message = format!("{most} of '{}' at {each} each are more than 2^53 - 1", prize.id);
                let hint = "Lower the amount, or what each unit of it is worth.";
                self.findings.add(Code::AmountTooLarge, place, message, hint);
            }
        }
    }

    /// Whether granting the prize at this position may come to nothing.
    pub(super) fn can_run_out(&self, position: usize) -> bool {
        self.is_stocked(position) || self.has_limits(position) || self.document.prizes[position].value.is_some()
    }

    /// Whether there are so many of it and no more.
    pub(super) fn is_stocked(&self, position: usize) -> bool {
        let prize = &self.document.prizes[position];
        matches!(prize.stock, Some(Stock::Units(_))) || matches!(prize.deliver, Some(Deliver::Codes(_)))
    }

    /// Whether a player may win only so many of it.
    pub(super) fn has_limits(&self, position: usize) -> bool {
        let limits = self.document.prizes[position].limits.as_ref();
        limits.is_some_and(|limits| limits.player.or(limits.player_day).is_some())
    }
}
