//! Asking a host, and passing its answer on.

use std::ops::RangeInclusive;

use anyhow::Context;
use serde_json::Value;

use crate::client::ClientError;
use crate::exit::Ended;
use crate::report;

/// Members of a page that a host answers.
pub(crate) const PAGE: RangeInclusive<i64> = 1..=200;

/// Those parts of a query that were given.
pub(crate) fn given<const N: usize>(parts: [(&'static str, Option<String>); N]) -> Vec<(&'static str, String)> {
    parts.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
}

/// Passes an answer on: whole as JSON, or as a text for people. So it does with a refusal, whose findings and differences are the answer.
pub(crate) fn tell(
    answer: Result<Value, ClientError>,
    as_json: bool,
    text: impl FnOnce(&Value) -> serde_json::Result<String>,
) -> anyhow::Result<Ended> {
    match answer {
        Ok(answer) if as_json => println!("{answer}"),
        Ok(answer) => {
            print!("{}", report::printable_lines(&text(&answer).context("the answer can't be understood")?));
        }
        Err(ClientError::Refused(problem)) => {
            if as_json {
                println!("{}", problem.body);
            } else {
                print!("{}{}", report::findings(&problem.findings), report::differences(&problem.difference));
            }
            return Err(ClientError::Refused(problem).into());
        }
        Err(error) => return Err(error.into()),
    }
    Ok(Ended::Done)
}
