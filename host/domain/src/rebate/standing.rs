//! What of an event's rewards is settled before any stock or budget is asked for.

use std::collections::HashMap;

use super::{Gain, Recipient, Room, Verdict};
use crate::draw::Limit;
use crate::id::PrizeId;

/// Where the player and the referrer stand, while the rewards of one event are tried one after the other.
#[derive(Debug, Clone)]
pub struct Standing {
    has_referrer: bool,
    left: HashMap<PrizeId, (Limit, u64)>,
}

impl Standing {
    /// Before the first reward.
    pub fn new(has_referrer: bool, room: &[Room]) -> Self {
        let left = room.iter().map(|room| (room.prize.clone(), (room.limit, room.left))).collect();
        Self { has_referrer, left }
    }

    /// The verdict on a reward that nobody needs to be asked about. Limits are on the event's player.
    pub fn foregone(&self, recipient: Recipient, gain: &Gain) -> Option<Verdict> {
        match (recipient, gain) {
            (Recipient::Referrer, _) => (!self.has_referrer).then_some(Verdict::NoReferrer),
            (Recipient::Player, Gain::Prize(prize)) => match self.left.get(prize) {
                Some((limit, 0)) => Some(Verdict::LimitReached(*limit)),
                _ => None,
            },
            (Recipient::Player, Gain::Points(_) | Gain::Chances) => None,
        }
    }

    /// Takes note of what became of a reward.
    pub fn note(&mut self, recipient: Recipient, gain: &Gain, verdict: Verdict) {
        if let (Recipient::Player, Gain::Prize(prize), Verdict::Granted(_)) = (recipient, gain, verdict)
            && let Some((_, left)) = self.left.get_mut(prize)
        {
            *left = left.saturating_sub(1);
        }
    }
}
