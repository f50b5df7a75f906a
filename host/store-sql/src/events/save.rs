//! What committed events leave behind.

use std::collections::{BTreeMap, HashMap};

use serde_json::{Value, json};
use tombola_domain::code::CouponCode;
use tombola_domain::digest::Digest;
use tombola_domain::id::{CampaignId, EventId, PlayerId};
use tombola_domain::ledger::Book;
use tombola_domain::rebate::{Gain, Receipt, Recipient, Rewarded};
use tombola_domain::signature::{Seal, Signer};
use tombola_domain::task::Queue;
use tombola_store::Result;
use tombola_store::events::{Answer, DecidedRebate, EventCommit, Outcome, Rebate, Refusal};
use tombola_store::ledger::{BusinessKey, Why};

use super::commit::{Closed, ClosedRebate, chances as chances_among};
use super::disclosure;
use super::prizes::{self, Given};
use crate::chances::{self, Added};
use crate::codes::giving::{self, Held};
use crate::db;
use crate::draws::FEED;
use crate::error::unavailable;
use crate::feed;
use crate::fields::{Fields, integer};
use crate::ledger::{self, Ready};
use crate::writer::Write;

/// What became of an event where it was decided, refused or put off, by campaign.
pub(super) fn answers(closed: &Closed<'_>, held: &Held) -> Vec<Answer> {
    let decided =
        closed.rebates.iter().map(|rebate| (rebate.campaign().clone(), Outcome::Decided(rebate.rebate(closed, held))));
    let refused = closed.refused().map(|(campaign, refusal)| (campaign.clone(), Outcome::Refused(refusal.clone())));
    let waiting = closed.commit.waiting.iter().map(|(campaign, _)| (campaign.clone(), Outcome::Waiting));
    let answers = decided.chain(refused).chain(waiting).map(|(campaign, outcome)| Answer { campaign, outcome });
    let mut answers: Vec<_> = answers.collect();
    answers.sort_by(|one, other| one.campaign.cmp(&other.campaign));
    answers
}

impl ClosedRebate<'_> {
    fn campaign(&self) -> &CampaignId {
        &self.receipt.terms.campaign
    }

    fn rebate(&self, closed: &Closed<'_>, held: &Held) -> Rebate {
        let terms = &self.receipt.terms;
        Rebate {
            id: self.decided.id.clone(),
            event: closed.commit.event.id.clone(),
            player: closed.commit.event.player.clone(),
            campaign: terms.campaign.clone(),
            revision: terms.revision,
            ordinal: terms.ordinal,
            rewards: self.receipt.rewards.clone(),
            receipt: Receipt::digest(&self.receipt.encode()),
            decided_at: closed.commit.decided_at,
            codes: self.codes(held),
            reversed: None,
        }
    }

    /// The codes that the player gets.
    fn codes(&self, held: &Held) -> BTreeMap<usize, CouponCode> {
        let code = |(place, reward): (usize, &Rewarded)| {
            let delivery = self.decided.hand_overs[place].as_ref()?.delivery.as_ref()?;
            Some((place, held.code(delivery.code_pool()?, reward.token()?).code))
        };
        self.given(Recipient::Player).filter_map(code).collect()
    }

    /// What was given to one or the other.
    fn given(&self, recipient: Recipient) -> impl Iterator<Item = (usize, &Rewarded)> {
        let rewards = self.receipt.rewards.iter().enumerate();
        rewards.filter(move |(_, reward)| reward.recipient == recipient && reward.is_granted())
    }

    fn chances(&self) -> u64 {
        chances_among(self.given(Recipient::Player).map(|(_, reward)| (&reward.gain, reward.amount)))
    }

    /// What it stands for in the ledger, and among chances.
    fn key(&self, closed: &Closed<'_>) -> BusinessKey {
        key(&closed.commit.event.id, self.campaign())
    }
}

/// What stands for what one campaign gives for a player's event.
pub(super) fn key(event: &EventId, campaign: &CampaignId) -> BusinessKey {
    format!("rebate:{event}:{campaign}").parse().expect("printable, and short enough")
}

