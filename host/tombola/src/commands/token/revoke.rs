use clap::Args;
use tombola_app::clock::SystemClock;
use tombola_app::intent::Intent;
use tombola_app::tokens::{LOCAL, revoke};
use tombola_domain::reason::Reason;

use crate::commands::place::Place;
use crate::exit::Ended;

/// Make a token stop working, within about a second
#[derive(Debug, Args)]
pub(crate) struct Revoke {
    /// Name of the token
    name: String,
    /// Why, for the record
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    reason: Reason,
    #[command(flatten)]
    place: Place,
}

impl Revoke {
    pub(super) async fn run(self) -> anyhow::Result<Ended> {
        let Self { name, reason, place } = self;
        let store = place.open().await?;
        let intent = Intent { reason, ..Intent::of(LOCAL) };
        let revoked = revoke(&store, &SystemClock, intent, &name).await;
        store.close().await;
        if revoked? {
            eprintln!("the token '{name}' stops working within about a second");
            Ok(Ended::Done)
        } else {
            eprintln!("there is no token '{name}' that isn't revoked");
            Ok(Ended::Refused)
        }
    }
}
