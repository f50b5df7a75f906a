//! Awards: how far each is, as operators and clients see it, and as operators say it.

use tombola_domain::award::State;
use tombola_domain::digest::{Digest, Hasher};
use tombola_domain::id::{AwardId, CampaignId, DrawId, PlayerId};
use tombola_domain::rebate::{Gain, Recipient, Rewarded};
use tombola_store::Done;
use tombola_store::awards::{AwardHistory, MOVES_MAX, Move, Moved, Page, Query, WonByEvent};
use tombola_store::events::{KnownEvent, Outcome, Rebate};

use crate::intent::Intent;
use crate::{App, Error, Result};

/// Awards that one request moves: a few seconds of the disk's time, among which draws go on.
pub const BATCH_MAX: usize = 10_000;

impl App {
    /// One award, with its history.
    pub async fn award(&self, id: &AwardId) -> Result<AwardHistory> {
        self.store.award(id).await?.ok_or(Error::AwardUnknown)
    }

    /// Some of the awards that are wanted, at most `limit`.
    pub async fn awards(&self, query: &Query, limit: u32) -> Result<Page> {
        Ok(self.store.awards(query, limit).await?)
    }

    /// What the draws won, with its history, as far as they won something. In no order.
    pub async fn awards_of(&self, draws: &[DrawId]) -> Result<Vec<AwardHistory>> {
        let awards: Vec<_> = draws.iter().map(AwardId::of_draw).collect();
        Ok(self.store.histories(&awards).await?)
    }

    /// What an event won for its player, with its history. In no order.
    pub async fn awards_of_event(&self, event: &KnownEvent) -> Result<Vec<AwardHistory>> {
        let rebates = event.answers.iter().filter_map(|answer| match &answer.outcome {
            Outcome::Decided(rebate) => Some(rebate),
            _ => None,
        });
        let awards: Vec<_> = rebates.flat_map(own_awards).collect();
        if awards.is_empty() { Ok(Vec::new()) } else { Ok(self.store.histories(&awards).await?) }
    }

    /// What a player won by events in a campaign, latest first, from what is below position `before` on, at most `limit`.
    pub async fn won_by_events(
        &self,
        campaign: &CampaignId,
        player: &PlayerId,
        before: Option<u64>,
        limit: u32,
    ) -> Result<Vec<WonByEvent>> {
        self.live.campaign(campaign)?;
        Ok(self.store.won_by_events(campaign, player, before, limit).await?)
    }

    /// Moves one award of these campaigns (empty is all), and answers it.
    pub async fn move_award(
        &self,
        intent: Intent,
        campaigns: &[CampaignId],
        award: AwardId,
        to: State,
    ) -> Result<Done<AwardHistory>> {
        check_reason(&intent, [to])?;
        let moves = [Move { award: award.clone(), to }];
        let operation = intent.operation(&[b"move-award", digest(&moves).as_bytes()], self.clock.now());
        let done = self.store.move_awards(&operation, &moves, campaigns, &self.live.shortfalls()).await?;
        match done.result.as_slice() {
            [Moved::From(_) | Moved::Unchanged] => {
                Ok(Done { result: self.award(&award).await?, replayed: done.replayed })
            }
            [Moved::Refused(from)] => Err(Error::AwardRefused { from: *from, to }),
            _ => Err(Error::AwardUnknown),
        }
    }

    /// Moves at most [`BATCH_MAX`] awards of these campaigns (empty is all), in pieces, and says for each what became of it. Where
    /// it fails half-way, those that were moved stay so, and repeating it does the rest.
    pub async fn move_awards(
        &self,
        intent: &Intent,
        campaigns: &[CampaignId],
        wishes: &[Move],
    ) -> Result<Done<Vec<Moved>>> {
        if wishes.len() > BATCH_MAX {
            return Err(Error::TooManyMoves);
        }
        check_reason(intent, wishes.iter().map(|wish| wish.to))?;
        // Each piece is asked for as a part of the whole, so that a key is for one whole.
        let (whole, shortfalls) = (digest(wishes), self.live.shortfalls());
        let mut moved = Vec::with_capacity(wishes.len());
        let mut replayed = !wishes.is_empty();
        for (number, piece) in (0u64..).zip(wishes.chunks(MOVES_MAX)) {
            let part = number.to_be_bytes();
            let mut operation = intent.operation(&[b"move-awards", whole.as_bytes(), &part], self.clock.now());
            // The first has the key itself, by which another whole is noticed.
            if let Some(key) = intent.key.as_ref().filter(|_| number > 0) {
                let key = Digest::tagged("tombola/piece-key/v1", &[key.as_str().as_bytes(), &part]);
                operation.key = Some(key.to_string().parse().expect("hexadecimal digits are a key"));
            }
            let done = self.store.move_awards(&operation, piece, campaigns, &shortfalls).await?;
            moved.extend(done.result);
            replayed &= done.replayed;
        }
        Ok(Done { result: moved, replayed })
    }
}

/// The names of the awards of a rebate's own player. What a referrer got is theirs to know.
fn own_awards(rebate: &Rebate) -> impl Iterator<Item = AwardId> {
    let is_own = |rewarded: &Rewarded| {
        rewarded.recipient == Recipient::Player && rewarded.is_granted() && matches!(rewarded.gain, Gain::Prize(_))
    };
    let rewards = rebate.rewards.iter().enumerate().filter(move |(_, rewarded)| is_own(rewarded));
    rewards.map(|(place, _)| AwardId::of_rebate(&rebate.id, place))
}

fn check_reason(intent: &Intent, states: impl IntoIterator<Item = State>) -> Result<()> {
    let voids = states.into_iter().any(|state| state == State::Voided);
    if voids { intent.check_reason() } else { Ok(()) }
}

/// Ids and states hold no line breaks, so that one parts them.
fn digest(moves: &[Move]) -> Digest {
    let mut content = Hasher::default();
    for Move { award, to } in moves {
        content.update(format!("{award}\n{to}\n").as_bytes());
    }
    content.finish()
}
