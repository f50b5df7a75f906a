//! Points that have lapsed are taken away.

use std::collections::BTreeSet;

use tombola_domain::digest::Digest;
use tombola_domain::id::{PlayerId, UnitName};
use tombola_domain::ledger::{Account, House};
use tombola_domain::time::Timestamp;
use tombola_store::Result;
use tombola_store::ledger::{BusinessKey, Why};
use tombola_store::sweep::Place;

use super::{Ready, book, post};
use crate::sweep::{Clears, Due, parsed};
use crate::writer::Write;

pub(super) struct Lots {
    now: Timestamp,
}

impl Due for Lots {
    const TABLE: &'static str = "lots";
    // The latest of all times is never.
    const FIND: &'static str = "
        SELECT lapses_at AS due, player AS owner, unit AS part FROM lots
        WHERE lapses_at <= $1 AND lapses_at < 9223372036854775807 AND (lapses_at, player, unit) > ($2, $3, $4)
        ORDER BY lapses_at, player, unit LIMIT $5";

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
            let player: PlayerId = parsed::<Self, _>(place, "player", &place.owner)?;
            Ok((player, parsed::<Self, UnitName>(place, "unit", &place.part)?))
        });
        let whose: BTreeSet<_> = whose.collect::<Result<_>>()?;
        let mut accounts = BTreeSet::new();
        for (player, unit) in &whose {
            accounts.insert((Account::Player(player.clone()), unit.clone()));
            accounts.insert((Account::House(House::Lapsed), unit.clone()));
        }
        let mut book = book::read_accounts(&mut write, &accounts).await?;
        let first = post::latest(&mut write).await?.posting;
        let mut lapsed = 0;
        let mut keys = Vec::with_capacity(whose.len());
        for (number, (player, unit)) in (first + 1..).zip(&whose) {
            let Ok(transfers) = book.lapse(self.now, player, unit) else {
                tracing::error!(%unit, "what lapsed of a player's can't be moved: it is more than they have, or the house's account is full; it stays, unspendable");
                continue;
            };
            lapsed += transfers.len() as u64;
            let key: BusinessKey = format!("lapse:{number}").parse().expect("letters and digits");
            keys.push((player, key, transfers));
        }
        let ready = keys.iter().map(|(player, key, transfers)| Ready {
            player: Some(player),
            key,
            request: Digest::tagged("tombola/lapse/v1", &[key.as_str().as_bytes()]),
            why: Why::Lapse,
            at: self.now,
            transfers: transfers.clone(),
        });
        let ready = ready.collect();
        post::write(&mut write, book, ready).await?;
        write.commit().await?;
        Ok(lapsed)
    }
}
