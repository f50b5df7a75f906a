//! Commits alone, in process: how many draws a second are made durable in batches of several sizes, beside the simplest thing
//! that one could do instead, a row a transaction.
//!
//! A draw here has a receipt of about 600 bytes, a stocked prize in front of an unlimited one, and a player who takes part
//! for the first time in half of the cases. What is won is told, and in one of the figures posted as points. Deciding is not measured; the
//! snapshot that it begins with is, on its own.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{ConnectOptions, SqliteConnection};
use tombola_domain::award::Delivery;
use tombola_domain::chance::{Caps, Participation};
use tombola_domain::digest::Digest;
use tombola_domain::draw::{Grant, draw_id};
use tombola_domain::fact::Value;
use tombola_domain::id::PlayerId;
use tombola_domain::random::Seed;
use tombola_domain::reason::Reason;
use tombola_domain::receipt::{Disclosure, Format, OpenReceipt, Step, Terms, Ticket};
use tombola_domain::series::Series;
use tombola_domain::signature::Signer;
use tombola_domain::stock::Expected;
use tombola_domain::time::{LocalTime, Timestamp};
use tombola_store::Operation;
use tombola_store::campaigns::{Campaigns, NewRevision};
use tombola_store::draws::{DecidedDraw, DrawCommit, Draws, HandOver, SnapshotQuery};
use tombola_store_sqlite::{Settings, SqliteStore};

use crate::table::{Row, Table};

/// How long each figure is measured.
const SPAN: Duration = Duration::from_secs(4);
const NOW: LocalTime = LocalTime { day: 20_000, month: 24_000, weekday: 1, minute: 1 };

pub(super) async fn commits(folder: &Path) -> anyhow::Result<Table> {
    let folder = tempfile::tempdir_in(folder).context("making a folder on the disk that is measured")?;
    let mut table = Table::new("How many draws a second can be committed, with nothing else to do?");
    table.add(Row::new("one row, one transaction").cell("", baseline(folder.path()).await?, "rows/s"));
    let points = Delivery::Points { unit: "points".parse().expect("a name"), each: 1 };
    for (size, delivery) in [(1, None), (32, None), (64, None), (64, Some(&points)), (256, None)] {
        let name = format!("batches of {size}{}", if delivery.is_some() { ", points won by each" } else { "" });
        let store = open(&folder.path().join(format!("{name}.db"))).await?;
        let mut latencies = commits_of(&store, size, delivery).await?;
        latencies.sort_unstable();
        let at = |percent: usize| latencies[latencies.len() * percent / 100];
        let row = Row::new(name);
        let row = row.cell("", rate(latencies.len() * size, latencies.iter().sum()), "draws/s");
        table.add(row.millis("p50", at(50)).millis("p99", at(99)));
        if size == 64 && delivery.is_none() {
            let micros = snapshots(&store).await?.as_secs_f64() * 1e6;
            table.add(Row::new("a snapshot, nobody else reading").cell("", micros, "µs"));
        }
        store.close().await;
    }
    Ok(table)
}

pub(super) async fn open(path: &Path) -> anyhow::Result<SqliteStore> {
    let store = tombola_store_sqlite::open(Settings::new(path).sealed_by(signer())).await?;
    publish(&store).await?;
    Ok(store)
}

/// Who seals what is committed.
pub(super) fn signer() -> Signer {
    Signer::from_seed(&[7; 32])
}

/// Publishes the campaign of all draws.
pub(super) async fn publish(store: &impl Campaigns) -> anyhow::Result<()> {
    let revision = NewRevision {
        campaign: "spring".parse().expect("a name"),
        digest: Digest::of(b"{}"),
        document: "{}".to_owned(),
        remarks: String::new(),
        opening_stock: vec![("phone".parse().expect("a name"), 1 << 30)],
        expected_live: None,
    };
    let operation = Operation {
        actor: "bench".to_owned(),
        key: None,
        request: Digest::of(b"publish"),
        at: Timestamp::from_millis(0),
        reason: Reason::default(),
    };
    store.publish(&operation, &revision).await.context("publishing").map(drop)
}

/// Commits batches one after the other; how long each took.
async fn commits_of(store: &SqliteStore, size: usize, delivery: Option<&Delivery>) -> anyhow::Result<Vec<Duration>> {
    let begun = Instant::now();
    let mut latencies = vec![];
    let mut number = 0;
    while begun.elapsed() < SPAN {
        latencies.push(commit(store, &batch(number, size, delivery)).await?);
        number += size;
    }
    Ok(latencies)
}

/// So many draws, from this number on.
pub(super) fn batch(number: usize, size: usize, delivery: Option<&Delivery>) -> Vec<DrawCommit> {
    (number..number + size).map(|number| draw(number, delivery)).collect()
}

/// Commits a batch; how long that took.
pub(super) async fn commit(store: &impl Draws, batch: &[DrawCommit]) -> anyhow::Result<Duration> {
    let before = Instant::now();
    let answers = store.commit_draws(batch).await?;
    let took = before.elapsed();
    ensure!(answers.iter().all(Result::is_ok), "{:?}", answers.into_iter().find_map(Result::err));
    Ok(took)
}

