//! Random runs of commits, publishes and restocks, held against a model that is too simple to be wrong.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use tombola_domain::random::{Seed, Stream};
use tombola_domain::stock::Expected;

use super::Backend;
use super::event_wish::has;
use super::fixture::{CAMPAIGN, Wish, decide_series, publish, set_up, stock_of, wish, won};
use crate::Store;
use crate::draws::{Draw, DrawCommit, Dropped};

const RUNS: u8 = 4;
const STEPS: u64 = 40;
const PLAYERS: u64 = 6;
const PRIZES: [&str; 3] = ["phone", "mug", "points"];
/// What one win of points is.
const POINTS: i64 = 5;

/// What the database ought to hold.
#[derive(Default)]
struct Model {
    activation: u64,
    stock: HashMap<&'static str, (u64, u64)>,
    /// Draws made, by player.
    draws: HashMap<String, u64>,
    /// Points won, by player.
    points: HashMap<String, i64>,
}

/// Prizes that one draw tries, in order, and what those after it rely on.
struct Tries {
    prizes: Vec<&'static str>,
    expected: Expected,
}

/// An ordinal and a prize.
type Made = (u64, Option<&'static str>);

impl Model {
    /// What should come of draws of which so much was known. `turns` are the players who had a turn in this batch.
    fn expect<'d>(&mut self, decided: &'d Decided, turns: &mut HashSet<&'d str>) -> Result<Vec<Made>, Dropped> {
        if decided.activation != self.activation {
            return Err(Dropped::Superseded(self.activation));
        }
        let draws = self.draws.entry(decided.player.clone()).or_default();
        if *draws != decided.draws_seen || !turns.insert(&decided.player) {
            return Err(Dropped::VersionChanged);
        }
        let mut stock = self.stock.clone();
        let mut made = vec![];
        for (ordinal, tries) in (*draws + 1..).zip(&decided.draws) {
            let position = tries.prizes.iter().position(|prize| {
                let (units, issued) = stock.get_mut(prize).unwrap();
                *issued < *units && {
                    *issued += 1;
                    true
                }
            });
            if tries.expected != Expected::Anything
                && tries.expected != position.map_or(Expected::Nothing, Expected::Grant)
            {
                return Err(Dropped::Unforeseen);
            }
            made.push((ordinal, position.map(|position| tries.prizes[position])));
        }
        *draws += made.len() as u64;
        let points = made.iter().filter(|(_, prize)| *prize == Some("points")).map(|_| POINTS);
        *self.points.entry(decided.player.clone()).or_default() += points.sum::<i64>();
        self.stock = stock;
        Ok(made)
    }
}

/// Draws between their decision and their commit.
struct Decided {
    commit: DrawCommit,
    activation: u64,
    player: String,
    draws_seen: u64,
    draws: Vec<Tries>,
}

/// Several runs, each another one every time the suite changes but the same on every machine.
pub async fn random_commits_do_what_the_model_does(backend: &impl Backend) {
    let store = backend.open().await;
    for run in 0..RUNS {
        let mut run = Run {
            store: Arc::clone(&store),
            chance: Seed::from_bytes([run; 32]).stream("model"),
            model: Model::default(),
            // Players and stock of another run are not this one's.
            prefix: format!("run-{run}"),
            keys: 0,
            waiting: vec![],
        };
        run.begin().await;
        for _ in 0..STEPS {
            run.step().await;
        }
        run.compare().await;
    }
}

struct Run {
    store: Arc<dyn Store>,
    chance: Stream,
    model: Model,
    prefix: String,
    keys: u64,
    waiting: Vec<Decided>,
}

impl Run {
    async fn begin(&mut self) {
        self.model.activation = publish(&self.store, &[("phone", 3), ("mug", 9), ("points", 20)]).await.activation;
        for prize in PRIZES {
            let level = stock_of(&self.store, prize).await;
            self.model.stock.insert(prize, (level.stock, level.issued));
        }
    }

    async fn step(&mut self) {
        match self.chance.below(10) {
            0 => self.model.activation = publish(&self.store, &[("phone", 50)]).await.activation,
            1 => self.restock().await,
            2..=6 => self.decide().await,
            _ => self.commit().await,
        }
    }

