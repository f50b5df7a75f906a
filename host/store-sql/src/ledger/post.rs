//! Postings, for all that wait together.

use std::collections::{BTreeSet, HashMap};

use serde::Serialize;
use serde_json::json;
use tombola_domain::digest::Digest;
use tombola_domain::id::{PlayerId, UnitName};
use tombola_domain::ledger::{Book, Transfer};
use tombola_domain::time::Timestamp;
use tombola_store::Result;
use tombola_store::ledger::{BusinessKey, NewPosting, NotPosted, Posted, Unit, Why};

use super::book::{self, Latest};
use super::rows;
use crate::db::{self, Connection};
use crate::error::unavailable;
use crate::feed;
use crate::fields::{Fields, integer};
use crate::writer::Write;

/// Whose key it is; the house's is empty.
type Key<'a> = (&'a str, &'a str);

/// A posting that was made in the book and is to be written.
pub(crate) struct Ready<'a> {
    pub(crate) player: Option<&'a PlayerId>,
    pub(crate) key: &'a BusinessKey,
    pub(crate) request: Digest,
    pub(crate) why: Why,
    pub(crate) at: Timestamp,
    pub(crate) transfers: Vec<Transfer>,
}

impl<'a> Ready<'a> {
    fn key(&self) -> Key<'a> {
        (self.player.map_or("", PlayerId::as_str), self.key.as_str())
    }
}

/// Makes what can be made of these, and answers for each in their order.
pub(crate) async fn post(connection: &mut Write, postings: &[NewPosting]) -> Result<Vec<Result<Posted, NotPosted>>> {
    let known = known(connection, postings).await?;
    let units = units(connection).await?;
    let mut book = book::read(connection, postings.iter().flat_map(|posting| &posting.wishes)).await?;
    // What was made by this batch, by its key.
    let mut made: HashMap<Key<'_>, usize> = HashMap::new();
    let (mut ready, mut answers) = (Vec::new(), Vec::with_capacity(postings.len()));
    for posting in postings {
        let (key, digest) = (key(posting), posting.digest());
        let before = known.get(&key).map(|(number, request)| (Some(*number), *request));
        let before = before.or_else(|| made.get(&key).map(|place: &usize| (None, ready_digest(&ready, *place))));
        answers.push(match before {
            Some((_, request)) if request != digest => Answer::Refused(NotPosted::KeyReused),
            Some((Some(number), _)) => Answer::Known(number),
            Some((None, _)) => Answer::Repeated(made[&key]),
            None => match make(&mut book, &units, posting) {
                Err(refused) => Answer::Refused(refused),
                Ok(transfers) => {
                    made.insert(key, ready.len());
                    let NewPosting { player, key, why, at, .. } = posting;
                    ready.push(Ready { player: player.as_ref(), key, request: digest, why: *why, at: *at, transfers });
                    Answer::Made(ready.len() - 1)
                }
            },
        });
    }
    let posted = write(connection, book, ready).await?;
    let known =
        answers.iter().filter_map(|answer| if let Answer::Known(number) = answer { Some(*number) } else { None });
    let mut replayed = transfers(connection, &known.collect()).await?;
    let answer = |answer| match answer {
        Answer::Refused(refused) => Err(refused),
        Answer::Made(place) => Ok(posted[place].clone()),
        Answer::Repeated(place) => Ok(Posted { replayed: true, ..posted[place].clone() }),
        Answer::Known(number) => {
            let transfers = replayed.remove(&number).unwrap_or_default();
            Ok(Posted { number, transfers, replayed: true })
        }
    };
    Ok(answers.into_iter().map(answer).collect())
}

fn make(book: &mut Book, units: &HashMap<UnitName, Unit>, posting: &NewPosting) -> Result<Vec<Transfer>, NotPosted> {
    if let Some(wish) = posting.wishes.iter().find(|wish| !units.contains_key(&wish.unit)) {
        return Err(NotPosted::UnknownUnit(wish.unit.clone()));
    }
    Ok(book.post(posting.at, &posting.wishes)?)
}

/// What is declared; some few.
pub(crate) async fn units(connection: &mut Connection) -> Result<HashMap<UnitName, Unit>> {
    let found = db::query("SELECT * FROM units").fetch_all(connection).await.map_err(unavailable)?;
    let read = |row| rows::unit(row).map(|unit| (unit.name.clone(), unit));
    found.iter().map(read).collect()
}

fn ready_digest(ready: &[Ready<'_>], place: usize) -> Digest {
    ready[place].request
}

enum Answer {
    Refused(NotPosted),
    /// At this place among those that are made.
    Made(usize),
    /// The same as that one.
    Repeated(usize),
    /// Under this number.
    Known(u64),
}

fn key(posting: &NewPosting) -> Key<'_> {
    (posting.player.as_ref().map_or("", PlayerId::as_str), posting.key.as_str())
}

/// Of these, what was made before: its number, and what was wished.
async fn known<'a>(connection: &mut Connection, postings: &'a [NewPosting]) -> Result<HashMap<Key<'a>, (u64, Digest)>> {
    let keys: Vec<_> = postings.iter().map(key).collect();
    let found = db::query(
        "SELECT q.key AS place, number, request FROM json_each($1) q
         JOIN postings ON player = q.value ->> 0 AND postings.key = q.value ->> 1",
    )
    .bind(json!(keys).to_string())
    .fetch_all(connection)
    .await
    .map_err(unavailable)?;
    let read = |row| {
        let fields = Fields { table: "postings", key: "number", row };
        let place = usize::try_from(fields.count("place")?).expect("a place in a batch");
        Ok((keys[place], (fields.count("number")?, fields.digest("request")?)))
    };
    found.iter().map(read).collect()
}