/// So many a second.
pub(super) fn rate(count: usize, span: Duration) -> f64 {
    f64::from(u32::try_from(count).expect("a few seconds' worth")) / span.as_secs_f64()
}

/// The time that a snapshot takes.
async fn snapshots(store: &SqliteStore) -> anyhow::Result<Duration> {
    const COUNT: u32 = 20_000;
    let begun = Instant::now();
    for number in 0..COUNT {
        let query = SnapshotQuery {
            campaign: "spring".parse().expect("a name"),
            player: player(number as usize),
            key: format!("unused-{number}").parse().expect("a key"),
            lists: vec!["banned".parse().expect("a name")],
            wins: vec!["phone".parse().expect("a name")],
            day: NOW.day,
        };
        store.snapshot(&query).await?;
    }
    Ok(begun.elapsed() / COUNT)
}

/// Spreads players, so that pages are touched as real ones do.
fn player(number: usize) -> PlayerId {
    let spread = (number as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 20;
    format!("player-{spread}").parse().expect("a player")
}

/// Players come twice: a first draw, then a second. What is won is delivered so.
fn draw(number: usize, delivery: Option<&Delivery>) -> DrawCommit {
    let (first, second) = (number / 512 * 256 + number % 256, number % 512 >= 256);
    let player = player(first);
    let before =
        if second { Participation::default().after_draw(&Caps::default(), NOW) } else { Participation::default() };
    let seed = Seed::from_bytes(*Digest::of(&number.to_be_bytes()).as_bytes());
    let facts = vec![
        ("player.draws.total".to_owned(), Value::Integer(3)),
        ("player.lists.banned".to_owned(), Value::Boolean(false)),
        ("attribute.channel".to_owned(), Value::Text("app".to_owned())),
    ];
    let disclosure = Disclosure { salt: [7; 32], player: player.clone(), facts };
    let grant = |prize: &str, stocked| Grant {
        prize: prize.parse().expect("a name"),
        amount: 1,
        stocked,
        cost: 0,
        limit: None,
        node: "trees/default/hand-over".to_owned(),
    };
    let hand_over = |title: &str| HandOver { title: title.to_owned(), data: None, delivery: delivery.cloned() };
    DrawCommit {
        activation: 1,
        key: format!("key-{number}").parse().expect("a key"),
        request: Digest::of(b"request"),
        expected_version: before.version,
        participation: before.after_draw(&Caps::default(), NOW),
        day: NOW.day,
        budget: None,
        delivers: true,
        draws: Series::one(DecidedDraw {
            receipt: OpenReceipt {
                terms: terms(&player, before.next_ordinal(), seed, &disclosure),
                grants: vec![grant("phone", true), grant("points", false)],
            },
            hand_overs: vec![hand_over("Phone"), hand_over("Random points")],
            disclosure,
            expected: Expected::Anything,
        }),
        player,
    }
}

fn terms(player: &PlayerId, ordinal: u64, seed: Seed, disclosure: &Disclosure) -> Terms {
    let step = |node: &str| Step { node: node.to_owned(), outcome: "proceed".to_owned(), fuel: 812 };
    Terms {
        format: Format::default(),
        engine: "wasmtime 48.0.8".to_owned(),
        campaign: "spring".parse().expect("a name"),
        revision: 1,
        revision_digest: Digest::of(b"{}"),
        modules: vec![Digest::of(b"one"), Digest::of(b"two")],
        epoch: 1,
        epoch_commitment: Digest::of(b"epoch"),
        draw: draw_id(player, &seed, Timestamp::from_millis(1_795_000_000_000)),
        drawn_at: Timestamp::from_millis(1_795_000_000_000),
        ordinal,
        seed,
        player: disclosure.player_commitment(),
        facts: disclosure.fact_commitments(),
        lists: vec![],
        limits: vec![],
        ticket: Some(Ticket { pool: "default".parse().expect("a name"), number: 3, total: 100 }),
        steps: vec![step("guards/banned"), step("trees/default/lock")],
    }
}

/// Rows a second where each is inserted and synced alone.
async fn baseline(folder: &Path) -> anyhow::Result<f64> {
    let mut connection: SqliteConnection = SqliteConnectOptions::new()
        .filename(folder.join("baseline.db"))
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .disable_statement_logging()
        .connect()
        .await?;
    let table = "CREATE TABLE rows (id INTEGER PRIMARY KEY, player TEXT NOT NULL, receipt BLOB NOT NULL) STRICT";
    sqlx::query(table).execute(&mut connection).await?;
    let (begun, mut count) = (Instant::now(), 0);
    while begun.elapsed() < SPAN {
        sqlx::query("INSERT INTO rows (player, receipt) VALUES (?, ?)")
            .bind(player(count).as_str().to_owned())
            .bind(vec![7u8; 600])
            .execute(&mut connection)
            .await?;
        count += 1;
    }
    Ok(rate(count, begun.elapsed()))
}
