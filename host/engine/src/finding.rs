//! Findings: what is wrong, or odd, about a document. They are collected, never thrown.

use std::fmt;

/// Whether a finding keeps a document from being published.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// It does.
    Error,
    /// It is shown, and the document can be published.
    Warning,
}

/// One thing about a document, for the operator who wrote it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What kind of thing.
    pub code: Code,
    /// JSON pointer into the document; empty for the whole.
    pub place: String,
    /// What is wrong there.
    pub message: String,
    /// What to do about it.
    pub hint: String,
}

impl Finding {
    /// Whether it keeps the document from being published.
    pub fn severity(&self) -> Severity {
        self.code.severity()
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = if self.place.is_empty() { "/" } else { &self.place };
        write!(out, "{} at {place}: {}", self.code, self.message)
    }
}

macro_rules! codes {
    ($($variant:ident $text:literal $severity:ident $doc:literal)*) => {
        /// The kinds of findings. Each has a page in `host/docs/errors/`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Code {
            $(#[doc = $doc] $variant,)*
        }

        impl Code {
            /// Every code.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// As it stands in answers and as its page is called.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),* }
            }

            /// Whether findings of this kind keep a document from being published.
            pub const fn severity(self) -> Severity {
                match self { $(Self::$variant => Severity::$severity),* }
            }
        }
    };
}

codes! {
    Syntax "document-syntax" Error "The text is neither YAML nor JSON."
    Shape "document-shape" Error "A field is unknown, missing or of another type."
    TooLarge "document-too-large" Error "The document, or a part of it, has more members than allowed."
    InvalidText "text-invalid" Error "A title is too long or no line, or a text has the character U+0000."
    OtherCampaign "campaign-mismatch" Error "The document names another campaign than the address."
    InvalidName "name-invalid" Error "A name does not follow the grammar of names."
    ReservedName "name-reserved" Error "A name means something else already."
    DuplicateName "name-duplicate" Error "Two prizes, two guards or two rebates have the same name."
    WindowReversed "window-reversed" Error "The window closes before it opens."
    UnknownZone "timezone-unknown" Error "There is no such time zone."
    UncountedChances "chances-uncounted" Error "Chances are sold or given that the campaign does not count."
    InvalidLifetime "lifetime-invalid" Error "Chances could be used for no day, or for more than a hundred years."
    InvalidSku "sku-invalid" Error "A SKU holds no chance, or its price is out of bounds."
    ChancesAtOdds "chances-contradictory" Warning "A cap can never be reached because another one is lower."
    NoDefaultPool "pool-default-missing" Error "There is no pool called default."
    Value "value-invalid" Error "A prize has a value that it can't have."
    AmountTooLarge "amount-too-large" Error "A prize may be granted in an amount that is worth more than any account holds."
    UnknownPool "pool-unknown" Error "A rule chooses a pool that does not exist."
    UnusedPool "pool-unused" Warning "No guard ever chooses the pool."
    UnknownPrize "prize-unknown" Error "Something names a prize that does not exist."
    NeverWon "prize-never-won" Error "No path through the campaign ever hands the prize over."
    InvalidOdds "odds-invalid" Error "A share is no exact share."
    OddsSum "odds-sum" Error "The shares of a pool are not exactly 1 in all."
    OddsTooFine "odds-too-fine" Error "The common denominator of a pool exceeds 2^63."
    TooManyWays "odds-too-many-ways" Error "There are too many ways through the campaign to tell its odds exactly."
    TooMuchFuel "odds-too-much-fuel" Error "The rules of a draw may take more fuel than it has, so that its odds can't be told."
    Delivery "delivery-invalid" Error "A prize is delivered in a way in which nothing arrives."
    UnknownDestination "destination-missing" Error "A prize is delivered to a destination that does not exist."
    UnknownCodePool "code-pool-missing" Error "A prize's coupon codes come from a pool that does not exist."
    InvalidStock "stock-invalid" Error "A prize has no stock, or another one than its pool of coupon codes."
    UnknownTree "tree-unknown" Error "A prize names a tree that does not exist."
    UnusedTree "tree-unused" Warning "No prize uses the tree."
    UnknownNode "node-unknown" Error "An edge or a root names a node that does not exist."
    NodeShape "node-shape" Error "A node is neither a rule nor a grant, or both."
    UnreachableNode "node-unreachable" Warning "No path leads to the node."
    Cycle "tree-cycle" Error "A path through a tree comes back to where it was."
    MissingEdge "edge-missing" Error "A rule may answer an outcome that has no edge."
    ImpossibleEdge "edge-impossible" Error "An edge stands for an outcome that can't happen."
    MissingSoldOut "sold-out-missing" Error "A prize that can run out is granted without saying what follows."
    UnchangedStock "stock-unchanged" Warning "The stock differs from what is kept, and publishing does not change it."
    ImpossibleSoldOut "sold-out-impossible" Warning "What follows `sold_out` never happens, since nothing granted there can run out."
    UnknownEvent "event-unknown" Error "A rebate is bound to a type of event that the document does not declare."
    UnusedEvent "event-unused" Warning "No rebate is bound to the type of event."
    MissingUnit "unit-missing" Error "A unit is named that no operator has declared."
    LimitedReferrer "referrer-limited" Error "A prize with limits on a player's wins, or a coupon code, is given to a referrer."
    RuleReference "rule-reference-invalid" Error "A rule is not named like name@version."
    UnknownRule "rule-unknown" Error "No module of this name and version is uploaded."
    RuleKind "rule-wrong-kind" Error "The module holds no rule of the kind that is needed here."
    RuleConfig "rule-config" Error "The rule refuses its config."
    RuleFault "rule-fault" Error "The rule fails while it is configured, or declares what no rule may."
    RuleFails "rule-fails" Warning "The rule fails for a new player, as it will for others."
    UnknownFact "fact-unknown" Error "A rule asks for a fact that does not exist."
    FactType "fact-type" Error "A rule asks for a fact as another type than it has."
    FactOutOfPlace "fact-out-of-place" Error "A rule asks for a fact that is not known where the rule stands."
    UndeclaredAttribute "attribute-undeclared" Error "A rule asks for an attribute that the document does not declare."
    InvalidAttribute "attribute-invalid" Error "An attribute's bounds or default contradict its type."
    UnreadFact "fact-unread" Warning "An example gives a fact that no rule asks for."
    InvalidExample "example-invalid" Error "An example can't be tried, or expects nothing."
    ExampleFailed "example-failed" Error "A draw of an example comes out otherwise than it says."
}

impl fmt::Display for Code {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

/// Findings as they are made.
#[derive(Debug, Default)]
pub struct Findings(Vec<Finding>);

impl Findings {
    /// Adds one.
    pub fn add(&mut self, code: Code, place: impl Into<String>, message: impl Into<String>, hint: impl Into<String>) {
        self.0.push(Finding { code, place: place.into(), message: message.into(), hint: hint.into() });
    }

    /// Whether one of them is an error.
    pub fn block(&self) -> bool {
        self.0.iter().any(|finding| finding.severity() == Severity::Error)
    }

    /// All of them, errors first, in the order in which they were found.
    pub fn into_vec(mut self) -> Vec<Finding> {
        self.0.sort_by_key(Finding::severity);
        self.0
    }
}

/// The JSON pointer of `member` within `place`.
pub fn within(place: &str, member: impl fmt::Display) -> String {
    format!("{place}/{}", member.to_string().replace('~', "~0").replace('/', "~1"))
}
