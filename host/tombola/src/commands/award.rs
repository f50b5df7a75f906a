mod list;
mod moves;
mod retry;
mod show;

use clap::Subcommand;
use serde::Deserialize;
use serde_json::Value;

use crate::client::Award as Answer;
use crate::exit::Ended;

/// See awards, and say how far they are
#[derive(Debug, Subcommand)]
pub(crate) enum Award {
    List(list::List),
    Show(show::Show),
    Move(moves::Moves),
    Retry(retry::Retry),
}

impl Award {
    pub(crate) fn run(self) -> anyhow::Result<Ended> {
        match self {
            Self::List(list) => list.run(),
            Self::Show(show) => show.run(),
            Self::Move(moves) => moves.run(),
            Self::Retry(retry) => retry.run(),
        }
    }
}

/// One award with its history.
fn text(answer: &Value) -> serde_json::Result<String> {
    let Answer { award, campaign, prize, title, amount, state, won_at, changes, attempts, .. } =
        Answer::deserialize(answer)?;
    let head = format!("{award} is {state}: {amount} × {title} ({campaign}/{prize}), won at {won_at}\n");
    let changes = changes.into_iter().map(|change| {
        let actor = change.actor.as_deref().unwrap_or("the host");
        format!("  {}  {} by {actor}  {}\n", change.at, change.state, change.note)
    });
    let attempts = attempts.map(|attempts| {
        let due = attempts.due.map_or(String::new(), |due| format!(", next at {due}"));
        format!("  {} tries{due}  {}\n", attempts.count, attempts.reason)
    });
    Ok([head].into_iter().chain(changes).chain(attempts).collect())
}
