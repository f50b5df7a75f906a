//! The rows of a batch, one statement a table and one call for all.

use std::collections::BTreeMap;

use serde::Serialize;
use tombola_domain::award::{Delivery, State};
use tombola_domain::chance::{Chances, Participation};
use tombola_domain::digest::Digest;
use tombola_domain::draw::Verdict;
use tombola_domain::id::{IdempotencyKey, PlayerId, UnitName};
use tombola_domain::receipt::Receipt;
use tombola_domain::series::Series;
use tombola_domain::signature::Seal;
use tombola_store::Result;
use tombola_store::draws::{DecidedDraw, Draw, DrawCommit, HandOver, Won};

use super::budgets::Costly;
use super::{disclosure, points};
use crate::codes::giving::{Given, Held};
use crate::db;
use crate::delivery;
use crate::error::unavailable;
use crate::fields::integer;
use crate::writer::Write;

/// The draws of one key, with closed receipts.
pub(super) struct Closed {
    key: IdempotencyKey,
    request: Digest,
    participation: Participation,
    day: i32,
    /// Whether points are handed over with it.
    delivers: bool,
    draws: Series<ClosedDraw>,
}

/// A draw with its closed receipt.
struct ClosedDraw {
    draw: Draw,
    delivery: Option<Delivery>,
    /// How far its award is with this commit, if it won one.
    state: State,
    /// What it gets out of a pool of codes.
    code: Option<Given>,
    /// What it takes of its campaign's budget.
    cost: Option<(UnitName, i64)>,
    receipt: Vec<u8>,
    disclosure: String,
}

impl Closed {
    /// What is committed stays as it is, for who may have to commit it once more.
    pub(super) fn new(commit: &DrawCommit, verdicts: &Series<Vec<Verdict>>, held: &Held) -> Self {
        let DrawCommit { player, key, request, participation, day, budget, delivers, draws, .. } = commit;
        let close = |draw: &DecidedDraw, verdicts: &Vec<Verdict>| {
            let cost = taken(draw, verdicts).filter(|cost| *cost > 0);
            let cost = budget.clone().zip(cost);
            ClosedDraw { cost, ..ClosedDraw::new(player.clone(), draw, verdicts, held) }
        };
        let rest = draws.rest.iter().zip(&verdicts.rest);
        let rest = rest.map(|(draw, verdicts)| close(draw, verdicts)).collect();
        let draws = Series { first: close(&draws.first, &verdicts.first), rest };
        let (request, participation, day, delivers) = (*request, *participation, *day, *delivers);
        Self { key: key.clone(), request, participation, day, delivers, draws }
    }

    pub(super) fn answer(&self) -> Series<Draw> {
        let draw = |closed: &ClosedDraw| closed.draw.clone();
        Series { first: draw(&self.draws.first), rest: self.draws.rest.iter().map(draw).collect() }
    }
}

impl ClosedDraw {
    fn new(player: PlayerId, decided: &DecidedDraw, verdicts: &[Verdict], held: &Held) -> Self {
        let tried = decided.receipt.tried(verdicts);
        let bytes = decided.receipt.encode_closed(&tried);
        // What was granted is what was tried last.
        let granted = tried.into_iter().zip(&decided.hand_overs).last().filter(|(tried, _)| tried.is_granted());
        let granted = granted.map(|(tried, hand_over)| {
            let HandOver { title, data, delivery } = hand_over.clone();
            let code = code(&tried.verdict, delivery.as_ref(), held);
            let revealed = code.as_ref().map(|given| given.code.clone());
            (Won { prize: tried.prize, title, data, amount: tried.amount, code: revealed }, delivery, code)
        });
        let (won, delivery, code) =
            granted.map_or((None, None, None), |(won, delivery, code)| (Some(won), delivery, code));
        let terms = &decided.receipt.terms;
        let draw = Draw {
            id: terms.draw.clone(),
            campaign: terms.campaign.clone(),
            revision: terms.revision,
            player,
            ordinal: terms.ordinal,
            won,
            receipt: Receipt::digest(&bytes),
            drawn_at: terms.drawn_at,
        };
        let disclosure = disclosure::encode(&decided.disclosure);
        let state = State::first(delivery.as_ref());
        Self { draw, delivery, state, code, cost: None, receipt: bytes, disclosure }
    }
}

/// What the grant that is made takes of the budget.
fn taken(draw: &DecidedDraw, verdicts: &[Verdict]) -> Option<i64> {
    let made = verdicts.iter().position(|verdict| matches!(verdict, Verdict::Granted(_)))?;
    Some(draw.receipt.grants[made].cost)
}

