//! Calls about points, chances and what is sold.

use serde_json::Value;
use tombola_domain::id::{CampaignId, OrderId, PlayerId, UnitName};
use tombola_domain::reason::Reason;

use super::{Client, ClientError, keyed};

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
        reason: &Reason,
    ) -> Result<Value, ClientError> {
        let body = serde_json::json!({"add": add, "reason": reason.as_str()});
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
}
