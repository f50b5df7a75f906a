//! A host that draws in the campaign of all rules, and gives for events there, and what it shows of that.

use std::collections::{HashMap, HashSet};

use data_encoding::{BASE64, HEXLOWER};
use tombola_audit::Verifier;
use tombola_audit::wire::{self, Draw, Receipt, Record};
use tombola_campaign_tests::{Campaign, Library};
use tombola_domain::digest::Digest;
use tombola_domain::draw::{self, Grant, draw_id};
use tombola_domain::epoch::Secret;
use tombola_domain::fact::{Fact, Value};
use tombola_domain::id::PlayerId;
use tombola_domain::random::{Seed, Stream};
use tombola_domain::receipt::{self, Disclosure, Format, OpenReceipt, Terms};
use tombola_domain::signature::{Proof, Signer};
use tombola_domain::stock::Token;
use tombola_engine::decide::{Decided, Plan, Situation, decide};
use tombola_engine::pipeline::Pipeline;
use tombola_engine::revision::Revision;
use tombola_store::draws::{self, StoredReceipt, Won};

use crate::bed::{pipeline, runtime};
use crate::same::{Crowd, Turn};

pub(super) const ENGINE: &str = "the one that tests have";
pub(super) const EPOCH: u64 = 3;
pub(super) const REVISION: u64 = 7;

pub(super) struct Host {
    pub(super) secret: Secret,
    pub(super) signer: Signer,
    pub(super) library: Library,
    pub(super) pipeline: Pipeline,
    pub(super) revision: String,
    /// Units handed over, by prize.
    pub(super) issued: HashMap<String, u64>,
    /// Draws that were made, by player and ordinal: players are made up, and may come up twice with the same number of draws.
    drawn: HashSet<(PlayerId, u64)>,
    /// What it says of its engine.
    pub(super) engine: String,
    /// By how many minutes local time is ahead of what the zones here say.
    pub(super) minutes_ahead: i64,
    pub(super) chance: Stream,
}

impl Host {
    pub(super) fn new(library: Library) -> Self {
        Self::of_number(library, 6)
    }

    /// One of several hosts: each has a key and secrets of its own.
    pub(super) fn of_number(library: Library, number: u8) -> Self {
        let (secret, signer) = (Secret::from_bytes([36 + number; 32]), Signer::from_seed(&[number; 32]));
        let document = Campaign::EveryRule.document();
        let pipeline = pipeline(&library, &document);
        let revision = library.revision(&document).canonical();
        let chance = Seed::from_bytes([8; 32]).stream("host");
        let (issued, drawn, engine) = (HashMap::new(), HashSet::new(), ENGINE.to_owned());
        Self { secret, signer, library, pipeline, revision, issued, drawn, engine, minutes_ahead: 0, chance }
    }

    /// As if nothing had been drawn.
    pub(super) fn forget(&mut self) {
        self.issued.clear();
        self.drawn.clear();
    }

    /// So many draws, each with all that it takes to verify it.
    pub(super) fn draws(&mut self, count: usize) -> Vec<Record> {
        let pipeline = self.pipeline.clone();
        let mut crowd = Crowd::new(&pipeline);
        let mut records = Vec::with_capacity(count);
        while records.len() < count {
            let size = self.batch_size();
            let batch: Vec<_> = std::iter::repeat_with(|| self.draw(&crowd.turn())).flatten().take(size).collect();
            records.extend(self.sealed(records.len() as u64 + 1, batch));
        }
        records.truncate(count);
        records
    }

    pub(super) fn batch_size(&mut self) -> usize {
        usize::try_from(self.chance.below(40)).unwrap() + 1
    }

    /// One draw; `None` where a guard refuses.
    pub(super) fn draw(&mut self, turn: &Turn) -> Option<StoredReceipt> {
        let Turn { player, now, .. } = turn;
        let mut facts = player.facts(&self.pipeline, *now);
        for (fact, value) in self.pipeline.facts.iter().zip(&mut facts) {
            if let (Fact::LocalMinute, Value::Integer(minute)) = (fact, value) {
                *minute = (*minute + self.minutes_ahead) % 1440;
            }
        }
        let ordinal = player.draws + 1;
        let seed = self.secret.seed(&self.pipeline.campaign, &player.id, ordinal);
        let limits: Vec<_> =
            self.pipeline.prizes.iter().map(|prize| prize.limit_player.map(|_| draw::Limit::Player)).collect();
        let limits: Vec<_> = limits.into_iter().map(|limit| limit.filter(|_| self.chance.below(4) == 0)).collect();
        if !self.drawn.insert((player.id.clone(), ordinal)) {
            return None;
        }
        let decided = decide(&self.pipeline, &Situation { facts: &facts, limits: &limits, seed: &seed }).unwrap();
        let Decided { plan: Plan::Draw { ticket, grants }, steps, .. } = decided else { return None };
        let salt = self.salt();
        let names = self.pipeline.facts.iter().map(ToString::to_string);
        let disclosure = Disclosure { salt, player: player.id.clone(), facts: names.zip(facts).collect() };
        let prizes = self.pipeline.prizes.iter().zip(limits);
        let terms = Terms {
            format: Format::default(),
            engine: self.engine.clone(),
            campaign: self.pipeline.campaign.clone(),
            revision: REVISION,
            revision_digest: Revision::digest(&self.revision),
            modules: self.pipeline.modules.clone(),
            epoch: EPOCH,
            epoch_commitment: self.secret.commitment(),
            draw: draw_id(&player.id, &seed, *now),
            drawn_at: *now,
            ordinal,
            seed,
            player: disclosure.player_commitment(),
            facts: disclosure.fact_commitments(),
            lists: self.pipeline.lists.iter().map(|list| (list.clone(), 1)).collect(),
            limits: prizes.filter_map(|(prize, limit)| Some((prize.id.clone(), limit?))).collect(),
            ticket,
            steps,
        };
        let verdicts = self.verdicts(&grants);
        let receipt = OpenReceipt { terms, grants }.close(&verdicts);
        Some(self.stored(&receipt, disclosure))
    }

