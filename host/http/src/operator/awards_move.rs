use axum::extract::State;
use serde::Serialize;
use tombola_app::Error;
use tombola_app::awards::BATCH_MAX;
use tombola_app::model::{Done, Move, Moved};
use tombola_domain::award;
use tombola_domain::id::{ID_BYTES_MAX, IdError};
use utoipa::ToSchema;

use crate::caller::Editor;
use crate::lines::{Line, LinesBody};
use crate::observe::to_its_end;
use crate::once::{Once, once};
use crate::params::{Asked, Key};
use crate::problem::Problem;
use crate::reason::ReasonQuery;
use crate::router::Shared;

/// The longest word of a state is shorter.
const STATE_BYTES_MAX: usize = 16;

impl Line for Move {
    const MEDIA_TYPE: &'static str = "text/csv";
    const BYTES_MAX: usize = ID_BYTES_MAX + 1 + STATE_BYTES_MAX;

    fn read(line: &str) -> Result<Self, String> {
        let (award, to) = line.split_once(',').ok_or("an award's id, a comma and a state are expected")?;
        Ok(Self {
            award: award.trim().parse().map_err(|error: IdError| error.to_string())?,
            to: to.trim().parse().map_err(|error: award::ParseStateError| error.to_string())?,
        })
    }
}

/// What became of every line.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AwardMoveAnswers)]
pub(crate) struct Answers {
    /// Awards that were moved.
    moved: u64,
    /// In the order of the body.
    items: Vec<Answer>,
}

/// What became of one line.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AwardMoveAnswer)]
pub(crate) struct Answer {
    award: String,
    /// As it was asked for.
    state: String,
    /// `moved`, `unchanged`, `refused` (from where it is it can't be moved there) or `unknown`.
    result: &'static str,
    /// Where it was before, where it was moved, and where it is, where that was refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<String>,
}

impl Answer {
    fn new(wish: &Move, moved: Moved) -> Self {
        let (result, from) = match moved {
            Moved::From(state) => ("moved", Some(state)),
            Moved::Unchanged => ("unchanged", None),
            Moved::Refused(state) => ("refused", Some(state)),
            Moved::Unknown => ("unknown", None),
        };
        let (award, state) = (wish.award.to_string(), wish.to.to_string());
        Self { award, state, result, from: from.map(|state| state.to_string()) }
    }
}

/// Says of many awards how far each is: lines of an award's id, a comma and a state, up to 10,000. A line that can't be read
/// refuses all of them; any other is answered by itself, and moves nothing else. Where one is `voided`, a reason is needed. Where it fails half-way, repeating it does
/// the rest.
#[utoipa::path(
    post,
    path = "/v1/operator/awards",
    tag = "operator",
    params(("Idempotency-Key" = String, Header), ReasonQuery),
    request_body(content = String, content_type = "text/csv"),
    responses(
        (status = 200, body = Answers),
        (status = 413, description = "There are more lines.", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "A line can't be read; the problem names it.", body = Problem, content_type = "application/problem+json"),
    ),
    security(("token" = ["editor"])),
)]
pub(crate) async fn handle(
    State(shared): State<Shared>,
    Editor(caller): Editor,
    Key(key): Key,
    Asked(reason): Asked<ReasonQuery>,
    LinesBody(lines): LinesBody<Move>,
) -> Result<Once<Answers>, Problem> {
    let campaigns = caller.campaigns.clone();
    let intent = caller.intent(key, reason.read()?);
    let wishes = lines.all(BATCH_MAX, Error::TooManyMoves).await?;
    let app = std::sync::Arc::clone(&shared.app);
    // On a task of its own, so that no piece is left out because the operator hangs up.
    let work = async move {
        let Done { result, replayed } = app.move_awards(&intent, &campaigns, &wishes).await?;
        let items: Vec<_> = wishes.iter().zip(result).map(|(wish, moved)| Answer::new(wish, moved)).collect();
        Ok::<_, Error>(Done { result: items, replayed })
    };
    let view = |items: Vec<Answer>| {
        let moved = items.iter().filter(|item| item.result == "moved").count() as u64;
        Answers { moved, items }
    };
    Ok(once(to_its_end("move", work).await?, view))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_an_award_and_a_state() {
        let read = |line: &str| Move::read(line).map(|wish| format!("{} to {}", wish.award, wish.to));
        assert_eq!(read("202611-abcd-x-1,delivered"), Ok("202611-abcd-x-1 to delivered".to_owned()));
        assert_eq!(read(" a , to_do "), Ok("a to to_do".to_owned()));
        for bad in ["", "a", "a;delivered", ",delivered", "a,lost", "award,state", "a,delivered,late"] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }
}
