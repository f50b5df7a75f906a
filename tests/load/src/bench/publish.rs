//! From the wish to publish to the first draw on the new revision.

use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use tombola_standard_rules::standard;

use super::{Setting, documents};
use crate::operator::Operator;
use crate::table::{Row, Table};

/// How often each is measured.
const TIMES: usize = 10;
const CAMPAIGN: &str = "bench-publish";
/// The rule whose bytes are used, and which its names are made of.
const RULE: &str = "weight-tier";

/// What one publish took.
struct Took {
    publish: Duration,
    first_draw: Duration,
}

pub(super) async fn publishes(setting: &Setting) -> anyhow::Result<Table> {
    let host = setting.host()?;
    let operator = Operator::of(&host);
    let (mut uploads, mut new, mut cached) = (Vec::new(), Vec::new(), Vec::new());
    for number in 0..TIMES {
        let component = renamed(number)?;
        let began = Instant::now();
        operator.upload(&component).await?;
        uploads.push(began.elapsed());
        new.push(publish(&operator, &name(number)).await?);
    }
    // Each replaced the one before, so that only the native code in the cache is left of all but the last.
    for number in 0..TIMES - 1 {
        cached.push(publish(&operator, &name(number)).await?);
    }
    let mut table = Table::new("How long does it take from publishing to the first draw on the new revision?");
    uploads.sort_unstable();
    let row = Row::new("upload of a module never seen before");
    table.add(row.millis("p50", uploads[TIMES / 2]).millis("longest", uploads[TIMES - 1]));
    table.add(row_of("publish of that module, and a draw", new));
    table.add(row_of("the same with its native code in the cache", cached));
    Ok(table)
}

/// Publishes a campaign with this rule and draws once.
async fn publish(operator: &Operator, rule: &str) -> anyhow::Result<Took> {
    let document = documents::with_guard(CAMPAIGN, rule);
    let began = Instant::now();
    let revision = operator.publish(CAMPAIGN, &document).await?;
    let publish = began.elapsed();
    let drawn = operator.draw(CAMPAIGN).await?;
    ensure!(drawn == revision, "a draw ran on revision {drawn} after {revision} was published");
    Ok(Took { publish, first_draw: began.elapsed() })
}

fn row_of(name: &str, mut took: Vec<Took>) -> Row {
    took.sort_by_key(|took| took.first_draw);
    let (middle, last) = (&took[took.len() / 2], &took[took.len() - 1]);
    let row = Row::new(name).millis("publish p50", middle.publish);
    row.millis("first draw p50", middle.first_draw).millis("longest", last.first_draw)
}

/// As long as the rule's own name.
fn name(number: usize) -> String {
    format!("weight-t{number:03}")
}

/// A standard rule under another name: a module that no host has seen.
fn renamed(number: usize) -> anyhow::Result<Vec<u8>> {
    let component = standard().iter().find(|standard| standard.name == RULE);
    let mut component = component.context("the rule is a standard one")?.component.to_vec();
    let (from, to) = (RULE.as_bytes(), name(number).into_bytes());
    ensure!(from.len() == to.len(), "a component can't grow");
    let mut at = 0;
    while at + from.len() <= component.len() {
        if component[at..].starts_with(from) {
            component[at..at + from.len()].copy_from_slice(&to);
        }
        at += 1;
    }
    Ok(component)
}
