//! Answers of a host, as far as they are shown. With `--json` they are passed on whole instead.

use std::collections::BTreeMap;

use serde::Deserialize;

/// What is known of a document.
#[derive(Debug, Deserialize)]
pub(crate) struct Checked {
    /// All findings, errors first.
    pub(crate) findings: Vec<Finding>,
    /// For a new player; missing where a finding is an error.
    pub(crate) odds: Option<Odds>,
    /// What each rule reference stands for.
    pub(crate) modules: BTreeMap<String, ModuleRef>,
}

/// One thing about a document.
#[derive(Debug, Deserialize)]
pub(crate) struct Finding {
    /// `error` keeps the document from being published, `warning` does not.
    pub(crate) severity: String,
    pub(crate) code: String,
    /// JSON pointer; empty for the whole.
    pub(crate) place: String,
    pub(crate) message: String,
    /// May be empty.
    pub(crate) hint: String,
}

impl Finding {
    pub(crate) fn is_error(&self) -> bool {
        self.severity == "error"
    }
}

/// One exact module.
#[derive(Debug, Deserialize)]
pub(crate) struct ModuleRef {
    pub(crate) version: String,
    pub(crate) digest: String,
}

/// What a campaign promises beside what its pipeline gives.
#[derive(Debug, Deserialize)]
pub(crate) struct Odds {
    /// By pool and entry.
    pub(crate) declared: BTreeMap<String, BTreeMap<String, Probability>>,
    pub(crate) effective: Vec<Effective>,
}

/// The probability of one outcome.
#[derive(Debug, Deserialize)]
pub(crate) struct Effective {
    pub(crate) outcome: Outcome,
    #[serde(flatten)]
    pub(crate) probability: Probability,
}

/// What a draw may come to.
#[derive(Debug, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub(crate) enum Outcome {
    Prize { prize: String, amount: Amount },
    Nothing,
    Refused { code: String },
}

/// Evenly from `low` to `high`.
#[derive(Debug, Deserialize)]
pub(crate) struct Amount {
    pub(crate) low: i64,
    pub(crate) high: i64,
}

/// An exact fraction, and its first decimal places.
#[derive(Debug, Deserialize)]
pub(crate) struct Probability {
    pub(crate) probability: String,
    pub(crate) decimal: String,
}

/// A revision that is live.
#[derive(Debug, Deserialize)]
pub(crate) struct Published {
    pub(crate) campaign: String,
    pub(crate) revision: u64,
    pub(crate) digest: String,
    /// Warnings.
    pub(crate) findings: Vec<Finding>,
}

/// An uploaded module.
#[derive(Debug, Deserialize)]
pub(crate) struct Module {
    pub(crate) digest: String,
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) kinds: Vec<String>,
}

/// A page of epochs.
#[derive(Debug, Deserialize)]
pub(crate) struct Epochs {
    /// Latest first.
    pub(crate) items: Vec<Epoch>,
}

/// A span of draws whose seeds come from one secret.
#[derive(Debug, Deserialize)]
pub(crate) struct Epoch {
    pub(crate) epoch: u64,
    /// `announced`, `current`, `ended` or `abandoned`.
    pub(crate) state: String,
    pub(crate) commitment: String,
    /// Missing before.
    pub(crate) began_at: Option<String>,
    /// Missing before.
    pub(crate) ended_at: Option<String>,
    /// Shown once it is over.
    pub(crate) secret: Option<String>,
}

/// The end of one epoch and the beginning of the next.
#[derive(Debug, Deserialize)]
pub(crate) struct Rotated {
    pub(crate) current: Epoch,
    pub(crate) ended: Epoch,
}

/// A campaign that was paused or resumed.
#[derive(Debug, Deserialize)]
pub(crate) struct Pause {
    pub(crate) campaign: String,
    pub(crate) revision: u64,
    pub(crate) paused: bool,
    /// Whether it was otherwise before.
    pub(crate) changed: bool,
}

/// One page of a list.
#[derive(Debug, Deserialize)]
pub(crate) struct Page<T> {
    pub(crate) items: Vec<T>,
    /// Leads to the next; missing after the last.
    pub(crate) next: Option<String>,
}

/// What somebody did.
#[derive(Debug, Deserialize)]
pub(crate) struct AuditEntry {
    pub(crate) number: u64,
    pub(crate) at: String,
    pub(crate) actor: String,
    pub(crate) what: String,
    pub(crate) subject: String,
    /// The digest of what is there since.
    pub(crate) after: Option<String>,
    /// May be empty.
    pub(crate) reason: String,
}

/// A place at which the live revision differs from the one that was started from.
#[derive(Debug, Deserialize)]
pub(crate) struct Difference {
    /// JSON pointer; empty for the whole.
    pub(crate) place: String,
    /// `added`, `removed` or `changed`.
    pub(crate) change: String,
}

/// A list of players.
#[derive(Debug, Deserialize)]
pub(crate) struct List {
    pub(crate) list: String,
    pub(crate) version: u64,
    pub(crate) size: u64,
    pub(crate) digest: String,
}

/// A destination of webhooks.
#[derive(Debug, Deserialize)]
pub(crate) struct Destination {
    pub(crate) destination: String,
    pub(crate) url: String,
    pub(crate) version: u64,
    /// Awards that it has yet to be told of.
    pub(crate) waiting: u64,
    /// Of these, those that are under way or were tried before.
    pub(crate) tried: u64,
    /// Awards that were given up.
    pub(crate) dead: u64,
    /// `closed`, `half_open` or `open`.
    pub(crate) breaker: String,
    /// Missing where none waits.
    pub(crate) oldest_at: Option<String>,
}

