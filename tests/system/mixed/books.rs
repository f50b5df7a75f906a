//! What everybody should have, added up from what was answered alone: whatever the order in which it happened, each answer says what it
//! came to, or within which bounds.

mod agree;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::asked::{Asked, Deed, WHOLE};
use super::corrections::{CAMPAIGNS, GRANTED};
use super::targets::{award, rewards};
use super::{FIVES, MUGS, PLAYERS};

/// Whose house bears what is short.
const BEARING: &str = CAMPAIGNS[1];
/// What a prize comes to that is points or chances.
const WORTH: i64 = 2;

/// What is not there yet.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Until {
    /// What waits in queues.
    Now,
    /// Nothing: all tasks are done.
    Arrived,
}

/// A number that lies between these, or is one of them.
#[derive(Clone, Copy, Default, Debug)]
struct Span {
    least: i64,
    most: i64,
}

/// A player in a campaign, or an item that it keeps a stock of; a player's event or hold.
type Of = (String, String);

pub(super) struct Books {
    until: Until,
    corrected: Corrected,
    /// What each player has, less what they owe.
    worth: BTreeMap<String, Span>,
    chances: BTreeMap<Of, Span>,
    draws: BTreeMap<Of, i64>,
    stock: BTreeMap<Of, Span>,
    issued: BTreeMap<Of, i64>,
    /// How much each hold is of, and whether it is yet to expire.
    holds: BTreeMap<Of, (i64, bool)>,
    /// What the house lost, as far as it was told.
    lost: i64,
}

/// What was set right, each once, however often that was asked for.
#[derive(Default)]
struct Corrected {
    awards: BTreeSet<String>,
    orders: BTreeSet<String>,
    adjustments: BTreeSet<u64>,
    /// How many were taken away.
    grants: BTreeMap<String, i64>,
    reversed: BTreeMap<Of, Reversed>,
    /// How each hold ended, and how much was taken.
    ends: BTreeMap<Of, (String, i64)>,
}

/// How much of an event was taken back.
#[derive(Clone, Copy, Default)]
struct Reversed {
    /// Of [`WHOLE`].
    parts: i64,
    /// Whether the rest was as well, whatever that was by then.
    is_whole: bool,
}

impl Reversed {
    const fn amount(self) -> i64 {
        if self.is_whole { WHOLE } else { self.parts }
    }
}

impl Span {
    fn add(&mut self, more: Self) {
        self.least += more.least;
        self.most += more.most;
    }

    const fn of(least: i64, most: i64) -> Self {
        Self { least, most }
    }

    const fn exactly(number: i64) -> Self {
        Self::of(number, number)
    }
}

impl Corrected {
    fn by(told: &[(&Asked, &Value)]) -> Self {
        let mut corrected = Self::default();
        for (one, told) in told {
            corrected.know(&one.deed, told);
        }
        corrected
    }

    fn know(&mut self, deed: &Deed, told: &Value) {
        match deed {
            Deed::AwardVoid { award } => {
                self.awards.insert(award.clone());
            }
            Deed::OrderVoid { order, .. } => {
                self.orders.insert(order.clone());
            }
            Deed::AdjustmentVoid { posting, .. } => {
                self.adjustments.insert(*posting);
            }
            Deed::GrantVoid { grant, .. } => {
                self.grants.insert(grant.clone(), number(&told["taken"]));
            }
            Deed::HoldEnd { player, hold, .. } => {
                let end = (told["state"].as_str().unwrap().to_owned(), told["taken"].as_i64().unwrap_or_default());
                let before = self.ends.insert(of(player, hold), end.clone());
                assert!(before.is_none_or(|before| before == end), "a hold ends once: {told:#}");
            }
            Deed::Reversal { player, event, part } => {
                let reversed = self.reversed.entry(of(player, event)).or_default();
                match part {
                    Some(part) => reversed.parts += part,
                    None => assert!(!std::mem::replace(&mut reversed.is_whole, true), "the rest comes once: {told:#}"),
                }
                assert!(reversed.parts <= WHOLE, "more than all is reversed: {told:#}");
                let awards = in_campaigns(told).flat_map(|(_, answer)| answer["awards"].as_array().unwrap());
                self.awards.extend(awards.map(|award| award.as_str().unwrap().to_owned()));
            }
            _ => {}
        }
    }
}

