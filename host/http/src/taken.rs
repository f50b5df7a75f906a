//! What a call does not take is refused: a query parameter that was mistyped would silently ask for something else, and a reason in a body
//! that nobody reads would be lost.

use std::collections::{BTreeSet, HashMap};

use axum::body::{Body, HttpBody, to_bytes};
use axum::extract::{MatchedPath, Request, State};
use axum::http::{Method, Uri};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde_json::Value;

use crate::body::linger;
use crate::problem::{Code, Problem};
use crate::router::Shared;

/// Bytes that are looked at of a body that a call does not take: enough for one that says nothing.
const NOTHING_BYTES_MAX: usize = 64;

/// What every call takes, as the API's description says it.
#[derive(Debug)]
pub(crate) struct Calls(HashMap<(String, Method), Taken>);

/// What one call takes.
#[derive(Debug, PartialEq, Eq)]
struct Taken {
    /// Parameters in the query.
    query: BTreeSet<String>,
    body: bool,
}

impl Calls {
    pub(crate) fn of(description: &Value) -> Self {
        let members = |value: &Value| value.as_object().cloned().unwrap_or_default();
        let mut calls = HashMap::new();
        for (path, operations) in members(&description["paths"]) {
            for (method, operation) in members(&operations) {
                let Ok(method) = method.to_uppercase().parse() else { continue };
                let parameters = operation["parameters"].as_array().into_iter().flatten();
                let in_query = parameters.filter(|parameter| parameter["in"] == "query");
                let query = in_query.filter_map(|parameter| parameter["name"].as_str()).map(str::to_owned).collect();
                let body = operation.get("requestBody").is_some();
                calls.insert((path.clone(), method), Taken { query, body });
            }
        }
        Self(calls)
    }

    fn call(&self, path: &str, method: &Method) -> Option<&Taken> {
        // HEAD is answered by what answers GET.
        let method = if method == Method::HEAD { &Method::GET } else { method };
        self.0.get(&(path.to_owned(), method.clone()))
    }
}

impl Taken {
    /// What is wrong with a query, if anything. It is not repeated: somebody's name may stand in it.
    fn complaint(&self, query: &str) -> Option<String> {
        let mut names =
            query.split('&').filter(|pair| !pair.is_empty()).map(|pair| pair.split('=').next().unwrap_or(""));
        if names.all(|name| self.query.contains(name)) {
            return None;
        }
        let known: Vec<&str> = self.query.iter().map(String::as_str).collect();
        Some(match known.as_slice() {
            [] => "this call takes no query parameters".to_owned(),
            known => format!("this call takes no other query parameters than {}", known.join(", ")),
        })
    }

    /// What is said to whoever sends a body that nobody reads.
    fn no_body(&self) -> Problem {
        let detail = if self.query.contains("reason") {
            "this call takes no body; its reason stands in the query: `?reason=`"
        } else {
            "this call takes no body; leave it out"
        };
        Problem::new(Code::BodyInvalid, detail)
    }
}

pub(crate) async fn refuse_unknown(State(shared): State<Shared>, request: Request, next: Next) -> Response {
    if let Some(problem) = nul(request.uri()) {
        return problem.into_response();
    }
    let path = request.extensions().get::<MatchedPath>();
    let Some(taken) = path.and_then(|path| shared.calls.call(path.as_str(), request.method())) else {
        return next.run(request).await;
    };
    if let Some(complaint) = request.uri().query().and_then(|query| taken.complaint(query)) {
        return Problem::new(Code::QueryInvalid, complaint).into_response();
    }
    if taken.body || request.method().is_safe() || request.body().is_end_stream() {
        return next.run(request).await;
    }
    let (parts, body) = request.into_parts();
    if body.size_hint().lower() > NOTHING_BYTES_MAX as u64 {
        tokio::spawn(linger(body));
        return taken.no_body().into_response();
    }
    match to_bytes(body, NOTHING_BYTES_MAX).await {
        Ok(body) if is_nothing(&body) => next.run(Request::from_parts(parts, Body::empty())).await,
        _ => taken.no_body().into_response(),
    }
}

/// What is said of an address with the character U+0000, which not every database keeps or compares.
fn nul(uri: &Uri) -> Option<Problem> {
    let has_nul = |text: &str| text.contains("%00");
    if has_nul(uri.path()) {
        return Some(Problem::new(Code::PathInvalid, "the address has the character U+0000, `%00`; leave it out"));
    }
    let in_query = uri.query().is_some_and(has_nul);
    in_query.then(|| Problem::new(Code::QueryInvalid, "the query has the character U+0000, `%00`; leave it out"))
}

/// Whether a body says nothing. Clients that always send one send an empty object.
fn is_nothing(body: &[u8]) -> bool {
    let mut said = body.iter().filter(|byte| !byte.is_ascii_whitespace());
    matches!((said.next(), said.next(), said.next()), (None, ..) | (Some(b'{'), Some(b'}'), None))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn nothing_is_no_body() {
        for body in [&b""[..], b" \n", b"{}", b" {\n} "] {
            assert!(is_nothing(body), "{body:?}");
        }
        for body in [&b"null"[..], b"{", b"{}{}", b"{\"reason\": \"why\"}", b"reason"] {
            assert!(!is_nothing(body), "{body:?}");
        }
    }

    #[test]
    fn a_body_is_taken_where_one_is_described() {
        let description = json!({"paths": {"/a": {"post": {"requestBody": {}}, "delete": {}}}});
        let calls = Calls::of(&description);
        let takes_body = |method| calls.call("/a", &method).map(|taken| taken.body);
        assert_eq!([Method::POST, Method::DELETE, Method::PUT].map(takes_body), [Some(true), Some(false), None]);
    }

    #[test]
    fn only_what_is_described_is_taken() {
        let parameters = json!([{"name": "cursor", "in": "query"}, {"name": "campaign", "in": "path"}, {"name": "limit", "in": "query"}]);
        let description = json!({"paths": {"/a/{campaign}": {"get": {"parameters": parameters}, "post": {}}}});
        let calls = Calls::of(&description);
        let complaint = |method, query| calls.call("/a/{campaign}", &method).and_then(|taken| taken.complaint(query));
        for query in ["", "cursor=x", "limit=1&cursor=", "&limit=1&", "limit"] {
            assert_eq!(complaint(Method::GET, query), None, "{query}");
            assert_eq!(complaint(Method::HEAD, query), None, "{query}");
        }
        let told = "this call takes no other query parameters than cursor, limit".to_owned();
        for query in ["campaign=x", "Limit=1", "limit=1&alice", "=", "limit%3D1"] {
            assert_eq!(complaint(Method::GET, query), Some(told.clone()), "{query}");
        }
        assert_eq!(complaint(Method::POST, "limit=1").as_deref(), Some("this call takes no query parameters"));
        // What does not exist is told so by others.
        assert_eq!(complaint(Method::PUT, "limit=1"), None);
        assert_eq!(calls.call("/b", &Method::GET), None);
    }
}
