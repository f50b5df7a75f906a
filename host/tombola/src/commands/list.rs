mod digest;
mod replace;
mod show;

use clap::Subcommand;
use serde::Deserialize;
use serde_json::Value;

use crate::client::List as Answer;
use crate::exit::Ended;

/// See and replace lists of players
#[derive(Debug, Subcommand)]
pub(crate) enum List {
    Show(show::Show),
    Replace(replace::Replace),
    Digest(digest::Digest),
}

impl List {
    pub(crate) fn run(self) -> anyhow::Result<Ended> {
        match self {
            Self::Show(show) => show.run(),
            Self::Replace(replace) => replace.run(),
            Self::Digest(digest) => digest.run(),
        }
    }
}

fn text(answer: &Value) -> serde_json::Result<String> {
    let Answer { list, version, size, digest } = Answer::deserialize(answer)?;
    Ok(format!("{list} has {size} players (version {version})\n  {digest}\n"))
}