/// A pool of coupon codes.
#[derive(Debug, Deserialize)]
pub(crate) struct CodePool {
    pub(crate) pool: String,
    pub(crate) low_water: u64,
    pub(crate) free: u64,
    pub(crate) given: u64,
    pub(crate) expired: u64,
    pub(crate) withdrawn: u64,
    pub(crate) low: bool,
}

/// What became of codes that were loaded.
#[derive(Debug, Deserialize)]
pub(crate) struct Loaded {
    pub(crate) loaded: u64,
    /// Codes that the pool had already.
    pub(crate) skipped: u64,
    pub(crate) pool: CodePool,
}

/// Codes that were withdrawn.
#[derive(Debug, Deserialize)]
pub(crate) struct Withdrawn {
    pub(crate) withdrawn: u64,
    pub(crate) pool: CodePool,
}

/// What a pass over all that is kept came to.
#[derive(Debug, Deserialize)]
pub(crate) struct Pass {
    pub(crate) rows: u64,
    pub(crate) found: u64,
    pub(crate) new: u64,
    pub(crate) repaired: u64,
    pub(crate) open: u64,
}

/// Something that is kept twice and is not the same twice.
#[derive(Debug, Deserialize)]
pub(crate) struct Drift {
    pub(crate) number: u64,
    pub(crate) comparison: String,
    pub(crate) subject: String,
    pub(crate) player: Option<String>,
    pub(crate) found: i64,
    pub(crate) expected: i64,
    pub(crate) first_seen: String,
    pub(crate) repaired_at: Option<String>,
    pub(crate) gone_at: Option<String>,
}

/// What a test message came to.
#[derive(Debug, Deserialize)]
pub(crate) struct Tested {
    pub(crate) id: String,
    /// Missing where there was no answer.
    pub(crate) status: Option<u16>,
    pub(crate) body: Option<String>,
    /// Why there was none.
    pub(crate) error: Option<String>,
    pub(crate) took_ms: u64,
}

/// An award.
#[derive(Debug, Deserialize)]
pub(crate) struct Award {
    pub(crate) award: String,
    pub(crate) campaign: String,
    pub(crate) prize: String,
    pub(crate) title: String,
    pub(crate) amount: i64,
    pub(crate) state: String,
    pub(crate) won_at: String,
    /// In lists, missing.
    #[serde(default)]
    pub(crate) changes: Vec<AwardChange>,
    /// In lists, and where the host has nothing to do, missing.
    pub(crate) attempts: Option<Attempts>,
}

/// A change of an award's state.
#[derive(Debug, Deserialize)]
pub(crate) struct AwardChange {
    pub(crate) state: String,
    pub(crate) at: String,
    /// Missing where the host did it.
    pub(crate) actor: Option<String>,
    /// May be empty.
    pub(crate) note: String,
}

/// What a host did to deliver an award.
#[derive(Debug, Deserialize)]
pub(crate) struct Attempts {
    pub(crate) count: u32,
    /// Missing once it was given up.
    pub(crate) due: Option<String>,
    /// May be empty.
    pub(crate) reason: String,
}

/// A unit of the ledger.
#[derive(Debug, Deserialize)]
pub(crate) struct Unit {
    pub(crate) unit: String,
    pub(crate) title: String,
    /// Missing where it never lapses.
    pub(crate) lifetime_days: Option<u32>,
}

/// What is left of a unit in a budget.
#[derive(Debug, Deserialize)]
pub(crate) struct Left {
    pub(crate) unit: String,
    pub(crate) left: i64,
}

/// What a player has since something of it was set right.
#[derive(Debug, Deserialize)]
pub(crate) struct Adjusted {
    /// What was posted.
    pub(crate) posting: u64,
    pub(crate) items: Vec<Balance>,
}

/// Chances that were given just now.
#[derive(Debug, Deserialize)]
pub(crate) struct GrantedChances {
    pub(crate) grant: String,
    /// In all, beside those that the player began with.
    pub(crate) added: u64,
}

/// Chances that an operator gave.
#[derive(Debug, Deserialize)]
pub(crate) struct ChanceGrant {
    pub(crate) grant: String,
    pub(crate) amount: u64,
    pub(crate) granted_at: String,
    /// Missing where they never lapse.
    pub(crate) lapses_at: Option<String>,
    /// Missing where nobody voided them.
    pub(crate) voided_at: Option<String>,
    /// Likewise.
    pub(crate) taken: Option<u64>,
}

/// One of the host's own queues.
#[derive(Debug, Deserialize)]
pub(crate) struct Queue {
    pub(crate) queue: String,
    /// What is yet to be handed over.
    pub(crate) waiting: u64,
    /// Of this, what was tried before.
    pub(crate) tried: u64,
    /// What was given up.
    pub(crate) dead: u64,
    /// Missing where nothing waits.
    pub(crate) oldest_at: Option<String>,
}

/// A switch.
#[derive(Debug, Deserialize)]
pub(crate) struct Switch {
    pub(crate) switch: String,
    pub(crate) setting: String,
    /// What that is on the host that answers.
    pub(crate) holds: String,
    /// Missing where nobody has set it yet.
    pub(crate) set_at: Option<String>,
}

/// What a player has of a unit.
#[derive(Debug, Deserialize)]
pub(crate) struct Balance {
    pub(crate) unit: String,
    pub(crate) balance: i64,
    pub(crate) held: i64,
    pub(crate) owed: i64,
}
