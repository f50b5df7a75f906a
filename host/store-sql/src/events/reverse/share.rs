//! The share of one campaign's rewards that a reversal takes back: from the player, and from who brought them.

use std::collections::BTreeMap;

use serde_json::json;
use tombola_domain::award::State;
use tombola_domain::event::Step;
use tombola_domain::id::{AwardId, PlayerId, UnitName};
use tombola_domain::ledger::{Account, House, Transfer};
use tombola_domain::rebate::{Gain, Recipient, Rewarded};
use tombola_domain::time::Timestamp;
use tombola_store::Result;
use tombola_store::awards::Award;
use tombola_store::events::{PointsBack, Rebate, Reversal, TakenBack};
use tombola_store::ledger::BusinessKey;

use super::super::{referrals, save};
use crate::awards::{self, Changed, Voiding};
use crate::chances;
use crate::db;
use crate::error::unavailable;
use crate::ledger::{self, Back, BackError, Piece};
use crate::writer::Write;

/// Why awards are voided whose event is reversed.
const NOTE: &str = "its event was reversed";

pub(super) struct Share<'a> {
    pub(super) reversal: &'a Reversal,
    pub(super) rebate: &'a Rebate,
    pub(super) step: Step,
    pub(super) referrer: Option<&'a PlayerId>,
}

/// Whose rewards are taken back, under which keys.
struct Whose<'a> {
    recipient: Recipient,
    player: &'a PlayerId,
    /// What was given stands under this one.
    of: BusinessKey,
    /// What is taken back under this one.
    key: BusinessKey,
}

impl Share<'_> {
    /// Takes it back, and says what was taken from the player.
    pub(super) async fn take(&self, write: &mut Write) -> Result<TakenBack, BackError> {
        let taken = self.take_from(write, &self.own()).await?;
        if let Some(referrer) = self.referrer {
            self.take_from(write, &self.referred(referrer)).await?;
        }
        Ok(taken)
    }

    fn own(&self) -> Whose<'_> {
        let Rebate { event, campaign, player, .. } = self.rebate;
        let key = format!("reversal:{}:{campaign}", self.reversal.id);
        let key = key.parse().expect("printable, and short enough");
        Whose { recipient: Recipient::Player, player, of: save::key(event, campaign), key }
    }

    fn referred<'a>(&self, player: &'a PlayerId) -> Whose<'a> {
        let key = referral_key(self.rebate, self.reversal);
        Whose { recipient: Recipient::Referrer, player, of: referrals::key(&self.rebate.id), key }
    }

    fn given(&self, whose: &Whose<'_>) -> impl Iterator<Item = (usize, &Rewarded)> {
        let recipient = whose.recipient;
        let rewards = self.rebate.rewards.iter().enumerate();
        rewards.filter(move |(_, reward)| reward.recipient == recipient && reward.is_granted())
    }

    async fn take_from(&self, write: &mut Write, whose: &Whose<'_>) -> Result<TakenBack, BackError> {
        let points = self.take_points(write, whose).await?;
        let chances = self.take_chances(write, whose).await?;
        let awards = if self.step.is_last() { self.void_awards(write, whose).await? } else { Vec::new() };
        Ok(TakenBack { points, chances, awards })
    }

    async fn take_points(&self, write: &mut Write, whose: &Whose<'_>) -> Result<Vec<PointsBack>, BackError> {
        let pieces = self.given(whose).filter_map(|(_, reward)| {
            let Gain::Points(unit) = &reward.gain else { return None };
            let (so_far, amount) = self.step.share(reward.amount);
            (reward.amount > 0).then_some(Piece { unit, moved: reward.amount, so_far, amount })
        });
        let pieces: Vec<_> = pieces.collect();
        if pieces.iter().all(|piece| piece.amount == 0) {
            return Ok(Vec::new());
        }
        let back = Back {
            player: whose.player,
            campaign: &self.rebate.campaign,
            of: &whose.of,
            key: &whose.key,
            request: self.reversal.request,
            shortfall: self.reversal.shortfalls.of(&self.rebate.campaign),
            at: self.reversal.received_at,
        };
        Ok(by_unit(&ledger::take_back(write, &back, &pieces).await?, back.at))
    }

    async fn take_chances(&self, write: &mut Write, whose: &Whose<'_>) -> Result<u64> {
        let chances = self.given(whose).filter(|(_, reward)| reward.gain == Gain::Chances);
        let amount: i64 = chances.map(|(_, reward)| self.step.share(reward.amount.max(0)).1).sum();
        if amount == 0 {
            return Ok(0);
        }
        let back = chances::Back {
            player: whose.player,
            campaign: &self.rebate.campaign,
            of: whose.of.as_str(),
            key: whose.key.as_str(),
            amount: amount.unsigned_abs(),
            at: self.reversal.received_at,
        };
        chances::take_back(write, &back).await
    }

    async fn void_awards(&self, write: &mut Write, whose: &Whose<'_>) -> Result<Vec<AwardId>, BackError> {
        let prizes = self.given(whose).filter(|(_, reward)| matches!(reward.gain, Gain::Prize(_)));
        let ids: Vec<_> = prizes.map(|(place, _)| AwardId::of_rebate(&self.rebate.id, place)).collect();
        if ids.is_empty() {
            return Ok(ids);
        }
        let awards = standing(write, &ids).await?;
        let Reversal { request, shortfalls, received_at: at, .. } = self.reversal;
        let voiding = Voiding { actor: None, reason: NOTE, request: *request, shortfalls, at: *at };
        let before: Vec<_> = awards.iter().map(|award| (award, award.state)).collect();
        awards::undo(write, &before, &voiding).await?;
        let changed = |award: &Award| Changed { award: award.position, state: State::Voided, note: NOTE };
        awards::change(write, &awards.iter().map(changed).collect::<Vec<_>>(), *at, None).await?;
        Ok(awards.into_iter().map(|award| award.id).collect())
    }
}

