//! Bodies: bounded, read whole, and refused with the place of the mistake.

mod distinct;

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::{FromRequest, Request};
use axum::http::{StatusCode, header};
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::sync::OwnedSemaphorePermit;
use tombola_app::Error;

use self::distinct::Distinct;
use crate::complaint;
use crate::limits::BodyBytesMax;
use crate::problem::{Code, Problem};
use crate::router::Shared;

/// A JSON body.
#[derive(Debug)]
pub(crate) struct JsonBody<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequest<Shared> for JsonBody<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, shared: &Shared) -> Result<Self, Problem> {
        media_type(&request, &["application/json"])?;
        let bytes = read(request, shared).await?;
        if has_nul(&bytes) {
            return Err(Problem::new(Code::BodyMalformed, "the body has a text with the character U+0000, `\\u0000`"));
        }
        if bytes.iter().all(u8::is_ascii_whitespace) {
            return Err(Problem::new(Code::BodyMalformed, "the body is empty; send a JSON object"));
        }
        // Whoever reads a map takes the last of two members, and others the first.
        let Distinct = parsed(&bytes)?;
        parsed(&bytes).map(Self)
    }
}

/// What these bytes are the JSON of, and nothing else.
fn parsed<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| unread(&error))?;
    deserializer.end().map_err(|error| Problem::new(Code::BodyMalformed, format!("behind the JSON: {error}")))?;
    Ok(value)
}

/// A part of a body that is answered by itself. The place of a mistake is told within it.
pub(crate) fn part<T: DeserializeOwned>(part: Value) -> Result<T, Problem> {
    serde_path_to_error::deserialize(part).map_err(|error| unread(&error))
}

fn unread(error: &serde_path_to_error::Error<serde_json::Error>) -> Problem {
    let code = if error.inner().is_data() { Code::BodyInvalid } else { Code::BodyMalformed };
    Problem::new(code, complaint::of_body(error))
}

/// A campaign document: YAML or JSON.
#[derive(Debug)]
pub(crate) struct DocumentBody(pub(crate) String);

impl FromRequest<Shared> for DocumentBody {
    type Rejection = Problem;

    async fn from_request(request: Request, shared: &Shared) -> Result<Self, Problem> {
        media_type(&request, &["application/yaml", "application/json", "application/x-yaml", "text/yaml"])?;
        let bytes = read(request, shared).await?;
        let text = String::from_utf8(bytes.into());
        text.map(Self).map_err(|error| Problem::new(Code::BodyMalformed, format!("the document is no UTF-8: {error}")))
    }
}

/// A WebAssembly component, and the right to hold one in memory.
#[derive(Debug)]
pub(crate) struct WasmBody(pub(crate) Bytes, pub(crate) OwnedSemaphorePermit);

impl FromRequest<Shared> for WasmBody {
    type Rejection = Problem;

    async fn from_request(request: Request, shared: &Shared) -> Result<Self, Problem> {
        media_type(&request, &["application/wasm"])?;
        let permit = Arc::clone(&shared.uploads).try_acquire_owned().map_err(|_| Error::Busy)?;
        Ok(Self(read(request, shared).await?, permit))
    }
}

/// Whether JSON has a text with the character U+0000, which is always escaped there. Not every database keeps it.
fn has_nul(json: &[u8]) -> bool {
    let is_escaped = |at: usize| json[..at].iter().rev().take_while(|byte| **byte == b'\\').count() % 2 == 1;
    json.windows(6).enumerate().any(|(at, six)| six == br"\u0000" && !is_escaped(at))
}

pub(crate) fn media_type(request: &Request, taken: &[&str]) -> Result<(), Problem> {
    let given = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("");
    let essence = given.split(';').next().unwrap_or("").trim();
    if taken.iter().any(|taken| essence.eq_ignore_ascii_case(taken)) {
        return Ok(());
    }
    Err(Problem::new(Code::MediaType, format!("send `Content-Type: {}`", taken[0])))
}

/// Bytes of a refused body that are let go by, so that a client that sends before it listens still hears why.
const LINGER_BYTES_MAX: usize = 32 << 20;
/// And for how long.
const LINGER: Duration = Duration::from_secs(5);

/// Lets a body go by, unread, while its refusal is sent. To hang up at once would reset the connection under the answer.
pub(crate) async fn linger(mut body: Body) {
    let passing = async {
        let mut left = LINGER_BYTES_MAX;
        while let Some(Ok(frame)) = poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await {
            let length = frame.data_ref().map_or(0, Bytes::len);
            match left.checked_sub(length) {
                Some(rest) => left = rest,
                None => break,
            }
        }
    };
    // Whoever is slower, or sends more, is hung up on.
    let _ = tokio::time::timeout(LINGER, passing).await;
}

/// Reads a body whole. One that says to be too long is refused before a byte of it is read, one that turns out to be as soon
/// as it does.
async fn read(request: Request, shared: &Shared) -> Result<Bytes, Problem> {
    let bytes_max = request.extensions().get::<BodyBytesMax>().expect("every route has its bound").0;
    let too_large = || Problem::new(Code::BodyTooLarge, "the body is larger than this call takes");
    if request.body().size_hint().lower() > bytes_max as u64 {
        tokio::spawn(linger(request.into_body()));
        return Err(too_large());
    }
    Bytes::from_request(request, shared).await.map_err(|error| match error.status() {
        StatusCode::PAYLOAD_TOO_LARGE => too_large(),
        _ => Problem::new(Code::BodyMalformed, error.body_text()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_character_u_0000_is_found_and_nothing_like_it() {
        assert!(has_nul(br#"{"reason": "a\u0000b"}"#));
        assert!(has_nul(br#"["\\\u0000"]"#));
        assert!(!has_nul(br#"["\\u0000", "u0000", "\u0001"]"#));
        assert!(!has_nul(b""));
    }
}
