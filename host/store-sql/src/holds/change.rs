//! The commit of holds, for all that wait together.

use std::collections::{BTreeSet, HashMap};

use serde_json::json;
use tombola_domain::hold::Hold;
use tombola_domain::id::{PlayerId, UnitName};
use tombola_domain::ledger::{Account, House, Transfer};
use tombola_store::Result;
use tombola_store::holds::{Changed, HoldChange, NewHold, NotChanged};

use super::desk::{Desk, Kept, Kind, Move};
use super::rows::{self, fields};
use crate::db::{self, Connection, Row};
use crate::error::unavailable;
use crate::fields::{Fields, integer};
use crate::ledger::{self, Ready};
use crate::writer::Write;

/// Does what can be done, and answers for each in their order.
pub(super) async fn change(mut write: Write, changes: &[HoldChange]) -> Result<Vec<Result<Changed, NotChanged>>> {
    let known = known(&mut write, changes).await?;
    let placed = changes.iter().filter_map(placed).map(|new| &new.hold);
    let mut desk = lay_out(&mut write, &known, &placed.collect::<Vec<_>>()).await?;
    let answers = changes.iter().map(|change| match change {
        HoldChange::Place(new) => desk.place(new),
        HoldChange::End(end) => desk.end(end),
    });
    let answers = answers.collect();
    save(&mut write, desk).await?;
    write.commit().await?;
    Ok(answers)
}

fn placed(change: &HoldChange) -> Option<&NewHold> {
    match change {
        HoldChange::Place(new) => Some(new),
        HoldChange::End(_) => None,
    }
}

/// The holds that these name, by id or key, and what has expired of players who place another one.
pub(super) async fn known(write: &mut Write, changes: &[HoldChange]) -> Result<Vec<Row>> {
    let ids = changes.iter().filter_map(|change| match change {
        HoldChange::Place(_) => None,
        HoldChange::End(end) => Some(end.id.as_str()),
    });
    let ids: Vec<_> = ids.collect();
    let keys: Vec<_> = changes
        .iter()
        .filter_map(placed)
        .map(|new| (new.hold.player.as_str(), new.key.as_str(), new.hold.held_at.as_millis()))
        .collect();
    db::query(
        concat!(
            "SELECT ",
            rows::columns!(),
            " FROM (
                 SELECT h.* FROM json_each($1) q JOIN holds h ON h.id = q.atom
                 UNION SELECT h.* FROM json_each($2) q JOIN holds h ON h.player = q.value ->> 0 AND h.key = q.value ->> 1
                 UNION SELECT h.* FROM json_each($2) q JOIN holds h ON h.player = q.value ->> 0 AND state = 'open'
                   AND expires_at <= CAST(q.value ->> 2 AS BIGINT)) h"
        ),
    )
    .bind(json!(ids).to_string())
    .bind(json!(keys).to_string())
    .fetch_all(write)
    .await
    .map_err(unavailable)
}

/// All that these holds, and new ones, may touch.
pub(super) async fn lay_out(write: &mut Write, known: &[Row], placed: &[&Hold]) -> Result<Desk> {
    let holds = known.iter().map(rows::hold).collect::<Result<Vec<_>>>()?;
    let open: Vec<_> = known.iter().zip(&holds).filter(|(_, hold)| hold.ended.is_none()).collect();
    let postings = open.iter().map(|(row, _)| rows::posting(row)).collect::<Result<_>>()?;
    let mut made: HashMap<u64, Vec<(u64, Transfer)>> = ledger::transfers(write, &postings).await?;
    let mut accounts = BTreeSet::new();
    for hold in open.iter().map(|(_, hold)| *hold).chain(placed.iter().copied()) {
        accounts.extend(touched(hold));
    }
    let book = ledger::read_accounts(write, &accounts).await?;
    let units = ledger::units(write).await?;
    let players = placed.iter().map(|hold| &hold.player).collect();
    let mut desk = Desk::new(book, units, count_open(write, &players).await?);
    for (row, hold) in known.iter().zip(holds) {
        let fields = fields(row);
        let made = made.remove(&fields.count("posting")?).unwrap_or_default();
        let made = made.into_iter().map(|(_, made)| made).collect();
        desk.know(fields.parsed("key")?, Kept { hold, request: fields.digest("request")?, made });
    }
    Ok(desk)
}

