//! A draw's answer against its receipt.

use tombola_engine::pipeline::Pipeline;

use super::receipt::Opened;
use crate::verdict::Flaw;
use crate::wire::{Draw, Outcome};

/// Everything of the answer that the receipt itself says.
pub(super) fn check(draw: &Draw, opened: &Opened) -> Result<(), Flaw> {
    let terms = &opened.receipt.terms;
    let player = opened.values.as_ref().map_or(draw.player.as_str(), |values| values.player.as_str());
    let members = [
        ("id", draw.id.as_deref() == Some(terms.draw.as_str())),
        ("campaign", draw.campaign == terms.campaign.as_str()),
        ("revision", draw.revision == terms.revision),
        ("player", draw.player == player),
        ("ordinal", draw.ordinal == Some(terms.ordinal)),
        // Of refused draws alone, which have no receipt.
        ("draw_number", draw.draw_number.is_none()),
        ("receipt", draw.receipt.as_ref() == Some(&opened.digest.to_string())),
        ("drawn_at", draw.drawn_at == terms.drawn_at.to_string()),
        ("outcome", is_outcome(&draw.outcome, opened)),
    ];
    match members.iter().find(|(_, holds)| !holds) {
        Some((member, _)) => Err(Flaw::new(format!("draw.{member}"), "the receipt says something else")),
        None => Ok(()),
    }
}

fn is_outcome(outcome: &Outcome, opened: &Opened) -> bool {
    match (outcome, opened.receipt.granted()) {
        (Outcome::Prize { prize, amount, .. }, Some(granted)) => {
            prize == granted.prize.as_str() && *amount == granted.amount
        }
        (Outcome::Nothing {}, None) => true,
        _ => false,
    }
}

/// And what its revision says of the prize.
pub(super) fn check_prize(draw: &Draw, pipeline: &Pipeline) -> Result<(), Flaw> {
    let Outcome::Prize { prize, title, data, .. } = &draw.outcome else { return Ok(()) };
    let position = pipeline.prize(prize);
    let position = position.ok_or_else(|| Flaw::new("draw.outcome.prize", "the revision has none such"))?;
    let declared = &pipeline.prizes[position];
    if *title != declared.title {
        return Err(Flaw::new("draw.outcome.title", "the revision calls the prize something else"));
    }
    if *data != declared.data {
        return Err(Flaw::new("draw.outcome.data", "the revision has other data for the prize"));
    }
    Ok(())
}
