//! Notes: what was not carried over as it was.

use std::fmt;

/// Where in a dump something stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The table, or the statement's first word.
    pub table: String,
    /// The line, from 1, where there is one.
    pub line: Option<u64>,
}

impl Place {
    pub(super) fn row(table: &str, line: u64) -> Self {
        Self { table: table.to_owned(), line: Some(line) }
    }

    pub(super) fn table(table: &str) -> Self {
        Self { table: table.to_owned(), line: None }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(out, "{}, line {line}", self.table),
            None => out.write_str(&self.table),
        }
    }
}

/// One thing that whoever takes the document over has to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// What kind of thing.
    pub code: Code,
    /// Where in the dump.
    pub place: Place,
    /// What is there, and what was made of it.
    pub message: String,
    /// What to do about it.
    pub hint: String,
}

macro_rules! codes {
    ($($variant:ident $text:literal $doc:literal)*) => {
        /// The kinds of notes. Each has its line in `host/docs/import.md`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Code {
            $(#[doc = $doc] $variant,)*
        }

        impl Code {
            /// Every code.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// As it is shown.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),* }
            }

            /// What happened.
            pub const fn meaning(self) -> &'static str {
                match self { $(Self::$variant => $doc),* }
            }
        }
    };
}

codes! {
    StatementSkipped "statement-skipped" "The dump changes rows in a way that is not followed."
    TableMissing "table-missing" "The dump holds nothing of a table."
    TableLeft "table-left" "The rows of a table are not carried over."
    ColumnsLeft "columns-left" "Columns of a table are not carried over."
    RowOrphaned "row-orphaned" "A row belongs to something that the dump does not hold."
    ActivityLeft "activity-left" "An activity is not carried over."
    SkuLeft "sku-left" "What can be bought is not carried over."
    RebateLeft "rebate-left" "A rebate is not carried over."
    StrategyEmpty "strategy-empty" "A strategy has nothing that can be drawn, and no document was made of it."
    WindowAssumed "window-assumed" "No activity says when the campaign is open."
    ZoneAssumed "zone-assumed" "The database does not say in which time zone its times are; a dump says it of `timestamp` columns."
    ChancesMerged "chances-merged" "Caps come from packs of chances that players buy."
    StockLeft "stock-left" "A stock has been drawn from already."
    RatesRelative "rates-relative" "The rates are not 1 in all, and count in proportion to each other."
    RateZero "rate-zero" "A prize has the rate 0, and is in no pool."
    OddsDiffer "odds-differ" "The slots of the reference gave other odds than were declared."
    DeliveryLeft "delivery-left" "How a prize is delivered is not carried over."
    TitleChanged "title-changed" "A title had more than one line, or was too long."
    AmountLeft "amount-left" "An amount is no range of whole numbers, and is 1 here."
    ConsolationAdded "consolation-added" "A consolation takes no unit of stock in the reference, and is a prize of its own here."
    ListMade "list-made" "Players stand on a list, which is loaded by a command."
    PlayerLeft "player-left" "A player's id can't stand on a list."
    RuleLeft "rule-left" "A rule is not carried over."
    TierLeft "tier-left" "A tier, or a prize of it, is not carried over."
    TierCounts "tier-counts" "Tiers begin at numbers of draws here, and at what was spent in some copies of the reference."
    TierThroughTree "tier-through-tree" "Prizes of tiers go through their trees here, as all others do."
    TreeMissing "tree-missing" "A prize names a tree that the dump does not hold."
    TreeUnused "tree-left" "No prize uses a tree, and it is not carried over."
    NodeLeft "node-left" "A node of a tree is not carried over."
    LineLeft "line-left" "An edge of a tree is not carried over."
    LockIdle "lock-idle" "A lock leads to the same node whether it is open or not."
}

impl fmt::Display for Code {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

impl fmt::Display for Note {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} at {}: {}", self.code, self.place, self.message)
    }
}

/// Notes as they are made.
#[derive(Debug, Default)]
pub(super) struct Notes(Vec<Note>);

impl Notes {
    pub(super) fn add(&mut self, code: Code, place: Place, message: impl Into<String>, hint: impl Into<String>) {
        self.0.push(Note { code, place, message: message.into(), hint: hint.into() });
    }

    pub(super) fn into_vec(self) -> Vec<Note> {
        self.0
    }
}
