use clap::Args;
use tombola_app::clock::{Clock, SystemClock};
use tombola_store::tokens::Tokens;

use super::Place;
use crate::exit::Ended;

/// Make a token stop working, within about a second
#[derive(Debug, Args)]
pub(crate) struct Revoke {
    /// Name of the token
    name: String,
    #[command(flatten)]
    place: Place,
}

impl Revoke {
    pub(super) async fn run(self) -> anyhow::Result<Ended> {
        let store = self.place.open().await?;
        let revoked = store.revoke_token(&self.name, SystemClock.now()).await;
        store.close().await;
        if revoked? {
            eprintln!("the token '{}' stops working within about a second", self.name);
            Ok(Ended::Done)
        } else {
            eprintln!("there is no token '{}' that isn't revoked", self.name);
            Ok(Ended::Refused)
        }
    }
}