/// What was moved by these postings, each transfer with its number.
pub(crate) async fn transfers(
    connection: &mut Connection,
    postings: &BTreeSet<u64>,
) -> Result<HashMap<u64, Vec<(u64, Transfer)>>> {
    let mut transfers: HashMap<u64, Vec<_>> = HashMap::new();
    if postings.is_empty() {
        return Ok(transfers);
    }
    let found = db::query(
        "SELECT transfers.* FROM json_each($1) q JOIN transfers ON posting = CAST(q.atom AS BIGINT) ORDER BY number",
    )
    .bind(json!(postings).to_string())
    .fetch_all(connection)
    .await
    .map_err(unavailable)?;
    for row in &found {
        let posting = Fields { table: "transfers", key: "number", row }.count("posting")?;
        transfers.entry(posting).or_default().push(rows::transfer(row)?);
    }
    Ok(transfers)
}

/// Writes postings that were made in a book, with what has become of it, and numbers them. Each takes a position in the feed.
pub(crate) async fn write(connection: &mut Write, book: Book, ready: Vec<Ready<'_>>) -> Result<Vec<Posted>> {
    if ready.is_empty() {
        return Ok(Vec::new());
    }
    let before = feed::advance(connection, ready.len()).await?;
    let latest = latest(connection).await?;
    write_at(connection, book, ready, latest, before).await
}

/// The same under the numbers after the latest ones, at the positions that follow `before`, which were taken already.
pub(crate) async fn write_at(
    connection: &mut Connection,
    book: Book,
    ready: Vec<Ready<'_>>,
    latest: Latest,
    before: u64,
) -> Result<Vec<Posted>> {
    let Latest { mut posting, mut transfer } = latest;
    let mut posted = Vec::with_capacity(ready.len());
    let (mut postings, mut requests, mut transfers) = (Vec::new(), Vec::new(), Vec::new());
    for one in &ready {
        posting += 1;
        let (player, key) = one.key();
        postings.push((integer(posting), player, key, one.why.as_str(), one.at.as_millis()));
        requests.extend_from_slice(one.request.as_bytes());
        let mut numbered = Vec::with_capacity(one.transfers.len());
        for made in &one.transfers {
            transfer += 1;
            let Transfer { unit, from, to, amount, lots } = made;
            transfers.push((
                integer(transfer),
                integer(posting),
                unit.as_str(),
                from.owner(),
                from.kind(),
                from.part(),
                to.owner(),
                to.kind(),
                to.part(),
                amount,
                rows::lots_to_json(lots),
            ));
            numbered.push((transfer, made.clone()));
        }
        posted.push(Posted { number: posting, transfers: numbered, replayed: false });
    }
    let (accounts, lots) = book::changed(&book.changes());
    db::query(WRITE)
        .bind(json_text(&postings))
        .bind(requests)
        .bind(json_text(&transfers))
        .bind(integer(before))
        .bind(accounts)
        .bind(lots)
        .execute(&mut *connection)
        .await
        .map_err(unavailable)?;
    Ok(posted)
}

/// What is posted, and what has become of accounts and lots by it, in one call to the driver: each is two changes of thread.
const WRITE: &str = "
    INSERT INTO postings (number, player, key, request, why, at, position)
    SELECT CAST(q.value ->> 0 AS BIGINT), q.value ->> 1, q.value ->> 2, substr($2, 32 * q.key + 1, 32), q.value ->> 3,
           CAST(q.value ->> 4 AS BIGINT), $4 + 1 + q.key
    FROM jsonb_each($1) q;

    INSERT INTO transfers (number, posting, unit, from_owner, from_kind, from_part, to_owner, to_kind, to_part, amount, lots)
    SELECT CAST(q.value ->> 0 AS BIGINT), CAST(q.value ->> 1 AS BIGINT), q.value ->> 2, q.value ->> 3, q.value ->> 4, q.value ->> 5,
           q.value ->> 6, q.value ->> 7, q.value ->> 8, CAST(q.value ->> 9 AS BIGINT), q.value ->> 10
    FROM jsonb_each($3) q;

    INSERT INTO accounts (owner, kind, part, unit, balance)
    SELECT q.value ->> 0, q.value ->> 1, q.value ->> 2, q.value ->> 3, CAST(q.value ->> 4 AS BIGINT) FROM jsonb_each($5) q WHERE true
    ON CONFLICT (owner, kind, part, unit) DO UPDATE SET balance = excluded.balance;

    DELETE FROM lots WHERE (player, unit, lapses_at) IN (
        SELECT q.value ->> 0, q.value ->> 1, CAST(q.value ->> 2 AS BIGINT) FROM jsonb_each($6) q WHERE CAST(q.value ->> 3 AS BIGINT) = 0);

    INSERT INTO lots (player, unit, lapses_at, \"left\")
    SELECT q.value ->> 0, q.value ->> 1, CAST(q.value ->> 2 AS BIGINT), CAST(q.value ->> 3 AS BIGINT) FROM jsonb_each($6) q
    WHERE CAST(q.value ->> 3 AS BIGINT) > 0
    ON CONFLICT (player, unit, lapses_at) DO UPDATE SET \"left\" = excluded.\"left\"";

fn json_text(rows: &impl Serialize) -> String {
    serde_json::to_string(rows).expect("texts and integers are JSON")
}

pub(super) async fn latest(connection: &mut Connection) -> Result<Latest> {
    let row = db::query(
        "SELECT coalesce((SELECT max(number) FROM postings), 0) AS posting,
                coalesce((SELECT max(number) FROM transfers), 0) AS transfer",
    )
    .fetch_one(connection)
    .await
    .map_err(unavailable)?;
    let fields = Fields { table: "postings", key: "posting", row: &row };
    Ok(Latest { posting: fields.count("posting")?, transfer: fields.count("transfer")? })
}
