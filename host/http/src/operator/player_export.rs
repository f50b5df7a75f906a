use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use tombola_app::model::ExportCursor;
use tombola_domain::id::PlayerId;

use crate::caller::{Publisher, all_campaigns};
use crate::params::{Address, Asked, parse};
use crate::problem::Problem;
use crate::reason::ReasonQuery;
use crate::router::Shared;

/// All that is kept of a player: lines of JSON, each with its `kind` (`participation`, `draw`, `award`, `event`, `event_count`, `order`,
/// `hold`, `balance`, `transfer`, `chances`, `wins`, `refusal`, `list`, `difference`), and at last one of the kind `end`, without which it broke
/// off. It is recorded who asked. Times are RFC 3339, UTC.
#[utoipa::path(
    get,
    path = "/v1/operator/players/{player}/export",
    tag = "operator",
    params(("player" = String, Path), ReasonQuery),
    responses((status = 200, body = String, content_type = "application/x-ndjson")),
    security(("token" = ["publisher"])),
)]
pub(crate) async fn handle(
    State(shared): State<Shared>,
    Publisher(caller): Publisher,
    Address(player): Address<String>,
    Asked(reason): Asked<ReasonQuery>,
) -> Result<Response, Problem> {
    let player: PlayerId = parse(&player)?;
    all_campaigns(&caller)?;
    let intent = caller.unkeyed_intent(reason.read()?);
    shared.app.record_export(&intent, &player).await?;
    let app = std::sync::Arc::clone(&shared.app);
    // One page at a time is in memory, and the next is read once it was taken.
    let lines = stream::try_unfold(Some(ExportCursor::default()), move |at| {
        let (app, player) = (std::sync::Arc::clone(&app), player.clone());
        async move {
            let Some(at) = at else { return Ok::<_, tombola_app::Error>(None) };
            let page = app.export(&player, &at).await?;
            let end = if page.next.is_none() { "{\"kind\":\"end\"}\n" } else { "" };
            let text: String = page.lines.iter().flat_map(|line| [line.as_str(), "\n"]).chain([end]).collect();
            Ok(Some((Bytes::from(text), page.next)))
        }
    });
    let kind = HeaderValue::from_static("application/x-ndjson");
    Ok(([(header::CONTENT_TYPE, kind)], Body::from_stream(lines)).into_response())
}
