mod apply;
mod check;
mod odds;
mod pause;
mod rollback;
mod try_draw;

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use serde::Deserialize;
use serde_json::Value;

use crate::client::{Document, Published};
use crate::exit::{Ended, UsageError};
use crate::report;

/// Check, try and publish campaigns, see their odds, pause them, and go back to earlier revisions
#[derive(Debug, Subcommand)]
pub(crate) enum Campaign {
    Check(check::Check),
    Try(try_draw::Try),
    Apply(apply::Apply),
    Odds(odds::Odds),
    Rollback(rollback::Rollback),
    Pause(pause::PauseCommand),
    Resume(pause::ResumeCommand),
}

impl Campaign {
    pub(crate) fn run(self) -> anyhow::Result<Ended> {
        match self {
            Self::Check(check) => check.run(),
            Self::Try(trial) => trial.run(),
            Self::Apply(apply) => apply.run(),
            Self::Odds(odds) => odds.run(),
            Self::Rollback(rollback) => rollback.run(),
            Self::Pause(pause) => pause.run(),
            Self::Resume(resume) => resume.run(),
        }
    }
}

/// A document on this machine.
#[derive(Debug, Args)]
struct Source {
    /// Document, as YAML or JSON
    file: PathBuf,
    /// Campaign to take it for; the one that it names itself where this isn't given
    #[arg(long)]
    campaign: Option<String>,
}

impl Source {
    /// The campaign and its document.
    fn read(self) -> Result<(String, Document), UsageError> {
        let Self { file, campaign } = self;
        let name = file.display();
        let text =
            std::fs::read_to_string(&file).map_err(|error| UsageError::of(format!("{name} can't be read"), error))?;
        let campaign = match campaign {
            Some(campaign) => campaign,
            None => named(&text).map_err(|error| {
                UsageError::of(
                    format!("{name} doesn't say which campaign it is of; mend it, or give --campaign"),
                    error,
                )
            })?,
        };
        Ok((campaign, Document { text, media_type: media_type(&file) }))
    }
}

/// All that has to be known of a document before it is sent: the host judges the rest, and says so better.
#[derive(Deserialize)]
struct Head {
    campaign: String,
}

fn named(text: &str) -> Result<String, serde_saphyr::Error> {
    serde_saphyr::from_str(text).map(|head: Head| head.campaign)
}

fn media_type(file: &Path) -> &'static str {
    let is_json = file.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("json"));
    if is_json { "application/json" } else { "application/yaml" }
}

fn published(answer: &Value) -> serde_json::Result<String> {
    let Published { campaign, revision, digest, findings } = Published::deserialize(answer)?;
    Ok(format!("{}revision {revision} of {campaign} is live\n  {digest}\n", report::findings(&findings)))
}

/// A fact on the command line.
fn fact(text: &str) -> Result<(String, Value), String> {
    let (name, value) = text.split_once('=').ok_or("a fact is given as NAME=VALUE")?;
    let value = serde_json::from_str(value).unwrap_or_else(|_| Value::from(value));
    Ok((name.to_owned(), value))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn facts_are_json_or_texts() {
        let check = |text: &str, expected: Value| assert_eq!(fact(text).unwrap(), ("a.b".to_owned(), expected));
        check("a.b=60", json!(60));
        check("a.b=true", json!(true));
        check("a.b=app", json!("app"));
        check("a.b=\"60\"", json!("60"));
        check("a.b=[1,2]", json!([1, 2]));
        check("a.b=c=d", json!("c=d"));
        check("a.b=", json!(""));
    }

    #[test]
    fn a_document_says_which_campaign_it_is_of() {
        assert_eq!(named("title: T\ncampaign: spring\npools: {a: {}}\n").unwrap(), "spring");
        assert_eq!(named(r#"{"campaign": "spring"}"#).unwrap(), "spring");
        assert!(named("title: T\n").is_err());
        assert_eq!(media_type(Path::new("a.JSON")), "application/json");
        assert_eq!(media_type(Path::new("a.yml")), "application/yaml");
    }
}