/// The draws that won something which takes so much of a budget.
pub(super) fn costly(closed: &[Closed]) -> impl Iterator<Item = Costly<'_>> {
    draws(closed).filter_map(|ClosedDraw { draw, cost, .. }| {
        let ((unit, cost), won) = (cost.as_ref()?, draw.won.as_ref()?);
        Some(Costly { draw, won, unit, cost: *cost })
    })
}

/// The code that a granted unit stands for.
fn code(verdict: &Verdict, delivery: Option<&Delivery>, held: &Held) -> Option<Given> {
    match (verdict, delivery) {
        (Verdict::Granted(Some(token)), Some(Delivery::Codes(pool))) => Some(held.code(pool, *token)),
        _ => None,
    }
}

/// The codes that the draws get, each with the position of its award, where `before` is the one before the first draw's.
pub(super) fn take_codes(closed: &mut [Closed], before: u64) -> Vec<(u64, Given)> {
    let draws = closed.iter_mut().flat_map(draws_of);
    draws.zip(before + 1..).filter_map(|(draw, position)| Some((position, draw.code.take()?))).collect()
}

/// The awards of points that are handed over with the batch where they can be.
pub(super) fn points(closed: &mut [Closed]) -> impl Iterator<Item = points::Award<'_>> {
    closed.iter_mut().filter(|closed| closed.delivers).flat_map(draws_of).filter_map(|closed| {
        let (won, delivery) = (closed.draw.won.as_ref()?, closed.delivery.as_ref()?);
        let Delivery::Points { unit, .. } = delivery else { return None };
        let worth = delivery.worth(won.amount);
        Some(points::Award { draw: &closed.draw, unit, worth, state: &mut closed.state })
    })
}

fn draws_of(closed: &mut Closed) -> impl Iterator<Item = &mut ClosedDraw> {
    std::iter::once(&mut closed.draws.first).chain(&mut closed.draws.rest)
}

/// The hashes of all receipts of the batch, in the order of the feed.
pub(super) fn receipts(closed: &[Closed]) -> impl Iterator<Item = Digest> {
    draws(closed).map(|closed| closed.draw.receipt)
}

/// Every draw of the batch, in the order of the feed.
fn draws(closed: &[Closed]) -> impl Iterator<Item = &ClosedDraw> + Clone {
    closed.iter().flat_map(|closed| closed.draws.iter())
}

/// One draw's row, as the statements below read it. Bytes, and texts that are JSON themselves, travel beside it in one blob, cut by
/// offset, since JSON would double the ones and escape the others.
#[derive(Serialize)]
struct DrawRow<'a> {
    id: &'a str,
    player: &'a str,
    campaign: &'a str,
    key: &'a str,
    part: usize,
    ordinal: u64,
    revision: u64,
    prize: Option<&'a str>,
    title: Option<&'a str>,
    data: Option<&'a str>,
    amount: Option<i64>,
    drawn_at: i64,
}

/// Inserts everything that the draws leave behind, and their seal, in one call to the driver: each call is two changes of thread,
/// more than most of these statements take. Takes the next positions of the feed: for the draws, then for so many postings, then for
/// what has become of awards already. Answers the position before the postings.
pub(super) async fn insert(write: &mut Write, closed: &[Closed], postings: usize, seal: Option<&Seal>) -> Result<u64> {
    let (receipt_cuts, receipts) = cut(draws(closed).map(|closed| &closed.receipt[..]));
    let (disclosure_cuts, disclosures) = cut(draws(closed).map(|closed| closed.disclosure.as_bytes()));
    let delivered = delivered(closed);
    let size = draws(closed).count() as u64;
    let drawn = write.position + size;
    let posted = drawn + postings as u64;
    let last = posted + delivered.len() as u64;
    db::query(INSERT)
        .bind(integer(write.position))
        .bind(rows(closed))
        .bind(digests(closed))
        .bind(receipt_cuts)
        .bind(receipts)
        .bind(disclosure_cuts)
        .bind(participations(closed))
        .bind(awards(closed))
        .bind(integer(size))
        .bind(seal.map(|seal| &seal.key.as_bytes()[..]))
        .bind(seal.map(|seal| &seal.signature.as_bytes()[..]))
        .bind(tasks(closed))
        .bind(disclosures)
        .bind(wins(closed))
        .bind(json_text(&delivered))
        .bind(integer(posted))
        .bind(integer(last))
        .execute(write)
        .await
        .map_err(unavailable)?;
    write.position = last;
    Ok(drawn)
}

