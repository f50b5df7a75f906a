//! The check of a draw: its receipt, run again, and its answer against the receipt.

use tombola_domain::draw::draw_id;
use tombola_domain::id::PlayerId;
use tombola_engine::pipeline::Pipeline;
use tombola_engine::replay::replay;

use super::receipt::{self, OpenedDraw};
use super::{Checked, Verifier, named_player, shown};
use crate::ledger::Claims;
use crate::verdict::{Flaw, Missing, NotRun, Ran};
use crate::wire::{Draw, Outcome, Receipt, Record};

const MEMBER: &str = "receipt";

impl Verifier {
    pub(super) fn judge_draw(&self, record: &Record, shown: &Receipt) -> Result<Checked, Flaw> {
        let within = |flaw: Flaw| flaw.within(MEMBER);
        let opened = receipt::open(shown).map_err(within)?;
        shown::matches(record, &opened.receipt.terms.basis())?;
        let signed_by = self.seals.check(shown.signature.as_ref(), &opened.digest).map_err(within)?;
        let player = player_of(record.draw.as_ref(), &opened)?;
        let seed_follows = self.draws_seed_follows(&opened, player.as_ref()).map_err(within)?;
        if let Some(draw) = &record.draw {
            check_answer(draw, &opened)?;
        }
        let ran = self.draw_again(record.draw.as_ref(), &opened, seed_follows)?;
        let player = opened.values.as_ref().map(|values| &values.player);
        let claims = Claims::of_draw(&opened.receipt, &opened.digest, player, &self.hosts(signed_by));
        Ok(self.checked(signed_by, ran, seed_follows, claims))
    }

    fn draws_seed_follows(&self, opened: &OpenedDraw, player: Option<&PlayerId>) -> Result<bool, Flaw> {
        let (terms, Some(player)) = (&opened.receipt.terms, player) else { return Ok(false) };
        self.seed_follows(&terms.basis(), &terms.seed, |secret| secret.seed(&terms.campaign, player, terms.ordinal))
    }

    fn draw_again(&self, draw: Option<&Draw>, opened: &OpenedDraw, seed_follows: bool) -> Result<Ran, Flaw> {
        let within = |flaw: Flaw| flaw.within(MEMBER);
        let basis = opened.receipt.terms.basis();
        let pipeline = self.pipeline(&basis)?;
        if let (Some(draw), Ok(pipeline)) = (draw, &pipeline) {
            check_prize(draw, pipeline)?;
        }
        let not_run = |missing, has_pipeline| {
            let is_named = opened.values.is_some() || seed_follows;
            let unproven = draw.map_or_else(Vec::new, |draw| unproven(draw, is_named, has_pipeline));
            Ok(Ran::Not(NotRun { missing, unproven }))
        };
        let Some(values) = &opened.values else { return not_run(Missing::Values, pipeline.is_ok()) };
        let pipeline = match pipeline {
            Ok(pipeline) => pipeline,
            Err(missing) => return not_run(missing, false),
        };
        let facts = receipt::facts(values, &pipeline.facts, &pipeline.attributes).map_err(within)?;
        self.run_again(&basis, (pipeline, &values.player, &facts), |against| replay(&opened.receipt, against))
            .map_err(within)
    }
}

/// The player: the one behind the commitment, or else the one that the answer names. Either must be the one of whom the draw's name
/// carries a hash, which is as far as it tells players apart: it has 16 bits.
fn player_of(draw: Option<&Draw>, opened: &OpenedDraw) -> Result<Option<PlayerId>, Flaw> {
    let terms = &opened.receipt.terms;
    let (player, place) = match (&opened.values, draw) {
        (Some(values), _) => (values.player.clone(), "receipt.draw"),
        (None, Some(draw)) => (named_player("draw", &draw.player)?, "draw.player"),
        (None, None) => return Ok(None),
    };
    if draw_id(&player, &terms.seed, terms.drawn_at) == terms.draw {
        Ok(Some(player))
    } else {
        Err(Flaw::new(place, "the draw's id is not the one of this player, the seed and the month"))
    }
}

/// What of an answer is proved by nothing, where its draw was not run again. `is_named` tells whether the player is proved.
fn unproven(draw: &Draw, is_named: bool, has_pipeline: bool) -> Vec<&'static str> {
    let player = (!is_named).then_some("draw.player");
    let is_declared = has_pipeline || !matches!(draw.outcome, Outcome::Prize { .. });
    let prize: &[_] = if is_declared { &[] } else { &["draw.outcome.title", "draw.outcome.data"] };
    player.into_iter().chain(prize.iter().copied()).collect()
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