/// Writes it, and answers the codes that awards get, each with its award's position.
pub(super) async fn save(
    write: &mut Write,
    book: Book,
    closed: &[Closed<'_>],
    signer: Option<&Signer>,
    held: &Held,
) -> Result<Vec<(u64, giving::Given)>> {
    let numbers = numbers(write, closed).await?;
    let rebates: Vec<_> = closed
        .iter()
        .zip(&numbers)
        .flat_map(|(event, number)| event.rebates.iter().map(move |rebate| (event, *number, rebate)))
        .collect();
    let first = write.position;
    let given: Vec<Given<'_>> = rebates
        .iter()
        .enumerate()
        .flat_map(|(place, (event, _, rebate))| prizes_of(event, rebate, first + 1 + place as u64))
        .collect();
    feed::advance(write, rebates.len() + given.len()).await?;
    let encoded: Vec<Vec<u8>> = rebates.iter().map(|(_, _, rebate)| rebate.receipt.encode()).collect();
    let digests: Vec<Digest> = encoded.iter().map(|bytes| Receipt::digest(bytes)).collect();
    let seal = signer.filter(|_| !digests.is_empty()).map(|signer| signer.seal(FEED, first + 1, &digests));
    insert(
        write,
        &Inserted { closed, numbers: &numbers, rebates: &rebates, encoded: &encoded, digests: &digests, first, seal },
    )
    .await?;
    prizes::give(write, first + rebates.len() as u64, &given).await?;
    let added = rebates.iter().filter(|(_, _, rebate)| rebate.chances() > 0).map(|(event, _, rebate)| Added {
        player: &event.commit.event.player,
        campaign: rebate.campaign(),
        key: rebate.key(event).as_str().to_owned(),
        amount: rebate.chances(),
        granted: rebate.decided.granted,
        lapse: rebate.decided.lapse,
        at: event.commit.decided_at,
    });
    let added: Vec<_> = added.collect();
    if !added.is_empty() {
        chances::add(write, "reward", &added).await?;
    }
    post(write, book, &rebates, &digests).await?;
    let first = first + rebates.len() as u64 + 1;
    Ok(given.iter().zip(first..).filter_map(|(given, position)| Some((position, given.code(held)?))).collect())
}

type Numbered<'a> = (&'a Closed<'a>, u64, &'a ClosedRebate<'a>);

fn prizes_of<'a>(event: &'a Closed<'a>, rebate: &'a ClosedRebate<'a>, source: u64) -> impl Iterator<Item = Given<'a>> {
    rebate.given(Recipient::Player).filter_map(move |(place, reward)| {
        let Gain::Prize(prize) = &reward.gain else { return None };
        let hand_over = rebate.decided.hand_overs[place].as_ref().expect("a prize is handed over");
        Some(Given {
            rebate: &rebate.decided.id,
            source,
            place,
            campaign: rebate.campaign(),
            player: &event.commit.event.player,
            prize,
            amount: reward.amount,
            hand_over,
            token: reward.token(),
            at: event.commit.decided_at,
            day: rebate.decided.day,
        })
    })
}

async fn post(write: &mut Write, book: Book, rebates: &[Numbered<'_>], digests: &[Digest]) -> Result<()> {
    let keys: Vec<_> = rebates.iter().map(|(event, _, rebate)| rebate.key(event)).collect();
    let ready = rebates.iter().zip(digests).zip(&keys).filter(|(((_, _, rebate), _), _)| !rebate.transfers.is_empty());
    let ready = ready.map(|(((event, _, rebate), digest), key)| Ready {
        player: Some(&event.commit.event.player),
        key,
        request: *digest,
        why: Why::Reward,
        at: event.commit.decided_at,
        transfers: rebate.transfers.clone(),
    });
    ledger::write(write, book, ready.collect()).await?;
    Ok(())
}

/// The number of each event: its own, or the next one.
async fn numbers(write: &mut Write, closed: &[Closed<'_>]) -> Result<Vec<u64>> {
    let row = db::query("SELECT coalesce(max(number), 0) AS number FROM events")
        .fetch_one(write)
        .await
        .map_err(unavailable)?;
    let mut last = Fields { table: "events", key: "number", row: &row }.count("number")?;
    let number = |event: &Closed<'_>| {
        event.number.unwrap_or_else(|| {
            last += 1;
            last
        })
    };
    Ok(closed.iter().map(number).collect())
}

struct Inserted<'a> {
    closed: &'a [Closed<'a>],
    numbers: &'a [u64],
    rebates: &'a [Numbered<'a>],
    encoded: &'a [Vec<u8>],
    digests: &'a [Digest],
    /// The position before the first rebate.
    first: u64,
    seal: Option<Seal>,
}

