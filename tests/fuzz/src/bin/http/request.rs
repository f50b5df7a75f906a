//! Requests as they stand in an input, which is a text so that seeds can be written by hand:
//!
//! ```text
//! POST /v1/campaigns/spring/draws client
//! content-type: application/json
//! idempotency-key: first
//!
//! {"player": "alice"}
//! ====
//! GET /v1/campaigns viewer
//! ```
//!
//! The word after the address is whose token is sent: a role, `nobody` for none, or else the token itself. What a server would
//! not take for HTTP is left out.

use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Uri};

/// Requests of one input; what follows is left out.
const REQUESTS_MAX: usize = 12;
/// What stands between two requests.
const SEPARATOR: &[u8] = b"\n====\n";

/// A request, as far as it can be sent.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) method: Method,
    pub(crate) uri: Uri,
    /// Whose token is sent.
    pub(crate) caller: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Request {
    /// Whether it may use a chance.
    pub(crate) fn is_draw(&self) -> bool {
        self.method == Method::POST && self.uri.path().ends_with("/draws")
    }
}

/// The requests of an input.
pub(crate) fn requests(input: &[u8]) -> Vec<Request> {
    let mut requests = Vec::new();
    let mut rest = Some(input);
    while let Some(input) = rest.filter(|_| requests.len() < REQUESTS_MAX) {
        let (one, others) = split(input, SEPARATOR);
        requests.extend(request(one));
        rest = others;
    }
    requests
}

fn request(text: &[u8]) -> Option<Request> {
    let (head, body) = split(text, b"\n\n");
    let mut lines = head.split(|byte| *byte == b'\n');
    let mut words = lines.next()?.split(|byte| *byte == b' ');
    let method = Method::from_bytes(words.next()?).ok()?;
    let uri = Uri::try_from(words.next()?).ok()?;
    let caller = String::from_utf8(words.next()?.to_vec()).ok()?;
    let headers = lines.filter(|line| !line.is_empty()).map(header).collect::<Option<HeaderMap>>()?;
    Some(Request { method, uri, caller, headers, body: body.unwrap_or_default().to_vec() })
}

fn header(line: &[u8]) -> Option<(HeaderName, HeaderValue)> {
    let (name, value) = split(line, b": ");
    Some((HeaderName::from_bytes(name).ok()?, HeaderValue::from_bytes(value?).ok()?))
}

/// What stands before the first `mark`, and what after it.
fn split<'a>(text: &'a [u8], mark: &[u8]) -> (&'a [u8], Option<&'a [u8]>) {
    match text.windows(mark.len()).position(|window| window == mark) {
        Some(at) => (&text[..at], Some(&text[at + mark.len()..])),
        None => (text, None),
    }
}
