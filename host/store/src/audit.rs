//! The record of operators' writes: each stands in it for ever, from the transaction that did it.

use std::str::FromStr;

use async_trait::async_trait;
use tombola_domain::digest::Digest;
use tombola_domain::id::{CampaignId, IdempotencyKey};
use tombola_domain::reason::Reason;
use tombola_domain::time::Timestamp;

use crate::Result;

macro_rules! verbs {
    ($($(#[$doc:meta])* $name:ident: $word:literal;)*) => {
        /// What an operation does.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Verb {
            $($(#[$doc])* $name,)*
        }

        impl Verb {
            /// Every one.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The word in rows and on the wire.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $word,)*
                }
            }
        }
    };
}

verbs! {
    /// Makes a new revision live.
    Publish: "publish";
    /// Makes an earlier revision live again.
    Rollback: "rollback";
    /// Lets a campaign take no draws.
    Pause: "pause";
    /// Lets it take draws again.
    Resume: "resume";
    /// Changes a list of players.
    ChangeList: "change_list";
    /// Adds units of a prize, or takes them away.
    AdjustStock: "adjust_stock";
    /// Uploads a module.
    PutModule: "put_module";
    /// Makes a token.
    CreateToken: "create_token";
    /// Revokes a token.
    RevokeToken: "revoke_token";
    /// Ends an epoch and begins the next.
    RotateEpoch: "rotate_epoch";
    /// Gives up the epochs of a database that was restored from a copy, and begins anew.
    AbandonEpochs: "abandon_epochs";
    /// Reads all that is kept of a player.
    ExportPlayer: "export_player";
    /// Erases the values behind a player's receipts, and those of their events.
    EraseDisclosures: "erase_disclosures";
    /// Declares a unit of the ledger.
    PutUnit: "put_unit";
    /// Gives a campaign's budget more, or takes some away.
    AdjustBudget: "adjust_budget";
    /// Undoes an order.
    VoidOrder: "void_order";
    /// Gives a player more chances.
    GrantChances: "grant_chances";
    /// Takes away what is left of chances that an operator gave.
    VoidChances: "void_chances";
    /// Gives a player some of a unit, or takes it away.
    AdjustBalance: "adjust_balance";
    /// Posts back what an operator gave or took away.
    VoidAdjustment: "void_adjustment";
    /// Takes what is set aside of a player's, or gives it back.
    EndHold: "end_hold";
    /// Gives back what was taken of a hold.
    VoidHold: "void_hold";
    /// Says where webhooks are sent, and how.
    PutDestination: "put_destination";
    /// Makes a pool of coupon codes, or sets its low-water mark.
    PutCodePool: "put_code_pool";
    /// Loads codes into a pool.
    LoadCodes: "load_codes";
    /// Takes the free codes out of a pool.
    WithdrawCodes: "withdraw_codes";
    /// Says how far awards are.
    MoveAwards: "move_awards";
    /// Has awards that could not be delivered tried again.
    RetryAwards: "retry_awards";
    /// Has everything that is kept compared with itself.
    Reconcile: "reconcile";
    /// Sets a switch.
    SetSwitch: "set_switch";
}

/// A word that names nothing that is recorded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("what is done is one of {}", Verb::ALL.iter().map(|verb| verb.as_str()).collect::<Vec<_>>().join(", "))]
pub struct ParseVerbError;

impl FromStr for Verb {
    type Err = ParseVerbError;

    fn from_str(word: &str) -> Result<Self, ParseVerbError> {
        Self::ALL.iter().copied().find(|verb| verb.as_str() == word).ok_or(ParseVerbError)
    }
}

/// One operation, as it is recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// 1, 2, 3… in the order in which they were done.
    pub number: u64,
    /// When.
    pub at: Timestamp,
    /// Who: the name of a token, or what the server calls itself.
    pub actor: String,
    /// What.
    pub what: Verb,
    /// To what: a campaign, a list, the name of a rule, token, destination, code pool or switch; `<campaign>/<prize>` for stock, an award or how many
    /// for awards, the number of a posting for what voids it. No player is named.
    pub subject: String,
    /// The one campaign that it concerns; `None` where it is all of them.
    pub campaign: Option<CampaignId>,
    /// Names what was there before; `None` where nothing was.
    pub before: Option<Digest>,
    /// Names what is there since; `None` where nothing is. Of campaigns it is the live revision, of pauses
    /// [`crate::campaigns::Pause::digest`], of modules the module, of stock [`crate::stock::StockLevel::digest`], of epochs the commitment, of tokens [`crate::tokens::Token::description`], of
    /// destinations [`crate::destinations::Destination::description`], of code pools [`crate::codes::PoolLevel::digest`], of switches
    /// [`crate::switches::State::digest`].
    pub after: Option<Digest>,
    /// Why, as far as it was said.
    pub reason: Reason,
}

/// Which entries are wanted.
#[derive(Debug, Clone, Default)]
pub struct Query {
    /// Only what concerns one of these campaigns; `None` is everything.
    pub campaigns: Option<Vec<CampaignId>>,
    /// Only what this actor did.
    pub actor: Option<String>,
    /// Only this.
    pub what: Option<Verb>,
    /// Only entries with a lower number.
    pub before: Option<u64>,
}

/// The record of a store.
#[async_trait]
pub trait Audit {
    /// Entries, latest first, at most `limit`.
    async fn audit(&self, query: &Query, limit: u32) -> Result<Vec<Entry>>;

    /// Whether the actor used this key before, whatever for. Operations are kept for ever, so that a key that was used stays used.
    async fn is_key_used(&self, actor: &str, key: &IdempotencyKey) -> Result<bool>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_back() {
        for verb in Verb::ALL {
            assert_eq!(verb.as_str().parse(), Ok(*verb));
        }
        assert_eq!("drop".parse::<Verb>(), Err(ParseVerbError));
        assert!(ParseVerbError.to_string().contains("one of publish, rollback, pause, "));
    }
}
