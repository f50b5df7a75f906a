//! Query parameters that a call does not take are refused: one that was mistyped would silently ask for something else.

use std::collections::{BTreeSet, HashMap};

use axum::extract::{MatchedPath, Request, State};
use axum::http::Method;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde_json::Value;

use crate::problem::{Code, Problem};
use crate::router::Shared;

/// The query parameters of every call, as the API's description lists them.
#[derive(Debug)]
pub(crate) struct Queries(HashMap<(String, Method), BTreeSet<String>>);

impl Queries {
    pub(crate) fn of(description: &Value) -> Self {
        let members = |value: &Value| value.as_object().cloned().unwrap_or_default();
        let mut queries = HashMap::new();
        for (path, operations) in members(&description["paths"]) {
            for (method, operation) in members(&operations) {
                let Ok(method) = method.to_uppercase().parse() else { continue };
                let parameters = operation["parameters"].as_array().into_iter().flatten();
                let in_query = parameters.filter(|parameter| parameter["in"] == "query");
                let names = in_query.filter_map(|parameter| parameter["name"].as_str()).map(str::to_owned).collect();
                queries.insert((path.clone(), method), names);
            }
        }
        Self(queries)
    }

    /// What is wrong with the query of a call, if anything. It is not repeated: somebody's name may stand in it.
    fn complaint(&self, path: &str, method: &Method, query: &str) -> Option<String> {
        // HEAD is answered by what answers GET.
        let method = if method == Method::HEAD { &Method::GET } else { method };
        let known = self.0.get(&(path.to_owned(), method.clone()))?;
        let mut names =
            query.split('&').filter(|pair| !pair.is_empty()).map(|pair| pair.split('=').next().unwrap_or(""));
        if names.all(|name| known.contains(name)) {
            return None;
        }
        let known: Vec<&str> = known.iter().map(String::as_str).collect();
        Some(match known.as_slice() {
            [] => "this call takes no query parameters".to_owned(),
            known => format!("this call takes no other query parameters than {}", known.join(", ")),
        })
    }
}

pub(crate) async fn refuse_unknown(State(shared): State<Shared>, request: Request, next: Next) -> Response {
    if let (Some(query), Some(path)) = (request.uri().query(), request.extensions().get::<MatchedPath>())
        && let Some(complaint) = shared.queries.complaint(path.as_str(), request.method(), query)
    {
        return Problem::new(Code::QueryInvalid, complaint).into_response();
    }
    next.run(request).await
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_what_is_described_is_taken() {
        let parameters = json!([{"name": "cursor", "in": "query"}, {"name": "campaign", "in": "path"}, {"name": "limit", "in": "query"}]);
        let description = json!({"paths": {"/a/{campaign}": {"get": {"parameters": parameters}, "post": {}}}});
        let queries = Queries::of(&description);
        let complaint = |method, query| queries.complaint("/a/{campaign}", &method, query);
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
        assert_eq!(queries.complaint("/b", &Method::GET, "limit=1"), None);
    }
}
