//! What receipts say that events earned, against what was posted, added and handed over.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::json;
use tombola_domain::id::{AwardId, PlayerId, RebateId};
use tombola_domain::ledger::proportion;
use tombola_domain::rebate::{Gain, Receipt, Recipient, Rewarded};
use tombola_store::reconciliation::{Comparison, Finding};
use tombola_store::{Result, StoreError};

use super::damage;
use super::prices::{Catalogue, Prices, Revision};
use super::scan::{Keys, Range, Scan, Walk};
use crate::db::{Connection, Row};
use crate::fields::Fields;

/// Of each rebate what came of it; points by unit, whatever of them paid a debt. Whether something for the referrer waits is
/// looked up in all of the queue only where nothing was handed over.
pub(super) const REBATES: Scan = Scan {
    walk: Walk {
        table: "rebates",
        keys: Keys::Numbers,
        last: "SELECT count(*) AS rows, CAST(max(key) AS TEXT) AS last
               FROM (SELECT position AS key FROM rebates WHERE position > $1 ORDER BY position LIMIT $2) page",
    },
    rows: 1_024,
    find: "WITH r AS MATERIALIZED (
               SELECT r.*, e.referrer, 'rebate:' || e.id || ':' || campaign AS own_key, 'referral:' || r.id AS other_key
               FROM rebates r JOIN events e ON e.number = event WHERE position > $1 AND position <= $2),
           f AS MATERIALIZED (
               SELECT r.*,
                   (SELECT json_group_array(json_array(t.unit, t.amount)) FROM postings p JOIN transfers t ON t.posting = p.number
                    WHERE p.player = r.player AND p.key = own_key AND to_owner = r.player AND to_kind IN ('player', 'debt')) AS own_points,
                   (SELECT json_group_array(json_array(t.unit, t.amount)) FROM postings p JOIN transfers t ON t.posting = p.number
                    WHERE p.player = referrer AND p.key = other_key AND to_owner = referrer AND to_kind IN ('player', 'debt')) AS other_points,
                   (SELECT amount FROM chance_grants g WHERE g.player = r.player AND g.campaign = r.campaign AND g.key = own_key) AS own_chances,
                   (SELECT amount FROM chance_grants g WHERE g.player = referrer AND g.campaign = r.campaign AND g.key = other_key) AS other_chances,
                   (SELECT json_group_array(json_array(t.unit, from_owner, to_kind, to_owner, to_part, t.amount))
                    FROM postings p JOIN transfers t ON t.posting = p.number
                    WHERE p.player = r.player AND p.key = own_key AND from_kind = 'budget') AS charged,
                   (SELECT json_group_array(json_array(t.unit, t.to_owner, t.amount))
                    FROM events v JOIN postings p ON p.player = r.player AND p.key = 'reversal:' || v.id || ':' || r.campaign
                    JOIN transfers t ON t.posting = p.number WHERE v.reverses = r.event AND t.to_kind = 'budget') AS own_back,
                   (SELECT json_group_array(json_array(t.unit, t.to_owner, t.amount))
                    FROM events v JOIN postings p ON p.player = r.referrer AND p.key = 'referral-reversal:' || r.id || ':' || v.id
                    JOIN transfers t ON t.posting = p.number WHERE v.reverses = r.event AND t.to_kind = 'budget') AS other_back,
                   (SELECT coalesce(sum(v.amount), 0) FROM events e JOIN reversals v ON v.event = e.number AND v.campaign = r.campaign
                    WHERE e.reverses = r.event) AS reversals,
                   (SELECT json_group_array(json_array(a.id, w.prize, a.player)) FROM rebate_awards a JOIN awards w USING (position)
                    WHERE a.id > r.id || '-' AND a.id < r.id || '.') AS prizes
               FROM r)
           SELECT f.*, CASE
               WHEN referrals IS NULL OR other_chances IS NOT NULL OR EXISTS (SELECT 1 FROM json_each(other_points)) THEN 0
               WHEN EXISTS (SELECT 1 FROM tasks WHERE queue = 'referrals' AND due = decided_at AND number = position) THEN 1
               WHEN EXISTS (SELECT 1 FROM dead_letters WHERE queue = 'referrals' AND number = position) THEN 1
               WHEN EXISTS (SELECT 1 FROM json_each(prizes) WHERE value ->> 2 = referrer) THEN 0
               WHEN EXISTS (SELECT 1 FROM tasks WHERE queue = 'referrals' AND number = position) THEN 1 ELSE 0 END AS waits
           FROM f WHERE $3 > 0 ORDER BY position",
};

