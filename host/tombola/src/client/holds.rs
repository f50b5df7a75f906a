//! Calls about what is set aside of players.

use serde::Deserialize;
use serde_json::{Value, json};
use tombola_domain::id::{HoldId, PlayerId};

use super::{Client, ClientError, encoded};

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
}

impl Client {
    /// A player's holds, as the query wants them.
    pub(crate) fn holds(&self, player: &PlayerId, query: &[(&str, String)]) -> Result<Value, ClientError> {
        self.call(self.http.get(self.holds_of(player)).bearer_auth(&self.token).query(query))
    }

    /// Takes so much of a hold, or all of it.
    pub(crate) fn take_hold(
        &self,
        player: &PlayerId,
        hold: &HoldId,
        amount: Option<i64>,
    ) -> Result<Value, ClientError> {
        let address = format!("{}/{hold}/take", self.holds_of(player));
        self.call(self.http.post(address).bearer_auth(&self.token).json(&json!({"amount": amount})))
    }

    pub(crate) fn release_hold(&self, player: &PlayerId, hold: &HoldId) -> Result<Value, ClientError> {
        self.call(self.http.post(format!("{}/{hold}/release", self.holds_of(player))).bearer_auth(&self.token))
    }

    fn holds_of(&self, player: &PlayerId) -> String {
        format!("{}/v1/players/{}/holds", self.url, encoded(player))
    }
}
