//! Bodies: bounded, read whole, and refused with the place of the mistake.

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::{StatusCode, header};
use serde::de::DeserializeOwned;

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
        let mut deserializer = serde_json::Deserializer::from_slice(&bytes);
        let body: T = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
            let place = error.path().to_string();
            let inner = error.into_inner();
            let code = if inner.is_data() { Code::BodyInvalid } else { Code::BodyMalformed };
            let place = if place == "." { String::new() } else { format!("{place}: ") };
            Problem::new(code, format!("{place}{}", without_values(&inner)))
        })?;
        deserializer.end().map_err(|error| Problem::new(Code::BodyMalformed, error.to_string()))?;
        Ok(Self(body))
    }
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

/// A WebAssembly component.
#[derive(Debug)]
pub(crate) struct WasmBody(pub(crate) Bytes);

impl FromRequest<Shared> for WasmBody {
    type Rejection = Problem;

    async fn from_request(request: Request, shared: &Shared) -> Result<Self, Problem> {
        media_type(&request, &["application/wasm"])?;
        read(request, shared).await.map(Self)
    }
}

/// What the parser says, less what stood in the body: that may be a player or an attribute.
fn without_values(error: &serde_json::Error) -> String {
    let (line, column) = (error.line(), error.column());
    let text = error.to_string();
    let told = match text.split_once(", expected ") {
        Some((_, expected)) => format!("expected {expected}"),
        None if error.is_data() && !text.starts_with("missing field") => {
            format!("something else is expected here at line {line} column {column}")
        }
        None => text,
    };
    // A body of one line needs no line.
    told.replace(" at line 1 column ", " at column ")
}

fn media_type(request: &Request, taken: &[&str]) -> Result<(), Problem> {
    let given = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("");
    let essence = given.split(';').next().unwrap_or("").trim();
    if taken.iter().any(|taken| essence.eq_ignore_ascii_case(taken)) {
        return Ok(());
    }
    Err(Problem::new(Code::MediaType, format!("send `Content-Type: {}`", taken[0])))
}

async fn read(request: Request, shared: &Shared) -> Result<Bytes, Problem> {
    Bytes::from_request(request, shared).await.map_err(|error| match error.status() {
        StatusCode::PAYLOAD_TOO_LARGE => Problem::new(Code::BodyTooLarge, "the body is larger than this call takes"),
        _ => Problem::new(Code::BodyMalformed, error.body_text()),
    })
}
