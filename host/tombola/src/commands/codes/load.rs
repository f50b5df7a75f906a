use std::fs::File;
use std::path::PathBuf;

use clap::Args;
use serde::Deserialize;
use serde_json::Value;
use tombola_domain::id::CodePoolName;
use tombola_domain::reason::Reason;
use tombola_domain::time::Timestamp;

use super::level;
use crate::client::{Client, Loaded, Target};
use crate::commands::tell::tell;
use crate::exit::{Ended, UsageError};
use crate::progress;

/// Load the codes of a file into a pool
///
/// Draws go on meanwhile, and win either any of them or none. A line that can't be read refuses all of them.
#[derive(Debug, Args)]
pub(crate) struct Load {
    /// Name of the pool
    pool: CodePoolName,
    /// File with one code a line, or a code, a comma and when it expires, without a heading
    file: PathBuf,
    /// When the codes expire of which the file says nothing else (RFC 3339) [default: never]
    #[arg(long, value_name = "TIME")]
    expires: Option<Timestamp>,
    /// Why, for the record
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    reason: Reason,
    #[command(flatten)]
    target: Target,
    /// Print the host's answer as it is
    #[arg(long)]
    json: bool,
}

impl Load {
    pub(super) fn run(self) -> anyhow::Result<Ended> {
        let Self { pool, file, expires, reason, target, json } = self;
        let unreadable = |error| UsageError::of(format!("{} can't be read", file.display()), error);
        let lines = File::open(&file).map_err(unreadable)?;
        let length = lines.metadata().map_err(unreadable)?.len();
        let bar = progress::bytes(length);
        let answer = Client::new(target)?.load_codes(&pool, bar.wrap_read(lines), length, expires, &reason);
        bar.finish_and_clear();
        tell(answer, json, text)
    }
}

fn text(answer: &Value) -> serde_json::Result<String> {
    let Loaded { loaded, skipped, pool } = Loaded::deserialize(answer)?;
    let skipped = if skipped == 0 { String::new() } else { format!(", {skipped} were there already") };
    Ok(format!("{loaded} codes were loaded{skipped}\n  {}", level(&pool)))
}
