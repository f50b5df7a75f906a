mod wanted;

use axum::extract::State;
use tombola_domain::id::{ListName, PlayerId};

use self::wanted::Wanted;
use super::lists::List;
use crate::caller::{Editor, all_campaigns};
use crate::lines::LinesBody;
use crate::observe::to_its_end;
use crate::once::{Once, once};
use crate::params::{Address, Asked, Key, parse};
use crate::problem::{Code, Problem};
use crate::reason;
use crate::router::Shared;

/// Makes a list hold exactly the players of the body, one id a line, or makes the list: up to 10,000,000 lines. They are read
/// as they come, and draws go on meanwhile; draws that begin after the answer see all of them. After an error the list is as
/// it was.
#[utoipa::path(
    put,
    path = "/v1/operator/lists/{list}/members",
    tag = "operator",
    params(("list" = String, Path), ("Idempotency-Key" = String, Header), Wanted),
    request_body(content = String, content_type = "text/plain"),
    responses(
        (status = 200, body = List),
        (status = 413, description = "There are more lines.", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "A line is no id; the problem names it.", body = Problem, content_type = "application/problem+json"),
    ),
    security(("token" = ["editor"])),
)]
pub(crate) async fn handle(
    State(shared): State<Shared>,
    Editor(caller): Editor,
    Address(list): Address<String>,
    Key(key): Key,
    Asked(wanted): Asked<Wanted>,
    LinesBody(lines): LinesBody<PlayerId>,
) -> Result<Once<List>, Problem> {
    let list: ListName = parse(&list)?;
    // A list is seen by every campaign, so that a token for some of them may not change it.
    all_campaigns(&caller)?;
    let intent = caller.intent(key, reason::parse(&wanted.reason, Code::QueryInvalid)?);
    // On a task of its own, so that what was staged is left to the sweep also when the operator hangs up.
    let (app, name) = (std::sync::Arc::clone(&shared.app), list.clone());
    let change = async move { app.replace_list(intent, &list, lines, wanted.allow_empty).await };
    Ok(once(to_its_end("change", change).await?, |state| List::new(&name, state)))
}
