//! What the host gives for events.

use std::collections::BTreeMap;

use tombola_audit::wire::{GivenRebate, RebateReceipt, Record};
use tombola_domain::id::PlayerId;
use tombola_domain::random::{Seed, Stream};
use tombola_domain::rebate::{Receipt, rebate_id};
use tombola_engine::revision::Revision;
use tombola_store::events;

use super::host::{EPOCH, Host, REVISION};
use crate::bed::noon;
use crate::events::{Memory, Told, closed, disclosure, facts, opened, remember, told};

/// Mugs that there are for events beside those that were handed over before: some are, and then they are sold out.
const MUGS: u64 = 50;

fn chance() -> Stream {
    Seed::from_bytes([7; 32]).stream("audited events")
}

impl Host {
    /// What so many events earned, each with all that it takes to verify it.
    pub(super) fn rebates(&mut self, count: usize) -> Vec<Record> {
        let mut memories = BTreeMap::<PlayerId, Memory>::new();
        let mut chance = chance();
        let stock = self.mugs() + MUGS;
        let mut at = noon();
        let mut records = Vec::with_capacity(count);
        while records.len() < count {
            let mut batch = Vec::new();
            for number in 0..self.batch_size() {
                let told = told(&mut chance, (records.len() + number) as u64, at);
                at = told.at;
                batch.push(self.rebate(&told, memories.entry(told.player.clone()).or_default(), stock));
            }
            records.extend(self.sealed_rebates(records.len() as u64 + 1, batch));
        }
        records.truncate(count);
        records
    }

    /// One event that is counted as two.
    pub(super) fn repeated_event(&mut self) -> Vec<Record> {
        let told = told(&mut chance(), 1, noon());
        let mut memory = Memory::default();
        let batch = [(); 2].map(|()| self.rebate(&told, &mut memory, MUGS)).to_vec();
        self.sealed_rebates(1, batch)
    }

    /// Mugs that were handed over.
    fn mugs(&self) -> u64 {
        self.issued.get("mug").copied().unwrap_or_default()
    }

    fn rebate(&mut self, told: &Told, memory: &mut Memory, stock: u64) -> events::RebateReceipt {
        let pipeline = self.pipeline.clone();
        let event = pipeline.event(told.event_type).unwrap();
        memory.ordinal += 1;
        let facts = facts(&pipeline, event, told, memory);
        let disclosure = disclosure(event, told, &facts, self.salt());
        let mut open = opened(&pipeline, event, told, memory, &disclosure);
        open.terms.engine.clone_from(&self.engine);
        open.terms.revision = REVISION;
        open.terms.revision_digest = Revision::digest(&self.revision);
        open.terms.epoch = EPOCH;
        open.terms.epoch_commitment = self.secret.commitment();
        let mut issued = self.mugs();
        let receipt = closed(open, &mut issued, stock);
        self.issued.insert("mug".to_owned(), issued);
        remember(memory, &pipeline, event, told, &receipt);
        let bytes = receipt.encode();
        let rebate = events::Rebate {
            id: rebate_id(&told.player, &receipt.terms.seed, receipt.terms.received_at),
            event: disclosure.event.clone(),
            player: told.player.clone(),
            campaign: receipt.terms.campaign.clone(),
            revision: REVISION,
            ordinal: receipt.terms.ordinal,
            rewards: receipt.rewards,
            codes: BTreeMap::new(),
            receipt: Receipt::digest(&bytes),
            decided_at: told.at,
            reversed: None,
        };
        events::RebateReceipt { rebate, bytes, disclosure: Some(disclosure), proof: None }
    }

    fn sealed_rebates(&self, first: u64, batch: Vec<events::RebateReceipt>) -> Vec<Record> {
        let receipts: Vec<_> = batch.iter().map(|stored| stored.rebate.receipt).collect();
        let proofs = self.proofs(first, &receipts);
        let record = |(stored, proof): (events::RebateReceipt, _)| Record {
            rebate: Some(GivenRebate::from(stored.rebate.clone())),
            rebate_receipt: Some(RebateReceipt::of(events::RebateReceipt { proof: Some(proof), ..stored }).unwrap()),
            ..self.names()
        };
        batch.into_iter().zip(proofs).map(record).collect()
    }
}
