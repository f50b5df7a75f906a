//! Problem details (RFC 9457): every answer that is not the wished one.

use std::num::NonZeroU32;
use std::time::Instant;

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use tombola_app::Error;
use tombola_app::admission::NotAdmitted;
use tombola_app::chances::NotGranted;
use tombola_app::events::{NotReversed, NotTaken};
use tombola_app::feed::NotTold;
use tombola_app::holds::NotHeld;
use tombola_app::model::AdmitError;
use tombola_domain::causes::Causes;
use utoipa::ToSchema;

use crate::observe::request_id;
use crate::throttle::Throttle;
use crate::wire::difference::Difference;
use crate::wire::finding::Finding;

/// What went wrong, for programs (`code`, `retryable`) and for people (`detail`).
#[derive(Debug, Serialize, ToSchema)]
pub struct Problem {
    /// A name for this kind of problem, ending in its code.
    #[serde(rename = "type")]
    #[schema(value_type = String)]
    kind: Kind,
    /// The HTTP status in words.
    title: &'static str,
    /// The HTTP status.
    #[serde(serialize_with = "as_number")]
    #[schema(value_type = u16)]
    pub(crate) status: StatusCode,
    /// What happened, and what to do about it.
    detail: Box<str>,
    /// Stable; one page in `host/docs/errors/` each.
    code: &'static str,
    /// Whether the same request may succeed later, unchanged.
    retryable: bool,
    /// In how many seconds that is worth a try.
    #[serde(skip)]
    retry_after_s: u64,
    /// Stands in the host's log beside whatever it knows.
    request_id: Box<str>,
    /// What is wrong with a document.
    #[serde(skip_serializing_if = "<[Finding]>::is_empty")]
    #[schema(value_type = Vec<Finding>)]
    findings: Box<[Finding]>,
    /// Which of several draws could not be made, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<u32>)]
    draw_number: Option<NonZeroU32>,
    /// Where another revision was expected.
    #[serde(flatten)]
    #[schema(value_type = Unexpected)]
    unexpected: Option<Box<Unexpected>>,
}

/// The live revision, where another was expected.
#[derive(Debug, Serialize, ToSchema)]
struct Unexpected {
    /// Its number; 0 is none.
    #[schema(required = false)]
    live_revision: u64,
    /// What changed between the expected revision and this one; the first 100 places.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    difference: Vec<Difference>,
}

/// Writes itself as `urn:tombola:problem:<code>`.
#[derive(Debug)]
struct Kind(&'static str);

impl Serialize for Kind {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("urn:tombola:problem:{}", self.0))
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
fn as_number<S: serde::Serializer>(status: &StatusCode, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u16(status.as_u16())
}

/// Problems that are HTTP's own, with their codes and statuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Code {
    /// No token, or none that is known.
    Unauthenticated,
    /// The token's role or campaigns do not allow it.
    Forbidden,
    /// No `Idempotency-Key` header where one is needed.
    KeyMissing,
    /// The `Idempotency-Key` is no key.
    KeyInvalid,
    /// The `If-Match` header names no revision.
    PreconditionInvalid,
    /// An id or name in the address follows no grammar.
    PathInvalid,
    /// The query can't be read.
    QueryInvalid,
    /// The body is no JSON, or no UTF-8.
    BodyMalformed,
    /// The body is JSON of another shape.
    BodyInvalid,
    /// The body is too large.
    BodyTooLarge,
    /// The body is of a media type that is not taken here.
    MediaType,
    /// There is nothing at this address.
    NotFound,
    /// There is something else at this address.
    MethodNotAllowed,
    /// The host failed; it is a mistake of the host's.
    Internal,
}

