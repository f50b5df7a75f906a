//! Running a draw again from its receipt, and saying where the two differ.

use tombola_domain::chance::Participation;
use tombola_domain::digest::Digest;
use tombola_domain::draw::{Grant, Limit, Verdict, draw_id};
use tombola_domain::fact::{Fact, Value};
use tombola_domain::id::{PlayerId, PrizeId};
use tombola_domain::receipt::{Receipt, Step, Terms, Ticket, Tried};

use crate::decide::{Decided, Plan, Situation, decide};
use crate::facts::{self, Sources};
use crate::pipeline::Pipeline;
use crate::rule::Unavailable;

/// What a receipt is held against.
#[derive(Debug, Clone, Copy)]
pub struct Replay<'a> {
    /// The revision that it names, ready to run.
    pub pipeline: &'a Pipeline,
    /// The player behind its commitment.
    pub player: &'a PlayerId,
    /// The values behind its commitments, in the order of [`Pipeline::facts`], or of [`crate::pipeline::Event::facts`].
    pub facts: &'a [Value],
    /// Whether what ran its rules is what runs them here. Between two engines fuel can't be compared.
    pub same_rules: bool,
    /// Whether its time-zone database is the one here. Between two a moment may be called otherwise in the campaign's zone.
    pub same_zones: bool,
}

/// Where a receipt and its replay differ.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {reason}")]
pub struct Mismatch {
    /// The receipt's field, as in `steps[2]`.
    pub place: String,
    /// What stands there, and what should.
    pub reason: String,
    /// Whether it may come from the receipt's engine being another one, so that nobody can tell here who is right.
    pub is_engines: bool,
}

pub(crate) fn mismatch(place: impl Into<String>, reason: impl Into<String>) -> Mismatch {
    Mismatch { place: place.into(), reason: reason.into(), is_engines: false }
}

/// A failed comparison of two things that can be shown.
pub(crate) fn differs<T: std::fmt::Debug + PartialEq + ?Sized>(
    place: &str,
    stands: &T,
    should: &T,
) -> Result<(), Mismatch> {
    if stands == should { Ok(()) } else { Err(mismatch(place, format!("{stands:?} stands there, and not {should:?}"))) }
}

/// Decides the draw of a receipt again. The outer error is the host's, which could not run a rule. Of several mismatches one that
/// no engine can explain is told.
pub fn replay(receipt: &Receipt, against: &Replay<'_>) -> Result<Result<(), Mismatch>, Unavailable> {
    let known = header(&receipt.terms, against)
        .and_then(|()| limits(receipt, against.pipeline))
        .and_then(|limits| Ok((limits, known_facts(&receipt.terms, against)?)));
    let (limits, local) = match known {
        Ok(known) => known,
        Err(mismatch) => return Ok(Err(mismatch)),
    };
    if let Err(mismatch) = ticket(&receipt.terms, against.pipeline) {
        return Ok(Err(mismatch));
    }
    let situation = Situation { facts: against.facts, limits: &limits, seed: &receipt.terms.seed };
    let decided = decide(against.pipeline, &situation)?;
    let compared = compare(receipt, decided, against.same_rules)
        .map_err(|mismatch| Mismatch { is_engines: !against.same_rules, ..mismatch });
    Ok(compared.and(local.map_or(Ok(()), Err)))
}

/// Whichever pool the rules chose, the ticket follows from it and the seed.
fn ticket(terms: &Terms, pipeline: &Pipeline) -> Result<(), Mismatch> {
    let Some(ticket) = &terms.ticket else { return Ok(()) };
    let pool = pipeline.pools.iter().find(|pool| pool.name == ticket.pool);
    let pool = pool.ok_or_else(|| mismatch("ticket", format!("there is no pool '{}'", ticket.pool)))?;
    let should = Ticket { number: pool.ticket(&terms.seed), total: pool.table.total(), ..ticket.clone() };
    differs("ticket", ticket, &should)
}

