//! What was taken back of an event's rewards, as JSON.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tombola_domain::id::IdError;
use tombola_store::events::{PointsBack, TakenBack};

#[derive(Serialize, Deserialize)]
struct Wire {
    /// By unit: in all, owed and lost.
    points: Vec<(String, i64, i64, i64)>,
    /// Of these, by unit, what had lapsed.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    lapsed: BTreeMap<String, i64>,
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
    let points = taken.points.iter().map(|points| (points.unit.to_string(), points.amount, points.owed, points.lost));
    let lapsed = taken.points.iter().filter(|points| points.lapsed > 0);
    let wire = Wire {
        points: points.collect(),
        lapsed: lapsed.map(|points| (points.unit.to_string(), points.lapsed)).collect(),
        chances: taken.chances,
        awards: taken.awards.iter().map(ToString::to_string).collect(),
    };
    serde_json::to_string(&wire).expect("texts and integers are JSON")
}

pub(super) fn decode(text: &str) -> Result<TakenBack, DecodeError> {
    let Wire { points, lapsed, chances, awards } = serde_json::from_str(text)?;
    let points = points.into_iter().map(|(unit, amount, owed, lost)| {
        let lapsed = lapsed.get(&unit).copied().unwrap_or_default();
        Ok(PointsBack { unit: unit.parse()?, amount, owed, lost, lapsed })
    });
    let awards = awards.iter().map(|award| award.parse());
    Ok(TakenBack {
        points: points.collect::<Result<_, IdError>>()?,
        chances,
        awards: awards.collect::<Result<_, _>>()?,
    })
}
