//! The reference data as documents: what the documents of this folder must be.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value as Json, json};
use tombola_engine::document::{
    Amount, Chances, DEFAULT_POOL, DRAWN, Deliver, Document, Guard, GuardFault, NOTHING, Node, Points, Prize,
    ShareText, Shortfall, Stock, Tree, Unlimited, Window,
};

use super::{Award, Reference, Strategy};

/// The prize that comforts: unlimited, since the reference takes no unit for it.
const CONSOLATION: &str = "consolation";
/// The kind of award whose amount is drawn between the two numbers of its config.
const RANDOM_POINTS: &str = "user_credit_random";

impl Reference {
    /// What the document of this campaign must be.
    pub fn document(&self, campaign: u32) -> Document {
        let strategy = self.strategy(campaign);
        let [activity] = self.activities.as_slice() else { panic!("all campaigns have the window of one activity") };
        Document {
            campaign: campaign.to_string(),
            title: format!("Reference campaign {campaign}"),
            window: Window {
                opens: activity.opens.clone(),
                closes: Some(activity.closes.clone()),
                timezone: "Asia/Shanghai".to_owned(),
            },
            chances: Chances::default(),
            skus: Vec::new(),
            budget: None,
            prizes: self.prizes(strategy),
            pools: self.pools(strategy),
            guards: strategy.rule_models.iter().map(|model| self.guard(strategy, model)).collect(),
            attributes: BTreeMap::new(),
            trees: self.trees(strategy),
            events: BTreeMap::new(),
            rebates: Vec::new(),
            shortfall: Shortfall::default(),
            examples: Vec::new(),
        }
    }

    fn award(&self, id: u32) -> &Award {
        self.awards.iter().find(|award| award.award_id == id).expect("the data has this award")
    }

    fn prizes(&self, strategy: &Strategy) -> Vec<Prize> {
        let prize = |id: &str, title: &str, stock, tree, deliver| Prize {
            id: id.to_owned(),
            title: title.to_owned(),
            stock: Some(stock),
            value: None,
            tree,
            limits: None,
            data: None,
            deliver,
        };
        let written = strategy.prizes.iter().map(|written| {
            let amount = self.drawn_amount(written);
            let deliver = amount.map(|_| Deliver::Points(Points::Plain(1)));
            let tree = tree_name(&written.tree, amount);
            prize(&written.award_id.to_string(), &written.title, Stock::Units(written.count), Some(tree), deliver)
        });
        let unlimited = Stock::Unlimited(Unlimited::Unlimited);
        let consolation =
            prize(CONSOLATION, "Consolation points", unlimited, None, Some(Deliver::Points(Points::Plain(1))));
        written.chain([consolation]).collect()
    }

    /// The default pool has the rates as they are written; a tier has the smallest weights of the same proportions.
    fn pools(&self, strategy: &Strategy) -> BTreeMap<String, BTreeMap<String, ShareText>> {
        let share = |prize: &super::Prize| (prize.award_id.to_string(), ShareText::Text(prize.rate.clone()));
        let default = (DEFAULT_POOL.to_owned(), strategy.prizes.iter().map(share).collect());
        let tiers = self.tiers(strategy.strategy_id).into_iter().map(|(from, rates)| {
            let divisor = rates.iter().map(|(_, rate)| *rate).reduce(gcd).expect("a tier has prizes");
            let weigh = |(prize, rate)| (prize, ShareText::Weight(rate / divisor));
            (tier_pool(from), rates.into_iter().map(weigh).collect())
        });
        [default].into_iter().chain(tiers).collect()
    }