/// What a receipt says of its revision, and what follows from seed, player and time.
fn header(terms: &Terms, against: &Replay<'_>) -> Result<(), Mismatch> {
    let pipeline = against.pipeline;
    differs("campaign", &terms.campaign, &pipeline.campaign)?;
    differs::<[Digest]>("modules", &terms.modules, &pipeline.modules)?;
    differs("draw", &terms.draw, &draw_id(against.player, &terms.seed, terms.drawn_at))?;
    let names: Vec<String> = pipeline.facts.iter().map(ToString::to_string).collect();
    differs("facts", &terms.facts.iter().map(|(name, _)| name.clone()).collect(), &names)?;
    differs("lists", &terms.lists.iter().map(|(list, _)| list.clone()).collect(), &pipeline.lists)?;
    if pipeline.window.contains(terms.drawn_at) {
        Ok(())
    } else {
        Err(mismatch("drawn_at", "it lies outside of the campaign's window"))
    }
}

/// Facts that follow from the receipt itself must be what follows. Answers the first of those where another time-zone database
/// may say otherwise.
fn known_facts(terms: &Terms, against: &Replay<'_>) -> Result<Option<Mismatch>, Mismatch> {
    let pipeline = against.pipeline;
    if against.facts.len() != pipeline.facts.len() {
        return Err(mismatch("disclosure.facts", "it has not as many values as the revision asks for"));
    }
    let sources = Sources {
        player: against.player,
        participation: &Participation { draws: terms.ordinal.saturating_sub(1), ..Participation::default() },
        now: terms.drawn_at,
        local: pipeline.window.zone.local(terms.drawn_at),
        lists: &std::collections::BTreeMap::new(),
        wins: &std::collections::BTreeMap::new(),
        attributes: &std::collections::BTreeMap::new(),
    };
    let should = facts::values(pipeline, &sources);
    compare_facts(&pipeline.facts, against.facts, &should, against.same_zones, follows_from_receipt)
}

/// Those facts that `follow` must be what they should. Answers the first where another time-zone database may say otherwise.
pub(crate) fn compare_facts(
    facts: &[Fact],
    stand: &[Value],
    should: &[Value],
    same_zones: bool,
    follow: fn(&Fact) -> bool,
) -> Result<Option<Mismatch>, Mismatch> {
    let mut local = None;
    for ((fact, stands), should) in facts.iter().zip(stand).zip(should).filter(|((fact, _), _)| follow(fact)) {
        match differs(&format!("disclosure.facts.{fact}"), stands, should) {
            Err(mismatch) if !same_zones && is_of_zone(fact) => {
                local.get_or_insert(Mismatch { is_engines: true, ..mismatch });
            }
            compared => compared?,
        }
    }
    Ok(local)
}

/// Whether the time-zone database has a say in a fact's value.
const fn is_of_zone(fact: &Fact) -> bool {
    matches!(fact, Fact::LocalWeekday | Fact::LocalMinute | Fact::LocalDay)
}

/// Whether a fact's value is a function of player, ordinal, time and revision.
const fn follows_from_receipt(fact: &Fact) -> bool {
    match fact {
        Fact::DrawsTotal
        | Fact::Bucket
        | Fact::NowSeconds
        | Fact::LocalWeekday
        | Fact::LocalMinute
        | Fact::LocalDay
        | Fact::ElapsedSeconds
        | Fact::RemainingSeconds => true,
        Fact::DrawsMonth
        | Fact::DrawsDay
        | Fact::Wins(_)
        | Fact::List(_)
        | Fact::Attribute(_)
        | Fact::EventAttribute(_)
        | Fact::EventCountTotal
        | Fact::EventCountDay
        | Fact::EventStreakDays
        | Fact::EventIsFirstToday
        | Fact::EventAgeSeconds
        | Fact::EventHasReferrer => false,
    }
}