/// Points by unit, chances, and prizes by their award.
#[derive(Default, PartialEq, Eq)]
struct Gains {
    points: BTreeMap<String, i64>,
    chances: i64,
    prizes: BTreeMap<String, String>,
}

/// A rebate, with what it should have come to and what it came to.
struct Held {
    id: RebateId,
    player: PlayerId,
    referrer: Option<PlayerId>,
    waits: bool,
    /// Whether the event was reversed as a whole while its points and chances could not be handed over.
    cancelled: bool,
    own: [Gains; 2],
    other: [Gains; 2],
    position: i64,
    revision: Revision,
    /// What was granted, by whom it is for.
    granted: Vec<(Recipient, Gain, i64)>,
    charged: Vec<Charge>,
    /// How much of the event was reversed, and of how much, if any was.
    reversed: Option<[i64; 2]>,
    /// How much of it reversals say.
    reversals: i64,
    /// What reversals put into budgets, the player's and the referrer's.
    back: [Vec<Return>; 2],
}

/// A transfer into a budget: its unit, the campaign and how much.
type Return = (String, String, i64);

/// A transfer out of a budget.
#[derive(Deserialize)]
struct Charge {
    unit: String,
    from: String,
    kind: String,
    owner: String,
    part: String,
    amount: i64,
}

pub(super) async fn step(connection: &mut Connection, after: &str, rows_max: u32) -> Result<(Range, Vec<Finding>)> {
    let mut range = REBATES.range(connection, after, rows_max).await?;
    let rows = REBATES.rows(connection, &range, "{}").await?;
    let (held, damaged) = damage::parted(REBATES.walk.table, &rows, read)?;
    let (prices, known) = Catalogue::read(connection, held.iter().map(|held| &held.revision)).await?;
    if let Some(last) = held[..known].last().filter(|_| known < held.len()) {
        range.end_at(known, last.position);
    }
    let mut findings = range.of_it(damaged);
    for held in &held[..known] {
        held.compare(&mut findings);
        if let Some(prices) = prices.of(&held.revision) {
            held.compare_costs(prices, &mut findings);
            held.compare_returns(prices, &mut findings);
        }
    }
    findings.truncate(super::found::FOUND_MAX);
    Ok((range, findings))
}

