//! Views that may be kept for a while, and asked for again with the tag of what is known already.
//!
//! A tag is strong: a hash of the body, byte for byte, or of all that decides it. Where it still holds, the answer is 304
//! without a body.

use std::convert::Infallible;

use axum::body::{Body, Bytes};
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use data_encoding::BASE64URL_NOPAD;
use serde::Serialize;
use tombola_domain::digest::Digest;

/// Bytes of the hash that make a tag: enough that two versions of a view never share one.
const TAG_BYTES: usize = 16;

/// How long a view may be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Freshness {
    /// It changes with draws and operators.
    Live,
    /// It never changes. Kept for a day and no longer, so that what is erased at a person's wish does not linger elsewhere.
    Settled,
    /// It changes with the program, and is the same for everyone.
    Description,
}

impl Freshness {
    const fn cache_control(self) -> HeaderValue {
        HeaderValue::from_static(match self {
            Self::Live => "private, max-age=1",
            Self::Settled => "private, max-age=86400, immutable",
            Self::Description => "public, max-age=300",
        })
    }
}

/// A body with its tag.
#[derive(Debug, Clone)]
pub(crate) struct View {
    body: Bytes,
    tag: HeaderValue,
    freshness: Freshness,
}

impl View {
    pub(crate) fn new(freshness: Freshness, content: &impl Serialize) -> Self {
        let body = json(content);
        Self { tag: tag_of(&body), body: body.into(), freshness }
    }

    /// With the tag of what decides it.
    pub(crate) fn tagged(freshness: Freshness, tag: HeaderValue, content: &impl Serialize) -> Self {
        Self { body: json(content).into(), tag, freshness }
    }
}

fn json(content: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(content).expect("views are plain data")
}

fn tag_of(bytes: &[u8]) -> HeaderValue {
    let tag = format!("\"{}\"", BASE64URL_NOPAD.encode(&Digest::of(bytes).as_bytes()[..TAG_BYTES]));
    HeaderValue::from_str(&tag).expect("base 64 is printable")
}

/// The tag of a view that is costly to make: of what decides it, in the form that this version of the program gives to it.
pub(crate) fn tag_of_source(source: &impl Serialize) -> HeaderValue {
    tag_of(&json(&(env!("CARGO_PKG_VERSION"), source)))
}

/// What the caller knows already: the tags of `If-None-Match`.
#[derive(Debug)]
pub(crate) struct Known(HeaderMap);

impl<S: Send + Sync> FromRequestParts<S> for Known {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let tags = parts.headers.get_all(header::IF_NONE_MATCH).iter();
        Ok(Self(tags.map(|value| (header::IF_NONE_MATCH, value.clone())).collect()))
    }
}

impl Known {
    /// The view, or only that it is what the caller knows.
    pub(crate) fn answer(&self, view: View) -> Response {
        let View { body, tag, freshness } = view;
        self.unchanged(freshness, &tag).unwrap_or_else(|| {
            let json = HeaderValue::from_static("application/json");
            with_tag(([(header::CONTENT_TYPE, json)], Body::from(body)).into_response(), freshness, tag)
        })
    }

    /// The answer to who knows the view with this tag already.
    pub(crate) fn unchanged(&self, freshness: Freshness, tag: &HeaderValue) -> Option<Response> {
        let answer = || with_tag(StatusCode::NOT_MODIFIED.into_response(), freshness, tag.clone());
        self.names(tag).then(answer)
    }

    /// Whether one of the caller's tags is this one. For reading, a weak tag is as good as its strong one (RFC 9110, 13.1.2).
    fn names(&self, tag: &HeaderValue) -> bool {
        let values = self.0.values().filter_map(|value| value.to_str().ok());
        let mut tags = values.flat_map(|value| value.split(',')).map(str::trim);
        tags.any(|known| known == "*" || known.strip_prefix("W/").unwrap_or(known).as_bytes() == tag.as_bytes())
    }
}

fn with_tag(mut response: Response, freshness: Freshness, tag: HeaderValue) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::ETAG, tag);
    headers.insert(header::CACHE_CONTROL, freshness.cache_control());
    if freshness != Freshness::Description {
        headers.insert(header::VARY, HeaderValue::from_static("Authorization"));
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(values: &[&'static str]) -> Known {
        Known(values.iter().map(|value| (header::IF_NONE_MATCH, HeaderValue::from_static(value))).collect())
    }

    #[test]
    fn a_tag_that_is_known_is_answered_without_a_body() {
        let view = View { tag: HeaderValue::from_static("\"a\""), ..View::new(Freshness::Live, &1) };
        for (tags, status) in [
            (&[][..], 200),
            (&["\"b\""], 200),
            (&["a"], 200),
            (&["\"a\""], 304),
            (&["W/\"a\""], 304),
            (&["\"b\" , \"a\""], 304),
            (&["\"b\"", "\"a\""], 304),
            (&["*"], 304),
        ] {
            let response = known(tags).answer(view.clone());
            assert_eq!(response.status(), status, "{tags:?}");
            assert_eq!(response.headers()[header::ETAG], "\"a\"");
            assert_eq!(response.headers()[header::CACHE_CONTROL], "private, max-age=1");
        }
    }

    #[test]
    fn tags_are_of_the_body() {
        let tag = |content: &str| View::new(Freshness::Settled, &content).tag;
        assert_eq!(tag("a"), tag("a"));
        assert_ne!(tag("a"), tag("b"));
    }
}
