use std::path::PathBuf;

use clap::Args;
use serde::Deserialize;
use tombola_domain::reason::Reason;

use crate::client::{Client, Module, Target};
use crate::commands::tell::tell;
use crate::exit::{Ended, UsageError};

/// Upload a component; campaigns can name it from then on
///
/// The same component again is no error.
#[derive(Debug, Args)]
pub(crate) struct Push {
    /// Component, as `tombola rule build` makes it
    file: PathBuf,
    /// Why, for the record
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    reason: Reason,
    #[command(flatten)]
    target: Target,
    /// Print the host's answer as it is
    #[arg(long)]
    json: bool,
}

impl Push {
    pub(super) fn run(self) -> anyhow::Result<Ended> {
        let Self { file, reason, target, json } = self;
        let component =
            std::fs::read(&file).map_err(|error| UsageError::of(format!("{} can't be read", file.display()), error))?;
        let answer = Client::new(target)?.upload(component, &reason);
        tell(answer, json, |answer| {
            let Module { digest, name, version, kinds } = Module::deserialize(answer)?;
            Ok(format!("{name} {version} ({}) is uploaded\n  {digest}\n", kinds.join(", ")))
        })
    }
}
