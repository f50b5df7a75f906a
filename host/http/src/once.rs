//! Answers to what is done once under a key: whoever repeats it is told so.

use std::convert::Infallible;

use axum::Json;
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponseParts, ResponseParts};
use tombola_app::model::Done;

/// As the API's description names it.
pub(crate) const HEADER: &str = "Idempotency-Replayed";

/// Says whether an earlier request did what the answer tells, and this one nothing.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Replayed(pub(crate) bool);

impl IntoResponseParts for Replayed {
    type Error = Infallible;

    fn into_response_parts(self, mut response: ResponseParts) -> Result<ResponseParts, Infallible> {
        if self.0 {
            let name = HeaderName::from_static("idempotency-replayed");
            response.headers_mut().insert(name, HeaderValue::from_static("true"));
        }
        Ok(response)
    }
}

/// What was changed.
pub(crate) type Once<T> = (Replayed, Json<T>);

/// What was made: with another status than what an earlier request had made.
pub(crate) type Created<T> = (StatusCode, Replayed, Json<T>);

pub(crate) fn once<R, T>(done: Done<R>, view: impl FnOnce(R) -> T) -> Once<T> {
    (Replayed(done.replayed), Json(view(done.result)))
}

pub(crate) fn created<T>(replayed: bool, body: T) -> Created<T> {
    let status = if replayed { StatusCode::OK } else { StatusCode::CREATED };
    (status, Replayed(replayed), Json(body))
}
