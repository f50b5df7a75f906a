use clap::Args;
use serde::Deserialize;
use serde_json::Value;
use tombola_domain::chance::GIFT_MAX;
use tombola_domain::id::{CampaignId, PlayerId};
use tombola_domain::reason::Reason;
use tombola_domain::time::Timestamp;

use crate::client::{ChanceGrant, Client, GrantedChances, Page, Target};
use crate::commands::tell::tell;
use crate::exit::Ended;
use crate::report::Table;

/// Show the chances to draw that operators gave a player, or give more
#[derive(Debug, Args)]
pub(crate) struct Chances {
    /// The campaign
    campaign: CampaignId,
    /// The player
    player: PlayerId,
    /// How many more; without it, what was given is shown
    #[arg(value_parser = clap::value_parser!(u64).range(1..=GIFT_MAX))]
    amount: Option<u64>,
    /// When they lapse (RFC 3339); without it, as the campaign says
    #[arg(long, value_name = "TIME", requires = "amount")]
    lapses_at: Option<Timestamp>,
    /// Why, for the record
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true, requires = "amount")]
    reason: Reason,
    /// Go on where an earlier page ended, as it said
    #[arg(long, conflicts_with = "amount")]
    cursor: Option<String>,
    #[command(flatten)]
    target: Target,
    /// Print the host's answer as it is
    #[arg(long)]
    json: bool,
}

impl Chances {
    pub(super) fn run(self) -> anyhow::Result<Ended> {
        let Self { campaign, player, amount, lapses_at, reason, cursor, target, json } = self;
        let client = Client::new(target)?;
        match amount {
            Some(amount) => tell(client.grant_chances(&campaign, &player, amount, lapses_at, &reason), json, granted),
            None => tell(client.granted_chances(&campaign, &player, cursor.as_deref()), json, grants),
        }
    }
}

fn granted(answer: &Value) -> serde_json::Result<String> {
    let GrantedChances { grant, added } = GrantedChances::deserialize(answer)?;
    Ok(format!("given as {grant}; {added} were given in all, beside those to begin with\n"))
}

fn grants(answer: &Value) -> serde_json::Result<String> {
    let Page { items, next } = Page::<ChanceGrant>::deserialize(answer)?;
    let mut table = Table::new(["GRANT", "AMOUNT", "GIVEN", "LAPSES", "VOIDED", "TAKEN"]);
    for ChanceGrant { grant, amount, granted_at, lapses_at, voided_at, taken } in items {
        let taken = taken.map_or(String::new(), |taken| taken.to_string());
        let (lapses_at, voided_at) = (lapses_at.unwrap_or_default(), voided_at.unwrap_or_default());
        table.add([grant, amount.to_string(), granted_at, lapses_at, voided_at, taken]);
    }
    let more = next.map_or(String::new(), |cursor| format!("for more: --cursor {cursor}\n"));
    Ok(format!("{table}{more}"))
}
