use serde::Deserialize;

/// A transfer from or to what a player has.
#[derive(Debug, Deserialize)]
pub(crate) struct StatementLine {
    pub(crate) posting: u64,
    pub(crate) at: String,
    pub(crate) why: String,
    pub(crate) amount: i64,
    /// An account of the player's; missing where it is not theirs.
    pub(crate) from: Option<String>,
    /// Likewise.
    pub(crate) to: Option<String>,
    /// Of the balance.
    #[serde(default)]
    pub(crate) lots: Vec<LotChange>,
}

/// More or less in a lot.
#[derive(Debug, Deserialize)]
pub(crate) struct LotChange {
    pub(crate) change: i64,
    /// Missing where it never does.
    pub(crate) lapses_at: Option<String>,
}