/// One statement a table. What winners get is a count, an award, and where the host has to deliver it a task. A row that can't be inserted undoes the
/// whole batch in any case; saying so of tables that are written all over spares SQLite a copy of each page, from which it would undo that
/// statement alone. It makes one all the same where a table refers to others.
///
/// Parameters are written `$1` and not `?1`: of the latter SQLite counts those that a statement leaves out as well, and the
/// driver then binds others to them.
const INSERT: &str = "
    INSERT OR ROLLBACK INTO draws (position, id, player, campaign, key, part, request, ordinal, revision, prize, title, data,
                                   amount, receipt, drawn_at)
    SELECT $1 + 1 + q.key, q.value ->> 'id', q.value ->> 'player', q.value ->> 'campaign', q.value ->> 'key',
           CAST(q.value ->> 'part' AS BIGINT), substr($3, 64 * q.key + 1, 32), CAST(q.value ->> 'ordinal' AS BIGINT),
           CAST(q.value ->> 'revision' AS BIGINT), q.value ->> 'prize', q.value ->> 'title', q.value ->> 'data',
           CAST(q.value ->> 'amount' AS BIGINT), substr($3, 64 * q.key + 33, 32), CAST(q.value ->> 'drawn_at' AS BIGINT)
    FROM jsonb_each($2) q;

    INSERT INTO receipts (position, bytes)
    SELECT $1 + 1 + q.key, substr($5, CAST(q.value ->> 0 AS BIGINT), CAST(q.value ->> 1 AS BIGINT)) FROM jsonb_each($4) q;

    INSERT INTO disclosures (position, content)
    SELECT $1 + 1 + q.key, concat(substr($13, CAST(q.value ->> 0 AS BIGINT), CAST(q.value ->> 1 AS BIGINT)))
    FROM jsonb_each($6) q;

    INSERT OR ROLLBACK INTO participations (player, campaign, version, draws, month, month_count, day, day_count,
                                chances_initial, chances_added, chances_used)
    SELECT q.value ->> 0, q.value ->> 1, CAST(q.value ->> 2 AS BIGINT), CAST(q.value ->> 3 AS BIGINT),
           CAST(q.value ->> 4 AS BIGINT), CAST(q.value ->> 5 AS BIGINT), CAST(q.value ->> 6 AS BIGINT),
           CAST(q.value ->> 7 AS BIGINT), CAST(q.value ->> 8 AS BIGINT), CAST(q.value ->> 9 AS BIGINT),
           CAST(q.value ->> 10 AS BIGINT)
    FROM jsonb_each($7) q WHERE true
    ON CONFLICT (player, campaign) DO UPDATE SET
       version = excluded.version, draws = excluded.draws,
       month = excluded.month, month_count = excluded.month_count,
       day = excluded.day, day_count = excluded.day_count,
       chances_initial = excluded.chances_initial, chances_used = excluded.chances_used;

    INSERT INTO awards (position, prize, amount, deliver, state)
    SELECT $1 + 1 + CAST(q.value ->> 0 AS BIGINT), q.value ->> 1, CAST(q.value ->> 2 AS BIGINT), q.value ->> 3, q.value ->> 4
    FROM jsonb_each($8) q;

    INSERT INTO tasks (queue, due, number, since)
    SELECT q.value ->> 1, CAST(q.value ->> 2 AS BIGINT), $1 + 1 + CAST(q.value ->> 0 AS BIGINT), CAST(q.value ->> 2 AS BIGINT)
    FROM json_each($12) q;

    INSERT OR ROLLBACK INTO wins (player, campaign, prize, total, day, day_count)
    SELECT q.value ->> 0, q.value ->> 1, q.value ->> 2, CAST(q.value ->> 3 AS BIGINT), CAST(q.value ->> 4 AS BIGINT),
           CAST(q.value ->> 5 AS BIGINT)
    FROM jsonb_each($14) q WHERE true
    ON CONFLICT (player, campaign, prize) DO UPDATE SET total = wins.total + excluded.total,
       day_count = CASE WHEN wins.day >= excluded.day THEN wins.day_count + excluded.total ELSE excluded.day_count END,
       day = max(wins.day, excluded.day);

    INSERT INTO seals (first, size, key, signature) SELECT $1 + 1, $9, $10, $11 WHERE $10 IS NOT NULL;

    INSERT INTO award_changes (position, award, state, at, note)
    SELECT $16 + 1 + q.key, $1 + 1 + CAST(q.value ->> 0 AS BIGINT), 'delivered', CAST(q.value ->> 1 AS BIGINT), ''
    FROM json_each($15) q;

    UPDATE committer SET position = $17";

fn rows(closed: &[Closed]) -> String {
    json_text(&closed.iter().flat_map(Closed::rows).collect::<Vec<_>>())
}