/// The limits that the player had reached, by prize of the pipeline. A receipt of format 1 tells of those alone that a grant met.
fn limits(receipt: &Receipt, pipeline: &Pipeline) -> Result<Vec<Option<Limit>>, Mismatch> {
    let mut limits = vec![None; pipeline.prizes.len()];
    let met = receipt.tried.iter().filter_map(|tried| match tried.verdict {
        Verdict::LimitReached(limit) => Some((&tried.prize, limit)),
        _ => None,
    });
    let said = receipt.terms.limits.iter().map(|(prize, limit)| (prize, *limit));
    for (prize, limit) in met.chain(said) {
        *limit_of(&mut limits, prize, limit, pipeline)? = Some(limit);
    }
    Ok(limits)
}

fn limit_of<'a>(
    limits: &'a mut [Option<Limit>],
    prize: &PrizeId,
    limit: Limit,
    pipeline: &Pipeline,
) -> Result<&'a mut Option<Limit>, Mismatch> {
    let position = pipeline.prize(prize.as_str());
    let position = position.ok_or_else(|| mismatch("limits", format!("there is no prize '{prize}'")))?;
    let prize = &pipeline.prizes[position];
    let is_declared = match limit {
        Limit::Player => prize.limit_player.is_some(),
        Limit::PlayerDay => prize.limit_player_day.is_some(),
    };
    if is_declared {
        Ok(&mut limits[position])
    } else {
        Err(mismatch("limits", format!("the document sets no such limit for '{}'", prize.id)))
    }
}

fn compare(receipt: &Receipt, decided: Decided, same_rules: bool) -> Result<(), Mismatch> {
    let (ticket, grants) = match decided.plan {
        Plan::Draw { ticket, grants } => (ticket, grants),
        Plan::Refuse { code, .. } => return Err(mismatch("steps", format!("the draw is refused with '{code}'"))),
    };
    compare_steps(&receipt.terms.steps, &decided.steps, same_rules)?;
    differs("ticket", &receipt.terms.ticket, &ticket)?;
    compare_grants(&receipt.tried, &grants)
}

pub(crate) fn compare_steps(stand: &[Step], should: &[Step], same_rules: bool) -> Result<(), Mismatch> {
    for (position, (stands, should)) in stand.iter().zip(should).enumerate() {
        let fuel = if same_rules { should.fuel } else { stands.fuel };
        differs(&format!("steps[{position}]"), stands, &Step { fuel, ..should.clone() })?;
    }
    differs("steps", &stand.len(), &should.len())
}

/// The grants that were tried are the first of those that were planned; each verdict is one that its grant may get.
fn compare_grants(tried: &[Tried], planned: &[Grant]) -> Result<(), Mismatch> {
    for (position, tried_here) in tried.iter().enumerate() {
        let place = format!("tried[{position}]");
        let grant = planned.get(position).ok_or_else(|| mismatch(&place, "no such grant was planned"))?;
        let (stands, should) =
            ((&tried_here.node, &tried_here.prize, tried_here.amount), (&grant.node, &grant.prize, grant.amount));
        differs(&place, &stands, &should)?;
        let is_possible = match (tried_here.verdict, grant.limit) {
            (Verdict::LimitReached(reached), limit) => limit == Some(reached),
            (_, Some(_)) => false,
            (Verdict::Granted(token), None) => token.is_some() == grant.stocked,
            (Verdict::SoldOut { .. }, None) => grant.stocked,
            (Verdict::BudgetSpent { left }, None) => (0..grant.cost).contains(&left),
        };
        if !is_possible {
            return Err(mismatch(place, format!("{:?} is no verdict for it", tried_here.verdict)));
        }
        let is_granted = matches!(tried_here.verdict, Verdict::Granted(_));
        if is_granted && position + 1 < tried.len() {
            return Err(mismatch(place, "more was tried after it was granted"));
        }
        if !is_granted && position + 1 == tried.len() && tried.len() < planned.len() {
            return Err(mismatch("tried", "grants were left out"));
        }
    }
    if tried.is_empty() && !planned.is_empty() {
        return Err(mismatch("tried", "grants were left out"));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
