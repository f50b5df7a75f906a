//! What cases are made of.

use std::sync::Arc;

use tombola_domain::amount::AMOUNT_MAX;
use tombola_domain::award::Delivery;
use tombola_domain::chance::{Caps, Participation};
use tombola_domain::digest::Digest;
use tombola_domain::draw::{Grant, Limit, draw_id};
use tombola_domain::fact::Value;
use tombola_domain::id::{CampaignId, PrizeId};
use tombola_domain::random::Seed;
use tombola_domain::reason::Reason;
use tombola_domain::receipt::{Disclosure, Format, OpenReceipt, Step, Terms, Ticket};
use tombola_domain::series::Series;
use tombola_domain::stock::Expected;
use tombola_domain::time::{Timestamp, Zone};

use crate::campaigns::{Activated, NewRevision};
use crate::draws::{DecidedDraw, Draw, DrawCommit, Dropped, HandOver, Snapshot, SnapshotQuery};
use crate::stock::StockLevel;
use crate::{Operation, Store};

pub(super) const CAMPAIGN: &str = "spring";

/// Chances are counted, and nothing is capped.
const CAPS: Caps = Caps { total: None, month: None, day: None, counts_chances: true };

/// A moment of the cases' time, that many minutes after the first.
pub(super) fn minute(minute: i64) -> Timestamp {
    Timestamp::from_millis(1_795_000_000_000 + minute * 60_000)
}

/// An operation of one actor under this key, whose request is `request`.
pub(super) fn operation(key: &str, request: &str) -> Operation {
    Operation {
        actor: "alice".to_owned(),
        key: Some(key.parse().unwrap()),
        request: Digest::of(request.as_bytes()),
        at: minute(0),
        reason: Reason::default(),
    }
}

/// An operation without a key.
pub(super) fn set_up() -> Operation {
    Operation { key: None, ..operation("none", "set-up") }
}

/// A revision of a campaign with these stocks.
pub(super) fn revision(campaign: &str, document: &str, opening: &[(&str, u64)]) -> NewRevision {
    NewRevision {
        campaign: campaign.parse().unwrap(),
        digest: Digest::of(document.as_bytes()),
        document: document.to_owned(),
        remarks: String::new(),
        opening_stock: opening.iter().map(|(prize, units)| (prize.parse().unwrap(), *units)).collect(),
        expected_live: None,
    }
}

/// Publishes a revision of the cases' campaign.
pub(super) async fn publish(store: &Arc<dyn Store>, opening: &[(&str, u64)]) -> Activated {
    publish_in(store, CAMPAIGN, opening).await
}

pub(super) async fn publish_in(store: &Arc<dyn Store>, campaign: &str, opening: &[(&str, u64)]) -> Activated {
    store.publish(&set_up(), &revision(campaign, "{}", opening)).await.unwrap().result
}

/// The stock of a prize of the cases' campaign.
pub(super) async fn stock_of(store: &Arc<dyn Store>, prize: &str) -> StockLevel {
    let levels = store.stock(&CAMPAIGN.parse().unwrap()).await.unwrap();
    levels.into_iter().find(|(name, _)| name.as_str() == prize).unwrap().1
}

/// A draw that somebody wants to make.
#[derive(Debug, Clone)]
pub(super) struct Wish {
    pub(super) campaign: &'static str,
    pub(super) player: String,
    pub(super) key: String,
    /// Minutes into the cases' time.
    pub(super) minute: i64,
    grants: Vec<Grant>,
    expected: Expected,
}

/// A draw of nothing, to which grants are added.
pub(super) fn wish(player: &str, key: &str) -> Wish {
    let (player, key, expected) = (player.to_owned(), key.to_owned(), Expected::Anything);
    Wish { campaign: CAMPAIGN, player, key, minute: 1, grants: vec![], expected }
}

impl Wish {
    /// Next, try a prize whose stock is counted.
    pub(super) fn stocked(self, prize: &str) -> Self {
        self.grant(prize, true, None)
    }

    /// Next, hand over a prize without end.
    pub(super) fn unlimited(self, prize: &str) -> Self {
        self.grant(prize, false, None)
    }

    /// Next, a stocked prize that the player may not win any more.
    pub(super) fn limited(self, prize: &str) -> Self {
        self.grant(prize, true, Some(Limit::Player))
    }

