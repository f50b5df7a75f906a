//! Calls about what is set aside of players.

use serde::Deserialize;
use serde_json::{Value, json};
use tombola_domain::id::{HoldId, PlayerId};
use tombola_domain::reason::Reason;

use super::{Client, ClientError, encoded, keyed};

/// What is set aside of a player's.
#[derive(Debug, Deserialize)]
pub(crate) struct Hold {
    pub(crate) id: String,
    pub(crate) unit: String,
    pub(crate) amount: i64,
    pub(crate) state: String,
    /// Missing where nothing was.
    pub(crate) taken: Option<i64>,
    pub(crate) held_at: String,
    pub(crate) expires_at: String,
    /// Missing where what was taken was not given back.
    pub(crate) voided_at: Option<String>,
}

impl Client {
    /// A player's holds, as the query wants them.
    pub(crate) fn holds(&self, player: &PlayerId, query: &[(&str, String)]) -> Result<Value, ClientError> {
        let address = format!("{}/v1/players/{}/holds", self.url, encoded(player));
        self.call(self.http.get(address).bearer_auth(&self.token).query(query))
    }

    /// Takes so much of a hold, or all of it.
    pub(crate) fn take_hold(
        &self,
        player: &PlayerId,
        hold: &HoldId,
        amount: Option<i64>,
        reason: &Reason,
    ) -> Result<Value, ClientError> {
        let path = ["players", player.as_str(), "holds", hold.as_str(), "take"];
        self.call(keyed(self.post(&path).json(&json!({"amount": amount, "reason": reason.as_str()}))))
    }

    pub(crate) fn release_hold(&self, player: &PlayerId, hold: &HoldId, reason: &Reason) -> Result<Value, ClientError> {
        let path = ["players", player.as_str(), "holds", hold.as_str(), "release"];
        self.call(keyed(self.post(&path).json(&json!({"reason": reason.as_str()}))))
    }

    pub(crate) fn void_hold(&self, player: &PlayerId, hold: &HoldId, reason: &Reason) -> Result<Value, ClientError> {
        let path = ["players", player.as_str(), "holds", hold.as_str(), "void"];
        self.call(keyed(self.post(&path).json(&json!({"reason": reason.as_str()}))))
    }
}
