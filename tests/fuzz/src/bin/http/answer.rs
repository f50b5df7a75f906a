//! What every answer has to be.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::LazyLock;

use axum::http::{HeaderMap, Method, StatusCode, header};
use serde_json::Value;

/// The codes that have a page.
static CODES: LazyLock<BTreeSet<String>> = LazyLock::new(|| {
    let pages = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../host/docs/errors");
    let pages = std::fs::read_dir(pages).expect("the pages of errors can be read");
    let stem = |page: std::fs::DirEntry| page.path().file_stem()?.to_str().map(str::to_owned);
    pages.filter_map(|page| stem(page.expect("a page can be read"))).collect()
});

/// An answer, read whole.
#[derive(Debug)]
pub(crate) struct Answer {
    /// Of the request that it answers.
    pub(crate) method: Method,
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    /// Holds the answer to what is promised of all. In process nothing is ever busy or out of reach, so that any failure of
    /// the host's is a mistake of the host's.
    pub(crate) fn check(&self) {
        assert!(!self.status.is_server_error(), "the host failed: {}", self.text());
        if self.status.is_success() || self.status == StatusCode::NOT_MODIFIED || self.method == Method::HEAD {
            return;
        }
        assert_eq!(self.headers.get(header::CONTENT_TYPE).map(AsRef::as_ref), Some(&b"application/problem+json"[..]));
        let problem = self.json();
        assert_eq!(problem["status"], self.status.as_u16(), "{problem}");
        assert!(problem["detail"].as_str().is_some_and(|detail| !detail.is_empty()), "{problem}");
        let code = problem["code"].as_str().expect("a problem has a code");
        assert!(CODES.contains(code), "`{code}` has no page");
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error} in {}", self.text()))
    }

    pub(crate) fn text(&self) -> String {
        format!("{} {}", self.status, String::from_utf8_lossy(&self.body))
    }
}
