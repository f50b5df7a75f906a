//! Clients that draw without end, and remember what they asked and what they were told.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use reqwest::StatusCode;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::harness::{Caller, Server};

const CLIENTS: usize = 32;
const PLAYERS: u64 = 200;
/// Of so many requests one asks for several draws.
const SERIES_EVERY: u64 = 5;
/// How many those ask for.
const SERIES: u64 = 3;
/// Between a request that may succeed later and its repetition.
const BREAK: Duration = Duration::from_millis(5);

/// The campaign that they draw in.
pub(crate) const CAMPAIGN: &str = "stocked";

/// A request as its client knows it: what it asked, and what it was told, if anything.
pub(crate) struct Asked {
    pub(crate) player: String,
    pub(crate) key: String,
    count: u64,
    pub(crate) told: Option<Value>,
}

impl Asked {
    /// Every number is another request, the same each time.
    fn numbered(number: u64) -> Self {
        let count = if number.is_multiple_of(SERIES_EVERY) { SERIES } else { 1 };
        Self { player: format!("player-{}", number % PLAYERS), key: format!("draw-{number}"), count, told: None }
    }

    /// Asks once more. `None` where no answer came.
    pub(crate) async fn ask(&self, client: &Caller) -> Option<(StatusCode, Value)> {
        let one = json!({"player": self.player});
        let several = json!({"player": self.player, "count": self.count});
        client.try_draws(CAMPAIGN, &self.key, if self.count == 1 { &one } else { &several }).await
    }

    /// How many draws it is.
    pub(crate) fn count(&self) -> u64 {
        self.count
    }
}

/// The draws that an answer tells of.
pub(crate) fn draws(told: &Value) -> Vec<&Value> {
    told["draws"].as_array().map_or_else(|| vec![told], |draws| draws.iter().collect())
}

/// Numbers of requests that no other load has asked.
pub(crate) type Numbers = Arc<AtomicU64>;

/// A load under way.
pub(crate) struct Load {
    clients: JoinSet<Vec<Asked>>,
    stop: Arc<AtomicBool>,
    acknowledged: Arc<AtomicU64>,
}

impl Load {
    /// Until the server is gone, or [`stop`](Self::stop).
    pub(crate) fn start(server: &Server, numbers: &Numbers) -> Self {
        let mut load = Self { clients: JoinSet::new(), stop: Arc::default(), acknowledged: Arc::default() };
        for _ in 0..CLIENTS {
            let client = Client {
                caller: server.client(),
                numbers: Arc::clone(numbers),
                stop: Arc::clone(&load.stop),
                acknowledged: Arc::clone(&load.acknowledged),
            };
            load.clients.spawn(client.run());
        }
        load
    }

    /// Waits until so many requests more have been acknowledged.
    pub(crate) async fn make(&self, count: u64) {
        let enough = self.acknowledged.load(Ordering::Relaxed) + count;
        while self.acknowledged.load(Ordering::Relaxed) < enough {
            assert!(!self.clients.is_empty(), "the load goes on");
            tokio::time::sleep(BREAK).await;
        }
    }

    /// Ends it, and answers all that was asked.
    pub(crate) async fn stop(self) -> Vec<Asked> {
        self.stop.store(true, Ordering::Relaxed);
        self.gone().await
    }

    /// Waits until every client has found the server gone, and answers all that was asked.
    pub(crate) async fn gone(self) -> Vec<Asked> {
        self.clients.join_all().await.into_iter().flatten().collect()
    }
}

struct Client {
    caller: Caller,
    numbers: Numbers,
    stop: Arc<AtomicBool>,
    acknowledged: Arc<AtomicU64>,
}

impl Client {
    async fn run(self) -> Vec<Asked> {
        let mut all = Vec::new();
        while !self.stop.load(Ordering::Relaxed) {
            let mut asked = Asked::numbered(self.numbers.fetch_add(1, Ordering::Relaxed));
            let is_gone = self.insist(&mut asked).await;
            all.push(asked);
            if is_gone {
                break;
            }
        }
        all
    }

    /// Asks until it is told, and answers whether the server is gone.
    async fn insist(&self, asked: &mut Asked) -> bool {
        while !self.stop.load(Ordering::Relaxed) {
            match asked.ask(&self.caller).await {
                None => return true,
                Some((StatusCode::CREATED | StatusCode::OK, draw)) => {
                    self.acknowledged.fetch_add(1, Ordering::Relaxed);
                    asked.told = Some(draw);
                    return false;
                }
                Some((_, problem)) => {
                    assert!(problem["retryable"] == true || problem["code"] == "campaign-paused", "{problem:#}");
                    tokio::time::sleep(BREAK).await;
                }
            }
        }
        false
    }
}

/// Repeats whatever was not acknowledged.
pub(crate) async fn settle(server: &Server, asked: &mut [Asked]) {
    for asked in asked.iter_mut().filter(|asked| asked.told.is_none()) {
        let (status, draw) = asked.ask(&server.client()).await.expect("an answer");
        assert!(status.is_success(), "{draw:#}");
        asked.told = Some(draw);
    }
}

/// Every key is answered with what it was answered first.
pub(crate) async fn are_there(server: &Server, asked: &[Asked]) {
    let client = server.client();
    for asked in asked.iter().filter(|asked| asked.told.is_some()) {
        let (status, draw) = asked.ask(&client).await.expect("an answer");
        assert_eq!((status, Some(&draw)), (StatusCode::OK, asked.told.as_ref()));
    }
}
