use serde::Deserialize;
use serde_json::Value;

use super::{Difference, Finding};

/// Why a call gave no wished answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ClientError {
    /// The address is none that can be called.
    #[error(
        "'{0}' can't be called: an address begins with http://; for TLS, call through a proxy or a tunnel on this machine"
    )]
    Address(String),
    /// Nobody answers there, or not in time.
    #[error("the host at {url} can't be reached")]
    Unreachable {
        /// The host.
        url: String,
        /// What the system says.
        source: reqwest::Error,
    },
    /// The answer ended before its end.
    #[error("the answer of the host at {url} broke off; what was asked may have been done")]
    BrokenOff {
        /// The host.
        url: String,
        /// What the system says.
        source: std::io::Error,
    },
    /// The host says why not.
    #[error("{0}")]
    Refused(Box<Problem>),
    /// What answers there is no such host.
    #[error("the answer can't be understood: {0}")]
    Answer(String),
}

/// A problem document, RFC 9457.
#[derive(Debug, Deserialize)]
pub(crate) struct Problem {
    /// The HTTP status.
    status: u16,
    /// What happened, and what to do about it.
    detail: String,
    /// Stable.
    code: String,
    /// Whether the same may succeed later; what stands between may leave it out.
    #[serde(default)]
    retryable: Option<bool>,
    /// Stands in the host's log.
    #[serde(default)]
    request_id: String,
    /// Where a document was refused.
    #[serde(default)]
    pub(crate) findings: Vec<Finding>,
    /// Where another revision is live than was expected.
    #[serde(default)]
    pub(crate) difference: Vec<Difference>,
    /// The whole of it, as it came.
    #[serde(skip)]
    pub(crate) body: Value,
}

impl ClientError {
    /// What a status other than a success came with.
    pub(super) fn refused(status: u16, body: Value) -> Self {
        match Problem::deserialize(&body) {
            Ok(problem) => Self::Refused(Box::new(Problem { body, ..problem })),
            Err(error) => Self::Answer(format!("the status is {status}, and the body no problem: {error}")),
        }
    }

    /// Whether the same may succeed later: by the host's own word, or by the status of what answers in its place.
    pub(crate) fn is_unavailable(&self) -> bool {
        match self {
            Self::Unreachable { .. } | Self::BrokenOff { .. } => true,
            Self::Refused(problem) => problem.retryable.unwrap_or(problem.status >= 500),
            Self::Address(_) | Self::Answer(_) => false,
        }
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{} ({}, status {}", self.detail, self.code, self.status)?;
        if !self.request_id.is_empty() {
            write!(out, ", request {}", self.request_id)?;
        }
        out.write_str(")")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(status: u16, body: Value, text: &str, is_unavailable: bool) {
        let error = ClientError::refused(status, body);
        assert_eq!((error.to_string().as_str(), error.is_unavailable()), (text, is_unavailable));
    }

    #[test]
    fn problems_tell_whose_reason_it_was() {
        let problem = |status: u16, retryable: Option<bool>| {
            serde_json::json!({"type": "urn:x", "title": "T", "status": status, "detail": "no", "code": "c",
                "retryable": retryable, "request_id": "r-1"})
        };
        check(409, problem(409, Some(false)), "no (c, status 409, request r-1)", false);
        check(503, problem(503, Some(true)), "no (c, status 503, request r-1)", true);
        check(503, problem(503, Some(false)), "no (c, status 503, request r-1)", false);
        check(500, problem(500, Some(false)), "no (c, status 500, request r-1)", false);
        check(502, problem(502, None), "no (c, status 502, request r-1)", true);
        check(404, problem(404, None), "no (c, status 404, request r-1)", false);
        let text = "the answer can't be understood: the status is 404, and the body no problem: missing field `status`";
        check(404, serde_json::json!({}), text, false);
    }
}
