mod wanted;

use axum::extract::State;
use serde::Serialize;
use tombola_app::model::{self, NewCode};
use tombola_domain::code::{CODE_BYTES_MAX, ParseCodeError};
use tombola_domain::id::CodePoolName;
use tombola_domain::time::Timestamp;
use utoipa::ToSchema;

use self::wanted::Wanted;
use super::code_pools::CodePool;
use crate::caller::{Editor, all_campaigns};
use crate::lines::{Line, LinesBody};
use crate::observe::to_its_end;
use crate::once::{Once, once};
use crate::params::{Address, Asked, Key, parse};
use crate::problem::{Code, Problem};
use crate::reason;
use crate::router::Shared;

/// The longest moment, with nine digits of a second and an offset, is shorter.
const MOMENT_BYTES_MAX: usize = 40;

impl Line for NewCode {
    const MEDIA_TYPE: &'static str = "text/csv";
    const BYTES_MAX: usize = CODE_BYTES_MAX + 1 + MOMENT_BYTES_MAX;

    fn read(line: &str) -> Result<Self, String> {
        let (code, expires_at) = line.split_once(',').unwrap_or((line, ""));
        let code = code.parse().map_err(|error: ParseCodeError| error.to_string())?;
        Ok(Self { code, expires_at: moment(expires_at.trim())? })
    }
}

/// What can't be read is not repeated: the line is no problem's business.
fn moment(text: &str) -> Result<Option<Timestamp>, String> {
    let wrong = |_| "an expiry is a moment like 2027-01-01T00:00:00Z".to_owned();
    if text.is_empty() { Ok(None) } else { text.parse().map(Some).map_err(wrong) }
}

/// What became of the codes.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Loaded {
    /// Codes that the pool did not have before.
    loaded: u64,
    /// Codes that it had, or that stood further up in the same body: they are as they were.
    skipped: u64,
    /// The pool with them.
    pool: CodePool,
}

/// Loads codes into a pool: lines of a code, or of a code, a comma and the moment when it expires (RFC 3339), up to 10,000,000,
/// without a heading. They are read as they come, and draws go on meanwhile; draws that begin after the answer can win all of
/// them. A line that can't be read refuses all of them; after an error the pool is as it was.
#[utoipa::path(
    post,
    path = "/v1/operator/code-pools/{pool}/codes",
    tag = "operator",
    params(("pool" = String, Path), ("Idempotency-Key" = String, Header), Wanted),
    request_body(content = String, content_type = "text/csv"),
    responses(
        (status = 200, body = Loaded),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "As many loads of the pool have free codes as there can be.", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "There are more lines.", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "A line can't be read; the problem names it.", body = Problem, content_type = "application/problem+json"),
    ),
    security(("token" = ["editor"])),
)]
pub(crate) async fn handle(
    State(shared): State<Shared>,
    Editor(caller): Editor,
    Address(pool): Address<String>,
    Key(key): Key,
    Asked(wanted): Asked<Wanted>,
    LinesBody(lines): LinesBody<NewCode>,
) -> Result<Once<Loaded>, Problem> {
    let pool: CodePoolName = parse(&pool)?;
    all_campaigns(&caller)?;
    let intent = caller.intent(key, reason::parse(&wanted.reason, Code::QueryInvalid)?);
    let expires_at = moment(wanted.expires_at.as_deref().unwrap_or_default())
        .map_err(|error| Problem::new(Code::QueryInvalid, format!("expires_at: {error}")))?;
    let app = std::sync::Arc::clone(&shared.app);
    // On a task of its own, so that what was staged is left to the sweep also when the operator hangs up.
    let work = async move { app.load_codes(intent, &pool, expires_at, lines).await };
    let view = |load: model::Loaded| Loaded { loaded: load.loaded, skipped: load.skipped, pool: load.level.into() };
    Ok(once(to_its_end("load", work).await?, view))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_a_code_and_perhaps_a_moment() {
        let read = |line: &str| {
            let new = NewCode::read(line)?;
            let expires_at = new.expires_at.map_or_else(|| "never".to_owned(), |moment| moment.to_string());
            Ok::<_, String>(format!("{} {expires_at}", new.code.reveal()))
        };
        assert_eq!(read("Q-1").unwrap(), "Q-1 never");
        assert_eq!(read("Q-1,").unwrap(), "Q-1 never");
        assert_eq!(read("Q 1, 2027-01-01T08:00:00+08:00").unwrap(), "Q 1 2027-01-01T00:00:00.000Z");
        for bad in ["", ",", " Q", "\"Q\"", "Q,tomorrow", "Q,2027-01-01", "Q,Q,2027-01-01T00:00:00Z", "code,expires_at"]
        {
            let refused = read(bad).unwrap_err();
            assert!(!refused.contains('Q') && !refused.contains("tomorrow"), "{bad}: {refused}");
        }
    }
}
