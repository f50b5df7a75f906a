//! Whose turn it is in a lane.

use std::collections::{HashMap, HashSet, VecDeque};
use std::time::{Duration, Instant};

use tombola_domain::id::CampaignId;

use super::Came;
use crate::{Error, Result};

/// Pieces of one campaign's work that may wait.
pub(super) const CAMPAIGN_MAX: usize = 64;
/// Draws that are held up by pieces of one campaign's: an eighth of all that may be under way.
const CAMPAIGN_DRAWS_MAX: u32 = 256;
/// Draws that are held up in all: half of those that may be under way, so that slow campaigns together leave room for the others.
const DRAWS_MAX: u32 = 1_024;
/// Of these, those of campaigns that came to faults, all of them together: about what is done of theirs while somebody still waits.
const FAULTY_DRAWS_MAX: u32 = 128;
/// For how many times as long as their work took nothing more is done for campaigns that came to faults: a tenth of a thread is
/// theirs. A core that works costs others time even where it gives way to them, since cores share caches and more.
const FAULTY_REST: u32 = 9;

/// A piece of work; it tells what it came to, where that is known.
pub(super) struct Piece {
    pub(super) work: Box<dyn FnOnce() -> Option<Came> + Send>,
    /// Draws that it holds up.
    pub(super) draws: u32,
}

/// What is to be done next.
pub(super) enum Next {
    Piece(CampaignId, Piece),
    /// Nothing, until something changes.
    None,
    /// Nothing until then, unless something changes.
    From(Instant),
    /// Nothing ever again.
    Ended,
}

#[derive(Default)]
pub(super) struct Queue {
    pieces: HashMap<CampaignId, VecDeque<Piece>>,
    /// The campaigns that have pieces, by whose turn it is, but for the faulty ones.
    turns: VecDeque<CampaignId>,
    /// The faulty ones that have pieces.
    faulty_turns: VecDeque<CampaignId>,
    /// The campaigns whose latest piece came to a fault.
    faulty: HashSet<CampaignId>,
    /// From when on something may be done for them.
    faulty_from: Option<Instant>,
    /// Draws that are held up.
    draws: u32,
    has_ended: bool,
}

impl Queue {
    pub(super) fn push(&mut self, campaign: &CampaignId, piece: Piece) -> Result<()> {
        let of_campaign = self.pieces.get(campaign);
        let (pieces, draws) = (of_campaign.map_or(0, VecDeque::len), draws(of_campaign));
        if pieces >= CAMPAIGN_MAX || draws + piece.draws > CAMPAIGN_DRAWS_MAX || self.draws + piece.draws > DRAWS_MAX {
            return Err(Error::Busy);
        }
        let is_faulty = self.faulty.contains(campaign);
        // One piece of each is let in, so that whoever fails all the time keeps nobody from showing that they no longer do.
        if is_faulty && pieces > 0 && self.faulty_draws() + piece.draws > FAULTY_DRAWS_MAX {
            return Err(Error::Busy);
        }
        if pieces == 0 {
            let turns = if is_faulty { &mut self.faulty_turns } else { &mut self.turns };
            turns.push_back(campaign.clone());
        }
        self.draws += piece.draws;
        self.pieces.entry(campaign.clone()).or_default().push_back(piece);
        Ok(())
    }

    /// The next piece. Faulty campaigns come first once they may, which is seldom.
    pub(super) fn pop(&mut self, now: Instant) -> Next {
        if self.has_ended {
            return Next::Ended;
        }
        let is_resting = self.faulty_from.is_some_and(|from| now < from);
        let turns = if is_resting || self.faulty_turns.is_empty() { &mut self.turns } else { &mut self.faulty_turns };
        let Some(campaign) = turns.pop_front() else {
            return match self.faulty_from {
                Some(from) if !self.faulty_turns.is_empty() => Next::From(from),
                _ => Next::None,
            };
        };
        let pieces = self.pieces.get_mut(&campaign).expect("who has a turn has pieces");
        let piece = pieces.pop_front().expect("no campaign without pieces is kept");
        if pieces.is_empty() {
            self.pieces.remove(&campaign);
        } else {
            turns.push_back(campaign.clone());
        }
        self.draws -= piece.draws;
        Next::Piece(campaign, piece)
    }

    /// A piece of a campaign's was done, and took a core for so long.
    pub(super) fn ended(&mut self, campaign: &CampaignId, came: Option<Came>, took: Duration, now: Instant) {
        let was_faulty = self.faulty.contains(campaign);
        let is_faulty = came.map_or(was_faulty, |came| came == Came::ToAFault);
        if is_faulty || was_faulty {
            let rest = took * FAULTY_REST;
            self.faulty_from = Some(self.faulty_from.map_or(now, |from| from.max(now)) + rest);
        }
        if is_faulty && !was_faulty {
            self.faulty.insert(campaign.clone());
            pass_on(campaign, &mut self.turns, &mut self.faulty_turns);
        } else if was_faulty && !is_faulty {
            self.forgive(campaign);
        }
    }

