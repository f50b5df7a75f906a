use std::fmt::Write;

use clap::Args;
use serde::Deserialize;
use serde_json::Value;

use super::Source;
use crate::client::{Checked, Client, Target};
use crate::commands::tell::tell;
use crate::exit::Ended;
use crate::report::{self, Table};

/// Show what is wrong with a document, and what its odds are; nothing is stored
///
/// Ends with 1 where a finding keeps the document from being published; warnings don't.
#[derive(Debug, Args)]
pub(crate) struct Check {
    #[command(flatten)]
    source: Source,
    #[command(flatten)]
    target: Target,
    /// Print the host's answer as it is
    #[arg(long)]
    json: bool,
}

impl Check {
    pub(super) fn run(self) -> anyhow::Result<Ended> {
        let Self { source, target, json } = self;
        let (campaign, document) = source.read()?;
        let answer = Client::new(target)?.check(&campaign, document);
        let is_refused = answer.as_ref().is_ok_and(has_errors);
        let ended = tell(answer, json, text)?;
        Ok(if is_refused { Ended::Refused } else { ended })
    }
}

fn has_errors(answer: &Value) -> bool {
    Checked::deserialize(answer).is_ok_and(|checked| checked.findings.iter().any(crate::client::Finding::is_error))
}

fn text(answer: &Value) -> serde_json::Result<String> {
    let Checked { findings, odds, modules } = Checked::deserialize(answer)?;
    let mut text = report::findings(&findings);
    if findings.is_empty() {
        text.push_str("nothing is wrong with it\n");
    }
    if !modules.is_empty() {
        let mut table = Table::new(["RULE", "VERSION", "MODULE"]);
        for (reference, module) in &modules {
            table.add([reference, &module.version, &module.digest]);
        }
        write!(text, "\n{table}").expect("writing to a text doesn't fail");
    }
    if let Some(odds) = odds {
        write!(text, "\n{}", report::odds(&odds)).expect("writing to a text doesn't fail");
    }
    Ok(text)
}