/// The accounts that a hold moves units between, however it ends.
pub(super) fn touched(hold: &Hold) -> [(Account, UnitName); 4] {
    let player = || hold.player.clone();
    let accounts =
        [Account::Player(player()), Account::Held(player()), Account::Debt(player()), Account::House(House::Income)];
    accounts.map(|account| (account, hold.unit.clone()))
}

async fn count_open(connection: &mut Connection, players: &BTreeSet<&PlayerId>) -> Result<HashMap<PlayerId, usize>> {
    let players: Vec<_> = players.iter().map(|player| player.as_str()).collect();
    let found = db::query(
        "SELECT player, count(*) AS open FROM json_each($1) q JOIN holds ON player = q.atom AND state = 'open' GROUP BY player",
    )
    .bind(json!(players).to_string())
    .fetch_all(connection)
    .await
    .map_err(unavailable)?;
    let read = |row| {
        let fields = Fields { table: "holds", key: "open", row };
        Ok((fields.parsed("player")?, usize::try_from(fields.count("open")?).expect("some dozens")))
    };
    found.iter().map(read).collect()
}

/// Writes what was moved, and what has become of holds by it.
pub(super) async fn save(write: &mut Write, Desk { book, moves, .. }: Desk) -> Result<()> {
    if moves.is_empty() {
        return Ok(());
    }
    let ready = moves.iter().map(|Move { player, key, request, why, at, transfers, .. }| Ready {
        player: Some(player),
        key,
        request: *request,
        why: *why,
        at: *at,
        transfers: transfers.clone(),
    });
    let ready = ready.collect();
    let posted = ledger::write(write, book, ready).await?;
    let (mut new, mut requests, mut ends) = (Vec::new(), Vec::new(), Vec::new());
    for (done, posted) in moves.iter().zip(&posted) {
        match &done.kind {
            Kind::Places(hold, key) => {
                let Hold { id, player, unit, amount, held_at, expires_at, .. } = hold;
                new.push(json!({
                    "id": id.as_str(), "player": player.as_str(), "key": key.as_str(), "unit": unit.as_str(), "amount": amount,
                    "posting": integer(posted.number), "held_at": held_at.as_millis(), "expires_at": expires_at.as_millis(),
                }));
                requests.extend_from_slice(done.request.as_bytes());
            }
            Kind::Ends(id, ended) => {
                ends.push(json!([id.as_str(), ended.how.as_str(), ended.how.taken(), ended.at.as_millis()]));
            }
        }
    }
    db::query(
        "INSERT INTO holds (id, player, key, request, unit, amount, posting, held_at, expires_at)
         SELECT q.value ->> 'id', q.value ->> 'player', q.value ->> 'key', substr($2, 32 * q.key + 1, 32), q.value ->> 'unit',
                CAST(q.value ->> 'amount' AS BIGINT), CAST(q.value ->> 'posting' AS BIGINT), CAST(q.value ->> 'held_at' AS BIGINT),
                CAST(q.value ->> 'expires_at' AS BIGINT)
         FROM json_each($1) q ORDER BY q.key;

         UPDATE holds SET state = q.value ->> 1, taken = CAST(q.value ->> 2 AS BIGINT), ended_at = CAST(q.value ->> 3 AS BIGINT)
         FROM json_each($3) q WHERE holds.id = q.value ->> 0",
    )
    .bind(json!(new).to_string())
    .bind(requests)
    .bind(json!(ends).to_string())
    .execute(write)
    .await
    .map_err(unavailable)?;
    Ok(())
}
