//! What awards that are voided leave behind: no task, their units of stock, and nothing of what was handed over.

use std::collections::BTreeSet;

use tombola_domain::award::{Delivery, State};
use tombola_domain::digest::Digest;
use tombola_domain::id::AwardId;
use tombola_domain::ledger::{Account, Lapse, Transfer, Wish};
use tombola_domain::time::Timestamp;
use tombola_domain::{draw, rebate, receipt};
use tombola_store::Result;
use tombola_store::awards::{Award, Source};
use tombola_store::ledger::{BusinessKey, NewPosting, Shortfalls, Why};

use super::in_house;
use crate::chances;
use crate::db::{self, Connection};
use crate::error::unavailable;
use crate::fields::{Fields, integer};
use crate::ledger::{self, Back, BackError, Piece};
use crate::outbox;
use crate::writer::Write;

/// Who voids awards, and why.
pub(crate) struct Voiding<'a> {
    /// `None` is the host.
    pub(crate) actor: Option<&'a str>,
    pub(crate) reason: &'a str,
    /// What asks for it.
    pub(crate) request: Digest,
    pub(crate) shortfalls: &'a Shortfalls,
    pub(crate) at: Timestamp,
}

/// Undoes what has become of these awards, each of which was so far until now. Their states are not changed by this.
pub(crate) async fn undo(
    write: &mut Write,
    awards: &[(&Award, State)],
    voiding: &Voiding<'_>,
) -> Result<(), BackError> {
    let tasks = awards.iter().filter_map(|(award, _)| {
        let queue = award.delivery.as_ref().and_then(Delivery::queue)?;
        Some((queue.to_string(), award.position, award.won_at))
    });
    let tasks: Vec<_> = tasks.collect();
    let untold = outbox::untold(write, &tasks).await?;
    outbox::cancel(write, &tasks).await?;
    for (award, before) in awards {
        let is_back = match (&award.delivery, before) {
            (Some(delivery), State::Delivered) => take_back(write, award, delivery, voiding).await?,
            (None, State::Delivered) => false,
            // A message that was ever sent may have had its effect, though nobody answered so: nobody else gets its unit and what it cost.
            (Some(Delivery::Webhook(_)), _) if !untold.contains(&award.position) => false,
            _ => {
                put_back(write, award, voiding).await?;
                true
            }
        };
        if is_back {
            give_cost_back(write, award, voiding).await?;
        }
    }
    Ok(())
}

/// Gives a budget back what an award took of it that is not with its player any more.
async fn give_cost_back(write: &mut Write, award: &Award, voiding: &Voiding<'_>) -> Result<(), BackError> {
    let Some(cost) = cost(write, award).await? else { return Ok(()) };
    let key: BusinessKey = format!("void:prize:{}", award.id).parse().expect("printable, and short enough");
    let wish = Wish { unit: cost.unit, from: cost.to, to: cost.from, amount: cost.amount, lapse: Lapse::Never };
    let player = Some(award.player.clone());
    let posting = NewPosting { player, key, why: Why::Reversal, wishes: vec![wish], at: voiding.at };
    ledger::post(write, &[posting]).await?.pop().expect("an answer each")?;
    Ok(())
}

/// What the award took of its campaign's budget, if it cost anything.
async fn cost(write: &mut Write, award: &Award) -> Result<Option<Transfer>> {
    let account = Account::Prize(award.campaign.clone(), award.prize.clone());
    let posting = match &award.source {
        Source::Draw(_) => db::query("SELECT number FROM postings WHERE player = $1 AND key = $2")
            .bind(award.player.as_str())
            .bind(format!("prize:{}", award.id)),
        Source::Rebate(id) => db::query(
            "SELECT p.number, b.bytes FROM rebates b JOIN events e ON e.number = b.event
             JOIN postings p ON p.player = b.player AND p.key = 'rebate:' || e.id || ':' || b.campaign WHERE b.id = $1",
        )
        .bind(id.as_str()),
    };
    let Some(row) = posting.fetch_optional(write).await.map_err(unavailable)? else { return Ok(None) };
    let fields = Fields { table: "postings", key: "number", row: &row };
    // Of several of one prize each has a transfer, in the order of the rewards.
    let before = of_same_prize_before(&fields, award)?;
    let number = fields.count("number")?;
    let mut made = ledger::transfers(write, &BTreeSet::from([number])).await?;
    let made = made.remove(&number).unwrap_or_default();
    Ok(made.into_iter().map(|(_, made)| made).filter(|made| made.to == account).nth(before))
}

/// How many rewards of a rebate that were granted before this award's are of its prize.
fn of_same_prize_before(fields: &Fields<'_>, award: &Award) -> Result<usize> {
    let Source::Rebate(id) = &award.source else { return Ok(0) };
    let receipt = rebate::Receipt::decode(fields.get("bytes")?).map_err(|error| fields.wrong("bytes", &error))?;
    let rewards = receipt.rewards.iter().enumerate();
    let before = rewards.take_while(|(place, _)| AwardId::of_rebate(id, *place) != award.id);
    let is_same =
        |reward: &rebate::Rewarded| reward.is_granted() && reward.gain == rebate::Gain::Prize(award.prize.clone());
    Ok(before.filter(|(_, reward)| is_same(reward)).count())
}