/// Of each draw, its request's digest and its receipt's.
fn digests(closed: &[Closed]) -> Vec<u8> {
    let pairs =
        |closed: &Closed| closed.draws.iter().map(|draw| [closed.request, draw.draw.receipt]).collect::<Vec<_>>();
    closed.iter().flat_map(pairs).flatten().flat_map(|digest| *digest.as_bytes()).collect()
}

/// Where each of these begins, counted from 1, and how long it is; and all of them.
fn cut<'a>(pieces: impl Iterator<Item = &'a [u8]> + Clone) -> (String, Vec<u8>) {
    let mut bytes = Vec::with_capacity(pieces.clone().map(<[u8]>::len).sum());
    let mut cuts = Vec::new();
    for piece in pieces {
        cuts.push((bytes.len() + 1, piece.len()));
        bytes.extend_from_slice(piece);
    }
    (json_text(&cuts), bytes)
}

/// As the last draw of each player leaves it.
fn participations(closed: &[Closed]) -> String {
    let last = closed.iter().map(|Closed { participation, draws, .. }| {
        let Draw { player, campaign, .. } = &draws.first.draw;
        ((player.as_str(), campaign.as_str()), *participation)
    });
    let last: BTreeMap<_, _> = last.collect();
    let rows = last.into_iter().map(|((player, campaign), participation)| {
        let Participation { version, draws, month, day, chances } = participation;
        let Chances { initial, added, used, .. } = chances;
        (player, campaign, version, draws, month.period, month.count, day.period, day.count, initial, added, used)
    });
    json_text(&rows.collect::<Vec<_>>())
}

fn awards(closed: &[Closed]) -> String {
    let rows = draws(closed).enumerate().filter_map(|(number, ClosedDraw { draw, delivery, state, .. })| {
        let won = draw.won.as_ref()?;
        Some((number, won.prize.as_str(), won.amount, delivery.as_ref().map(delivery::encode), state.as_str()))
    });
    json_text(&rows.collect::<Vec<_>>())
}

/// How often each player won each prize, and how often on the latest day: a series may win one several times.
fn wins(closed: &[Closed]) -> String {
    let mut wins = BTreeMap::new();
    for Closed { day, draws, .. } in closed {
        for draw in draws.iter().map(|closed| &closed.draw) {
            let Some(won) = &draw.won else { continue };
            let key = (draw.player.as_str(), draw.campaign.as_str(), won.prize.as_str());
            let (total, latest, today) = wins.entry(key).or_insert((0, *day, 0));
            *today = if *latest >= *day { *today + 1 } else { 1 };
            *latest = (*latest).max(*day);
            *total += 1;
        }
    }
    let rows = wins
        .into_iter()
        .map(|((player, campaign, prize), (total, day, today))| (player, campaign, prize, total, day, today));
    json_text(&rows.collect::<Vec<_>>())
}

/// Of each award that the host has yet to deliver, which draw it is of, where its task stands, and since when.
fn tasks(closed: &[Closed]) -> String {
    let waiting = draws(closed).enumerate().filter(|(_, closed)| closed.state == State::Pending);
    let queued = waiting.filter_map(|(number, closed)| {
        let queue = closed.delivery.as_ref()?.queue()?;
        Some((number, queue.to_string(), closed.draw.drawn_at.as_millis()))
    });
    json_text(&queued.collect::<Vec<_>>())
}

/// Of each award that was delivered since it was won, which draw it is of, and when.
fn delivered(closed: &[Closed]) -> Vec<(usize, i64)> {
    let is_later = |closed: &ClosedDraw| closed.state != State::first(closed.delivery.as_ref());
    let changed = draws(closed).enumerate().filter(|(_, closed)| is_later(closed));
    changed.map(|(number, closed)| (number, closed.draw.drawn_at.as_millis())).collect()
}

fn json_text(rows: &impl Serialize) -> String {
    serde_json::to_string(rows).expect("texts and integers are JSON")
}

impl Closed {
    fn rows(&self) -> impl Iterator<Item = DrawRow<'_>> {
        self.draws.iter().enumerate().map(|(part, ClosedDraw { draw, .. })| {
            let Draw { id, campaign, revision, player, ordinal, won, drawn_at, .. } = draw;
            DrawRow {
                id: id.as_str(),
                player: player.as_str(),
                campaign: campaign.as_str(),
                key: self.key.as_str(),
                part,
                ordinal: *ordinal,
                revision: *revision,
                prize: won.as_ref().map(|won| won.prize.as_str()),
                title: won.as_ref().map(|won| won.title.as_str()),
                data: won.as_ref().and_then(|won| won.data.as_deref()),
                amount: won.as_ref().map(|won| won.amount),
                drawn_at: drawn_at.as_millis(),
            }
        })
    }
}