impl Books {
    pub(super) fn of(all: &[Asked], until: Until) -> Self {
        let told: Vec<_> = all.iter().filter_map(|one| Some((one, one.told.as_ref()?))).collect();
        let mut books = Self {
            until,
            corrected: Corrected::by(&told),
            worth: BTreeMap::new(),
            chances: BTreeMap::new(),
            draws: BTreeMap::new(),
            stock: BTreeMap::new(),
            issued: BTreeMap::new(),
            holds: BTreeMap::new(),
            lost: 0,
        };
        for campaign in CAMPAIGNS {
            books.stock(campaign, "five", Span::exactly(FIVES));
            books.stock(campaign, "mug", Span::exactly(MUGS));
            for player in players() {
                books.chances(campaign, &player, Span::exactly(GRANTED.into()));
            }
        }
        for (one, told) in told {
            books.count(one, told);
        }
        books
    }

    fn count(&mut self, Asked { deed, name, .. }: &Asked, told: &Value) {
        match deed {
            Deed::Draw { campaign, player } => self.draw(campaign, player, told),
            Deed::Order { campaign, player } => self.buy(campaign, player, told),
            Deed::Event { player, referrer, .. } => self.earn(&of(player, name), referrer, told),
            Deed::Reversal { player, .. } => self.take_back(player, told),
            Deed::Hold { player, amount, seconds } => {
                let hold = of(player, told["id"].as_str().unwrap());
                let taken = self.corrected.ends.get(&hold).map_or(0, |(_, taken)| *taken);
                self.worth(player, Span::exactly(-taken));
                self.holds.insert(hold, (i64::try_from(*amount).unwrap(), *seconds > 1));
            }
            Deed::Adjustment { player, add } => {
                let is_voided = self.corrected.adjustments.contains(&told["posting"].as_u64().unwrap());
                self.worth(player, Span::exactly(if is_voided { 0 } else { *add }));
            }
            Deed::Grant { campaign, player, add, lapses_at } => {
                let add = i64::try_from(*add).unwrap();
                let taken = self.corrected.grants.get(told["grant"].as_str().unwrap()).copied().unwrap_or_default();
                let lapsed = if lapses_at.is_some() { add } else { 0 };
                self.chances(campaign, player, Span::of(add - taken - lapsed, add - taken));
            }
            Deed::Restock { campaign, item, add } => {
                self.stock(campaign, item, Span::exactly(i64::try_from(*add).unwrap()));
            }
            Deed::HoldEnd { .. }
            | Deed::AdjustmentVoid { .. }
            | Deed::GrantVoid { .. }
            | Deed::OrderVoid { .. }
            | Deed::AwardVoid { .. } => {}
        }
    }

    fn draw(&mut self, campaign: &str, player: &str, told: &Value) {
        *self.draws.entry(of(campaign, player)).or_default() += 1;
        self.chances(campaign, player, Span::exactly(-1));
        match told["outcome"]["prize"].as_str() {
            // It is there with the draw.
            Some("cash") => self.win(campaign, player, "cash", &award(told), Until::Arrived),
            Some(prize) => self.win(campaign, player, prize, &award(told), self.until),
            None => {}
        }
    }

    /// Of what is voided nothing is taken back that was not handed over, and no chance that was used.
    fn win(&mut self, campaign: &str, player: &str, prize: &str, award: &str, until: Until) {
        let is_voided = self.corrected.awards.contains(award);
        let handed_over = if until == Until::Arrived { Span::exactly(WORTH) } else { Span::of(0, WORTH) };
        match prize {
            "cash" if !is_voided => self.worth(player, handed_over),
            "cash" => self.worth(player, Span::of(0, kept(campaign, WORTH))),
            "more" => self.chances(campaign, player, if is_voided { Span::of(0, WORTH) } else { handed_over }),
            "mug" => {
                *self.issued.entry(of(campaign, prize)).or_default() += 1;
                self.stock(campaign, prize, Span::of(0, is_voided.into()));
            }
            _ => {}
        }
    }