fn read(row: &Row) -> Result<Held> {
    let fields = Fields { table: "rebates", key: "id", row };
    let id: RebateId = fields.parsed("id")?;
    let receipt = Receipt::decode(fields.get("bytes")?).map_err(|error| fields.wrong("bytes", &error))?;
    let (player, referrer) = (fields.parsed("player")?, fields.optional_parsed::<PlayerId>("referrer")?);
    let awards: Vec<(String, String, String)> = fields.json("prizes")?;
    let found = |points: &'static str, chances: &'static str, who: Option<&PlayerId>| {
        let mut gains = Gains { chances: fields.get::<Option<i64>>(chances)?.unwrap_or(0), ..Gains::default() };
        for (unit, amount) in fields.json::<Vec<(String, i64)>>(points)? {
            *gains.points.entry(unit).or_default() += amount;
        }
        let whose = awards.iter().filter(|(_, _, player)| who.is_some_and(|who| who.as_str() == player));
        gains.prizes = whose.map(|(id, prize, _)| (id.clone(), prize.clone())).collect();
        Ok::<_, StoreError>(gains)
    };
    let reversed = fields.get::<Option<i64>>("reversed_of")?;
    let reversed = reversed.map(|of| Ok::<_, StoreError>([fields.get("reversed")?, of])).transpose()?;
    let is_whole = reversed.is_some_and(|[reversed, of]| reversed == of);
    Ok(Held {
        cancelled: is_whole && fields.get::<Option<&str>>("referrals")?.is_none(),
        own: [found("own_points", "own_chances", Some(&player))?, earned(&id, &receipt, Recipient::Player)],
        other: [found("other_points", "other_chances", referrer.as_ref())?, earned(&id, &receipt, Recipient::Referrer)],
        waits: fields.get("waits")?,
        position: fields.get("position")?,
        revision: Revision { campaign: receipt.terms.campaign.to_string(), number: receipt.terms.revision },
        charged: fields.json("charged")?,
        reversed,
        reversals: fields.get("reversals")?,
        back: [fields.json("own_back")?, fields.json("other_back")?],
        granted: receipt.granted().map(|reward| (reward.recipient, reward.gain.clone(), reward.amount)).collect(),
        id,
        player,
        referrer,
    })
}

/// What a receipt says that somebody earned.
fn earned(id: &RebateId, receipt: &Receipt, who: Recipient) -> Gains {
    let mut gains = Gains::default();
    let is_theirs = |(_, reward): &(usize, &Rewarded)| reward.recipient == who && reward.is_granted();
    for (place, reward) in receipt.rewards.iter().enumerate().filter(is_theirs) {
        match &reward.gain {
            Gain::Points(unit) if reward.amount > 0 => {
                *gains.points.entry(unit.to_string()).or_default() += reward.amount;
            }
            Gain::Points(_) => {}
            Gain::Chances => gains.chances += reward.amount.max(0),
            Gain::Prize(prize) => {
                gains.prizes.insert(AwardId::of_rebate(id, place).to_string(), prize.to_string());
            }
        }
    }
    gains
}

impl Held {
    fn compare(&self, findings: &mut Vec<Finding>) {
        let mut tell = |comparison, subject: String, player: Option<&PlayerId>, [found, expected]: [i64; 2]| {
            if found != expected {
                let evidence = json!({"rebate": self.id.as_str(), "waits": self.waits}).to_string();
                let player = player.cloned();
                findings.push(Finding { comparison, subject, player, found, expected, evidence });
            }
        };
        let [found, expected] = &self.own;
        for unit in found.points.keys().chain(expected.points.keys().filter(|unit| !found.points.contains_key(*unit))) {
            let amounts = [found, expected].map(|gains| gains.points.get(unit).copied().unwrap_or(0));
            tell(Comparison::RebatePoints, format!("{}/{unit}", self.id), Some(&self.player), amounts);
        }
        let chances = [found.chances, expected.chances];
        tell(Comparison::RebateChances, self.id.to_string(), Some(&self.player), chances);
        for award in found.prizes.keys().chain(expected.prizes.keys().filter(|id| !found.prizes.contains_key(*id))) {
            let [found, expected] = [found, expected].map(|gains| gains.prizes.get(award));
            let agrees = i64::from(found == expected);
            tell(Comparison::RebatePrize, award.clone(), Some(&self.player), [agrees, 1]);
        }
        let [found, expected] = &self.other;
        // What waits has come to nothing yet, and what was cancelled to its prizes alone.
        let (nothing, prizes) = (Gains::default(), Gains { prizes: expected.prizes.clone(), ..Gains::default() });
        let agrees = match self {
            Self { waits: true, .. } => *found == nothing,
            Self { cancelled: true, .. } => *found == prizes,
            _ => found == expected,
        };
        let reversed = self.reversed.map_or(0, |[reversed, _]| reversed);
        tell(Comparison::Reversed, self.id.to_string(), Some(&self.player), [reversed, self.reversals]);
        tell(Comparison::Referral, self.id.to_string(), self.referrer.as_ref(), [i64::from(agrees), 1]);
    }

