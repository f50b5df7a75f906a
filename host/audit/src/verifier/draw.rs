//! The check of a draw: its receipt, run again, and its answer against the receipt.

use tombola_engine::pipeline::Pipeline;
use tombola_engine::replay::replay;

use super::receipt::{self, OpenedDraw};
use super::{Checked, Verifier, shown};
use crate::ledger::Claims;
use crate::verdict::{Flaw, Missing, Ran};
use crate::wire::{Draw, Outcome, Receipt, Record};

const MEMBER: &str = "receipt";

impl Verifier {
    pub(super) fn judge_draw(&self, record: &Record, shown: &Receipt) -> Result<Checked, Flaw> {
        let within = |flaw: Flaw| flaw.within(MEMBER);
        let opened = receipt::open(shown).map_err(within)?;
        shown::matches(record, &opened.receipt.terms.basis())?;
        let signed_by = self.seals.check(shown.signature.as_ref(), &opened.digest).map_err(within)?;
        let seed_follows = self.draws_seed_follows(&opened).map_err(within)?;
        if let Some(draw) = &record.draw {
            check_answer(draw, &opened)?;
        }
        let ran = self.draw_again(record, &opened)?;
        let player = opened.values.as_ref().map(|values| &values.player);
        let claims = Claims::of_draw(&opened.receipt, &opened.digest, player);
        Ok(self.checked(signed_by, ran, seed_follows, claims))
    }

    fn draws_seed_follows(&self, opened: &OpenedDraw) -> Result<bool, Flaw> {
        let (terms, Some(values)) = (&opened.receipt.terms, &opened.values) else { return Ok(false) };
        self.seed_follows(&terms.basis(), &terms.seed, |secret| {
            secret.seed(&terms.campaign, &values.player, terms.ordinal)
        })
    }

    fn draw_again(&self, record: &Record, opened: &OpenedDraw) -> Result<Ran, Flaw> {
        let within = |flaw: Flaw| flaw.within(MEMBER);
        let basis = opened.receipt.terms.basis();
        let Some(values) = &opened.values else { return Ok(Ran::Not(Missing::Values)) };
        let pipeline = match self.pipeline(&basis)? {
            Ok(pipeline) => pipeline,
            Err(missing) => return Ok(Ran::Not(missing)),
        };
        let facts = receipt::facts(values, &pipeline.facts, &pipeline.attributes).map_err(within)?;
        if let Some(draw) = &record.draw {
            check_prize(draw, pipeline)?;
        }
        self.run_again(&basis, (pipeline, &values.player, &facts), |against| replay(&opened.receipt, against))
            .map_err(within)
    }
}

/// Everything of the answer that the receipt itself says.
fn check_answer(draw: &Draw, opened: &OpenedDraw) -> Result<(), Flaw> {
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
    super::hold(&members).map_err(|flaw| flaw.within("draw"))
}

fn is_outcome(outcome: &Outcome, opened: &OpenedDraw) -> bool {
    match (outcome, opened.receipt.granted()) {
        (Outcome::Prize { prize, amount, .. }, Some(granted)) => {
            prize == granted.prize.as_str() && *amount == granted.amount
        }
        (Outcome::Nothing {}, None) => true,
        _ => false,
    }
}

/// And what its revision says of the prize.
fn check_prize(draw: &Draw, pipeline: &Pipeline) -> Result<(), Flaw> {
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
