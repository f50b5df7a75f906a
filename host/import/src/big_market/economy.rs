//! What players buy and are given back: packs of chances that are sold for points, and what a day's behaviour earns.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;
use tombola_domain::amount::AMOUNT_MAX;
use tombola_engine::document::{Event, Price, Rebate as Written, RebateFault, Sku as Sold, Stock, Unlimited};

use super::context::Context;
use super::note::{Code, Place};
use super::prizes::opening;
use super::tables::{Activity, Count, Rebate, Sku};

/// The unit of what the reference calls integral or credit.
const POINTS: &str = "points";
/// The state of what is given.
const OPEN: &str = "open";

/// Rows of the dump that went into a document, or whose own note says why not. Rows may share a line.
#[derive(Debug, Default)]
pub(super) struct Carried {
    skus: BTreeSet<i64>,
    rebates: BTreeSet<RebateKey>,
}

impl Carried {
    pub(super) fn has_sku(&self, sku: &Sku) -> bool {
        self.skus.contains(&sku.id)
    }

    pub(super) fn has_rebate(&self, rebate: &Rebate) -> bool {
        self.rebates.contains(&key(rebate))
    }
}

/// Behaviour, kind, configuration and state: all that a row has.
type RebateKey = (String, String, Option<String>, Option<String>);

fn key(rebate: &Rebate) -> RebateKey {
    (rebate.behaviour.clone(), rebate.kind.clone(), rebate.config.clone(), rebate.state.clone())
}

/// What is sold in the document of an activity.
pub(super) fn skus(context: &mut Context<'_>, activity: Option<&Activity>, carried: &mut Carried) -> Vec<Sold> {
    let Some(activity) = activity else { return Vec::new() };
    let mut sold = Vec::new();
    for (sku, count) in packs(context, activity) {
        carried.skus.insert(sku.id);
        let place = Place::row(Sku::TABLE, sku.line);
        let stock = || match sku.stock {
            None => Stock::Unlimited(Unlimited::Unlimited),
            Some(stock) => opening(context, &format!("sku {}", sku.id), stock, sku.left, place),
        };
        match one(sku, count, stock) {
            Ok(sku) => sold.push(sku),
            Err(reason) => {
                let message = format!("sku {} is not carried over: {reason}", sku.id);
                let hint = "Write it as one of the `skus`, with a price in whole points.";
                context.note(Code::SkuLeft, Place::row(Sku::TABLE, sku.line), message, hint);
            }
        }
    }
    sold
}

/// The packs that players of an activity buy, unless the activity has chances of its own.
pub(super) fn packs<'a>(context: &Context<'a>, activity: &Activity) -> Vec<(&'a Sku, &'a Count)> {
    let tables = context.tables;
    if activity.chances.and_then(|id| tables.count(id)).is_some() {
        return Vec::new();
    }
    let skus = tables.skus.iter().filter(|sku| sku.activity == activity.id);
    skus.filter_map(|sku| Some((sku, tables.count(sku.chances)?))).collect()
}

fn one(sku: &Sku, count: &Count, stock: impl FnOnce() -> Stock) -> Result<Sold, String> {
    let chances = u32::try_from(count.total).ok().filter(|chances| *chances > 0);
    let chances = chances.ok_or_else(|| format!("it has {} chances", count.total))?;
    let price = sku.price.as_deref().unwrap_or_default().trim();
    let amount = whole(price).ok_or_else(|| format!("its price is '{price}'"))?;
    let price = Price { unit: POINTS.to_owned(), amount };
    Ok(Sold { id: sku.id.to_string(), title: format!("{chances} draws"), chances, price, stock: stock() })
}

/// A whole number of points above 0, which the reference may write with zeros behind a point.
fn whole(price: &str) -> Option<i64> {
    let (whole, fraction) = price.split_once('.').unwrap_or((price, ""));
    let amount: i64 = whole.parse().ok()?;
    (fraction.bytes().all(|digit| digit == b'0') && (1..=AMOUNT_MAX).contains(&amount)).then_some(amount)
}

/// Events and rebates of the document that sells `sold`. A behaviour belongs to the activity whose packs it gives; points that it
/// gives besides go with them.
pub(super) fn rebates(
    context: &Context<'_>,
    sold: &[Sold],
    carried: &mut Carried,
) -> (BTreeMap<String, Event>, Vec<Written>) {
    let open = context.tables.rebates.iter().filter(|rebate| rebate.state.as_deref() == Some(OPEN));
    let open: Vec<_> = open.filter(|rebate| is_name(&rebate.behaviour)).collect();
    let given = |rebate: &Rebate| -> Option<u32> {
        let is_it = |sku: &&Sold| rebate.kind == "sku" && rebate.config.as_deref().map(str::trim) == Some(&sku.id);
        sold.iter().find(is_it).map(|sku| sku.chances)
    };
    let behaviours: BTreeSet<&str> =
        open.iter().filter(|rebate| given(rebate).is_some()).map(|rebate| rebate.behaviour.as_str()).collect();
    let (mut events, mut written) = (BTreeMap::new(), Vec::new());
    for rebate in open.into_iter().filter(|rebate| behaviours.contains(rebate.behaviour.as_str())) {
        let config = match (rebate.kind.as_str(), given(rebate)) {
            ("sku", Some(chances)) => json!({"chances": chances}),
            ("integral", _) => match rebate.config.as_deref().and_then(whole) {
                Some(points) => json!({"unit": POINTS, "base": points}),
                None => continue,
            },
            _ => continue,
        };
        carried.rebates.insert(key(rebate));
        events.insert(rebate.behaviour.clone(), Event::default());
        written.push(Written {
            id: id(rebate, &written),
            on: rebate.behaviour.clone(),
            // Once on each day.
            rule: "sign-in@1".to_owned(),
            config,
            on_fault: RebateFault::default(),
        });
    }
    (events, written)
}

/// Behaviour and kind, and a number where others of both stand before it.
fn id(rebate: &Rebate, before: &[Written]) -> String {
    let id = format!("{}-{}", rebate.behaviour, rebate.kind);
    let same = before.iter().filter(|other| other.on == rebate.behaviour && other.id.starts_with(&id)).count();
    if same == 0 { id } else { format!("{id}-{}", same + 1) }
}

fn is_name(text: &str) -> bool {
    text.parse::<tombola_domain::id::EventType>().is_ok()
}