    /// Takes a campaign for sound again.
    pub(super) fn forgive(&mut self, campaign: &CampaignId) {
        if self.faulty.remove(campaign) {
            pass_on(campaign, &mut self.faulty_turns, &mut self.turns);
        }
    }

    /// Does nothing more.
    pub(super) fn end(&mut self) {
        self.has_ended = true;
    }

    fn faulty_draws(&self) -> u32 {
        self.faulty_turns.iter().map(|campaign| draws(self.pieces.get(campaign))).sum()
    }

    #[cfg(test)]
    pub(super) fn draws(&self) -> u32 {
        self.draws
    }

    pub(super) fn is_empty(&self) -> bool {
        self.pieces.is_empty()
    }
}

/// Moves a campaign's turn, if it has one.
fn pass_on(campaign: &CampaignId, from: &mut VecDeque<CampaignId>, to: &mut VecDeque<CampaignId>) {
    if let Some(position) = from.iter().position(|other| other == campaign) {
        to.extend(from.remove(position));
    }
}

/// Draws that these pieces hold up.
fn draws(pieces: Option<&VecDeque<Piece>>) -> u32 {
    pieces.into_iter().flatten().map(|piece| piece.draws).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOOK: Duration = Duration::from_millis(5);

    fn id(name: &str) -> CampaignId {
        name.parse().unwrap()
    }

    fn push(queue: &mut Queue, campaign: &str, draws: u32) -> Result<()> {
        queue.push(&id(campaign), Piece { work: Box::new(|| None), draws })
    }

    /// Whose piece is next.
    fn pop(queue: &mut Queue, now: Instant) -> String {
        match queue.pop(now) {
            Next::Piece(campaign, _) => campaign.to_string(),
            Next::None => "none".to_owned(),
            Next::From(then) => format!("in {:?}", then - now),
            Next::Ended => "ended".to_owned(),
        }
    }

    #[test]
    fn who_comes_to_faults_has_a_tenth_of_a_thread() {
        let (mut queue, mut now) = (Queue::default(), Instant::now());
        for campaign in ["bad", "bad", "bad", "worse", "good"] {
            push(&mut queue, campaign, 1).unwrap();
        }
        assert_eq!(pop(&mut queue, now), "bad");
        now += TOOK;
        queue.ended(&id("bad"), Some(Came::ToAFault), TOOK, now);
        assert_eq!(pop(&mut queue, now), "worse", "of which nothing is known yet");
        now += TOOK;
        queue.ended(&id("worse"), Some(Came::ToAFault), TOOK, now);
        assert_eq!(pop(&mut queue, now), "good");
        // Twice nine times five, of which five are over.
        assert_eq!(pop(&mut queue, now), "in 85ms");
        push(&mut queue, "worse", 1).unwrap();
        push(&mut queue, "good", 1).unwrap();
        assert_eq!(pop(&mut queue, now), "good");
        now += Duration::from_millis(85);
        push(&mut queue, "good", 1).unwrap();
        assert_eq!(pop(&mut queue, now), "bad", "before those who may always");
        assert_eq!(pop(&mut queue, now), "worse");
        queue.ended(&id("worse"), Some(Came::Well), TOOK, now);
        assert_eq!([pop(&mut queue, now), pop(&mut queue, now)], ["good", "in 45ms"]);
        push(&mut queue, "worse", 1).unwrap();
        assert_eq!(pop(&mut queue, now), "worse", "it is no longer faulty");
        assert_eq!(pop(&mut queue, now + Duration::from_millis(45)), "bad");
        assert!(queue.is_empty());
        queue.end();
        assert_eq!(pop(&mut queue, now), "ended");
    }

    #[test]
    fn who_comes_to_faults_holds_up_few_draws() {
        let (mut queue, now) = (Queue::default(), Instant::now());
        for campaign in ["bad", "worse"] {
            queue.ended(&id(campaign), Some(Came::ToAFault), TOOK, now);
        }
        push(&mut queue, "bad", 100).unwrap();
        push(&mut queue, "worse", 28).unwrap();
        assert!(matches!(push(&mut queue, "worse", 1), Err(Error::Busy)));
        push(&mut queue, "good", 100).unwrap();
        push(&mut queue, "worst", 100).unwrap();
        queue.ended(&id("worst"), Some(Came::ToAFault), TOOK, now);
        assert!(matches!(push(&mut queue, "worst", 1), Err(Error::Busy)));
        queue.ended(&id("new"), Some(Came::ToAFault), TOOK, now);
        push(&mut queue, "new", 1).unwrap();
        assert!(matches!(push(&mut queue, "new", 1), Err(Error::Busy)), "one piece of each is let in");
        queue.forgive(&id("new"));
        push(&mut queue, "new", 1).unwrap();
        // Nobody waited for it any more, so that nothing new is known.
        queue.ended(&id("bad"), None, Duration::ZERO, now);
        assert!(matches!(push(&mut queue, "bad", 1), Err(Error::Busy)));
        queue.ended(&id("bad"), Some(Came::Well), TOOK, now);
        push(&mut queue, "bad", 1).unwrap();
    }
}