    pub(super) fn salt(&mut self) -> [u8; 32] {
        *Digest::of(&self.chance.word().to_be_bytes()).as_bytes()
    }

    /// Every fifth stocked prize is sold out.
    fn verdicts(&mut self, grants: &[Grant]) -> Vec<draw::Verdict> {
        let mut verdicts = Vec::new();
        for grant in grants {
            verdicts.push(match (grant.limit, grant.stocked) {
                (Some(limit), _) => draw::Verdict::LimitReached(limit),
                (None, true) if self.chance.below(5) == 0 => draw::Verdict::SoldOut { mark: 1 },
                (None, true) => {
                    let issued = self.issued.entry(grant.prize.to_string()).or_default();
                    *issued += 1;
                    draw::Verdict::Granted(Some(Token { bucket: 0, unit: *issued }))
                }
                (None, false) => draw::Verdict::Granted(None),
            });
            if matches!(verdicts.last(), Some(draw::Verdict::Granted(_))) {
                break;
            }
        }
        verdicts
    }

    fn stored(&self, receipt: &receipt::Receipt, disclosure: Disclosure) -> StoredReceipt {
        let bytes = receipt.encode();
        let won = receipt.granted().map(|granted| {
            let prize = &self.pipeline.prizes[self.pipeline.prize(granted.prize.as_str()).unwrap()];
            let data = prize.data.as_ref().map(ToString::to_string);
            Won { prize: granted.prize.clone(), title: prize.title.clone(), data, amount: granted.amount, code: None }
        });
        let terms = &receipt.terms;
        let draw = draws::Draw {
            id: terms.draw.clone(),
            campaign: terms.campaign.clone(),
            revision: terms.revision,
            player: disclosure.player.clone(),
            ordinal: terms.ordinal,
            won,
            receipt: receipt::Receipt::digest(&bytes),
            drawn_at: terms.drawn_at,
        };
        StoredReceipt { draw, bytes, disclosure: Some(disclosure), proof: None }
    }

    pub(super) fn sealed(&self, first: u64, batch: Vec<StoredReceipt>) -> Vec<Record> {
        let receipts: Vec<_> = batch.iter().map(|stored| stored.draw.receipt).collect();
        let proofs = self.proofs(first, &receipts);
        let record = |(stored, proof): (StoredReceipt, Proof)| Record {
            draw: Some(Draw::from(stored.draw.clone())),
            receipt: Some(Receipt::of(StoredReceipt { proof: Some(proof), ..stored }).unwrap()),
            ..self.names()
        };
        batch.into_iter().zip(proofs).map(record).collect()
    }

    /// What every receipt names.
    pub(super) fn names(&self) -> Record {
        let module = |digest: &Digest| (digest.to_string(), BASE64.encode(self.library.component(digest).unwrap()));
        let epoch = wire::Epoch {
            epoch: EPOCH,
            commitment: self.secret.commitment().to_string(),
            secret: Some(HEXLOWER.encode(self.secret.as_bytes())),
        };
        Record {
            revision: Some(self.revision.clone()),
            modules: self.pipeline.modules.iter().map(module).collect(),
            epoch: Some(epoch),
            ..Record::default()
        }
    }

    /// Shows these names to a verifier that has heard what receipts name.
    pub(super) fn teach(&self, verifier: &mut Verifier, names: &Record) {
        let naming = wire::Named {
            revision_digest: Revision::digest(&self.revision).to_string(),
            modules: self.pipeline.modules.iter().map(Digest::to_string).collect(),
            epoch: EPOCH,
            epoch_commitment: self.secret.commitment().to_string(),
        };
        verifier.name(&naming).unwrap();
        verifier.learn(names).unwrap();
        runtime().block_on(verifier.make_ready());
    }

    pub(super) fn verifier(&self) -> Verifier {
        self.verifier_of(ENGINE, &self.names())
    }

    pub(super) fn verifier_of(&self, engine: &str, names: &Record) -> Verifier {
        let mut verifier = Verifier::new(self.library.factory(), engine.to_owned(), [self.signer.public_key()]);
        self.teach(&mut verifier, names);
        verifier
    }

    /// That the receipts of these hashes are of one batch, for each of them.
    pub(super) fn proofs(&self, first: u64, receipts: &[Digest]) -> Vec<Proof> {
        let seal = self.signer.seal(0, first, receipts);
        (0..receipts.len()).map(|index| seal.proof(receipts, index)).collect()
    }
}
