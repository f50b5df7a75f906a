use std::path::PathBuf;

use clap::Args;
use serde_json::{Value, json};
use tombola_domain::award::{ParseStateError, State};
use tombola_domain::id::AwardId;
use tombola_domain::reason::Reason;

use super::text;
use crate::client::{Client, ClientError, Target};
use crate::commands::tell::tell;
use crate::exit::{Ended, UsageError};
use crate::progress;

/// Lines of one request: as many as a host takes.
const LINES_MAX: usize = tombola_app::awards::BATCH_MAX;

/// Say how far an award is, or how far those of a file are
///
/// Of a file, those that are not known or can't be moved are told, all others are moved, and the command ends with 1.
#[derive(Debug, Args)]
pub(crate) struct Moves {
    /// Id of the award
    #[arg(required_unless_present = "file", requires = "state")]
    award: Option<AwardId>,
    /// How far it is, like delivered or failed
    #[arg(value_parser = |word: &str| word.parse::<State>().map_err(|error: ParseStateError| error.to_string()))]
    state: Option<State>,
    /// File with lines of an award's id, a comma and a state
    #[arg(long, value_name = "FILE", conflicts_with = "award")]
    file: Option<PathBuf>,
    /// Why, for the record
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    reason: Reason,
    #[command(flatten)]
    target: Target,
    /// Print the host's answer as it is
    #[arg(long)]
    json: bool,
}

impl Moves {
    pub(super) fn run(self) -> anyhow::Result<Ended> {
        let Self { award, state, file, reason, target, json } = self;
        let client = Client::new(target)?;
        match (file, award.zip(state)) {
            (Some(file), _) => {
                let unreadable = |error| UsageError::of(format!("{} can't be read", file.display()), error);
                let lines = std::fs::read_to_string(&file).map_err(unreadable)?;
                let answer = move_all(&client, &lines, &reason);
                let all_are_so = answer.as_ref().is_ok_and(all_are_so);
                let told = tell(answer, json, |answer| Ok(answers(answer)))?;
                Ok(if all_are_so { told } else { Ended::Refused })
            }
            (None, Some((award, state))) => tell(client.move_award(&award, state, &reason), json, text),
            (None, None) => Err(UsageError::new("name an award and a state, or a file").into()),
        }
    }
}

/// In pieces, whose answers are put together.
fn move_all(client: &Client, lines: &str, reason: &Reason) -> Result<Value, ClientError> {
    let lines: Vec<&str> = lines.lines().filter(|line| !line.trim().is_empty()).collect();
    let bar = progress::bytes(lines.iter().map(|line| line.len() as u64).sum());
    let (mut moved, mut items) = (0, Vec::new());
    for piece in lines.chunks(LINES_MAX) {
        let answer = client.move_awards(piece.join("\n"), reason)?;
        moved += answer["moved"].as_u64().unwrap_or_default();
        items.extend(answer["items"].as_array().cloned().unwrap_or_default());
        bar.inc(piece.iter().map(|line| line.len() as u64).sum());
    }
    bar.finish_and_clear();
    Ok(json!({"moved": moved, "items": items}))
}

/// Whether each is as far as was wanted, by this or before.
fn all_are_so(answer: &Value) -> bool {
    let is_so = |item: &Value| matches!(item["result"].as_str(), Some("moved" | "unchanged"));
    answer["items"].as_array().into_iter().flatten().all(is_so)
}

/// How many were moved, and which were not.
fn answers(answer: &Value) -> String {
    let line = |item: &Value| {
        let word = |field: &str| item[field].as_str().unwrap_or_default().to_owned();
        match word("result").as_str() {
            "refused" => Some(format!("{} is {} and can't be {}\n", word("award"), word("from"), word("state"))),
            "unknown" => Some(format!("{} is not known\n", word("award"))),
            _ => None,
        }
    };
    let lines = answer["items"].as_array().into_iter().flatten().filter_map(line);
    lines.chain([format!("{} awards were moved\n", answer["moved"])]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_as_wanted_is_told_apart() {
        let check = |results: &[&str], expected: bool| {
            let items: Vec<_> = results.iter().map(|result| json!({"result": result})).collect();
            assert_eq!(all_are_so(&json!({"items": items})), expected, "{results:?}");
        };
        check(&[], true);
        check(&["moved", "unchanged"], true);
        check(&["moved", "refused"], false);
        check(&["unknown", "moved"], false);
    }
}
