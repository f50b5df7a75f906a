use clap::Args;
use tombola_app::clock::SystemClock;
use tombola_app::intent::Intent;
use tombola_app::tokens::{LOCAL, NewToken, Role, create};
use tombola_domain::id::CampaignId;
use tombola_domain::reason::Reason;
use tombola_domain::time::Timestamp;

use crate::commands::place::Place;
use crate::entropy::OsEntropy;
use crate::exit::Ended;
use crate::standard::PUBLISHER;

/// The longest name: it stands in the record of everything that is done with the token.
const NAME_BYTES_MAX: usize = 64;

/// Make a token and print its secret, which is nowhere kept
#[derive(Debug, Args)]
pub(crate) struct Create {
    /// Name of the token in records: letters, digits, '-', '_' and '.'
    #[arg(long, value_parser = name)]
    name: String,
    /// What it may do: client, viewer, editor or publisher
    #[arg(long)]
    role: Role,
    /// Campaign that it is for, once for each; all where none is given
    #[arg(long = "campaign", value_name = "CAMPAIGN")]
    campaigns: Vec<CampaignId>,
    /// When it ceases to work, like 2027-01-01T00:00:00Z; never where it isn't given
    #[arg(long, value_name = "TIME")]
    expires: Option<Timestamp>,
    /// Take over what belongs to the latest revoked token of this name, such as the names of its rules
    #[arg(long)]
    succeed: bool,
    /// Why, for the record
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    reason: Reason,
    /// Print JSON with name, role and token
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    place: Place,
}

impl Create {
    pub(super) async fn run(self) -> anyhow::Result<Ended> {
        let Self { name, role, campaigns, expires, succeed, reason, json, place } = self;
        let store = place.open_or_make().await?;
        let new = NewToken { name: name.clone(), role, campaigns, expires_at: expires, is_successor: succeed };
        let intent = Intent { reason, ..Intent::of(LOCAL) };
        let secret = create(&store, &SystemClock, &OsEntropy, intent, new).await;
        store.close().await;
        let secret = secret?;
        if json {
            println!("{}", serde_json::json!({"name": name, "role": role.as_str(), "token": secret}));
        } else {
            println!("{secret}");
        }
        Ok(Ended::Done)
    }
}

fn name(text: &str) -> Result<String, String> {
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    if [PUBLISHER, LOCAL].contains(&text) {
        return Err("this name is the host's own".to_owned());
    }
    if !(1..=NAME_BYTES_MAX).contains(&text.len()) || !text.bytes().all(is_name) {
        return Err(format!("a name is 1 to {NAME_BYTES_MAX} letters, digits, '-', '_' or '.'"));
    }
    Ok(text.to_owned())
}
