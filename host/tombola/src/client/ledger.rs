//! Calls about points, chances and what is sold.

use serde_json::Value;
use tombola_domain::id::{CampaignId, OrderId, PlayerId, UnitName};
use tombola_domain::reason::Reason;
use tombola_domain::time::Timestamp;

use super::{Client, ClientError, encoded, keyed};

impl Client {
    /// The units that are declared.
    pub(crate) fn units(&self) -> Result<Value, ClientError> {
        self.call(self.get(&["units"]))
    }

    pub(crate) fn put_unit(&self, unit: &UnitName, body: &Value) -> Result<Value, ClientError> {
        let address = self.address(&["units", unit.as_str()]);
        self.call(keyed(self.http.put(address).bearer_auth(&self.token).json(body)))
    }

    /// What a campaign may still give away.
    pub(crate) fn budget(&self, campaign: &CampaignId) -> Result<Value, ClientError> {
        self.call(self.get(&["campaigns", campaign.as_str(), "budget"]))
    }

    pub(crate) fn adjust_budget(
        &self,
        campaign: &CampaignId,
        unit: &UnitName,
        add: i64,
        reason: &Reason,
    ) -> Result<Value, ClientError> {
        let body = serde_json::json!({"unit": unit.as_str(), "add": add, "reason": reason.as_str()});
        self.call(keyed(self.post(&["campaigns", campaign.as_str(), "budget"]).json(&body)))
    }

    pub(crate) fn adjust_balance(
        &self,
        player: &PlayerId,
        unit: &UnitName,
        add: i64,
        reason: &Reason,
    ) -> Result<Value, ClientError> {
        let body = serde_json::json!({"unit": unit.as_str(), "add": add, "reason": reason.as_str()});
        self.call(keyed(self.post(&["players", player.as_str(), "balances"]).json(&body)))
    }

    pub(crate) fn grant_chances(
        &self,
        campaign: &CampaignId,
        player: &PlayerId,
        add: u64,
        lapses_at: Option<Timestamp>,
        reason: &Reason,
    ) -> Result<Value, ClientError> {
        let lapses_at = lapses_at.map(|at| at.to_string());
        let body = serde_json::json!({"add": add, "lapses_at": lapses_at, "reason": reason.as_str()});
        self.call(keyed(
            self.post(&["campaigns", campaign.as_str(), "players", player.as_str(), "chances"]).json(&body),
        ))
    }

    pub(crate) fn void_order(
        &self,
        campaign: &CampaignId,
        order: &OrderId,
        reason: &Reason,
    ) -> Result<Value, ClientError> {
        let body = serde_json::json!({"reason": reason.as_str()});
        self.call(keyed(self.post(&["campaigns", campaign.as_str(), "orders", order.as_str(), "void"]).json(&body)))
    }

    /// What operators gave a player in a campaign.
    pub(crate) fn granted_chances(
        &self,
        campaign: &CampaignId,
        player: &PlayerId,
        cursor: Option<&str>,
    ) -> Result<Value, ClientError> {
        let query: Vec<_> = cursor.map(|cursor| ("cursor", cursor)).into_iter().collect();
        let path = ["campaigns", campaign.as_str(), "players", player.as_str(), "chances"];
        self.call(self.get(&path).query(&query))
    }

    pub(crate) fn void_chances(
        &self,
        campaign: &CampaignId,
        player: &PlayerId,
        grant: &str,
        reason: &Reason,
    ) -> Result<Value, ClientError> {
        let path = ["campaigns", campaign.as_str(), "players", player.as_str(), "chances", grant, "void"];
        self.call(keyed(self.post(&path).json(&serde_json::json!({"reason": reason.as_str()}))))
    }

    pub(crate) fn void_adjustment(
        &self,
        player: &PlayerId,
        posting: u64,
        reason: &Reason,
    ) -> Result<Value, ClientError> {
        let path = ["players", player.as_str(), "postings", &posting.to_string(), "void"];
        self.call(keyed(self.post(&path).json(&serde_json::json!({"reason": reason.as_str()}))))
    }

    /// A player's transfers in a unit, as the query wants them.
    pub(crate) fn statement(
        &self,
        player: &PlayerId,
        unit: &UnitName,
        query: &[(&str, String)],
    ) -> Result<Value, ClientError> {
        let (url, player) = (&self.url, encoded(player));
        let address = format!("{url}/v1/players/{player}/balances/{unit}/transfers");
        self.call(self.http.get(address).bearer_auth(&self.token).query(query))
    }
}