    async fn restock(&mut self) {
        let prize = self.any_prize();
        let (campaign, name) = (CAMPAIGN.parse().unwrap(), prize.parse().unwrap());
        self.store.adjust_stock(&set_up(), &campaign, &name, 2).await.unwrap();
        self.model.stock.get_mut(prize).unwrap().0 += 2;
    }

    async fn decide(&mut self) {
        for _ in 0..=self.chance.below(6) {
            self.keys += 1;
            let player = format!("{}-{}", self.prefix, self.chance.below(PLAYERS));
            // Mostly one, as clients ask.
            let count = if self.chance.below(3) == 0 { 2 + self.chance.below(3) } else { 1 };
            let draws: Vec<Tries> = (0..count).map(|_| self.tries()).collect();
            let wishes: Vec<Wish> = draws.iter().map(|tries| self.wish(&player, tries)).collect();
            let commit = decide_series(&self.store, self.model.activation, &wishes).await;
            let draws_seen = commit.expected_version;
            self.waiting.push(Decided { commit, activation: self.model.activation, player, draws_seen, draws });
        }
    }

    fn tries(&mut self) -> Tries {
        let prizes: Vec<_> = (0..self.chance.below(3)).map(|_| self.any_prize()).collect();
        let expected = match self.chance.below(4) {
            0 if prizes.is_empty() => Expected::Nothing,
            0 => Expected::Grant(0),
            1 => Expected::Grant(usize::from(prizes.len() > 1)),
            _ => Expected::Anything,
        };
        Tries { prizes, expected }
    }

    fn wish(&self, player: &str, tries: &Tries) -> Wish {
        let wish = wish(player, &self.keys.to_string()).expecting(tries.expected);
        tries.prizes.iter().fold(wish, |wish, prize| wish.stocked(prize).amount(POINTS))
    }

    /// Some of those that wait, in any order.
    async fn commit(&mut self) {
        let mut batch = vec![];
        for _ in 0..=self.chance.below(12) {
            if !self.waiting.is_empty() {
                let place = self.chance.below(self.waiting.len() as u64);
                batch.push(self.waiting.swap_remove(usize::try_from(place).unwrap()));
            }
        }
        let mut turns = HashSet::new();
        let expected: Vec<_> = batch.iter().map(|decided| self.model.expect(decided, &mut turns)).collect();
        let answers = self
            .store
            .commit_draws(&batch.into_iter().map(|decided| decided.commit).collect::<Vec<_>>())
            .await
            .unwrap();
        let made = |draw: &Draw| (draw.ordinal, won(draw).map(str::to_owned));
        let answers: Vec<_> =
            answers.into_iter().map(|answer| answer.map(|draws| draws.iter().map(made).collect::<Vec<_>>())).collect();
        let owned = |(ordinal, prize): Made| (ordinal, prize.map(str::to_owned));
        let expected: Vec<_> = expected
            .into_iter()
            .map(|expected| expected.map(|made| made.into_iter().map(owned).collect::<Vec<_>>()))
            .collect();
        assert_eq!(answers, expected);
    }

    async fn compare(&self) {
        for (prize, expected) in &self.model.stock {
            let level = stock_of(&self.store, prize).await;
            assert_eq!((level.stock, level.issued), *expected, "{prize}");
        }
        for (player, draws) in &self.model.draws {
            let state = self.store.player(&CAMPAIGN.parse().unwrap(), &player.parse().unwrap(), None, 1000).await;
            let ordinals: Vec<u64> = state.unwrap().draws.iter().map(|draw| draw.ordinal).collect();
            assert!(ordinals.into_iter().eq((1..=*draws).rev()), "{player}");
        }
        for (player, points) in &self.model.points {
            assert_eq!(has(&self.store, player).await, *points, "{player}");
        }
        assert_eq!(self.store.prove().await.unwrap(), []);
    }

    fn any_prize(&mut self) -> &'static str {
        PRIZES[usize::try_from(self.chance.below(PRIZES.len() as u64)).unwrap()]
    }
}
