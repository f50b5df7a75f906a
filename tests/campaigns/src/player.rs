use std::collections::BTreeMap;

use tombola_domain::chance::{Participation, PeriodCount};
use tombola_domain::fact::Value;
use tombola_domain::id::{AttributeName, ListName, PlayerId};
use tombola_domain::time::Timestamp;
use tombola_engine::document::Scalar;
use tombola_engine::facts::{Sources, values};
use tombola_engine::pipeline::Pipeline;

/// A player at one point of a campaign.
#[derive(Debug, Clone)]
pub struct Player {
    /// Their id.
    pub id: PlayerId,
    /// Draws that they have made in the campaign.
    pub draws: u64,
    /// Draws that they have made today, at most [`Self::draws`].
    pub draws_today: u64,
    /// Lists on which they stand.
    pub lists: Vec<ListName>,
    /// What their request says, by attribute. The document's defaults fill in what it doesn't.
    pub attributes: BTreeMap<AttributeName, Scalar>,
}

impl Player {
    /// A player whom the campaign has not seen.
    ///
    /// # Panics
    /// If `id` is no player's id.
    pub fn new(id: &str) -> Self {
        let id = id.parse().expect("tests give their players printable ids");
        Self { id, draws: 0, draws_today: 0, lists: Vec::new(), attributes: BTreeMap::new() }
    }

    /// The values of the pipeline's facts, in its order, for a draw at `now`.
    ///
    /// # Panics
    /// If an attribute has a value that the document doesn't allow.
    pub fn facts(&self, pipeline: &Pipeline, now: Timestamp) -> Vec<Value> {
        let local = pipeline.window.zone.local(now);
        let participation = Participation {
            draws: self.draws,
            day: PeriodCount { period: local.day, count: self.draws_today },
            ..Participation::default()
        };
        let attributes = pipeline.attributes.iter().map(|(name, attribute)| {
            let value = attribute.value(self.attributes.get(name));
            (name.clone(), value.expect("the document allows this value"))
        });
        values(
            pipeline,
            &Sources {
                player: &self.id,
                participation: &participation,
                now,
                local,
                lists: &self.lists.iter().map(|list| (list.clone(), true)).collect(),
                wins: &BTreeMap::new(),
                attributes: &attributes.collect(),
            },
        )
    }
}
