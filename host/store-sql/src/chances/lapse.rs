//! Chances that have lapsed are taken away.

use std::collections::BTreeMap;

use tombola_domain::time::Timestamp;
use tombola_store::Result;
use tombola_store::chances::Lapsing;
use tombola_store::sweep::Place;

use super::holdings::{self, Whose};
use crate::sweep::{Clears, Due, parsed};
use crate::writer::Write;

/// Those of one time after the other, whose ever they are.
pub(super) struct Lots {
    now: Timestamp,
}

impl Due for Lots {
    const TABLE: &'static str = "chance_lots";
    const FIND: &'static str = "
        SELECT lapses_at AS due, player AS owner, campaign AS part FROM chance_lots
        WHERE lapses_at <= $1 AND (lapses_at, player, campaign) > ($2, $3, $4) ORDER BY lapses_at, player, campaign LIMIT $5";

    fn by(now: Timestamp) -> Self {
        Self { now }
    }

    fn name(place: &Place) -> &str {
        &place.part
    }
}

impl Clears for Lots {
    type Row = Place;

    async fn clear(&self, mut write: Write, rows: &[Place]) -> Result<u64> {
        let whose = rows.iter().map(|place| {
            let player = parsed::<Self, _>(place, "player", &place.owner)?;
            Ok(((player, parsed::<Self, _>(place, "campaign", &place.part)?), self.now))
        });
        holdings::lapse_of(&mut write, &whose.collect::<Result<_>>()?).await?;
        write.commit().await?;
        Ok(rows.len() as u64)
    }
}

/// Those of players for whom somebody asks.
pub(super) struct Asked;

impl Clears for Asked {
    type Row = Lapsing;

    async fn clear(&self, mut write: Write, rows: &[Lapsing]) -> Result<u64> {
        let mut whose: BTreeMap<Whose, Timestamp> = BTreeMap::new();
        for Lapsing { campaign, player, now } in rows {
            let latest = whose.entry((player.clone(), campaign.clone())).or_insert(*now);
            *latest = (*latest).max(*now);
        }
        holdings::lapse_of(&mut write, &whose).await?;
        write.commit().await?;
        Ok(whose.len() as u64)
    }
}
