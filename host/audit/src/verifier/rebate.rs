//! The check of what a campaign gave for an event: its receipt, run again, and the answer against the receipt.

use tombola_domain::id::PlayerId;
use tombola_domain::rebate::rebate_id;
use tombola_engine::rebates::replay;

use super::receipt::{self, OpenedRebate};
use super::{Checked, Verifier, named_player, shown};
use crate::ledger::Claims;
use crate::verdict::{Flaw, Missing, NotRun, Ran};
use crate::wire::{GivenRebate, GivenReward, RebateReceipt, Record};

const MEMBER: &str = "rebate_receipt";

impl Verifier {
    pub(super) fn judge_rebate(&self, record: &Record, shown: &RebateReceipt) -> Result<Checked, Flaw> {
        let within = |flaw: Flaw| flaw.within(MEMBER);
        let opened = receipt::open_rebate(shown).map_err(within)?;
        shown::matches(record, &opened.receipt.terms.basis())?;
        let signed_by = self.seals.check(shown.signature.as_ref(), &opened.digest).map_err(within)?;
        let player = player_of(record.rebate.as_ref(), &opened)?;
        let seed_follows = self.rebates_seed_follows(&opened, player.as_ref()).map_err(within)?;
        if let (Some(rebate), Some(player)) = (&record.rebate, &player) {
            check_answer(rebate, player, &opened).map_err(|flaw| flaw.within("rebate"))?;
        }
        let ran = self.rebate_again(record.rebate.as_ref(), &opened, seed_follows)?;
        let names = opened.values.as_ref().map(|values| (&values.values.player, &values.event));
        let claims = Claims::of_rebate(&opened.receipt, &opened.digest, names, &self.hosts(signed_by));
        Ok(self.checked(signed_by, ran, seed_follows, claims))
    }

    fn rebates_seed_follows(&self, opened: &OpenedRebate, player: Option<&PlayerId>) -> Result<bool, Flaw> {
        let (terms, Some(player)) = (&opened.receipt.terms, player) else { return Ok(false) };
        self.seed_follows(&terms.basis(), &terms.seed, |secret| {
            secret.rebate_seed(&terms.campaign, player, terms.ordinal)
        })
    }

    fn rebate_again(
        &self,
        rebate: Option<&GivenRebate>,
        opened: &OpenedRebate,
        seed_follows: bool,
    ) -> Result<Ran, Flaw> {
        let within = |flaw: Flaw| flaw.within(MEMBER);
        let terms = &opened.receipt.terms;
        let pipeline = self.pipeline(&terms.basis())?;
        let Some(values) = opened.values.as_ref().map(|values| &values.values) else {
            let names = [("rebate.player", rebate.is_some() && !seed_follows), ("rebate.event", rebate.is_some())];
            let unproven = names.into_iter().filter_map(|(name, is_unproven)| is_unproven.then_some(name)).collect();
            return Ok(Ran::Not(NotRun { missing: Missing::Values, unproven }));
        };
        let pipeline = match pipeline {
            Ok(pipeline) => pipeline,
            Err(missing) => return Ok(Ran::Not(NotRun { missing, unproven: vec![] })),
        };
        let Some(event) = pipeline.event(terms.event_type.as_str()) else {
            return Err(within(Flaw::new("event_type", "the revision declares no such event")));
        };
        let facts = receipt::facts(values, &event.facts, &event.attributes).map_err(within)?;
        self.run_again(&terms.basis(), (pipeline, &values.player, &facts), |against| replay(&opened.receipt, against))
            .map_err(within)
    }
}

/// The player: the one behind the commitment, or else the one that the answer names.
fn player_of(rebate: Option<&GivenRebate>, opened: &OpenedRebate) -> Result<Option<PlayerId>, Flaw> {
    match (&opened.values, rebate) {
        (Some(values), _) => Ok(Some(values.values.player.clone())),
        (None, Some(rebate)) => named_player("rebate", &rebate.player).map(Some),
        (None, None) => Ok(None),
    }
}

/// Everything of the answer, which the receipt says. The name is that of the player and the seed, whether or not the player is shown
/// behind the commitment; of the player it has 16 bits. Nothing but what is behind its commitment speaks of the event.
fn check_answer(rebate: &GivenRebate, player: &PlayerId, opened: &OpenedRebate) -> Result<(), Flaw> {
    let terms = &opened.receipt.terms;
    let id = rebate_id(player, &terms.seed, terms.received_at);
    let event = opened.values.as_ref().map_or(rebate.event.as_str(), |values| values.event.as_str());
    super::hold(&[
        ("player", rebate.player == player.as_str()),
        ("id", rebate.id == id.as_str()),
        ("campaign", rebate.campaign == terms.campaign.as_str()),
        ("revision", rebate.revision == terms.revision),
        ("event", rebate.event == event),
        ("ordinal", rebate.ordinal == terms.ordinal),
        ("rewards", rebate.rewards == GivenReward::all(&id, &opened.receipt.rewards)),
        ("receipt", rebate.receipt == opened.digest.to_string()),
    ])
}