/// What taking something back from a referrer stands for: two players may have one referrer and reverse under one id.
pub(super) fn referral_key(rebate: &Rebate, reversal: &Reversal) -> BusinessKey {
    format!("referral-reversal:{}:{}", rebate.id, reversal.id).parse().expect("printable, and short enough")
}

/// Those of these awards that are not voided yet.
async fn standing(write: &mut Write, ids: &[AwardId]) -> Result<Vec<Award>> {
    let names: Vec<_> = ids.iter().map(AwardId::as_str).collect();
    let rows = db::query(
        "SELECT a.* FROM json_each($1) q JOIN rebate_awards r ON r.id = q.atom
         JOIN award_details a ON a.position = r.position WHERE a.state <> 'voided' ORDER BY a.position",
    )
    .bind(json!(names).to_string())
    .fetch_all(write)
    .await
    .map_err(unavailable)?;
    rows.iter().map(awards::award).collect()
}

/// What comes out of a debt account is owed again or from now on, unless it is paid at once. What had lapsed is brought back to its lot
/// first, and taken out of that.
fn by_unit(transfers: &[Transfer], at: Timestamp) -> Vec<PointsBack> {
    let mut units: BTreeMap<&UnitName, PointsBack> = BTreeMap::new();
    for Transfer { unit, from, to, amount, lots } in transfers {
        let nothing = || PointsBack { unit: unit.clone(), amount: 0, owed: 0, lost: 0, lapsed: 0 };
        let back = units.entry(unit).or_insert_with(nothing);
        match (from, to) {
            (Account::House(House::Lapsed), _) => continue,
            (_, Account::Debt(_)) => {
                back.owed -= amount;
                continue;
            }
            (Account::Debt(_), _) => back.owed += amount,
            (Account::House(House::Loss), _) => back.lost += amount,
            _ => back.lapsed -= lots.iter().filter(|lot| !lot.lapse.is_after(at)).map(|lot| lot.change).sum::<i64>(),
        }
        back.amount += amount;
    }
    units.into_values().collect()
}
