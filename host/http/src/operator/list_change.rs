use std::collections::HashSet;
use std::sync::Arc;

use axum::extract::State;
use serde::Deserialize;
use tombola_app::model::ListEdit;
use tombola_domain::id::{IdError, ListName, PlayerId};
use utoipa::ToSchema;

use super::lists::List;
use crate::body::JsonBody;
use crate::caller::{Editor, all_campaigns};
use crate::observe::to_its_end;
use crate::once::{Once, once};
use crate::params::{Address, Key, parse};
use crate::problem::{Code, Problem};
use crate::reason;
use crate::router::Shared;

/// Either `replace`, or `add` and `remove`.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = ListEdit)]
#[serde(deny_unknown_fields)]
pub(crate) struct Body {
    /// Players to add. Who stands there already stays.
    #[serde(default)]
    add: Vec<String>,
    /// Players to remove, none of whom is added. Who does not stand there is no error.
    #[serde(default)]
    remove: Vec<String>,
    /// The list is to hold exactly these.
    replace: Option<Vec<String>>,
    /// Must be true where the list may be empty afterwards.
    #[serde(default)]
    allow_empty: bool,
    /// Why, for the record: one line of up to 500 bytes.
    #[serde(default)]
    reason: String,
}

/// Changes a list; one that is not there comes into being. Draws that begin after the answer see it.
#[utoipa::path(
    put,
    path = "/v1/operator/lists/{list}",
    tag = "operator",
    params(("list" = String, Path), ("Idempotency-Key" = String, Header)),
    request_body = Body,
    responses(
        (status = 200, body = List),
        (status = 422, body = Problem, content_type = "application/problem+json"),
    ),
    security(("token" = ["editor"])),
)]
pub(crate) async fn handle(
    State(shared): State<Shared>,
    Editor(caller): Editor,
    Address(list): Address<String>,
    Key(key): Key,
    JsonBody(body): JsonBody<Body>,
) -> Result<Once<List>, Problem> {
    let list: ListName = parse(&list)?;
    // A list is seen by every campaign, so that a token for some of them may not change it.
    all_campaigns(&caller)?;
    let intent = caller.intent(key, reason::of_body(&body.reason)?);
    let Body { add, remove, replace, allow_empty, .. } = body;
    let done = match replace {
        None => {
            let edit = ListEdit { add: players(add, "add")?, remove: players(remove, "remove")? };
            at_odds(&edit)?;
            shared.app.edit_list(intent, &list, &edit, allow_empty).await?
        }
        Some(replace) if add.is_empty() && remove.is_empty() => {
            let members = Some(players(replace, "replace")?);
            // On a task of its own, so that what was staged is left to the sweep also when the operator hangs up.
            let (app, name) = (Arc::clone(&shared.app), list.clone());
            let change = async move { app.replace_list(intent, &name, members, allow_empty).await };
            to_its_end("change", change).await?
        }
        Some(_) => return Err(Problem::new(Code::BodyInvalid, "replace stands alone, without add and remove")),
    };
    Ok(once(done, |state| List::new(&list, state)))
}

/// Refuses a wish of which nobody knows what it means.
fn at_odds(edit: &ListEdit) -> Result<(), Problem> {
    let added: HashSet<&PlayerId> = edit.add.iter().collect();
    match edit.remove.iter().position(|player| added.contains(player)) {
        None => Ok(()),
        Some(position) => {
            let detail = format!("remove[{position}]: this player stands in `add` as well; send one of the two");
            Err(Problem::new(Code::BodyInvalid, detail))
        }
    }
}

fn players(players: Vec<String>, field: &str) -> Result<Vec<PlayerId>, Problem> {
    let player = |(position, player): (usize, String)| {
        let invalid = |error: IdError| Problem::new(Code::BodyInvalid, format!("{field}[{position}]: {error}"));
        player.parse().map_err(invalid)
    };
    players.into_iter().enumerate().map(player).collect()
}