impl Inserted<'_> {
    /// Bytes travel beside the rows in one blob, cut by offset, since JSON would double them.
    fn blob(&self) -> Vec<u8> {
        let requests = self.closed.iter().flat_map(|event| *event.commit.request.as_bytes());
        let digests = self.digests.iter().flat_map(|digest| *digest.as_bytes());
        requests.chain(digests).chain(self.encoded.iter().flatten().copied()).collect()
    }

    fn events(&self) -> Value {
        let new = self.closed.iter().zip(self.numbers).enumerate().filter(|(_, (event, _))| event.commit.is_new);
        let rows = new.map(|(place, (event, number))| {
            let event = &event.commit.event;
            json!({
                "number": integer(*number), "request": 32 * place + 1, "player": event.player.as_str(), "id": event.id.as_str(),
                "type": event.event_type.as_str(), "referrer": event.referrer.as_ref().map(PlayerId::as_str),
                "attributes": event.attributes, "occurred_at": event.occurred_at.as_millis(), "received_at": event.received_at.as_millis(),
            })
        });
        rows.collect()
    }

    fn rebates(&self) -> Value {
        let mut at = 32 * (self.closed.len() + self.rebates.len()) + 1;
        let counted = |(event, _, rebate): &Numbered<'_>| {
            (event.commit.event.player.clone(), rebate.campaign().clone(), rebate.receipt.terms.event_type.clone())
        };
        // Several events of a player's may be counted in one batch: the last of them says how many there are.
        let latest: HashMap<_, _> = self.rebates.iter().map(counted).zip(0_usize..).collect();
        let rows = self.rebates.iter().enumerate().map(|(place, numbered)| {
            let (event, number, rebate) = numbered;
            let (receipt, bytes, length) = (32 * (self.closed.len() + place) + 1, at, self.encoded[place].len());
            at += length;
            let (terms, tally) = (&rebate.receipt.terms, &rebate.decided.tally);
            let has_referral = rebate.given(Recipient::Referrer).next().is_some();
            json!({
                "id": rebate.decided.id.as_str(), "event": integer(*number), "player": event.commit.event.player.as_str(),
                "campaign": terms.campaign.as_str(), "ordinal": integer(terms.ordinal), "revision": integer(terms.revision),
                "at": event.commit.decided_at.as_millis(), "receipt": receipt, "bytes": bytes, "length": length,
                "disclosure": disclosure::encode(&rebate.decided.disclosure), "type": terms.event_type.as_str(),
                "tally": [integer(tally.total), tally.day.period, integer(tally.day.count), integer(tally.streak_days)],
                "is_latest": u8::from(latest[&counted(numbered)] == place),
                "granted": rebate.decided.granted.map(integer), "has_referral": u8::from(has_referral),
                "referrals": has_referral.then(|| referrals(rebate)),
            })
        });
        rows.collect::<Vec<_>>().into()
    }

    /// Where events wait, where they were refused, and where neither holds any more.
    fn campaigns(&self) -> (Value, Value) {
        let (mut kept, mut gone) = (Vec::new(), Vec::new());
        for (event, number) in self.closed.iter().zip(self.numbers) {
            let EventCommit { waiting, .. } = event.commit;
            let number = integer(*number);
            for (campaign, due) in waiting {
                kept.push(json!([number, campaign.as_str(), due.as_millis(), null, null]));
            }
            for (campaign, Refusal { code, message }) in event.refused() {
                kept.push(json!([number, campaign.as_str(), null, code, message]));
            }
            gone.extend(event.rebates.iter().map(|rebate| json!([number, rebate.campaign().as_str()])));
        }
        (kept.into(), gone.into())
    }
}

/// What a referrer gets, as the task that hands it over reads it, by the reward's place: what prizes hand over is known now alone.
fn referrals(rebate: &ClosedRebate<'_>) -> String {
    let prize = |(place, reward): (usize, &Rewarded)| {
        let (Gain::Prize(prize), Some(hand_over)) = (&reward.gain, &rebate.decided.hand_overs[place]) else {
            return None;
        };
        let deliver = hand_over.delivery.as_ref().map(crate::delivery::encode);
        Some((
            place.to_string(),
            json!({"prize": prize.as_str(), "title": hand_over.title, "data": hand_over.data, "deliver": deliver}),
        ))
    };
    let prizes: HashMap<_, _> = rebate.given(Recipient::Referrer).filter_map(prize).collect();
    let (ClosedRebate { set_aside, .. }, DecidedRebate { day, granted, .. }) = (rebate, rebate.decided);
    json!({"day": day, "granted": granted, "set_aside": set_aside, "prizes": prizes}).to_string()
}

