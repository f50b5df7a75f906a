//! Points that prizes are, posted with the draw that wins them.
//!
//! What can't be posted at that moment (of a unit that nobody declared, to an account that is full) spoils no draw: its award waits, and
//! its task is for whoever works off the queue, with the reason, the dead letter and another try.

use std::collections::{BTreeSet, HashMap};

use tombola_domain::award::{Delivery, State};
use tombola_domain::id::{AwardId, UnitName};
use tombola_domain::ledger::{Account, Book, House};
use tombola_store::draws::{Draw, DrawCommit};
use tombola_store::ledger::{NewPosting, Unit};

use super::postings::Made;
use crate::awards;

/// An award of points, and how far it is.
pub(super) struct Award<'a> {
    pub(super) draw: &'a Draw,
    pub(super) unit: &'a UnitName,
    /// How many points it is.
    pub(super) worth: i64,
    pub(super) state: &'a mut State,
}

/// The accounts that these draws may move points between.
pub(super) fn accounts(batch: &[DrawCommit]) -> BTreeSet<(Account, UnitName)> {
    let mut accounts = BTreeSet::new();
    for commit in batch.iter().filter(|commit| commit.delivers) {
        let deliveries =
            commit.draws.iter().flat_map(|draw| &draw.hand_overs).filter_map(|prize| prize.delivery.as_ref());
        for delivery in deliveries {
            let Delivery::Points { unit, .. } = delivery else { continue };
            let player = &commit.player;
            // What comes in pays what is owed.
            let own = [Account::Player(player.clone()), Account::Debt(player.clone()), Account::House(House::Issue)];
            accounts.extend(own.map(|account| (account, unit.clone())));
        }
    }
    accounts
}

/// Posts an award in the book, if it can be, and says that it is there.
pub(super) fn post(book: &mut Book, units: &HashMap<UnitName, Unit>, award: Award<'_>) -> Option<Made> {
    let Award { draw, unit, worth, state } = award;
    if worth == 0 {
        *state = State::Delivered;
        return None;
    }
    let posting = awards::points(&AwardId::of_draw(&draw.id), &draw.player, units.get(unit)?, worth, draw.drawn_at);
    let transfers = book.post(posting.at, &posting.wishes).ok()?;
    *state = State::Delivered;
    let request = posting.digest();
    let NewPosting { key, why, at, .. } = posting;
    Some(Made { player: draw.player.clone(), key, request, why, at, transfers })
}
