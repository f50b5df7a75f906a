//! What players can buy.

use std::collections::HashSet;

use tombola_domain::amount::AMOUNT_MAX;

use super::Check;
use crate::document::Sku as Written;
use crate::finding::{Code, within};
use crate::pipeline::Sku;

impl<'a> Check<'a> {
    pub(super) fn all_skus(&mut self) -> Option<Vec<Sku>> {
        let mut taken: HashSet<&str> = self.prizes.keys().copied().collect();
        let skus: Vec<_> = self
            .document
            .skus
            .iter()
            .enumerate()
            .map(|(position, sku)| self.one_sku(position, sku, &mut taken))
            .collect();
        if !self.document.skus.is_empty() && self.document.chances.granted.is_none() {
            let message = "chances are sold here, and the campaign counts none";
            let hint = "Say with how many chances a player begins: `chances: {granted: 0}`.";
            self.findings.add(Code::UncountedChances, "/skus", message.to_owned(), hint);
        }
        skus.into_iter().collect()
    }

    fn one_sku(&mut self, position: usize, sku: &'a Written, taken: &mut HashSet<&'a str>) -> Option<Sku> {
        let place = within("/skus", position);
        if !taken.insert(&sku.id) {
            let message = format!("a prize or another SKU is called '{}'", sku.id);
            self.findings.add(Code::DuplicateName, within(&place, "id"), message, "Rename one of them.");
        }
        if sku.chances == 0 {
            let message = "there is no chance in it".to_owned();
            self.findings.add(Code::InvalidSku, within(&place, "chances"), message, "Say how many it has.");
        }
        if !(1..=AMOUNT_MAX).contains(&sku.price.amount) {
            let message = format!("{} is no price", sku.price.amount);
            self.findings.add(
                Code::InvalidSku,
                within(&within(&place, "price"), "amount"),
                message,
                "Say 1 to 2^53 - 1.",
            );
        }
        Some(Sku {
            id: self.name(&sku.id, &within(&place, "id"))?,
            title: self.title(&sku.title, &within(&place, "title")),
            chances: u64::from(sku.chances),
            unit: self.unit(&sku.price.unit, &within(&within(&place, "price"), "unit"))?,
            price: sku.price.amount,
            stock: sku.stock.units(),
        })
    }
}
