//! The holds that a batch touches, and what becomes of them: first all of it in memory, then it is written.

use std::collections::{BTreeMap, HashMap};

use tombola_domain::causes::Causes;
use tombola_domain::digest::Digest;
use tombola_domain::hold::{End, Ended, Hold, OPEN_MAX};
use tombola_domain::id::{HoldId, IdempotencyKey, PlayerId, UnitName};
use tombola_domain::ledger::{Book, Refused, Transfer};
use tombola_domain::time::Timestamp;
use tombola_store::holds::{Changed, HoldEnd, NewHold, NotChanged};
use tombola_store::ledger::{BusinessKey, NotPosted, Unit, Why};

/// A hold and what set it aside.
pub(super) struct Kept {
    pub(super) hold: Hold,
    pub(super) request: Digest,
    /// Empty where it had ended before the batch.
    pub(super) made: Vec<Transfer>,
}

/// What is to be posted for a hold.
pub(super) struct Move {
    /// Whose the business key is.
    pub(super) player: PlayerId,
    pub(super) key: BusinessKey,
    pub(super) request: Digest,
    pub(super) why: Why,
    pub(super) at: Timestamp,
    pub(super) transfers: Vec<Transfer>,
    pub(super) kind: Kind,
}

/// What a [`Move`] does to a hold.
pub(super) enum Kind {
    Places(Hold, IdempotencyKey),
    Ends(HoldId, Ended),
}

pub(super) struct Desk {
    pub(super) book: Book,
    units: HashMap<UnitName, Unit>,
    holds: BTreeMap<HoldId, Kept>,
    keys: HashMap<(PlayerId, IdempotencyKey), HoldId>,
    /// Open holds of each player who places one, with those that have expired and were not cleared away.
    open: HashMap<PlayerId, usize>,
    pub(super) moves: Vec<Move>,
}

impl Desk {
    pub(super) fn new(book: Book, units: HashMap<UnitName, Unit>, open: HashMap<PlayerId, usize>) -> Self {
        Self { book, units, holds: BTreeMap::new(), keys: HashMap::new(), open, moves: Vec::new() }
    }

    /// Tells of a hold that was placed before.
    pub(super) fn know(&mut self, key: IdempotencyKey, kept: Kept) {
        self.keys.insert((kept.hold.player.clone(), key), kept.hold.id.clone());
        self.holds.insert(kept.hold.id.clone(), kept);
    }

    pub(super) fn place(&mut self, NewHold { hold, key, request }: &NewHold) -> Result<Changed, NotChanged> {
        let whose = (hold.player.clone(), key.clone());
        if let Some(kept) = self.keys.get(&whose).map(|id| &self.holds[id]) {
            let is_same = kept.request == *request;
            return if is_same { Ok(again(&kept.hold)) } else { Err(NotChanged::KeyReused) };
        }
        self.clear(Some(&hold.player), hold.held_at);
        if self.open.get(&hold.player).copied().unwrap_or_default() >= OPEN_MAX {
            return Err(NotChanged::TooMany);
        }
        if !self.units.contains_key(&hold.unit) {
            return Err(NotPosted::UnknownUnit(hold.unit.clone()).into());
        }
        let made = self.book.hold(hold.held_at, hold).map_err(NotPosted::Refused)?;
        self.moves.push(Move {
            player: hold.player.clone(),
            key: business_key(&hold.id, ""),
            request: *request,
            why: Why::Hold,
            at: hold.held_at,
            transfers: made.clone(),
            kind: Kind::Places(hold.clone(), key.clone()),
        });
        *self.open.entry(hold.player.clone()).or_default() += 1;
        self.know(key.clone(), Kept { hold: hold.clone(), request: *request, made });
        Ok(Changed { hold: hold.clone(), replayed: false })
    }

    pub(super) fn end(&mut self, HoldEnd { player, id, wish, at }: &HoldEnd) -> Result<Changed, NotChanged> {
        let kept = self.holds.get(id).filter(|kept| kept.hold.player == *player).ok_or(NotChanged::Unknown)?;
        let ended = kept.hold.end(*wish, *at)?;
        if kept.hold.ended.is_some() {
            return Ok(again(&kept.hold));
        }
        let hold = self.settle(id, ended, *at).map_err(NotPosted::Refused)?;
        Ok(Changed { hold, replayed: false })
    }

    /// Gives back what has expired by `now`, of one player's holds or of all that are known here, and says of how many.
    pub(super) fn clear(&mut self, whose: Option<&PlayerId>, now: Timestamp) -> u64 {
        let is_due = |hold: &&Hold| {
            hold.ended.is_none() && hold.expires_at <= now && whose.is_none_or(|player| hold.player == *player)
        };
        let due: Vec<_> = self
            .holds
            .values()
            .map(|kept| &kept.hold)
            .filter(is_due)
            .map(|hold| (hold.id.clone(), hold.expires_at))
            .collect();
        let mut given = 0;
        for (id, at) in due {
            match self.settle(&id, Ended { how: End::Expired, at }, now) {
                Ok(_) => given += 1,
                Err(error) => {
                    tracing::error!(hold = %id, error = %Causes(&error), "a hold has expired and can't be given back yet");
                }
            }
        }
        given
    }

    fn settle(&mut self, id: &HoldId, ended: Ended, at: Timestamp) -> Result<Hold, Refused> {
        let kept = self.holds.get_mut(id).expect("a hold that was looked up");
        let transfers = self.book.end_hold(at, &kept.hold, &kept.made, ended.how.taken())?;
        kept.hold.ended = Some(ended);
        if let Some(open) = self.open.get_mut(&kept.hold.player) {
            *open -= 1;
        }
        let how = ended.how;
        self.moves.push(Move {
            player: kept.hold.player.clone(),
            key: business_key(id, ":end"),
            request: Digest::tagged("tombola/hold-end/v1", &[how.as_str().as_bytes(), &how.taken().to_be_bytes()]),
            why: if how.taken() > 0 { Why::Capture } else { Why::Release },
            at,
            transfers,
            kind: Kind::Ends(id.clone(), ended),
        });
        Ok(kept.hold.clone())
    }
}

fn again(hold: &Hold) -> Changed {
    Changed { hold: hold.clone(), replayed: true }
}

fn business_key(id: &HoldId, ending: &str) -> BusinessKey {
    format!("hold:{id}{ending}").parse().expect("printable, and short enough")
}