    /// So much of what was added last.
    pub(super) fn amount(mut self, amount: i64) -> Self {
        self.grants.last_mut().unwrap().amount = amount;
        self
    }

    /// With what its latest grant takes of the budget.
    pub(super) fn costing(mut self, cost: i64) -> Self {
        self.grants.last_mut().unwrap().cost = cost;
        self
    }

    pub(super) fn at_minute(self, minute: i64) -> Self {
        Self { minute, ..self }
    }

    /// What the draws after it rely on.
    pub(super) fn expecting(self, expected: Expected) -> Self {
        Self { expected, ..self }
    }

    pub(super) fn in_campaign(self, campaign: &'static str) -> Self {
        Self { campaign, ..self }
    }

    fn grant(mut self, prize: &str, stocked: bool, limit: Option<Limit>) -> Self {
        let node = format!("trees/default/{}", self.grants.len());
        self.grants.push(Grant { prize: prize.parse().unwrap(), amount: AMOUNT_MAX, stocked, cost: 0, limit, node });
        self
    }

    /// What a host asks before it decides this draw.
    pub(super) fn query(&self) -> SnapshotQuery {
        SnapshotQuery {
            campaign: self.campaign.parse().unwrap(),
            player: self.player.parse().unwrap(),
            key: self.key.parse().unwrap(),
            lists: vec![],
            wins: self.grants.iter().map(|grant| grant.prize.clone()).collect(),
            day: Zone::UTC.local(minute(self.minute)).day,
        }
    }

    /// Reads the snapshot and decides.
    pub(super) async fn decide(&self, store: &Arc<dyn Store>, activation: u64) -> DrawCommit {
        let snapshot = store.snapshot(&self.query()).await.unwrap();
        self.decide_on(&snapshot, activation)
    }

    /// Decides on a snapshot that was read before.
    pub(super) fn decide_on(&self, snapshot: &Snapshot, activation: u64) -> DrawCommit {
        decide_on(std::slice::from_ref(self), snapshot, activation)
    }

    fn decided(&self, before: &Participation) -> DecidedDraw {
        let seed = Digest::tagged(
            "seed",
            &[self.campaign.as_bytes(), self.player.as_bytes(), &before.next_ordinal().to_be_bytes()],
        );
        let seed = Seed::from_bytes(*seed.as_bytes());
        let disclosure = self.disclosure();
        DecidedDraw {
            receipt: OpenReceipt {
                terms: self.terms(self.query().campaign, before.next_ordinal(), seed, &disclosure),
                grants: self.grants.clone(),
            },
            hand_overs: self.grants.iter().map(hand_over).collect(),
            disclosure,
            expected: self.expected,
        }
    }

    /// The digest of the client's request.
    pub(super) fn request(&self) -> Digest {
        Digest::tagged("request", &[self.player.as_bytes(), self.key.as_bytes()])
    }

    pub(super) fn disclosure(&self) -> Disclosure {
        let facts = vec![
            ("player.draws.total".to_owned(), Value::Integer(i64::MIN)),
            ("player.lists.vip".to_owned(), Value::Boolean(true)),
            ("attribute.channel".to_owned(), Value::Text("\"äpp\"".to_owned())),
            ("attribute.tags".to_owned(), Value::Texts(vec![])),
            ("attribute.sizes".to_owned(), Value::Integers(vec![0, i64::MAX])),
            ("campaign.remaining_seconds".to_owned(), Value::None),
        ];
        Disclosure { salt: [7; 32], player: self.player.parse().unwrap(), facts }
    }

    fn terms(&self, campaign: CampaignId, ordinal: u64, seed: Seed, disclosure: &Disclosure) -> Terms {
        Terms {
            format: Format::default(),
            engine: "none".to_owned(),
            campaign,
            revision: 1,
            revision_digest: Digest::of(b"{}"),
            modules: vec![Digest::of(b"module")],
            epoch: 1,
            epoch_commitment: Digest::of(b"epoch"),
            draw: draw_id(&disclosure.player, &seed, minute(self.minute)),
            drawn_at: minute(self.minute),
            ordinal,
            seed,
            player: disclosure.player_commitment(),
            facts: disclosure.fact_commitments(),
            lists: vec![("vip".parse().unwrap(), 3)],
            limits: vec![("phone".parse().unwrap(), Limit::PlayerDay)],
            ticket: Some(Ticket { pool: "default".parse().unwrap(), number: 3, total: u64::MAX }),
            steps: vec![Step { node: "guards/loyal".to_owned(), outcome: "proceed".to_owned(), fuel: 812 }],
        }
    }
}

