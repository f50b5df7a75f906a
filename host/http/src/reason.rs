//! Why an operator does something: a member of JSON bodies, and part of the query where the body is something else.

use serde::Deserialize;
use tombola_domain::reason::{Reason, ReasonError};
use utoipa::IntoParams;

use crate::problem::{Code, Problem};

/// A reason in the query.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ReasonQuery {
    /// Why, for the record: one line of up to 500 bytes.
    #[serde(default)]
    reason: String,
}

impl ReasonQuery {
    pub(crate) fn read(&self) -> Result<Reason, Problem> {
        parse(&self.reason, Code::QueryInvalid)
    }
}

/// The member `reason` of a JSON body.
pub(crate) fn of_body(text: &str) -> Result<Reason, Problem> {
    parse(text, Code::BodyInvalid)
}

pub(crate) fn parse(text: &str, code: Code) -> Result<Reason, Problem> {
    text.parse().map_err(|error: ReasonError| Problem::new(code, format!("reason: {error}")))
}
