//! What clients ask and are told, in the order of one observer, and what is there in the end.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use sqlx::{Connection, PgConnection, Row as _};
use tokio::time::{sleep, timeout};
use tombola_history::{Draw, Line, Row};

use super::{CAMPAIGN, PRIZE};
use crate::dice::Dice;
use crate::fleet::{BREAK, Places};
use crate::harness::answer;

const PLAYERS: u64 = 150;
/// Of so many requests one is given up as soon as it gets no answer.
const GIVEN_UP: u64 = 8;
/// Between two requests of a client's, at most.
const PAUSE_MAX: Duration = Duration::from_millis(250);
/// How long an operator waits for a host before asking another one.
const PATIENCE: Duration = Duration::from_secs(5);

pub(super) struct Record(Mutex<Vec<Line>>);

impl Record {
    pub(super) fn opening(prize: &str, stock: u64) -> Self {
        Self(Mutex::new(vec![Line::Opening { prize: prize.to_owned(), stock }]))
    }

    fn add(&self, line: Line) {
        self.lines().push(line);
    }

    fn lines(&self) -> MutexGuard<'_, Vec<Line>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The draws of which somebody was told, by their numbers.
    pub(super) fn told(&self) -> Vec<u64> {
        let number = |line: &Line| match line {
            Line::Told { key, .. } => Some(key.strip_prefix("draw-")?.parse().unwrap()),
            _ => None,
        };
        self.lines().iter().filter_map(number).collect::<BTreeSet<_>>().into_iter().collect()
    }

    /// All of it, with what the database holds.
    pub(super) async fn closing(&self, database: &str) -> Vec<Line> {
        let mut history = std::mem::take(&mut *self.lines());
        let mut connection = PgConnection::connect(database).await.unwrap();
        let draws = "SELECT position, key, player, id, ordinal, prize, amount FROM tombola.draws";
        for row in sqlx::query(draws).fetch_all(&mut connection).await.unwrap() {
            let count = |column| row.get::<i64, _>(column).unsigned_abs();
            let (ordinal, prize, amount) = (count("ordinal"), row.get("prize"), row.get("amount"));
            let draw = Draw { id: row.get("id"), ordinal, prize, amount };
            let (position, key, player) = (count("position"), row.get("key"), row.get("player"));
            history.push(Line::Row(Row { position, key, player, draw }));
        }
        let stock = sqlx::query("SELECT allotted, issued FROM tombola.stock WHERE campaign = $1 AND prize = $2");
        let stock = stock.bind(CAMPAIGN).bind(PRIZE).fetch_one(&mut connection).await.unwrap();
        let count = |column| stock.get::<i64, _>(column).unsigned_abs();
        history.push(Line::Stock { allotted: count("allotted"), issued: count("issued") });
        history
    }
}

pub(super) struct Client {
    pub(super) places: Arc<Places>,
    pub(super) record: Arc<Record>,
    pub(super) dice: Dice,
}

impl Client {
    /// Asks for a draw until it is told, or gives it up.
    pub(super) async fn draw(&mut self, number: u64) {
        sleep(self.dice.up_to(PAUSE_MAX)).await;
        if self.dice.below(GIVEN_UP) == 0 {
            self.ask(number).await;
        } else {
            self.insist(number).await;
        }
    }

    /// Asks for a draw until it is told.
    pub(super) async fn insist(&mut self, number: u64) {
        while !self.ask(number).await {
            sleep(BREAK).await;
        }
    }

    /// Asks for a draw once, and answers whether it was told.
    async fn ask(&mut self, number: u64) -> bool {
        let (key, player) = (format!("draw-{number}"), format!("player-{}", number % PLAYERS));
        self.record.add(Line::Asked { key: key.clone(), player: player.clone() });
        let told = self.places.try_draw(&mut self.dice, CAMPAIGN, &player, &key).await;
        let is_told = told.is_some();
        if let Some(told) = told {
            self.record.add(Line::Told { key, draw: draw(&told) });
        }
        is_told
    }

    /// Adds units as an operator does, until it is told.
    pub(super) async fn restock(&mut self, number: u64, add: u64) {
        let key = format!("restock-{number}");
        self.record.add(Line::Restocking { key: key.clone(), add });
        loop {
            let path = format!("/v1/operator/campaigns/{CAMPAIGN}/prizes/{PRIZE}/stock");
            let request = self.places.any(&mut self.dice).operator.request(Method::POST, &path);
            let request = request.header("Idempotency-Key", &key).json(&json!({"add": add, "reason": "more came"}));
            if let Ok(Some((status, told))) = timeout(PATIENCE, answer(request)).await
                && told["retryable"] != true
            {
                assert_eq!(status, StatusCode::OK, "{told:#}");
                return self.record.add(Line::Restocked { key });
            }
            sleep(BREAK).await;
        }
    }
}

/// What an answer says of a draw.
fn draw(told: &Value) -> Draw {
    let outcome = &told["outcome"];
    Draw {
        id: told["id"].as_str().unwrap().to_owned(),
        ordinal: told["ordinal"].as_u64().unwrap(),
        prize: outcome["prize"].as_str().map(str::to_owned),
        amount: outcome["amount"].as_i64(),
    }
}
