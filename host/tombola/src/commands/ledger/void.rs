use clap::Args;
use serde_json::Value;
use tombola_domain::id::{CampaignId, OrderId};
use tombola_domain::reason::Reason;

use crate::client::{Client, Target};
use crate::commands::tell::tell;
use crate::exit::Ended;

/// Undo an order: the price goes back, and so do the chances that are left of it
#[derive(Debug, Args)]
pub(crate) struct Void {
    /// The campaign
    campaign: CampaignId,
    /// The order's id
    order: OrderId,
    /// Why, for the record
    #[arg(long, value_name = "TEXT")]
    reason: Reason,
    #[command(flatten)]
    target: Target,
    /// Print the host's answer as it is
    #[arg(long)]
    json: bool,
}

impl Void {
    pub(super) fn run(self) -> anyhow::Result<Ended> {
        let Self { campaign, order, reason, target, json } = self;
        let text = |answer: &Value| Ok(format!("voided at {}\n", answer["voided_at"].as_str().unwrap_or_default()));
        tell(Client::new(target)?.void_order(&campaign, &order, &reason), json, text)
    }
}