    /// Holds what the budget was charged against what it should have been, by where that went.
    fn compare_costs(&self, prices: &Prices, findings: &mut Vec<Finding>) {
        let mut amounts: BTreeMap<String, [i64; 2]> = BTreeMap::new();
        for charge in &self.charged {
            amounts.entry(self.place_of(charge, prices)).or_default()[0] += charge.amount;
        }
        for (recipient, gain, amount) in &self.granted {
            let (place, cost) = match (gain, recipient) {
                (Gain::Prize(prize), _) => (format!("prize/{prize}"), prices.cost(prize.as_str(), *amount)),
                (Gain::Points(unit), _) if prices.unit.as_deref() != Some(unit.as_str()) => continue,
                (Gain::Points(_), Recipient::Player) => ("player".to_owned(), *amount),
                (Gain::Points(_), Recipient::Referrer) => ("held".to_owned(), *amount),
                (Gain::Chances, _) => continue,
            };
            amounts.entry(place).or_default()[1] += cost;
        }
        let differing = amounts.into_iter().filter(|(_, [found, expected])| found != expected);
        findings.extend(differing.map(|(place, [found, expected])| Finding {
            comparison: Comparison::RebateCost,
            subject: format!("{}/{place}", self.id),
            player: Some(self.player.clone()),
            found,
            expected,
            evidence: json!({"rebate": self.id.as_str(), "unit": prices.unit}).to_string(),
        }));
    }

    /// Holds what reversals put back into the budget against what was to go there of each reward. Of what a referrer never got nothing is.
    fn compare_returns(&self, prices: &Prices, findings: &mut Vec<Finding>) {
        for (whose, returned) in [Recipient::Player, Recipient::Referrer].into_iter().zip(&self.back) {
            let is_own = whose == Recipient::Player;
            let budget = (prices.unit.as_deref(), self.revision.campaign.as_str());
            let rightly =
                returned.iter().filter(|(unit, campaign, _)| (Some(unit.as_str()), campaign.as_str()) == budget);
            let found: i64 = rightly.map(|(.., amount)| amount).sum();
            let is_of_budget =
                |gain: &Gain| matches!(gain, Gain::Points(unit) if prices.unit.as_deref() == Some(unit.as_str()));
            let rewards = self.granted.iter().filter(|(recipient, gain, _)| *recipient == whose && is_of_budget(gain));
            let reversed = self.reversed.filter(|_| is_own || !self.waits);
            let expected = reversed.map_or(0, |[reversed, of]| {
                rewards.map(|(.., amount)| proportion((*amount).max(0), reversed, of)).sum()
            });
            if found != expected {
                let place = if is_own { "player" } else { "referrer" };
                findings.push(Finding {
                    comparison: Comparison::RebateBack,
                    subject: format!("{}/{place}", self.id),
                    player: if is_own { Some(self.player.clone()) } else { self.referrer.clone() },
                    found,
                    expected,
                    evidence: json!({"rebate": self.id.as_str(), "unit": prices.unit}).to_string(),
                });
            }
        }
    }

    /// Where a charge went; `elsewhere` is nowhere where any should.
    fn place_of(&self, charge: &Charge, prices: &Prices) -> String {
        let Charge { unit, from, kind, owner, part, .. } = charge;
        let is_of_budget = prices.unit.as_ref() == Some(unit) && *from == self.revision.campaign;
        match kind.as_str() {
            "prize" if is_of_budget && *owner == self.revision.campaign => format!("prize/{part}"),
            "player" | "debt" if is_of_budget && owner == self.player.as_str() => "player".to_owned(),
            "held" if is_of_budget && self.referrer.as_ref().is_some_and(|referrer| owner == referrer.as_str()) => {
                "held".to_owned()
            }
            _ => "elsewhere".to_owned(),
        }
    }
}
