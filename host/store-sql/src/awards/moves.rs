//! Awards that operators move.

use std::collections::{BTreeSet, HashMap};

use serde_json::Value;
use tombola_domain::award::{Delivery, State};
use tombola_domain::id::{AwardId, CampaignId};
use tombola_store::audit::Verb;
use tombola_store::awards::{Award, Move, MoveError, Moved};
use tombola_store::ledger::Shortfalls;
use tombola_store::{Done, Operation, Result};

use super::{Changed, Voiding};
use crate::db;
use crate::error::unavailable;
use crate::ledger::BackError;
use crate::operations::{self, Change, Deed, Recorded};
use crate::outbox;
use crate::store::SqlStore;
use crate::writer::Write;

pub(super) async fn make(
    store: &SqlStore,
    operation: &Operation,
    wishes: &[Move],
    campaigns: &[CampaignId],
    shortfalls: &Shortfalls,
) -> Result<Done<Vec<Moved>>, MoveError> {
    let subject = match wishes {
        [one] => one.award.to_string(),
        several => format!("{} awards", several.len()),
    };
    let deed = |campaign| Deed { what: Verb::MoveAwards, subject: &subject, campaign };
    let mut write = store.writer.begin().await?;
    let is_same = deed(None).is_same();
    if let Some(result) = operations::replay::<_, MoveError>(&mut write, operation, is_same).await? {
        return Ok(Done { result, replayed: true });
    }
    let mut awards = standing(&mut write, wishes).await?;
    awards.retain(|_, award| campaigns.is_empty() || campaigns.contains(&award.campaign));
    let mut moved = Vec::with_capacity(wishes.len());
    let (mut changes, mut voided) = (Vec::new(), Vec::new());
    for Move { award, to } in wishes {
        let award = awards.get_mut(award);
        moved.push(award.map_or(Moved::Unknown, |award| {
            let moved = go(award, *to);
            if let Moved::From(before) = moved {
                changes.push(Changed { award: award.position, state: *to, note: operation.reason.as_str() });
                if *to == State::Voided {
                    voided.push((award.id.clone(), before));
                }
            }
            moved
        }));
    }
    let voided: Vec<_> = voided.iter().map(|(id, before)| (&awards[id], *before)).collect();
    // Before their tasks and dead letters go, which tell what was tried.
    super::undo(&mut write, &voided, &voiding(operation, shortfalls)).await?;
    settle_tasks(&mut write, operation, awards.values(), &changes).await?;
    super::change(&mut write, &changes, operation.at, Some(&operation.actor)).await?;
    let campaigns: BTreeSet<_> = awards.values().map(|award| &award.campaign).collect();
    let campaign = if campaigns.len() == 1 { campaigns.first().copied() } else { None };
    operations::record(&mut write, operation, deed(campaign), Change::default(), &moved).await?;
    write.commit().await?;
    Ok(Done { result: moved, replayed: false })
}

fn go(award: &mut Award, to: State) -> Moved {
    let from = award.state;
    if from == to {
        Moved::Unchanged
    } else if from.may_become(to, award.delivery.as_ref()) {
        award.state = to;
        Moved::From(from)
    } else {
        Moved::Refused(from)
    }
}

fn voiding<'a>(operation: &'a Operation, shortfalls: &'a Shortfalls) -> Voiding<'a> {
    Voiding {
        actor: Some(&operation.actor),
        reason: operation.reason.as_str(),
        request: operation.request,
        shortfalls,
        at: operation.at,
    }
}

async fn standing(write: &mut Write, wishes: &[Move]) -> Result<HashMap<AwardId, Award>> {
    let wanted: BTreeSet<_> = wishes.iter().map(|wish| &wish.award).collect();
    let rows = db::query(
        "SELECT a.* FROM json_each($1) w JOIN award_details a
         ON a.position = coalesce((SELECT position FROM draws WHERE id = w.value ->> 1),
                                  (SELECT position FROM rebate_awards WHERE id = w.value ->> 0))",
    )
    .bind(super::names(wanted))
    .fetch_all(write)
    .await
    .map_err(unavailable)?;
    rows.iter().map(|row| super::award(row).map(|award| (award.id.clone(), award))).collect()
}

/// Only what had failed has a dead letter: it is tried again, or done otherwise.
async fn settle_tasks(
    write: &mut Write,
    operation: &Operation,
    awards: impl Iterator<Item = &Award>,
    changes: &[Changed<'_>],
) -> Result<()> {
    let touched: BTreeSet<u64> = changes.iter().map(|change| change.award).collect();
    let (mut again, mut otherwise) = (vec![], vec![]);
    for award in awards.filter(|award| touched.contains(&award.position)) {
        let Some(queue) = award.delivery.as_ref().and_then(Delivery::queue) else { continue };
        let letters = if award.state == State::Pending { &mut again } else { &mut otherwise };
        letters.push((queue.to_string(), award.position));
    }
    outbox::revive(write, &again, operation.at).await?;
    outbox::forget(write, &otherwise).await
}

impl From<BackError> for MoveError {
    fn from(error: BackError) -> Self {
        match error {
            BackError::NotPosted(error) => error.into(),
            BackError::Store(error) => error.into(),
        }
    }
}

impl Recorded for Vec<Moved> {
    fn to_json(&self) -> Value {
        self.iter().copied().map(word).collect::<Vec<_>>().into()
    }

    fn from_json(value: &Value) -> Option<Self> {
        value.as_array()?.iter().map(|word| moved(word.as_str()?)).collect()
    }
}

fn word(moved: Moved) -> String {
    match moved {
        Moved::From(state) => format!("from {state}"),
        Moved::Unchanged => "unchanged".to_owned(),
        Moved::Unknown => "unknown".to_owned(),
        Moved::Refused(state) => format!("refused {state}"),
    }
}

fn moved(word: &str) -> Option<Moved> {
    match word.split_once(' ') {
        None if word == "unchanged" => Some(Moved::Unchanged),
        None if word == "unknown" => Some(Moved::Unknown),
        Some(("from", state)) => Some(Moved::From(state.parse().ok()?)),
        Some(("refused", state)) => Some(Moved::Refused(state.parse().ok()?)),
        _ => None,
    }
}
