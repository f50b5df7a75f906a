//! What was taken back of an event's rewards, as JSON.

use serde::{Deserialize, Serialize};
use tombola_domain::id::IdError;
use tombola_store::events::{PointsBack, TakenBack};

#[derive(Serialize, Deserialize)]
struct Wire {
    /// By unit: in all, owed and lost.
    points: Vec<(String, i64, i64, i64)>,
    chances: u64,
    awards: Vec<String>,
}

/// A text that does not say what was taken back.
#[derive(Debug, thiserror::Error)]
pub(super) enum DecodeError {
    #[error("not the JSON of what was taken back: {0}")]
    Json(#[from] serde_json::Error),
    #[error(transparent)]
    Name(#[from] IdError),
}

pub(super) fn encode(taken: &TakenBack) -> String {
    let points =
        taken.points.iter().map(|PointsBack { unit, amount, owed, lost }| (unit.to_string(), *amount, *owed, *lost));
    let awards = taken.awards.iter().map(ToString::to_string).collect();
    let wire = Wire { points: points.collect(), chances: taken.chances, awards };
    serde_json::to_string(&wire).expect("texts and integers are JSON")
}

pub(super) fn decode(text: &str) -> Result<TakenBack, DecodeError> {
    let Wire { points, chances, awards } = serde_json::from_str(text)?;
    let points =
        points.into_iter().map(|(unit, amount, owed, lost)| Ok(PointsBack { unit: unit.parse()?, amount, owed, lost }));
    let awards = awards.iter().map(|award| award.parse());
    Ok(TakenBack {
        points: points.collect::<Result<_, IdError>>()?,
        chances,
        awards: awards.collect::<Result<_, _>>()?,
    })
}