async fn insert(write: &mut Write, inserted: &Inserted<'_>) -> Result<()> {
    let (kept, gone) = inserted.campaigns();
    db::query(INSERT)
        .bind(inserted.events().to_string())
        .bind(inserted.blob())
        .bind(inserted.rebates().to_string())
        .bind(integer(inserted.first))
        .bind(kept.to_string())
        .bind(gone.to_string())
        .bind(Queue::Referrals.to_string())
        .bind(inserted.seal.as_ref().map(|seal| integer(seal.place.size)))
        .bind(inserted.seal.as_ref().map(|seal| &seal.key.as_bytes()[..]))
        .bind(inserted.seal.as_ref().map(|seal| &seal.signature.as_bytes()[..]))
        .execute(write)
        .await
        .map_err(unavailable)?;
    Ok(())
}

const INSERT: &str = "
    INSERT INTO events (number, player, id, request, type, referrer, attributes, occurred_at, received_at)
    SELECT CAST(q.value ->> 'number' AS BIGINT), q.value ->> 'player', q.value ->> 'id',
           substr($2, CAST(q.value ->> 'request' AS BIGINT), 32), q.value ->> 'type',
           q.value ->> 'referrer', q.value ->> 'attributes', CAST(q.value ->> 'occurred_at' AS BIGINT), CAST(q.value ->> 'received_at' AS BIGINT)
    FROM json_each($1) q;

    INSERT INTO rebates (position, id, event, player, campaign, ordinal, revision, decided_at, receipt, bytes, disclosure, referrals)
    SELECT $4 + 1 + q.key, q.value ->> 'id', CAST(q.value ->> 'event' AS BIGINT), q.value ->> 'player', q.value ->> 'campaign',
           CAST(q.value ->> 'ordinal' AS BIGINT),
           CAST(q.value ->> 'revision' AS BIGINT), CAST(q.value ->> 'at' AS BIGINT), substr($2, CAST(q.value ->> 'receipt' AS BIGINT), 32),
           substr($2, CAST(q.value ->> 'bytes' AS BIGINT), CAST(q.value ->> 'length' AS BIGINT)), q.value ->> 'disclosure', q.value ->> 'referrals'
    FROM json_each($3) q;

    INSERT INTO tallies (player, campaign, type, total, day, day_count, streak_days)
    SELECT q.value ->> 'player', q.value ->> 'campaign', q.value ->> 'type', CAST(q.value -> 'tally' ->> 0 AS BIGINT),
           CAST(q.value -> 'tally' ->> 1 AS BIGINT), CAST(q.value -> 'tally' ->> 2 AS BIGINT), CAST(q.value -> 'tally' ->> 3 AS BIGINT)
    FROM json_each($3) q WHERE CAST(q.value ->> 'is_latest' AS BIGINT) = 1
    ON CONFLICT (player, campaign, type) DO UPDATE SET total = excluded.total, day = excluded.day, day_count = excluded.day_count,
        streak_days = excluded.streak_days;

    INSERT INTO participations (player, campaign, version, draws, month, month_count, day, day_count, chances_initial)
    SELECT q.value ->> 'player', q.value ->> 'campaign', count(*), 0, 0, 0, 0, 0, max(CAST(q.value ->> 'granted' AS BIGINT))
    FROM json_each($3) q WHERE true GROUP BY 1, 2
    ON CONFLICT (player, campaign) DO UPDATE SET version = participations.version + excluded.version,
        chances_initial = coalesce(participations.chances_initial, excluded.chances_initial);

    INSERT INTO tasks (queue, due, number, since)
    SELECT $7, CAST(q.value ->> 'at' AS BIGINT), $4 + 1 + q.key, CAST(q.value ->> 'at' AS BIGINT) FROM json_each($3) q
    WHERE CAST(q.value ->> 'has_referral' AS BIGINT) = 1;

    INSERT INTO event_campaigns (event, campaign, due, code, message)
    SELECT CAST(q.value ->> 0 AS BIGINT), q.value ->> 1, CAST(q.value ->> 2 AS BIGINT), q.value ->> 3, q.value ->> 4 FROM json_each($5) q WHERE true
    ON CONFLICT (event, campaign) DO UPDATE SET due = excluded.due, code = excluded.code, message = excluded.message,
        attempts = event_campaigns.attempts + 1;

    DELETE FROM event_campaigns WHERE (event, campaign) IN (
        SELECT CAST(value ->> 0 AS BIGINT), CAST(value ->> 1 AS TEXT) FROM json_each($6));

    INSERT INTO seals (first, size, key, signature) SELECT $4 + 1, $8, $9, $10 WHERE $8 IS NOT NULL";
