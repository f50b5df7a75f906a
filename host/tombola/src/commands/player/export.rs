use std::fs::OpenOptions;
use std::io::{BufWriter, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;

use anyhow::Context;
use clap::Args;
use tombola_domain::id::PlayerId;
use tombola_domain::reason::Reason;

use crate::client::{Client, Target};
use crate::exit::Ended;

/// Write all that a host keeps of a player, as lines of JSON
///
/// The last line is of the kind `end`. A file is readable for its owner only, and one that is there is not written over.
#[derive(Debug, Args)]
pub(crate) struct Export {
    /// The player's id
    player: PlayerId,
    /// File to write; without it, standard output
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Why, for the record
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    reason: Reason,
    #[command(flatten)]
    target: Target,
}

impl Export {
    pub(super) fn run(self) -> anyhow::Result<Ended> {
        let Self { player, out, reason, target } = self;
        let client = Client::new(target)?;
        let Some(path) = out else {
            client.export_player(&player, &reason, &mut std::io::stdout().lock())?;
            return Ok(Ended::Done);
        };
        let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path);
        let mut file = BufWriter::new(file.with_context(|| format!("making {}", path.display()))?);
        let exported = client.export_player(&player, &reason, &mut file);
        if exported.is_err() {
            // A part would pass for all of it.
            std::fs::remove_file(&path).with_context(|| format!("removing the unfinished {}", path.display()))?;
        }
        exported?;
        file.flush().context("writing")?;
        Ok(Ended::Done)
    }
}