    fn guard(&self, strategy: &Strategy, model: &str) -> Guard {
        let guard = |id: &str, rule: &str, config, sold_out: Option<&str>| Guard {
            id: id.to_owned(),
            rule: rule.to_owned(),
            config,
            on_fault: GuardFault::Refuse,
            sold_out: sold_out.map(str::to_owned),
        };
        match model {
            "rule_blacklist" => {
                let (prize, _) = strategy.rules[model].split_once(':').expect("a blacklist is `prize:players`");
                let given = self.awards.iter().find(|award| award.key == "user_credit_blacklist");
                let amount = number(&given.expect("the data says what blacklisted players get").config);
                let config = json!({"list": "blacklist", "grant": {"prize": prize, "amount": amount}});
                guard(model, "blacklist@1", config, Some(NOTHING))
            }
            "rule_weight" => {
                let tiers = self.tiers(strategy.strategy_id).into_iter();
                let tiers: Vec<Json> = tiers.map(|(from, _)| json!({"from": from, "pool": tier_pool(from)})).collect();
                guard(model, "weight-tier@1", json!({"fact": "player.draws.total", "tiers": tiers}), None)
            }
            _ => panic!("the model {model} has no counterpart"),
        }
    }

    fn trees(&self, strategy: &Strategy) -> BTreeMap<String, Tree> {
        let used: BTreeSet<_> = strategy.prizes.iter().map(|prize| (&prize.tree, self.drawn_amount(prize))).collect();
        let tree = |(id, amount): (&String, Option<[i64; 2]>)| {
            let written = self.trees.iter().find(|tree| tree.tree_id == *id).expect("the data has this tree");
            let nodes =
                written.nodes.iter().map(|(name, value)| (name.clone(), node(written, name, value.as_deref(), amount)));
            (tree_name(id, amount), Tree { root: written.root.clone(), nodes: nodes.collect() })
        };
        used.into_iter().map(tree).collect()
    }

    /// The range of a prize whose amount is drawn where it is handed over.
    fn drawn_amount(&self, prize: &super::Prize) -> Option<[i64; 2]> {
        let award = self.award(prize.award_id);
        (award.key == RANDOM_POINTS).then(|| range(&award.config))
    }
}

/// Prizes whose amount is drawn need a tree of their own, since the amount stands at the node.
fn tree_name(tree: &str, amount: Option<[i64; 2]>) -> String {
    if amount.is_some() { format!("{tree}_points") } else { tree.to_owned() }
}

fn tier_pool(from: i64) -> String {
    format!("from-{from}")
}

/// In the reference's words, `TAKE_OVER` of a stock node means that a unit was taken, and of a lock that it is locked.
fn node(tree: &super::Tree, name: &str, value: Option<&str>, amount: Option<[i64; 2]>) -> Node {
    let end = |label: &str| {
        let line = tree.lines.iter().find(|(from, by, _)| from == name && by == label);
        line.map(|(_, _, to)| to.clone())
    };
    let blank = Node {
        rule: None,
        config: None,
        on: BTreeMap::new(),
        on_fault: None,
        grant: None,
        amount: None,
        sold_out: None,
    };
    let value = || value.expect("this model has a value");
    match name {
        "rule_stock" => {
            Node { grant: Some(DRAWN.to_owned()), amount: amount.map(Amount::Range), sold_out: end("ALLOW"), ..blank }
        }
        "rule_lock" => {
            let edges = [("unlocked", end("ALLOW")), ("locked", end("TAKE_OVER"))];
            let on = edges.into_iter().filter_map(|(label, end)| Some((label.to_owned(), end?)));
            let config = json!({"draws": number(value())});
            Node { rule: Some("unlock@1".to_owned()), config: Some(config), on: on.collect(), ..blank }
        }
        "rule_luck_award" => {
            let (_, amounts) = value().split_once(':').expect("a consolation is `prize:low,high`");
            let config = json!({"prize": CONSOLATION, "amount": range(amounts)});
            Node { rule: Some("consolation@1".to_owned()), config: Some(config), ..blank }
        }
        _ => panic!("the model {name} has no counterpart"),
    }
}

fn number(text: &str) -> i64 {
    text.parse().expect("the data has a number here")
}

/// `1,100` as the two numbers.
fn range(text: &str) -> [i64; 2] {
    let (low, high) = text.split_once(',').expect("the data has a range here");
    [number(low), number(high)]
}

fn gcd(one: u64, other: u64) -> u64 {
    if other == 0 { one } else { gcd(other, one % other) }
}
