use std::fs::File;
use std::path::PathBuf;

use clap::Args;
use tombola_domain::id::ListName;
use tombola_domain::reason::Reason;

use super::text;
use crate::client::{Client, Target};
use crate::commands::tell::tell;
use crate::exit::{Ended, UsageError};
use crate::progress;

/// Make a list hold exactly the players of a file, or make the list
///
/// Draws go on meanwhile, and see either all of it or nothing.
#[derive(Debug, Args)]
pub(crate) struct Replace {
    /// Name of the list
    list: ListName,
    /// File with one player's id a line
    file: PathBuf,
    /// Let the list be empty
    #[arg(long)]
    allow_empty: bool,
    /// Why, for the record
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    reason: Reason,
    #[command(flatten)]
    target: Target,
    /// Print the host's answer as it is
    #[arg(long)]
    json: bool,
}

impl Replace {
    pub(super) fn run(self) -> anyhow::Result<Ended> {
        let Self { list, file, allow_empty, reason, target, json } = self;
        let unreadable = |error| UsageError::of(format!("{} can't be read", file.display()), error);
        let lines = File::open(&file).map_err(unreadable)?;
        let length = lines.metadata().map_err(unreadable)?.len();
        let bar = progress::bytes(length);
        let answer = Client::new(target)?.replace_list(&list, bar.wrap_read(lines), length, allow_empty, &reason);
        bar.finish_and_clear();
        tell(answer, json, text)
    }
}
