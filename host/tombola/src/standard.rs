//! The standard rules, which every host puts into its database when it starts.

use tombola_app::intent::Intent;
use tombola_app::{App, Error};
use tombola_standard_rules::{Standard, standard};

/// Whose uploads they are. No token may have this name.
pub(crate) const PUBLISHER: &str = "tombola";

/// Uploads those that are not there. What is there stays, whoever put it there: published revisions hold modules by
/// digest, so that an upgrade changes none of them, and a rule of the same version but of other bytes (another compiler
/// built it) has no advantage over the one that is kept.
pub(crate) async fn install(app: &App) -> tombola_app::Result<()> {
    for Standard { name, version, component } in standard() {
        match app.upload(Intent::of(PUBLISHER), component).await {
            Ok(_) => {}
            Err(Error::VersionTaken(kept)) => {
                tracing::info!(rule = name, version, %kept, "a standard rule is kept as it was built earlier");
            }
            Err(Error::NameTaken(publisher)) => {
                tracing::warn!(rule = name, version, publisher, "a standard rule's name belongs to another publisher");
            }
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
