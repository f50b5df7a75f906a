//! What campaigns gave to referrers: all of one rebate's in one transaction, under a key of its own.

use std::collections::{BTreeSet, HashMap};
use std::sync::atomic::{AtomicU64, Ordering};

use serde::Deserialize;
use serde_json::json;
use tombola_domain::chance::TooMany;
use tombola_domain::id::{CampaignId, PlayerId, RebateId, UnitName};
use tombola_domain::ledger::{Account, Lapse, Wish};
use tombola_domain::rebate::{Gain, Recipient, Rewarded};
use tombola_domain::task::Queue;
use tombola_domain::time::Timestamp;
use tombola_store::Result;
use tombola_store::draws::HandOver;
use tombola_store::events::ReverseError;
use tombola_store::ledger::{BusinessKey, NewPosting, NotPosted, Unit, Why};

use super::commit::{chances as chances_among, issue};
use super::prizes::{self, Given};
use super::rows;
use crate::chances::{self, Added, Lifetimes, Room};
use crate::db::{self, Row};
use crate::error::unavailable;
use crate::fields::{Fields, integer};
use crate::writer::Write;
use crate::{delivery, feed, ledger, outbox};

/// What is handed over, as the commit of the event left it.
#[derive(Deserialize)]
struct Left {
    day: i32,
    granted: Option<u64>,
    /// The places of points that the budget paid and that are held for the referrer.
    set_aside: BTreeSet<usize>,
    prizes: HashMap<usize, Prize>,
}

#[derive(Deserialize)]
struct Prize {
    title: String,
    data: Option<String>,
    deliver: Option<String>,
}

struct Referral {
    position: u64,
    due: i64,
    rebate: RebateId,
    referrer: PlayerId,
    campaign: CampaignId,
    rewards: Vec<(usize, Rewarded)>,
    day: i32,
    granted: Option<u64>,
    set_aside: BTreeSet<usize>,
    prizes: HashMap<usize, HandOver>,
}

/// Hands over what is due. What can't be posted is given up as a whole, with the reason. Answers how many were due, and counts those among
/// them that were `delivered`.
pub(super) async fn deliver(mut write: Write, now: Timestamp, limit: u32, delivered: &AtomicU64) -> Result<u64> {
    let due = due(&mut write, now, limit).await?;
    if due.is_empty() {
        return Ok(0);
    }
    let refused = hand_over(&mut write, &due, now).await?;
    end(&mut write, &due, &refused, now).await?;
    write.commit().await?;
    for (referral, refused) in due.iter().zip(&refused) {
        if let Some(reason) = refused {
            tracing::warn!(rebate = %referral.rebate, %reason, "what a referrer was to get is given up until it is retried");
        } else {
            delivered.fetch_add(1, Ordering::Relaxed);
        }
    }
    Ok(due.len() as u64)
}

/// A rebate of which something is taken back.
pub(super) struct Reversed {
    /// Its position in the feed.
    pub(super) position: u64,
    /// What giving back what was set aside for its referrer stands for.
    pub(super) key: BusinessKey,
    /// Whether all of it is taken back.
    pub(super) is_whole: bool,
}

/// Hands over what of these rebates has not reached their referrers yet, also where that was given up before, so that their shares can be
/// taken back. What can't be handed over, and would be taken back whole, is not owed to them any more.
pub(super) async fn settle(write: &mut Write, rebates: &[Reversed], now: Timestamp) -> Result<(), ReverseError> {
    let letters: Vec<_> = rebates.iter().map(|rebate| (Queue::Referrals.to_string(), rebate.position)).collect();
    outbox::revive(write, &letters, now).await?;
    let positions: Vec<_> = rebates.iter().map(|rebate| rebate.position).collect();
    let pending = pending(write, &positions).await?;
    if pending.is_empty() {
        return Ok(());
    }
    let mut refused = hand_over(write, &pending, now).await?;
    for (referral, refused) in pending.iter().zip(&mut refused) {
        let Some(reason) = refused.take() else { continue };
        match rebates.iter().find(|rebate| rebate.position == referral.position && rebate.is_whole) {
            Some(rebate) => cancel(write, referral, &rebate.key, now).await?,
            None => return Err(reason.into()),
        }
    }
    end(write, &pending, &refused, now).await?;
    Ok(())
}

/// Of its points and chances nothing is handed over any more, and what a budget set aside for them goes back there. Its prizes are, so that
/// they can be voided as any others.
async fn cancel(write: &mut Write, referral: &Referral, key: &BusinessKey, now: Timestamp) -> Result<(), ReverseError> {
    db::query("UPDATE rebates SET referrals = NULL WHERE position = $1")
        .bind(integer(referral.position))
        .execute(write)
        .await
        .map_err(unavailable)?;
    give(write, [referral], now).await?;
    let wishes: Vec<_> = referral.set_aside().collect();
    if !wishes.is_empty() {
        let player = Some(referral.referrer.clone());
        let posting = NewPosting { player, key: key.clone(), why: Why::Reversal, wishes, at: now };
        ledger::post(write, &[posting]).await?.pop().expect("one answer for each")?;
    }
    Ok(())
}

