//! What is in a dump beside its strategies: told, so that nothing is lost silently.

use std::collections::BTreeSet;
use std::fmt::Display;

use super::economy::Carried;
use super::guards::LISTED_POINTS;
use super::note::{Code, Notes, Place};
use super::tables::{
    Activity, Award, Count, Line, Node, Rebate, Sku, StrategyAward, StrategyRule, TABLES, Tables, Tree,
};
use crate::dump::Dump;

/// Columns that say nothing of a lottery: a row's number and times, and what stands in another column as well.
const BOOKKEEPING: [&str; 4] = ["id", "create_time", "update_time", "rule_type"];
/// Names that a note lists; more are counted.
const LISTED_MAX: usize = 20;

pub(super) fn rest(dump: &Dump, tables: &Tables) -> Vec<super::Note> {
    let mut notes = Notes::default();
    statements(dump, &mut notes);
    columns(dump, &mut notes);
    orphans(tables, &mut notes);
    unused(tables, &mut notes);
    notes.into_vec()
}

fn statements(dump: &Dump, notes: &mut Notes) {
    for skipped in &dump.skipped {
        let message = format!("a statement that begins with {} is not followed", skipped.verb);
        let hint = "Run the dump in a database, and dump that.";
        notes.add(Code::StatementSkipped, Place::row(&skipped.verb, skipped.line), message, hint);
    }
    for (table, rows) in &dump.others {
        let message = format!("{rows} rows are not read");
        notes.add(Code::TableLeft, Place::table(table), message, "Nothing, unless a rule of yours needs them.");
    }
}

fn columns(dump: &Dump, notes: &mut Notes) {
    for (name, read) in TABLES {
        let table = dump.table(name).filter(|table| !table.rows.is_empty());
        let Some(table) = table else {
            let hint = "Dump it too, if there is such a table.";
            notes.add(Code::TableMissing, Place::table(name), "the dump holds no rows of it", hint);
            continue;
        };
        let is_left = |column: &&str| !read.contains(column) && !BOOKKEEPING.contains(column);
        let left: Vec<&str> = table.columns().into_iter().filter(is_left).collect();
        if !left.is_empty() {
            let message = format!("not carried over: {}", listed(&left));
            notes.add(Code::ColumnsLeft, Place::table(name), message, "Take over by hand what players shall see.");
        }
    }
}

/// Rows that belong to nothing.
fn orphans(tables: &Tables, notes: &mut Notes) {
    let strategies: BTreeSet<i64> = tables.strategies.iter().map(|strategy| strategy.id).collect();
    let trees: BTreeSet<&str> = tables.trees.iter().map(|tree| tree.id.as_str()).collect();
    let activities: BTreeSet<i64> = tables.activities.iter().map(|activity| activity.id).collect();
    let mut tell = |table: &str, owner: String, line: u64| {
        let message = format!("there is no {owner}");
        notes.add(Code::RowOrphaned, Place::row(table, line), message, "Dump what it belongs to, or forget it.");
    };
    for award in tables.strategy_awards.iter().filter(|award| !strategies.contains(&award.strategy)) {
        tell(StrategyAward::TABLE, format!("strategy {}", award.strategy), award.line);
    }
    for rule in tables.rules.iter().filter(|rule| !strategies.contains(&rule.strategy)) {
        tell(StrategyRule::TABLE, format!("strategy {}", rule.strategy), rule.line);
    }
    for activity in tables.activities.iter().filter(|activity| !strategies.contains(&activity.strategy)) {
        tell(Activity::TABLE, format!("strategy {}", activity.strategy), activity.line);
    }
    for node in tables.nodes.iter().filter(|node| !trees.contains(node.tree.as_str())) {
        tell(Node::TABLE, format!("tree {}", node.tree), node.line);
    }
    for line in tables.lines.iter().filter(|line| !trees.contains(line.tree.as_str())) {
        tell(Line::TABLE, format!("tree {}", line.tree), line.line);
    }
    for sku in tables.skus.iter().filter(|sku| !activities.contains(&sku.activity)) {
        tell(Sku::TABLE, format!("activity {}", sku.activity), sku.line);
    }
}

/// Rows that nothing refers to.
fn unused(tables: &Tables, notes: &mut Notes) {
    let used: BTreeSet<&str> =
        tables.strategy_awards.iter().filter_map(|award| award.tree.as_deref().map(str::trim)).collect();
    for tree in tables.trees.iter().filter(|tree| !used.contains(tree.id.as_str())) {
        let message = format!("no award uses tree {}", tree.id);
        notes.add(Code::TreeUnused, Place::row(Tree::TABLE, tree.line), message, "Nothing.");
    }
    let awards: BTreeSet<i64> = tables.strategy_awards.iter().map(|award| award.award).collect();
    // What listed players get is read of an award that no strategy has.
    let is_used = |award: &&Award| awards.contains(&award.id) || award.key.as_deref() == Some(LISTED_POINTS);
    for award in tables.awards.iter().filter(|award| !is_used(award)) {
        let key = award.key.as_deref().unwrap_or_default();
        let message =
            format!("no strategy has award {} ({key} {})", award.id, award.config.as_deref().unwrap_or_default());
        notes.add(Code::RowOrphaned, Place::row(Award::TABLE, award.line), message, "Nothing.");
    }
    let mut counts: BTreeSet<i64> = tables.skus.iter().map(|sku| sku.chances).collect();
    counts.extend(tables.activities.iter().filter_map(|activity| activity.chances));
    for count in tables.counts.iter().filter(|count| !counts.contains(&count.id)) {
        let message = format!("nothing refers to the chances {}", count.id);
        notes.add(Code::RowOrphaned, Place::row(Count::TABLE, count.line), message, "Nothing.");
    }
}

/// What is bought and given back and is in no document.
pub(super) fn economy(tables: &Tables, carried: &Carried) -> Vec<super::Note> {
    let mut notes = Notes::default();
    for sku in tables.skus.iter().filter(|sku| !carried.has_sku(sku)) {
        let message = format!("sku {} is of activity {}, which is in no document", sku.id, sku.activity);
        let hint = "Write it as one of the `skus` of a document, if chances are to be sold there.";
        notes.add(Code::SkuLeft, Place::row(Sku::TABLE, sku.line), message, hint);
    }
    for rebate in tables.rebates.iter().filter(|rebate| !carried.has_rebate(rebate)) {
        let Rebate { behaviour, kind, config, state, line } = rebate;
        let message = format!(
            "'{behaviour}' gives {kind} {} ({})",
            config.as_deref().unwrap_or_default(),
            state.as_deref().unwrap_or("no state")
        );
        let hint = "Write it as one of the `rebates` of the document that it is for, if it is to be given.";
        notes.add(Code::RebateLeft, Place::row(Rebate::TABLE, *line), message, hint);
    }
    notes.into_vec()
}

fn listed(names: &[impl Display]) -> String {
    let shown: Vec<String> = names.iter().take(LISTED_MAX).map(ToString::to_string).collect();
    let more = names.len() - shown.len();
    if more == 0 { shown.join(", ") } else { format!("{} and {more} more", shown.join(", ")) }
}
