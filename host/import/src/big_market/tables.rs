//! The tables of the reference, as far as documents are made of them.

use super::rate::Rate;
use crate::dump::{Cells, Dump, Faults, Time};

const WHOLE: &str = "a whole number";

macro_rules! tables {
    ($(
        $(#[$doc:meta])*
        $name:ident $table:literal { $($field:ident $column:literal $kind:ident),* $(,)? }
    )*) => {
        $(
            $(#[$doc])*
            #[derive(Debug, Clone)]
            pub(super) struct $name {
                $(pub(super) $field: tables!(type $kind),)*
                /// The line of the dump, from 1.
                pub(super) line: u64,
            }

            impl $name {
                pub(super) const TABLE: &str = $table;

                /// `None` where a cell can't be read; all others are read as well, for their own faults.
                fn read(cells: Cells<'_>, faults: &mut Faults) -> Option<Self> {
                    $(let $field = faults.take(tables!(read cells $kind $column));)*
                    Some(Self { $($field: $field?,)* line: cells.row.line })
                }

                fn all(dump: &Dump, faults: &mut Faults) -> Vec<Self> {
                    let rows = dump.table(Self::TABLE).into_iter().flat_map(|table| &table.rows);
                    rows.filter_map(|row| Self::read(Cells { table: Self::TABLE, row }, faults)).collect()
                }
            }
        )*

        /// The tables with the columns that are read of each.
        pub(super) const TABLES: &[(&str, &[&str])] = &[$(($table, &[$($column),*])),*];
    };
    (type id) => { i64 };
    (type id_or_none) => { Option<i64> };
    (type text) => { String };
    (type text_or_none) => { Option<String> };
    (type rate) => { Rate };
    (type time) => { Time };
    (read $cells:ident id $column:literal) => { $cells.parsed($column, WHOLE) };
    (read $cells:ident id_or_none $column:literal) => { $cells.parsed_or_none($column, WHOLE) };
    (read $cells:ident text $column:literal) => { $cells.text($column) };
    (read $cells:ident text_or_none $column:literal) => { $cells.text_or_none($column) };
    (read $cells:ident time $column:literal) => { $cells.time($column) };
    (read $cells:ident rate $column:literal) => { $cells.parsed($column, "a decimal from 0 on") };
}

tables! {
    /// A lottery: what a campaign is here.
    Strategy "strategy" { id "strategy_id" id, description "strategy_desc" text_or_none, models "rule_models" text_or_none }
    /// An award in a strategy: a prize, and an entry of the default pool.
    StrategyAward "strategy_award" {
        strategy "strategy_id" id, award "award_id" id, title "award_title" text_or_none, count "award_count" id,
        left "award_count_surplus" id_or_none, rate "award_rate" rate, tree "rule_models" text_or_none, sort "sort" id_or_none,
    }
    /// The value of a rule of a strategy, or of one of its awards.
    StrategyRule "strategy_rule" {
        strategy "strategy_id" id, award "award_id" id_or_none, model "rule_model" text, value "rule_value" text_or_none,
    }
    /// What is delivered: `config` has a meaning for each `key`.
    Award "award" { id "award_id" id, key "award_key" text_or_none, config "award_config" text_or_none }
    /// A tree, with the node that it begins with.
    Tree "rule_tree" { id "tree_id" text, root "tree_node_rule_key" text }
    /// A node of a tree.
    Node "rule_tree_node" { tree "tree_id" text, key "rule_key" text, value "rule_value" text_or_none }
    /// An edge of a tree.
    Line "rule_tree_node_line" {
        tree "tree_id" text, from "rule_node_from" text, to "rule_node_to" text, kind "rule_limit_type" text_or_none,
        label "rule_limit_value" text,
    }
    /// What players see: a strategy in its window.
    Activity "raffle_activity" {
        id "activity_id" id, name "activity_name" text_or_none, begins "begin_date_time" time, ends "end_date_time" time,
        strategy "strategy_id" id, state "state" text_or_none,
        // Of an earlier schema, in which each activity had one.
        chances "activity_count_id" id_or_none,
    }
    /// A pack of chances that players buy.
    Sku "raffle_activity_sku" {
        id "sku" id, activity "activity_id" id, chances "activity_count_id" id, stock "stock_count" id_or_none,
        left "stock_count_surplus" id_or_none,
        price "product_amount" text_or_none,
    }
    /// How many chances a pack has.
    Count "raffle_activity_count" { id "activity_count_id" id, total "total_count" id, month "month_count" id, day "day_count" id }
    /// What is given for something that a player did.
    Rebate "daily_behavior_rebate" {
        behaviour "behavior_type" text, kind "rebate_type" text, config "rebate_config" text_or_none, state "state" text_or_none,
    }
}

/// All of them.
pub(super) struct Tables {
    pub(super) strategies: Vec<Strategy>,
    pub(super) strategy_awards: Vec<StrategyAward>,
    pub(super) rules: Vec<StrategyRule>,
    pub(super) awards: Vec<Award>,
    pub(super) trees: Vec<Tree>,
    pub(super) nodes: Vec<Node>,
    pub(super) lines: Vec<Line>,
    pub(super) activities: Vec<Activity>,
    pub(super) skus: Vec<Sku>,
    pub(super) counts: Vec<Count>,
    pub(super) rebates: Vec<Rebate>,
}

impl Tables {
    pub(super) fn read(dump: &Dump, faults: &mut Faults) -> Self {
        Self {
            strategies: Strategy::all(dump, faults),
            strategy_awards: StrategyAward::all(dump, faults),
            rules: StrategyRule::all(dump, faults),
            awards: Award::all(dump, faults),
            trees: Tree::all(dump, faults),
            nodes: Node::all(dump, faults),
            lines: Line::all(dump, faults),
            activities: Activity::all(dump, faults),
            skus: Sku::all(dump, faults),
            counts: Count::all(dump, faults),
            rebates: Rebate::all(dump, faults),
        }
    }

    pub(super) fn award(&self, id: i64) -> Option<&Award> {
        self.awards.iter().find(|award| award.id == id)
    }

    pub(super) fn tree(&self, id: &str) -> Option<&Tree> {
        self.trees.iter().find(|tree| tree.id == id)
    }

    pub(super) fn count(&self, id: i64) -> Option<&Count> {
        self.counts.iter().find(|count| count.id == id)
    }
}
