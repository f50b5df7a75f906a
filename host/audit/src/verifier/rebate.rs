//! The check of what a campaign gave for an event: its receipt, run again, and the answer against the receipt.

use tombola_domain::id::PlayerId;
use tombola_domain::rebate::rebate_id;
use tombola_engine::rebates::replay;

use super::receipt::{self, OpenedRebate};
use super::{Checked, Verifier, shown};
use crate::ledger::Claims;
use crate::verdict::{Flaw, Missing, Ran};
use crate::wire::{GivenRebate, GivenReward, RebateReceipt, Record};

const MEMBER: &str = "rebate_receipt";

impl Verifier {
    pub(super) fn judge_rebate(&self, record: &Record, shown: &RebateReceipt) -> Result<Checked, Flaw> {
        let within = |flaw: Flaw| flaw.within(MEMBER);
        let opened = receipt::open_rebate(shown).map_err(within)?;
        shown::matches(record, &opened.receipt.terms.basis())?;
        let signed_by = self.seals.check(shown.signature.as_ref(), &opened.digest).map_err(within)?;
        let seed_follows = self.rebates_seed_follows(&opened).map_err(within)?;
        if let Some(rebate) = &record.rebate {
            check_answer(rebate, &opened).map_err(|flaw| flaw.within("rebate"))?;
        }
        let ran = self.rebate_again(&opened)?;
        let names = opened.values.as_ref().map(|values| (&values.values.player, &values.event));
        let claims = Claims::of_rebate(&opened.receipt, &opened.digest, names);
        Ok(self.checked(signed_by, ran, seed_follows, claims))
    }

    fn rebates_seed_follows(&self, opened: &OpenedRebate) -> Result<bool, Flaw> {
        let (terms, Some(values)) = (&opened.receipt.terms, &opened.values) else { return Ok(false) };
        self.seed_follows(&terms.basis(), &terms.seed, |secret| {
            secret.rebate_seed(&terms.campaign, &values.values.player, terms.ordinal)
        })
    }

    fn rebate_again(&self, opened: &OpenedRebate) -> Result<Ran, Flaw> {
        let within = |flaw: Flaw| flaw.within(MEMBER);
        let terms = &opened.receipt.terms;
        let Some(values) = opened.values.as_ref().map(|values| &values.values) else {
            return Ok(Ran::Not(Missing::Values));
        };
        let pipeline = match self.pipeline(&terms.basis())? {
            Ok(pipeline) => pipeline,
            Err(missing) => return Ok(Ran::Not(missing)),
        };
        let Some(event) = pipeline.event(terms.event_type.as_str()) else {
            return Err(within(Flaw::new("event_type", "the revision declares no such event")));
        };
        let facts = receipt::facts(values, &event.facts, &event.attributes).map_err(within)?;
        self.run_again(&terms.basis(), (pipeline, &values.player, &facts), |against| replay(&opened.receipt, against))
            .map_err(within)
    }
}

/// Everything of the answer, which the receipt says. The name is that of the player and the seed, whether or not the player is shown
/// behind the commitment.
fn check_answer(rebate: &GivenRebate, opened: &OpenedRebate) -> Result<(), Flaw> {
    let terms = &opened.receipt.terms;
    let player: PlayerId = rebate.player.parse().map_err(|_| Flaw::new("player", "it is no player's id"))?;
    let id = rebate_id(&player, &terms.seed, terms.received_at);
    let is_shown = opened.values.as_ref().is_none_or(|shown| shown.values.player == player);
    let event = opened.values.as_ref().map_or(rebate.event.as_str(), |values| values.event.as_str());
    super::hold(&[
        ("player", is_shown),
        ("id", rebate.id == id.as_str()),
        ("campaign", rebate.campaign == terms.campaign.as_str()),
        ("revision", rebate.revision == terms.revision),
        ("event", rebate.event == event),
        ("ordinal", rebate.ordinal == terms.ordinal),
        ("rewards", rebate.rewards == GivenReward::all(&id, &opened.receipt.rewards)),
        ("receipt", rebate.receipt == opened.digest.to_string()),
    ])
}
