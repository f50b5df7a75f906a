use clap::{Args, ValueEnum};
use serde::{Deserialize, Serialize};

use crate::environment;

/// What a host says of itself, on standard error.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Log {
    /// Which lines are written: a level, or levels by target, such as `info,tombola_sandbox=debug`.
    pub filter: String,
    /// How they are written.
    pub format: Format,
}

/// How log lines are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// One JSON object a line.
    Json,
    /// For people.
    Text,
}

impl Default for Log {
    fn default() -> Self {
        Self { filter: filter(), format: format() }
    }
}

fn filter() -> String {
    "info".to_owned()
}

const fn format() -> Format {
    Format::Json
}

/// Flags and variables of this section.
#[derive(Debug, Clone, Default, Args)]
pub struct LogFlags {
    /// Log lines to write: a level, or levels by target [default: info]
    #[arg(long = "log", value_name = "FILTER", env = environment::LOG)]
    filter: Option<String>,
    /// How to write log lines
    #[arg(long = "log-format", value_name = "FORMAT", env = environment::LOG_FORMAT)]
    format: Option<Format>,
}

impl LogFlags {
    pub(crate) fn over(self, below: Log) -> Log {
        Log { filter: self.filter.unwrap_or(below.filter), format: self.format.unwrap_or(below.format) }
    }
}