impl Code {
    /// Every code.
    pub const ALL: &'static [Self] = &[
        Self::Unauthenticated,
        Self::Forbidden,
        Self::KeyMissing,
        Self::KeyInvalid,
        Self::PreconditionInvalid,
        Self::PathInvalid,
        Self::QueryInvalid,
        Self::BodyMalformed,
        Self::BodyInvalid,
        Self::BodyTooLarge,
        Self::MediaType,
        Self::NotFound,
        Self::MethodNotAllowed,
        Self::Internal,
    ];

    /// As it stands in answers.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unauthenticated => "unauthenticated",
            Self::Forbidden => "forbidden",
            Self::KeyMissing => "idempotency-key-missing",
            Self::KeyInvalid => "idempotency-key-invalid",
            Self::PreconditionInvalid => "precondition-invalid",
            Self::PathInvalid => "path-invalid",
            Self::QueryInvalid => "query-invalid",
            Self::BodyMalformed => "body-malformed",
            Self::BodyInvalid => "body-invalid",
            Self::BodyTooLarge => "body-too-large",
            Self::MediaType => "media-type-unsupported",
            Self::NotFound => "not-found",
            Self::MethodNotAllowed => "method-not-allowed",
            Self::Internal => "internal",
        }
    }

    const fn status(self) -> StatusCode {
        match self {
            Self::Unauthenticated => StatusCode::UNAUTHORIZED,
            Self::Forbidden => StatusCode::FORBIDDEN,
            Self::KeyMissing
            | Self::KeyInvalid
            | Self::PreconditionInvalid
            | Self::PathInvalid
            | Self::QueryInvalid
            | Self::BodyMalformed => StatusCode::BAD_REQUEST,
            Self::BodyInvalid => StatusCode::UNPROCESSABLE_ENTITY,
            Self::BodyTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::MediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

impl Problem {
    /// A problem of HTTP's own.
    pub fn new(code: Code, detail: impl Into<String>) -> Self {
        Self::with(code.status(), code.as_str(), detail.into(), false)
    }

    fn with(status: StatusCode, code: &'static str, detail: String, retryable: bool) -> Self {
        Self {
            kind: Kind(code),
            title: status.canonical_reason().unwrap_or("Problem"),
            status,
            detail: detail.into(),
            code,
            retryable,
            retry_after_s: 1,
            request_id: request_id().into(),
            findings: Box::default(),
            draw_number: None,
            unexpected: None,
        }
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        // What an operator wants refused is no failure, and is counted.
        if status(&error).is_server_error() && !matches!(error, Error::NotAdmitted(_)) {
            log(&error);
        }
        Self::unlogged(error)
    }
}

/// A host that is short of something fails many requests a second, all for one reason. That requests meet is no failure of the host's.
fn log(error: &Error) {
    static LINES: Throttle = Throttle::new();
    let code = error.code();
    let Some(left_out) = LINES.pass(code, Instant::now()) else { return };
    let causes = Causes(error);
    match error {
        Error::Busy | Error::Contended => {
            tracing::warn!(code, left_out, error = %causes, "a request is to be repeated");
        }
        _ => tracing::error!(code, left_out, error = %causes, "a request failed"),
    }
}

impl Problem {
    /// For who is told otherwise.
    pub(crate) fn unlogged(error: Error) -> Self {
        let problem = Self::with(status(&error), error.code(), error.to_string(), error.is_retryable());
        match error {
            Error::Findings(findings) => {
                Self { findings: findings.into_iter().map(Finding::from).collect(), ..problem }
            }
            Error::NotAdmitted(error) => Self { retry_after_s: error.retry_after_s(), ..problem },
            Error::Exhausted { place, .. } => {
                Self { draw_number: place.and_then(|place| NonZeroU32::new(place.draw)), ..problem }
            }
            Error::NotExpected { live, difference } => {
                let difference = difference.into_iter().map(Difference::from).collect();
                Self { unexpected: Some(Box::new(Unexpected { live_revision: live, difference })), ..problem }
            }
            _ => problem,
        }
    }
}

/// Of a module's errors, the last arm of them is what the arms above it leave.
fn status(error: &Error) -> StatusCode {
    match error {
        Error::CampaignUnknown(_)
        | Error::RevisionUnknown(_)
        | Error::ModuleUnknown(_)
        | Error::DrawUnknown
        | Error::StockUnknown(_)
        | Error::ListUnknown(_)
        | Error::DestinationUnknown(_)
        | Error::CodePoolUnknown(_)
        | Error::AwardUnknown
        | Error::UnitUnknown { .. }
        | Error::SkuUnknown(_)
        | Error::OrderUnknown
        | Error::AdjustmentUnknown
        | Error::RebateUnknown
        | Error::TokenUnknown => StatusCode::NOT_FOUND,
        Error::ReceiptExpired => StatusCode::GONE,
        Error::NotOpen(_)
        | Error::Closed(_)
        | Error::Paused(_)
        | Error::Exhausted { .. }
        | Error::VersionTaken(_)
        | Error::NameTaken(_)
        | Error::StockBounds { .. }
        | Error::EpochNotCurrent
        | Error::AwardRefused { .. }
        | Error::SkuSoldOut { .. }
        | Error::BalanceShort { .. }
        | Error::BudgetShort { .. }
        | Error::Full(_)
        | Error::TokenTaken => StatusCode::CONFLICT,
        Error::NotAdmitted(NotAdmitted::Limited(_)) => StatusCode::TOO_MANY_REQUESTS,
        Error::NotExpected { .. } => StatusCode::PRECONDITION_FAILED,
        Error::Module(AdmitError::TooLarge { .. }) | Error::ListTooLong | Error::TooManyCodes | Error::TooManyMoves => {
            StatusCode::PAYLOAD_TOO_LARGE
        }
        Error::Store(error) if error.is_damage() => StatusCode::INTERNAL_SERVER_ERROR,
        Error::Module(AdmitError::Unavailable(_))
        | Error::CampaignNotReady(_)
        | Error::Busy
        | Error::NotAdmitted(NotAdmitted::ReadsOnly)
        | Error::Contended
        | Error::TimedOut
        | Error::RuleUnavailable(_)
        | Error::Sealed(_)
        | Error::DestinationSealed(_)
        | Error::Store(_) => StatusCode::SERVICE_UNAVAILABLE,
        Error::Module(_)
        | Error::Attribute { .. }
        | Error::BundleTooLarge(_)
        | Error::KeyReused
        | Error::ReasonMissing
        | Error::Findings(_)
        | Error::ListEmptied
        | Error::DestinationRefused { .. }
        | Error::DestinationWithoutSecret
        | Error::TooManyWays(_)
        | Error::TooMuchFuel(_)
        | Error::Fact(_)
        | Error::PrizeUnknown(_)
        | Error::TicketTooHigh { .. }
        | Error::NeverDrawn(_) => StatusCode::UNPROCESSABLE_ENTITY,
        Error::NotGranted(error) => not_granted(error),
        Error::Event(error) => not_taken(error),
        Error::NotReversed(error) => not_reversed(error),
        Error::Hold(error) => not_held(error),
        Error::Feed(error) => not_told(error),
    }
}

const fn not_held(error: &NotHeld) -> StatusCode {
    match error {
        NotHeld::Unknown => StatusCode::NOT_FOUND,
        NotHeld::Full | NotHeld::Refused(_) => StatusCode::CONFLICT,
    }
}

const fn not_told(error: &NotTold) -> StatusCode {
    match error {
        NotTold::Ahead(_) => StatusCode::CONFLICT,
        NotTold::Damaged { .. } => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

const fn not_granted(error: &NotGranted) -> StatusCode {
    match error {
        NotGranted::Unknown => StatusCode::NOT_FOUND,
        NotGranted::Lapsed(_) => StatusCode::UNPROCESSABLE_ENTITY,
    }
}

const fn not_taken(error: &NotTaken) -> StatusCode {
    match error {
        NotTaken::Unknown => StatusCode::NOT_FOUND,
        NotTaken::Reused | NotTaken::Ahead(_) | NotTaken::Late(_) => StatusCode::UNPROCESSABLE_ENTITY,
    }
}

const fn not_reversed(error: &NotReversed) -> StatusCode {
    match error {
        NotReversed::Unknown => StatusCode::NOT_FOUND,
        NotReversed::Exceeds { .. } | NotReversed::Early(_) => StatusCode::CONFLICT,
        NotReversed::IsReversal | NotReversed::Mismatched(_) => StatusCode::UNPROCESSABLE_ENTITY,
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = self.status;
        let retry_after_s = self.retryable.then_some(self.retry_after_s);
        let mut response = (status, Json(self)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if let Some(seconds) = retry_after_s {
            headers.insert(header::RETRY_AFTER, seconds.into());
        }
        response
    }
}
