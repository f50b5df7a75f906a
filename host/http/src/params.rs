//! What stands in addresses, queries and headers.

use std::str::FromStr;

use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{FromRequestParts, Path, Query};
use axum::http::header::IF_MATCH;
use axum::http::request::Parts;
use serde::de::DeserializeOwned;
use tombola_domain::id::IdempotencyKey;

use crate::complaint;
use crate::problem::{Code, Problem};
use crate::router::Shared;

/// The parts of an address, as texts.
#[derive(Debug)]
pub(crate) struct Address<T>(pub(crate) T);

impl<T: DeserializeOwned + Send> FromRequestParts<Shared> for Address<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, shared: &Shared) -> Result<Self, Problem> {
        let path = Path::<T>::from_request_parts(parts, shared).await;
        let invalid = |error: PathRejection| Problem::new(Code::PathInvalid, complaint::of_address(&error.body_text()));
        path.map(|Path(inner)| Self(inner)).map_err(invalid)
    }
}

/// An id or name of the address.
pub(crate) fn parse<T: FromStr<Err: std::fmt::Display>>(text: &str) -> Result<T, Problem> {
    text.parse().map_err(|error: T::Err| Problem::new(Code::PathInvalid, error.to_string()))
}

/// A number of the address, by which what is named there is counted.
pub(crate) fn number(what: &str, text: &str) -> Result<u64, Problem> {
    let invalid = |_| Problem::new(Code::PathInvalid, format!("{what} is a whole number, not below 0"));
    text.parse().map_err(invalid)
}

/// The query.
#[derive(Debug)]
pub(crate) struct Asked<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequestParts<Shared> for Asked<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, shared: &Shared) -> Result<Self, Problem> {
        let query = Query::<T>::from_request_parts(parts, shared).await;
        let invalid = |error: QueryRejection| Problem::new(Code::QueryInvalid, complaint::of_query(&error.body_text()));
        query.map(|Query(inner)| Self(inner)).map_err(invalid)
    }
}

/// A part of the query, if it was given.
pub(crate) fn asked<T: FromStr<Err: std::fmt::Display>>(name: &str, text: Option<&str>) -> Result<Option<T>, Problem> {
    let invalid = |error: T::Err| Problem::new(Code::QueryInvalid, format!("{name}: {error}"));
    text.map(|text| text.parse().map_err(invalid)).transpose()
}

/// How many members of a list are wanted: 1 to `most`, or so many where nothing is said.
pub(crate) fn limit(text: Option<&str>, unsaid: u32, most: u32) -> Result<u32, Problem> {
    let Some(text) = text else { return Ok(unsaid) };
    let limit = text.parse().ok().filter(|limit| (1..=most).contains(limit));
    limit.ok_or_else(|| Problem::new(Code::QueryInvalid, format!("limit: a whole number from 1 to {most} is expected")))
}

/// The `Idempotency-Key` header.
#[derive(Debug)]
pub(crate) struct Key(pub(crate) IdempotencyKey);

impl FromRequestParts<Shared> for Key {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &Shared) -> Result<Self, Problem> {
        let header = parts.headers.get("idempotency-key").ok_or_else(|| {
            let detail =
                "send an `Idempotency-Key` header: the same one when this request is repeated, and a new one otherwise";
            Problem::new(Code::KeyMissing, detail)
        })?;
        let invalid = |detail: String| Problem::new(Code::KeyInvalid, detail);
        if parts.headers.get_all("idempotency-key").iter().count() > 1 {
            return Err(invalid("send one idempotency key".to_owned()));
        }
        let text = header.to_str().map_err(|_| invalid("an idempotency key is printable ASCII".to_owned()))?;
        text.parse().map(Self).map_err(|error: tombola_domain::id::IdError| invalid(error.to_string()))
    }
}

/// The `If-Match` header: the number of the revision that a change starts from, as an entity tag; 0 is none.
#[derive(Debug)]
pub(crate) struct StartsFrom(pub(crate) Option<u64>);

impl FromRequestParts<Shared> for StartsFrom {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &Shared) -> Result<Self, Problem> {
        let Some(header) = parts.headers.get(IF_MATCH) else { return Ok(Self(None)) };
        let number = header.to_str().ok().and_then(|text| text.trim().trim_matches('"').parse().ok());
        let invalid = || Problem::new(Code::PreconditionInvalid, "If-Match names a revision, such as `\"3\"`");
        number.map(|number| Self(Some(number))).ok_or_else(invalid)
    }
}