fn hand_over(grant: &Grant) -> HandOver {
    hand_over_of(&grant.prize, grant.stocked)
}

/// What is recorded of a prize, by its name.
pub(super) fn hand_over_of(prize: &PrizeId, stocked: bool) -> HandOver {
    HandOver {
        title: title(prize),
        data: (!stocked).then(|| r#"{"image":"ä.png"}"#.to_owned()),
        delivery: delivery(prize),
    }
}

/// How a prize reaches its player: by its name.
fn delivery(prize: &PrizeId) -> Option<Delivery> {
    match prize.as_str() {
        "points" => Some(Delivery::Points { unit: "points".parse().unwrap(), each: 1 }),
        "coins" => Some(Delivery::Points { unit: "coins".parse().unwrap(), each: 3 }),
        "chances" => Some(Delivery::Chances(3)),
        "hamper" => Some(Delivery::Manual),
        prize => match prize.strip_prefix("codes-") {
            Some(pool) => Some(Delivery::Codes(pool.parse().unwrap())),
            None => Some(Delivery::Webhook(prize.strip_prefix("hook-")?.parse().unwrap())),
        },
    }
}

/// What a prize is called when it is won.
pub(super) fn title(prize: &PrizeId) -> String {
    format!("The \"{prize}\"")
}

/// Reads the snapshot and decides several draws under one key: that of the first, whose player, campaign and time hold for all.
pub(super) async fn decide_series(store: &Arc<dyn Store>, activation: u64, wishes: &[Wish]) -> DrawCommit {
    let snapshot = store.snapshot(&wishes[0].query()).await.unwrap();
    decide_on(wishes, &snapshot, activation)
}

fn decide_on(wishes: &[Wish], snapshot: &Snapshot, activation: u64) -> DrawCommit {
    let query = wishes[0].query();
    let local = Zone::UTC.local(minute(wishes[0].minute));
    let before = snapshot.participation.unwrap_or_default().counting(Some(1 << 40));
    let mut participation = before;
    let mut draws = vec![];
    for wish in wishes {
        draws.push(wish.decided(&participation));
        participation = participation.after_draw(&CAPS, local);
    }
    DrawCommit {
        activation,
        player: query.player,
        key: query.key,
        request: wishes[0].request(),
        expected_version: before.version,
        participation,
        day: local.day,
        budget: Some("points".parse().unwrap()),
        delivers: true,
        draws: Series::from_vec(draws).unwrap(),
    }
}

/// Decides one draw and commits it alone.
pub(super) async fn draw(store: &Arc<dyn Store>, activation: u64, wish: &Wish) -> Result<Draw, Dropped> {
    let commit = wish.decide(store, activation).await;
    commit_one(store, commit).await
}

/// Decides one draw and commits it alone, while nothing is handed over.
pub(super) async fn draw_undelivered(store: &Arc<dyn Store>, activation: u64, wish: &Wish) -> Result<Draw, Dropped> {
    let commit = wish.decide(store, activation).await;
    commit_one(store, DrawCommit { delivers: false, ..commit }).await
}

/// Commits several draws under one key.
pub(super) async fn commit_series(store: &Arc<dyn Store>, commit: DrawCommit) -> Result<Series<Draw>, Dropped> {
    let mut answers = store.commit_draws(&[commit]).await.unwrap();
    assert_eq!(answers.len(), 1);
    answers.remove(0)
}

pub(super) async fn commit_one(store: &Arc<dyn Store>, commit: DrawCommit) -> Result<Draw, Dropped> {
    commit_series(store, commit).await.map(alone)
}

/// Commits a batch in which each draw has a key of its own.
pub(super) async fn commit_batch(store: &Arc<dyn Store>, batch: Vec<DrawCommit>) -> Vec<Result<Draw, Dropped>> {
    store.commit_draws(&batch).await.unwrap().into_iter().map(|answer| answer.map(alone)).collect()
}

fn alone(draws: Series<Draw>) -> Draw {
    assert_eq!(draws.len(), 1);
    draws.first
}

/// The prize that a draw won.
pub(super) fn won(draw: &Draw) -> Option<&str> {
    draw.won.as_ref().map(|won| won.prize.as_str())
}