/// Takes back what was handed over by the host itself, and says whether that is so; what others have handed over is theirs to get back.
async fn take_back(
    write: &mut Write,
    award: &Award,
    delivery: &Delivery,
    voiding: &Voiding<'_>,
) -> Result<bool, BackError> {
    let (of, key) = (in_house::key(&award.id), format!("void:award:{}", award.id));
    let (player, campaign, at) = (&award.player, &award.campaign, voiding.at);
    match delivery {
        Delivery::Points { unit, .. } => {
            let [of, key] = [of, key].map(|key| key.parse::<BusinessKey>().expect("printable, and short enough"));
            let shortfall = voiding.shortfalls.of(campaign);
            let back = Back { player, campaign, of: &of, key: &key, request: voiding.request, shortfall, at };
            let worth = in_house::worth(award);
            let pieces = [Piece { unit, moved: worth, so_far: 0, amount: worth }];
            Ok(!ledger::take_back(write, &back, &pieces).await?.is_empty())
        }
        Delivery::Chances(_) => {
            let Some(amount) = granted(write, award, &of).await? else { return Ok(false) };
            chances::take_back(write, &chances::Back { player, campaign, of: &of, key: &key, amount, at }).await?;
            Ok(true)
        }
        Delivery::Codes(_) | Delivery::Webhook(_) | Delivery::Manual => Ok(false),
    }
}

/// How many chances were handed over under this key. None where people said that it was done otherwise.
async fn granted(connection: &mut Connection, award: &Award, key: &str) -> Result<Option<u64>> {
    let row = db::query("SELECT key, amount FROM chance_grants WHERE player = $1 AND campaign = $2 AND key = $3")
        .bind(award.player.as_str())
        .bind(award.campaign.as_str())
        .bind(key)
        .fetch_optional(connection)
        .await
        .map_err(unavailable)?;
    row.map(|row| Fields { table: "chance_grants", key: "key", row: &row }.count("amount")).transpose()
}

/// Puts the unit back that an award took, if its stock was counted. What was issued stays issued, since tokens number all units
/// that ever were; there is one more instead.
async fn put_back(connection: &mut Connection, award: &Award, voiding: &Voiding<'_>) -> Result<()> {
    if !took_unit(connection, award).await? {
        return Ok(());
    }
    db::query(
        "UPDATE stock SET allotted = allotted + 1, mark_version = mark_version + 1, sold_out = 0 WHERE campaign = $1 AND prize = $2;

         INSERT INTO stock_changes (campaign, prize, change, reason, actor, at, award) VALUES ($1, $2, 1, $3, $4, $5, $6)",
    )
    .bind(award.campaign.as_str())
    .bind(award.prize.as_str())
    .bind(voiding.reason)
    .bind(voiding.actor.unwrap_or_default())
    .bind(voiding.at.as_millis())
    .bind(integer(award.position))
    .execute(connection)
    .await
    .map_err(unavailable)?;
    Ok(())
}

/// Whether the award has a token for a unit: the receipt of what won it says so. Where that is no longer kept, the campaign closed so long
/// ago that nobody waits for the unit.
async fn took_unit(connection: &mut Connection, award: &Award) -> Result<bool> {
    let position = integer(award.position);
    let row = db::query(
        "SELECT position, bytes FROM receipts WHERE position = $1
         UNION ALL
         SELECT b.position, b.bytes FROM rebate_awards a JOIN rebates b ON b.position = a.rebate WHERE a.position = $1
         UNION ALL
         SELECT d.position, NULL FROM draws d JOIN dropped_receipts x ON x.campaign = d.campaign AND x.position >= d.position
         WHERE d.position = $1 AND NOT EXISTS (SELECT 1 FROM receipts g WHERE g.position = d.position)",
    )
    .bind(position)
    .fetch_one(connection)
    .await
    .map_err(unavailable)?;
    let fields = Fields { table: "receipts", key: "position", row: &row };
    let Some(bytes) = fields.get::<Option<&[u8]>>("bytes")? else { return Ok(false) };
    Ok(match &award.source {
        Source::Draw(_) => {
            let receipt = receipt::Receipt::decode(bytes).map_err(|error| fields.wrong("bytes", &error))?;
            receipt.granted().is_some_and(|tried| matches!(tried.verdict, draw::Verdict::Granted(Some(_))))
        }
        Source::Rebate(id) => {
            let receipt = rebate::Receipt::decode(bytes).map_err(|error| fields.wrong("bytes", &error))?;
            let mut rewards = receipt.rewards.iter().enumerate();
            let own = rewards.find(|(place, _)| AwardId::of_rebate(id, *place) == award.id);
            own.is_some_and(|(_, reward)| matches!(reward.verdict, rebate::Verdict::Granted(Some(_))))
        }
    })
}
