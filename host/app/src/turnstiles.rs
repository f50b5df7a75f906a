//! One request of a player's in a campaign at a time, in the order of coming. It saves deciding draws twice; that none counts twice
//! is the commit's to see to.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::{BuildHasher, RandomState};
use std::sync::{Arc, Mutex, MutexGuard};

use tokio::sync::Semaphore;
use tombola_domain::id::{CampaignId, PlayerId};

use crate::{Error, Result};

/// Requests of one player's in one campaign that may be under way or wait: a player who sends more is told so, and takes nobody
/// else's place.
const REQUESTS_MAX: usize = 128;
/// Requests of one campaign's that may wait for their turn: a quarter of all that a host serves at once, so that a campaign whose
/// draws take long leaves room for the others.
const WAITING_MAX: usize = 1_024;
/// Parts of the table, so that threads seldom meet.
const PARTS: usize = 64;

/// Who is under way, by a hash of the campaign and the player. Two whose hashes are the same would only wait for each other.
pub(crate) struct Turnstiles {
    hasher: RandomState,
    parts: Box<[Mutex<Part>]>,
    /// Requests that wait, by campaign.
    waiting: Mutex<HashMap<CampaignId, usize>>,
}

type Part = HashMap<u64, Turnstile>;

struct Turnstile {
    /// Those under way and those that wait.
    requests: usize,
    turn: Arc<Semaphore>,
}

/// A place among those of a campaign's that wait, until it is dropped.
struct Waiting<'a> {
    turnstiles: &'a Turnstiles,
    campaign: &'a CampaignId,
}

/// A place in a player's queue, and the turn once it has come, until it is dropped.
pub(crate) struct Turn<'a> {
    turnstiles: &'a Turnstiles,
    key: u64,
    has_come: bool,
}

impl Default for Turnstiles {
    fn default() -> Self {
        let parts = (0..PARTS).map(|_| Mutex::default()).collect();
        Self { hasher: RandomState::new(), parts, waiting: Mutex::default() }
    }
}

impl Turnstiles {
    /// Waits for the turn of a request of this player's.
    pub(crate) async fn turn(&self, campaign: &CampaignId, player: &PlayerId) -> Result<Turn<'_>> {
        self.pass(self.hasher.hash_one((campaign, player)), Some(campaign)).await
    }

    /// The same for a request that is of no campaign alone.
    pub(crate) async fn turn_in_all(&self, player: &PlayerId) -> Result<Turn<'_>> {
        self.pass(self.hasher.hash_one(player), None).await
    }

    async fn pass(&self, key: u64, campaign: Option<&CampaignId>) -> Result<Turn<'_>> {
        let (mut place, turn) = self.queue(key)?;
        if let Ok(permit) = turn.try_acquire() {
            permit.forget();
        } else {
            let _waiting = campaign.map(|campaign| self.wait(campaign)).transpose()?;
            turn.acquire().await.expect("a turnstile is never closed").forget();
        }
        place.has_come = true;
        Ok(place)
    }

    fn wait<'a>(&'a self, campaign: &'a CampaignId) -> Result<Waiting<'a>> {
        let mut waiting = self.waiting();
        match waiting.get_mut(campaign) {
            Some(count) if *count >= WAITING_MAX => return Err(Error::Busy),
            Some(count) => *count += 1,
            None => drop(waiting.insert(campaign.clone(), 1)),
        }
        Ok(Waiting { turnstiles: self, campaign })
    }

    fn waiting(&self) -> MutexGuard<'_, HashMap<CampaignId, usize>> {
        self.waiting.lock().expect(UNPOISONED)
    }

    fn queue(&self, key: u64) -> Result<(Turn<'_>, Arc<Semaphore>)> {
        let mut part = self.part(key);
        let turnstile = part.entry(key).or_insert_with(|| Turnstile { requests: 0, turn: Arc::new(Semaphore::new(1)) });
        if turnstile.requests >= REQUESTS_MAX {
            return Err(Error::Busy);
        }
        turnstile.requests += 1;
        Ok((Turn { turnstiles: self, key, has_come: false }, Arc::clone(&turnstile.turn)))
    }

    fn part(&self, key: u64) -> MutexGuard<'_, Part> {
        let position = usize::try_from(key % PARTS as u64).expect("below the number of parts");
        self.parts[position].lock().expect(UNPOISONED)
    }
}

