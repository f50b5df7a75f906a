use clap::Args;

use crate::config::Flags;
use crate::exit::Ended;
use crate::host::HostSettings;
use crate::{logs, runtime};

/// Start a host
///
/// Several hosts serve a database on a server at the same time; a file has one, and the latest takes it over. It runs until SIGINT or
/// SIGTERM, then lets requests under way end; a second signal cuts them off. It puts the standard
/// rules into its database where they are missing. A first token is made with `tombola token create`, before or after.
#[derive(Debug, Args)]
pub(crate) struct Serve {
    #[command(flatten)]
    flags: Flags,
    /// Print the settings that hold, as TOML, and end
    #[arg(long)]
    print_config: bool,
}

impl Serve {
    pub(crate) fn run(self) -> anyhow::Result<Ended> {
        let config = self.flags.resolve()?;
        if self.print_config {
            print!("{}", toml::to_string(&config)?);
            return Ok(Ended::Done);
        }
        logs::install(&config.log)?;
        let (reach, admission) = (config.delivery.reach()?, config.admission.settings()?);
        let receipts_kept_for = config.retention.receipts()?;
        let settings = HostSettings::of_this_machine(config.storage, reach, admission)?;
        let settings = HostSettings { redis: config.admission.redis, receipts_kept_for, ..settings };
        runtime::block_on(super::run::run(settings, config.http.listen, async |_| Ok(()), |_, ()| Ok(())))?;
        Ok(Ended::Done)
    }
}