/// Why nothing of a rebate is handed over to its referrer.
#[derive(Debug, Clone, thiserror::Error)]
enum NotHandedOver {
    #[error(transparent)]
    NotPosted(#[from] NotPosted),
    #[error(transparent)]
    TooMany(#[from] TooMany),
}

impl From<NotHandedOver> for ReverseError {
    fn from(error: NotHandedOver) -> Self {
        match error {
            NotHandedOver::NotPosted(error) => error.into(),
            NotHandedOver::TooMany(error) => error.into(),
        }
    }
}

/// Hands over what can be, and says of each why it could not be.
async fn hand_over(write: &mut Write, due: &[Referral], now: Timestamp) -> Result<Vec<Option<NotHandedOver>>> {
    let mut refused = too_many(write, due).await?;
    post(write, due, now, &mut refused).await?;
    let made: Vec<_> = due.iter().zip(&refused).filter(|(_, refused)| refused.is_none()).map(|(due, _)| due).collect();
    let made_with_chances = || made.iter().filter(|referral| referral.chances() > 0);
    let lifetimes = Lifetimes::read(write, made_with_chances().map(|referral| referral.position)).await?;
    let added = made_with_chances().map(|referral| Added {
        player: &referral.referrer,
        campaign: &referral.campaign,
        key: referral.key().as_str().to_owned(),
        amount: referral.chances(),
        granted: referral.granted,
        lapse: lifetimes.lapse(referral.position, now),
        at: now,
    });
    let added: Vec<_> = added.collect();
    if !added.is_empty() {
        chances::add(write, "reward", &added).await?;
    }
    give(write, made, now).await?;
    Ok(refused)
}

/// Gives the prizes among these.
async fn give(write: &mut Write, referrals: impl IntoIterator<Item = &Referral>, now: Timestamp) -> Result<()> {
    let given: Vec<_> = referrals.into_iter().flat_map(|referral| referral.given(now)).collect();
    if !given.is_empty() {
        let before = feed::advance(write, given.len()).await?;
        prizes::give(write, before, &given).await?;
    }
    Ok(())
}

/// What stands for what a referrer gets: two players may have one referrer and events of one id.
pub(super) fn key(rebate: &RebateId) -> BusinessKey {
    format!("referral:{rebate}").parse().expect("printable, and short enough")
}

impl Referral {
    fn key(&self) -> BusinessKey {
        key(&self.rebate)
    }

    fn chances(&self) -> u64 {
        chances_among(self.rewards.iter().map(|(_, reward)| (&reward.gain, reward.amount)))
    }

    fn given(&self, now: Timestamp) -> impl Iterator<Item = Given<'_>> {
        self.rewards.iter().filter_map(move |(place, reward)| {
            let Gain::Prize(prize) = &reward.gain else { return None };
            Some(Given {
                rebate: &self.rebate,
                source: self.position,
                place: *place,
                campaign: &self.campaign,
                player: &self.referrer,
                prize,
                amount: reward.amount,
                hand_over: self.prizes.get(place)?,
                token: None,
                at: now,
                day: self.day,
            })
        })
    }

    /// Out of what the budget set aside for them, or issued by the house.
    fn points(&self, place: usize, issued: Wish) -> Wish {
        let held = Account::Held(self.referrer.clone());
        if self.set_aside.contains(&place) { Wish { from: held, ..issued } } else { issued }
    }

    /// Gives back to the budget what it set aside.
    fn set_aside(&self) -> impl Iterator<Item = Wish> {
        let rewards = self.rewards.iter().filter(|(place, _)| self.set_aside.contains(place));
        rewards.filter_map(|(_, reward)| {
            let Gain::Points(unit) = &reward.gain else { return None };
            let (from, to) = (Account::Held(self.referrer.clone()), Account::Budget(self.campaign.clone()));
            Some(Wish { unit: unit.clone(), from, to, amount: reward.amount, lapse: Lapse::Never })
        })
    }

    fn posting(&self, units: &HashMap<UnitName, Unit>, now: Timestamp) -> Option<NewPosting> {
        let wishes = self.rewards.iter().filter_map(|(place, reward)| {
            let Gain::Points(name) = &reward.gain else { return None };
            let unit = units.get(name).filter(|_| reward.amount > 0)?;
            Some(self.points(*place, issue(&self.referrer, name, reward.amount, unit.lapse(now))))
        });
        let wishes: Vec<_> = wishes.collect();
        let player = Some(self.referrer.clone());
        (!wishes.is_empty()).then(|| NewPosting { player, key: self.key(), why: Why::Reward, wishes, at: now })
    }
}

async fn due(write: &mut Write, now: Timestamp, limit: u32) -> Result<Vec<Referral>> {
    let found = db::query(
        "SELECT rebates.*, events.referrer, t.due FROM tasks t
         JOIN rebates ON rebates.position = t.number JOIN events ON events.number = event
         WHERE t.queue = $1 AND t.due <= $2 ORDER BY t.due, t.number LIMIT $3",
    )
    .bind(Queue::Referrals.to_string())
    .bind(now.as_millis())
    .bind(limit)
    .fetch_all(write)
    .await
    .map_err(unavailable)?;
    found.iter().map(referral).collect()
}

async fn pending(write: &mut Write, rebates: &[u64]) -> Result<Vec<Referral>> {
    // A task that was never touched is found where it was put, and any other one by when that was.
    let found = db::query(
        "SELECT rebates.*, events.referrer, t.due FROM json_each($2) q
         JOIN rebates ON rebates.position = CAST(q.atom AS BIGINT) JOIN events ON events.number = event
         JOIN tasks t ON t.queue = $1 AND t.due = decided_at AND t.number = rebates.position
         UNION ALL
         SELECT rebates.*, events.referrer, t.due FROM json_each($2) q
         JOIN rebates ON rebates.position = CAST(q.atom AS BIGINT) JOIN events ON events.number = event
         JOIN tasks t ON t.queue = $1 AND t.since = decided_at AND t.number = rebates.position AND t.due <> t.since",
    )
    .bind(Queue::Referrals.to_string())
    .bind(json!(rebates).to_string())
    .fetch_all(write)
    .await
    .map_err(unavailable)?;
    found.iter().map(referral).collect()
}

fn referral(row: &Row) -> Result<Referral> {
    let fields = Fields { table: "rebates", key: "id", row };
    let Left { day, granted, set_aside, prizes } = fields.json("referrals")?;
    let rewards = rows::receipt(&fields)?.rewards.into_iter().enumerate();
    let prize = |(place, Prize { title, data, deliver }): (usize, Prize)| {
        let delivery = deliver.map(|deliver| delivery::decode(&deliver)).transpose();
        let delivery = delivery.map_err(|error| fields.wrong("referrals", &error))?;
        Ok((place, HandOver { title, data, delivery }))
    };
    Ok(Referral {
        position: fields.count("position")?,
        due: fields.get("due")?,
        rebate: fields.parsed("id")?,
        referrer: fields.parsed("referrer")?,
        campaign: fields.parsed("campaign")?,
        rewards: rewards.filter(|(_, reward)| reward.recipient == Recipient::Referrer && reward.is_granted()).collect(),
        day,
        granted,
        set_aside,
        prizes: prizes.into_iter().map(prize).collect::<Result<_>>()?,
    })
}

/// Says of each whether it has more chances than its referrer may be given.
async fn too_many(write: &mut Write, due: &[Referral]) -> Result<Vec<Option<NotHandedOver>>> {
    let gaining = due.iter().filter(|referral| referral.chances() > 0);
    let mut room = Room::read(write, gaining.map(|referral| (&referral.referrer, &referral.campaign))).await?;
    let mut refused = Vec::with_capacity(due.len());
    for referral in due {
        let (player, campaign, chances) = (&referral.referrer, &referral.campaign, referral.chances());
        let full = room.check(player, campaign, chances).err();
        if full.is_none() {
            room.take(player, campaign, chances);
        }
        refused.push(full.map(NotHandedOver::from));
    }
    Ok(refused)
}

/// Posts the points of those that are not refused yet, and says of each why they could not be.
async fn post(
    write: &mut Write,
    due: &[Referral],
    now: Timestamp,
    refused: &mut [Option<NotHandedOver>],
) -> Result<()> {
    let units = ledger::units(write).await?;
    let open = due.iter().enumerate().filter(|(place, _)| refused[*place].is_none());
    let postings = open.filter_map(|(place, referral)| Some((place, referral.posting(&units, now)?)));
    let (places, postings): (Vec<_>, Vec<_>) = postings.unzip();
    for (place, posted) in places.into_iter().zip(ledger::post(write, &postings).await?) {
        refused[place] = posted.err().map(NotHandedOver::from);
    }
    Ok(())
}

async fn end(write: &mut Write, due: &[Referral], refused: &[Option<NotHandedOver>], now: Timestamp) -> Result<()> {
    let tasks: Vec<_> = due.iter().map(|referral| (referral.due, integer(referral.position))).collect();
    let dead = due
        .iter()
        .zip(refused)
        .filter_map(|(due, refused)| Some((integer(due.position), refused.as_ref()?.to_string())));
    let dead: Vec<_> = dead.collect();
    outbox::end_in_house(write, &Queue::Referrals, &json!(tasks), &json!(dead), now).await
}
