//! Awards that the host hands over itself: into the ledger, or as chances.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::json;
use tombola_domain::award::{Delivery, State};
use tombola_domain::id::{AwardId, PlayerId, UnitName};
use tombola_domain::ledger::{Account, House, Wish};
use tombola_domain::time::Timestamp;
use tombola_store::Result;
use tombola_store::awards::{Award, InHouse};
use tombola_store::ledger::{BusinessKey, NewPosting, NotPosted, Unit, Why};

use super::{Changed, rows};
use crate::chances::{self, Added, Lifetimes, Room};
use crate::db::{self, Row};
use crate::error::unavailable;
use crate::fields::{Fields, integer};
use crate::writer::Write;
use crate::{ledger, outbox};

/// An award, and where its task stands in its queue.
type Due = (Award, i64);

/// Hands over what is due, and ends the tasks: what can't be handed over is given up, with the reason. Answers how many were due, and
/// counts those among them that were `delivered`.
pub(super) async fn deliver(
    mut write: Write,
    what: InHouse,
    now: Timestamp,
    limit: u32,
    delivered: &AtomicU64,
) -> Result<u64> {
    let due = due(&mut write, what, now, limit).await?;
    if due.is_empty() {
        return Ok(0);
    }
    let refused = match what {
        InHouse::Chances => add(&mut write, &due, now).await?,
        InHouse::Points => post(&mut write, &due, now).await?,
    };
    end(&mut write, what, &due, &refused, now).await?;
    let change = |((award, _), refused): (&Due, &'_ Option<String>)| {
        let state = if refused.is_some() { State::Failed } else { State::Delivered };
        (award.position, state, refused.clone().unwrap_or_default())
    };
    let changes: Vec<_> = due.iter().zip(&refused).map(change).collect();
    let changes: Vec<_> =
        changes.iter().map(|(award, state, note)| Changed { award: *award, state: *state, note }).collect();
    super::change(&mut write, &changes, now, None).await?;
    write.commit().await?;
    let handed_over = refused.iter().filter(|refused| refused.is_none()).count() as u64;
    delivered.fetch_add(handed_over, Ordering::Relaxed);
    Ok(due.len() as u64)
}

async fn due(write: &mut Write, what: InHouse, now: Timestamp, limit: u32) -> Result<Vec<Due>> {
    let found = db::query(
        "SELECT t.due, a.* FROM tasks t JOIN award_details a ON a.position = t.number
         WHERE t.queue = $1 AND t.due <= $2 ORDER BY t.due, t.number LIMIT $3",
    )
    .bind(what.queue().to_string())
    .bind(now.as_millis())
    .bind(limit)
    .fetch_all(write)
    .await
    .map_err(unavailable)?;
    let read = |row: &Row| {
        let due = Fields { table: "tasks", key: "position", row }.get("due")?;
        Ok((rows::award(row)?, due))
    };
    found.iter().map(read).collect()
}

pub(super) fn worth(award: &Award) -> i64 {
    award.delivery.as_ref().map_or(0, |delivery| delivery.worth(award.amount))
}

/// What an award stands for in the ledger, and among chances.
pub(super) fn key(award: &AwardId) -> String {
    format!("award:{award}")
}

/// Adds the chances that awards are worth, and says of each why it could not.
async fn add(write: &mut Write, due: &[Due], now: Timestamp) -> Result<Vec<Option<String>>> {
    let mut room = Room::read(write, due.iter().map(|(award, _)| (&award.player, &award.campaign))).await?;
    let lifetimes = Lifetimes::read(write, due.iter().map(|(award, _)| award.position)).await?;
    let (mut refused, mut added) = (Vec::with_capacity(due.len()), Vec::new());
    for (award, _) in due {
        let (player, campaign, amount) = (&award.player, &award.campaign, worth(award).max(0).unsigned_abs());
        let full = room.check(player, campaign, amount).err();
        if full.is_none() && amount > 0 {
            room.take(player, campaign, amount);
            let lapse = lifetimes.lapse(award.position, now);
            added.push(Added { player, campaign, key: key(&award.id), amount, granted: None, lapse, at: now });
        }
        refused.push(full.map(|full| full.to_string()));
    }
    chances::add(write, "award", &added).await?;
    Ok(refused)
}

/// Posts what awards are worth, and says of each why it could not be.
async fn post(write: &mut Write, due: &[Due], now: Timestamp) -> Result<Vec<Option<String>>> {
    let units = ledger::units(write).await?;
    let mut refused: Vec<Option<String>> = vec![None; due.len()];
    let (mut places, mut postings) = (Vec::new(), Vec::new());
    for (place, (award, _)) in due.iter().enumerate() {
        let Some(Delivery::Points { unit, .. }) = &award.delivery else { continue };
        if worth(award) == 0 {
            continue;
        }
        if let Some(posting) = posting(award, &units, now) {
            places.push(place);
            postings.push(posting);
        } else {
            refused[place] = Some(NotPosted::UnknownUnit(unit.clone()).to_string());
        }
    }
    let posted = ledger::post(write, &postings).await?;
    for (place, posted) in places.into_iter().zip(posted) {
        refused[place] = posted.err().map(|refused| refused.to_string());
    }
    Ok(refused)
}

/// What is posted for an award of points; `None` where it is of none, or of a unit that nobody declared.
pub(crate) fn posting(award: &Award, units: &HashMap<UnitName, Unit>, now: Timestamp) -> Option<NewPosting> {
    let Some(Delivery::Points { unit, .. }) = &award.delivery else { return None };
    let unit = units.get(unit).filter(|_| worth(award) > 0)?;
    Some(points(&award.id, &award.player, unit, worth(award), now))
}

/// What is posted for an award of so many points. Whoever posts it does so under the same key, and so once.
pub(crate) fn points(award: &AwardId, player: &PlayerId, unit: &Unit, amount: i64, now: Timestamp) -> NewPosting {
    let wish = Wish {
        unit: unit.name.clone(),
        from: Account::House(House::Issue),
        to: Account::Player(player.clone()),
        amount,
        lapse: unit.lapse(now),
    };
    let key: BusinessKey = key(award).parse().expect("printable, and short enough");
    NewPosting { player: Some(player.clone()), key, why: Why::Delivery, wishes: vec![wish], at: now }
}

async fn end(write: &mut Write, what: InHouse, due: &[Due], refused: &[Option<String>], now: Timestamp) -> Result<()> {
    let tasks: Vec<_> = due.iter().map(|(award, due)| (due, integer(award.position))).collect();
    let dead =
        due.iter().zip(refused).filter_map(|((award, _), refused)| Some((integer(award.position), refused.as_ref()?)));
    let dead: Vec<_> = dead.collect();
    outbox::end_in_house(write, &what.queue(), &json!(tasks), &json!(dead), now).await
}
