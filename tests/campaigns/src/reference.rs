//! The data that the reference campaigns were made of.

mod document;

use std::collections::BTreeMap;

use serde::Deserialize;

/// The reference data: what the documents are made of, kept as it is published.
#[derive(Debug, Clone, Deserialize)]
pub struct Reference {
    awards: Vec<Award>,
    strategies: Vec<Strategy>,
    trees: Vec<Tree>,
    activities: Vec<Activity>,
}

/// What is delivered, and how: `config` has a meaning for each `key`.
#[derive(Debug, Clone, Deserialize)]
struct Award {
    award_id: u32,
    key: String,
    config: String,
}

/// A campaign, but for its window.
#[derive(Debug, Clone, Deserialize)]
struct Strategy {
    strategy_id: u32,
    rule_models: Vec<String>,
    rules: BTreeMap<String, String>,
    prizes: Vec<Prize>,
}

#[derive(Debug, Clone, Deserialize)]
struct Prize {
    award_id: u32,
    title: String,
    count: u32,
    rate: String,
    tree: String,
}

/// `lines` are edges: from, label, to.
#[derive(Debug, Clone, Deserialize)]
struct Tree {
    tree_id: String,
    root: String,
    nodes: BTreeMap<String, Option<String>>,
    lines: Vec<(String, String, String)>,
}

#[derive(Debug, Clone, Deserialize)]
struct Activity {
    opens: String,
    closes: String,
}

impl Reference {
    /// The data of this folder.
    pub fn read() -> Self {
        serde_json::from_str(include_str!("../data/sample.json")).expect("the data has the shape of these types")
    }

    /// Each prize of a campaign and its rate in ten-thousandths, the unit in which all rates are whole.
    pub fn rates(&self, campaign: u32) -> Vec<(String, u64)> {
        let prizes = self.strategy(campaign).prizes.iter();
        prizes.map(|prize| (prize.award_id.to_string(), ten_thousandths(&prize.rate))).collect()
    }

    /// The tiers of a campaign, ascending: where each begins, and the prizes that are left in it with their rates in
    /// ten-thousandths.
    pub fn tiers(&self, campaign: u32) -> Vec<(i64, Vec<(String, u64)>)> {
        let rates = self.rates(campaign);
        let tier = |tier: &str| {
            let (from, prizes) = tier.split_once(':').expect("a tier is `from:prizes`");
            let left = prizes.split(',').map(|id| {
                let rate = rates.iter().find(|(prize, _)| prize == id);
                rate.expect("a tier's prizes are the campaign's").clone()
            });
            (from.parse().expect("a tier begins at a number"), left.collect())
        };
        self.strategy(campaign)
            .rules
            .get("rule_weight")
            .map_or_else(Vec::new, |tiers| tiers.split(' ').map(tier).collect())
    }

    fn strategy(&self, campaign: u32) -> &Strategy {
        let strategy = self.strategies.iter().find(|strategy| strategy.strategy_id == campaign);
        strategy.expect("the data has this campaign")
    }
}

/// `0.0099` as 99.
fn ten_thousandths(rate: &str) -> u64 {
    let digits = rate.strip_prefix("0.").filter(|digits| digits.len() == 4);
    digits.and_then(|digits| digits.parse().ok()).expect("rates lie below 1 and have four places")
}
