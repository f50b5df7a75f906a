//! What awards take of the budgets of their campaigns, and what was moved for them.

use serde::Deserialize;
use serde_json::json;
use tombola_domain::id::PlayerId;
use tombola_store::Result;
use tombola_store::reconciliation::{Comparison, Finding};

use super::damage;
use super::found::FOUND_MAX;
use super::prices::{Catalogue, Prices, Revision};
use super::scan::{Keys, Range, Scan, Walk};
use crate::db::{Connection, Row};
use crate::fields::Fields;

/// Of each award what was charged for it, where it is of a draw, and what went back; what an event's prizes cost is posted with all that
/// the event earned. Of one that was voided, what it cost goes back unless it was handed over for good. Whether a message that nobody
/// answered was ever sent is not known any more: of its cost all went back or nothing.
pub(super) const COSTS: Scan = Scan {
    walk: Walk {
        table: "awards",
        keys: Keys::Numbers,
        last: "SELECT count(*) AS rows, CAST(max(key) AS TEXT) AS last
               FROM (SELECT position AS key FROM awards WHERE position > $1 ORDER BY position LIMIT $2) page",
    },
    rows: 1_024,
    find: "WITH a AS MATERIALIZED (SELECT * FROM award_details WHERE position > $1 AND position <= $2 AND id IS NOT NULL),
           moved AS (
               SELECT posting, json_array(unit, json_array(from_kind, from_owner, from_part), json_array(to_kind, to_owner, to_part), amount) AS one
               FROM transfers)
           SELECT a.position, a.id, a.player, a.campaign, a.prize, a.amount, a.draw IS NOT NULL AS is_drawn,
                  coalesce((SELECT revision FROM draws d WHERE d.position = a.position),
                           (SELECT revision FROM rebates b WHERE b.id = a.rebate)) AS revision,
                  (SELECT json_group_array(json(one)) FROM postings p JOIN moved ON posting = p.number
                   WHERE p.player = a.player AND p.key = 'prize:' || a.id) AS charged,
                  CASE WHEN a.state <> 'voided' THEN 0
                       WHEN 'delivered' <> coalesce(
                           (SELECT state FROM award_changes c WHERE c.award = a.position ORDER BY c.position DESC LIMIT 1 OFFSET 1),
                           CASE WHEN deliver IS NULL OR deliver ->> 'codes' IS NOT NULL THEN 'delivered' ELSE 'pending' END)
                       THEN iif(deliver ->> 'webhook' IS NULL, 1, NULL)
                       WHEN deliver -> 'points' IS NOT NULL THEN
                           iif(EXISTS (SELECT 1 FROM postings p WHERE p.player = a.player AND p.key = 'award:' || a.id), 1, 0)
                       WHEN deliver ->> 'chances' IS NOT NULL THEN
                           iif(EXISTS (SELECT 1 FROM chance_grants g WHERE g.player = a.player AND g.campaign = a.campaign
                                       AND g.key = 'award:' || a.id), 1, 0)
                       ELSE 0 END AS goes_back,
                  (SELECT json_group_array(json(one)) FROM postings p JOIN moved ON posting = p.number
                   WHERE p.player = a.player AND p.key = 'void:prize:' || a.id) AS back
           FROM a WHERE $3 > 0 ORDER BY a.position",
};

/// Kind, owner and part of an account.
type End = [String; 3];

/// A transfer.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
struct Moved {
    unit: String,
    from: End,
    to: End,
    amount: i64,
}

/// An award, and what was moved for it.
struct Taken {
    position: i64,
    id: String,
    player: PlayerId,
    revision: Revision,
    prize: String,
    amount: i64,
    is_drawn: bool,
    charged: Vec<Moved>,
    /// `None` where it may have either way.
    goes_back: Option<bool>,
    back: Vec<Moved>,
}

pub(super) async fn step(connection: &mut Connection, after: &str, rows_max: u32) -> Result<(Range, Vec<Finding>)> {
    let mut range = COSTS.range(connection, after, rows_max).await?;
    let rows = COSTS.rows(connection, &range, "{}").await?;
    let (taken, damaged) = damage::parted(COSTS.walk.table, &rows, read)?;
    let (prices, known) = Catalogue::read(connection, taken.iter().map(|taken| &taken.revision)).await?;
    if let Some(last) = taken[..known].last().filter(|_| known < taken.len()) {
        range.end_at(known, last.position);
    }
    let mut findings = range.of_it(damaged);
    for taken in &taken[..known] {
        if let Some(prices) = prices.of(&taken.revision) {
            taken.compare(prices, &mut findings);
        }
    }
    findings.truncate(FOUND_MAX);
    Ok((range, findings))
}

fn read(row: &Row) -> Result<Taken> {
    let fields = Fields { table: "awards", key: "id", row };
    Ok(Taken {
        position: fields.get("position")?,
        id: fields.text("id")?,
        player: fields.parsed("player")?,
        revision: Revision { campaign: fields.text("campaign")?, number: fields.count("revision")? },
        prize: fields.text("prize")?,
        amount: fields.get("amount")?,
        is_drawn: fields.get("is_drawn")?,
        charged: fields.json("charged")?,
        goes_back: fields.get::<Option<i64>>("goes_back")?.map(|goes| goes != 0),
        back: fields.json("back")?,
    })
}

impl Taken {
    fn compare(&self, prices: &Prices, findings: &mut Vec<Finding>) {
        let cost = prices.cost(&self.prize, self.amount);
        let budget = ["budget", &self.revision.campaign, ""].map(str::to_owned);
        let prize = ["prize", &self.revision.campaign, &self.prize].map(str::to_owned);
        let unit = prices.unit.clone().unwrap_or_default();
        let to_prize = Moved { unit, from: budget, to: prize, amount: if self.is_drawn { cost } else { 0 } };
        let (from, to) = (to_prize.to.clone(), to_prize.from.clone());
        let goes_back = self.goes_back.unwrap_or(!self.back.is_empty());
        let to_budget = Moved { from, to, amount: if goes_back { cost } else { 0 }, ..to_prize.clone() };
        for (comparison, moved, expected) in
            [(Comparison::AwardCost, &self.charged, to_prize), (Comparison::CostBack, &self.back, to_budget)]
        {
            let Some(found) = differing(moved, &expected) else { continue };
            findings.push(Finding {
                comparison,
                subject: self.id.clone(),
                player: Some(self.player.clone()),
                found,
                expected: expected.amount,
                evidence: json!({"prize": self.prize, "unit": prices.unit, "position": self.position}).to_string(),
            });
        }
    }
}

/// How much was moved, where that is not just this, or nothing where its amount is 0.
fn differing(moved: &[Moved], expected: &Moved) -> Option<i64> {
    let agrees = match moved {
        [] => expected.amount == 0,
        [one] => one == expected,
        _ => false,
    };
    let is_like = |one: &&Moved| Moved { amount: expected.amount, ..(*one).clone() } == *expected;
    let rightly: i64 = moved.iter().filter(is_like).map(|one| one.amount).sum();
    let in_all = || moved.iter().map(|one| one.amount).sum();
    (!agrees).then(|| if rightly == expected.amount { in_all() } else { rightly })
}