const UNPOISONED: &str = "nothing that can panic runs under this lock";

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        let mut waiting = self.turnstiles.waiting();
        match waiting.get_mut(self.campaign) {
            Some(count) if *count > 1 => *count -= 1,
            _ => drop(waiting.remove(self.campaign)),
        }
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        let mut part = self.turnstiles.part(self.key);
        let Entry::Occupied(mut entry) = part.entry(self.key) else { unreachable!("whoever has a place is counted") };
        entry.get_mut().requests -= 1;
        if entry.get().requests == 0 {
            entry.remove();
        } else if self.has_come {
            entry.get().turn.add_permits(1);
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;
    use futures_util::future::join_all;

    use super::*;

    fn id<T: std::str::FromStr>(name: &str) -> T
    where
        T::Err: std::fmt::Debug,
    {
        name.parse().unwrap()
    }

    #[tokio::test]
    async fn only_one_player_in_one_campaign_waits() {
        let (turnstiles, spring, alice) = (Turnstiles::default(), id("spring"), id("alice"));
        let turn = turnstiles.turn(&spring, &alice).await.unwrap();
        assert!(turnstiles.turn(&spring, &alice).now_or_never().is_none());
        assert!(turnstiles.turn(&id("autumn"), &alice).now_or_never().is_some());
        assert!(turnstiles.turn(&spring, &id("bob")).now_or_never().is_some());
        let waiting = turnstiles.turn(&spring, &alice);
        drop(turn);
        waiting.now_or_never().unwrap().unwrap();
        assert!(turnstiles.parts.iter().all(|part| part.lock().unwrap().is_empty()), "nobody is left behind");
    }

    #[tokio::test]
    async fn so_many_wait_and_no_more() {
        let (turnstiles, spring, alice, bob) = (Turnstiles::default(), id("spring"), id("alice"), id("bob"));
        let first = turnstiles.turn(&spring, &alice).await.unwrap();
        let mut waiting: Vec<_> = (1..REQUESTS_MAX).map(|_| Box::pin(turnstiles.turn(&spring, &alice))).collect();
        for turn in &mut waiting {
            assert!(turn.now_or_never().is_none());
        }
        assert!(matches!(turnstiles.turn(&spring, &alice).await, Err(Error::Busy)));
        turnstiles.turn(&spring, &bob).await.unwrap();
        waiting.truncate(1);
        drop(first);
        join_all(waiting).await.into_iter().for_each(|turn| drop(turn.unwrap()));
        turnstiles.turn(&spring, &alice).await.unwrap();
    }
    #[tokio::test]
    async fn so_many_of_a_campaign_wait_and_no_more() {
        let (turnstiles, spring, autumn) = (Turnstiles::default(), id("spring"), id("autumn"));
        let players: Vec<PlayerId> =
            (0..=WAITING_MAX / (REQUESTS_MAX - 1)).map(|number| id(&format!("p{number}"))).collect();
        let turns = join_all(players.iter().map(|player| turnstiles.turn(&spring, player))).await;
        let in_line = players.iter().flat_map(|player| std::iter::repeat_n(player, REQUESTS_MAX - 1));
        let mut waiting: Vec<_> = in_line.map(|player| Box::pin(turnstiles.turn(&spring, player))).collect();
        let late = waiting.split_off(WAITING_MAX);
        assert!(!late.is_empty());
        for turn in &mut waiting {
            assert!(turn.now_or_never().is_none());
        }
        for turn in late {
            assert!(matches!(turn.now_or_never().unwrap(), Err(Error::Busy)));
        }
        turnstiles.turn(&spring, &id("nobody-before")).now_or_never().unwrap().unwrap();
        let other = turnstiles.turn(&autumn, &players[0]).await.unwrap();
        let mut behind = Box::pin(turnstiles.turn(&autumn, &players[0]));
        assert!((&mut behind).now_or_never().is_none());
        drop((waiting, behind, other, turns));
        assert!(turnstiles.waiting().is_empty());
        assert!(turnstiles.parts.iter().all(|part| part.lock().unwrap().is_empty()), "nobody is left behind");
    }
}