    fn buy(&mut self, campaign: &str, player: &str, told: &Value) {
        let is_voided = self.corrected.orders.contains(told["id"].as_str().unwrap());
        let (price, bought) = (number(&told["price"]["amount"]), number(&told["chances"]));
        self.chances(campaign, player, Span::of(if is_voided { 0 } else { bought }, bought));
        *self.issued.entry(of(campaign, "five")).or_default() += 1;
        if is_voided {
            self.stock(campaign, "five", Span::exactly(1));
        } else {
            self.worth(player, Span::exactly(-price));
        }
    }

    fn earn(&mut self, event: &Of, referrer: &str, told: &Value) {
        let (player, _) = event;
        let reversed = self.corrected.reversed.get(event).copied().unwrap_or_default().amount();
        for (campaign, reward) in rewards(told) {
            let amount = number(&reward["amount"]);
            match (reward["for"].as_str().unwrap(), reward["kind"].as_str().unwrap()) {
                ("player", "points") => self.worth(player, Span::exactly(amount)),
                ("player", "chances") => self.chances(campaign, player, Span::exactly(amount)),
                ("player", _) => {
                    let [prize, award] = ["prize", "award"].map(|member| reward[member].as_str().unwrap());
                    self.win(campaign, player, prize, award, self.until);
                }
                // What is reversed was handed over before. What is taken back of it is told to nobody.
                _ if reversed == 0 && self.until == Until::Now => self.worth(referrer, Span::of(0, amount)),
                _ => {
                    let back = amount * reversed / WHOLE;
                    self.worth(referrer, Span::of(amount - back, amount - back + kept(campaign, back)));
                }
            }
        }
    }

    fn take_back(&mut self, player: &str, told: &Value) {
        for (campaign, answer) in in_campaigns(told) {
            self.chances(campaign, player, Span::exactly(-number(&answer["chances"])));
            for points in answer["points"].as_array().unwrap() {
                let [amount, lost, lapsed] = ["amount", "lost", "lapsed"].map(|member| number(&points[member]));
                assert_eq!(lapsed, 0, "nothing lapses: {told:#}");
                assert!(lost == 0 || campaign == BEARING, "the player bears it: {told:#}");
                self.worth(player, Span::exactly(lost - amount));
                self.lost += lost;
            }
        }
    }

    fn worth(&mut self, player: &str, more: Span) {
        self.worth.entry(player.to_owned()).or_default().add(more);
    }

    fn chances(&mut self, campaign: &str, player: &str, more: Span) {
        self.chances.entry(of(campaign, player)).or_default().add(more);
    }

    fn stock(&mut self, campaign: &str, item: &str, more: Span) {
        self.stock.entry(of(campaign, item)).or_default().add(more);
    }
}

/// How much of what is taken back its player may keep, since the house bears it.
fn kept(campaign: &str, back: i64) -> i64 {
    if campaign == BEARING { back } else { 0 }
}

/// What a reversal took back, by campaign.
fn in_campaigns(reversal: &Value) -> impl Iterator<Item = (&str, &Value)> {
    let answers = reversal["campaigns"].as_array().unwrap().iter().filter(|answer| answer["state"] == "reversed");
    answers.map(|answer| (answer["campaign"].as_str().unwrap(), answer))
}

fn players() -> impl Iterator<Item = String> {
    (0..PLAYERS).map(|number| format!("player-{number}"))
}

fn of(one: &str, other: &str) -> Of {
    (one.to_owned(), other.to_owned())
}

fn number(value: &Value) -> i64 {
    value.as_i64().unwrap()
}
