//! Awards out of the outbox, to a receiver that answers at once.
//!
//! The store, the deliverer and the receiver share this process and its cores; draws are committed before, and none is made meanwhile.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use tombola::entropy::OsEntropy;
use tombola_app::clock::SystemClock;
use tombola_app::courier::Courier;
use tombola_app::destinations::DestinationChange;
use tombola_app::intent::Intent;
use tombola_app::model::Limits;
use tombola_app::{App, HostKey, Parts};
use tombola_domain::award::Delivery;
use tombola_domain::id::DestinationName;
use tombola_domain::task::Queue;
use tombola_engine::native::NativeFactory;
use tombola_jobs::{Deliverer, Reach, Webhooks};
use tombola_load::requests::{Call, Requests};
use tombola_load::responder::Responder;
use tombola_load::{Load, closed};
use tombola_store::Store;
use tombola_store::outbox::Outbox;
use tombola_store_sqlite::SqliteStore;

use super::{Setting, commit};
use crate::table::{Row, Table, median};

/// Calls at once, and connections of the baseline.
const CALLS: u32 = 64;
/// Draws of one commit.
const BATCH: usize = 256;
/// Between two looks at what is left.
const PAUSE: Duration = Duration::from_millis(20);
/// Beyond this nothing is delivered any more.
const TIME_MAX: Duration = Duration::from_mins(10);

/// In turn with the driver, which posts as many messages of the same length straight to the receiver.
pub(super) async fn deliveries(setting: &Setting) -> anyhow::Result<Table> {
    let mut table = Table::new("How fast are awards delivered?");
    let (mut straight, mut delivered) = (vec![], vec![]);
    for _ in 0..setting.rounds {
        straight.push(post(setting.awards).await?);
        delivered.push(drain(&setting.folder, setting.awards).await?);
    }
    let ratios = delivered.iter().zip(&straight).map(|(delivered, straight)| delivered / straight).collect();
    table.add(Row::new("posted by the driver").cell("", median(straight), "/s"));
    let row = Row::new(format!("{} awards out of the outbox", setting.awards)).cell("", median(delivered), "/s");
    table.add(row.cell("", median(ratios), "× the driver's"));
    Ok(table)
}

/// Messages a second, without anything that has to be remembered.
async fn post(count: u64) -> anyhow::Result<f64> {
    let responder = Responder::start().await?;
    let load = Load::new(responder.target(), CALLS as usize, count, TIME_MAX)?;
    let report = closed(load, Arc::new(Messages)).await;
    ensure!(report.failures() == 0, "the receiver answers everything");
    Ok(report.rate())
}

struct Messages;

impl Requests for Messages {
    fn write(&self, number: u64, out: &mut Vec<u8>) {
        let award = format!("202611-0000-{number:020}-1");
        let body = format!(
            r#"{{"data":{{"amount":1,"award":"{award}","campaign":"spring","data":null,"draw":"{award}","player":"player-{number}","prize":"phone","title":"Phone"}},"timestamp":"2026-11-19T00:00:00.000Z","type":"award"}}"#
        );
        let call = Call {
            method: "POST",
            path: "/hook",
            token: "v1,rAvfW3dJ/X/qxhsaXPOyyCGmRKsaKWcsNccKXlIktD0=",
            key: &award,
            media_type: "application/json",
            body: body.as_bytes(),
        };
        call.write(out);
    }
}

/// Awards a second, from the start of the deliverer until nothing waits.
async fn drain(folder: &Path, awards: u64) -> anyhow::Result<f64> {
    let folder = tempfile::tempdir_in(folder).context("making a folder on the disk that is measured")?;
    let store = Arc::new(commit::open(&folder.path().join("outbox.db")).await?);
    let name: DestinationName = "crm".parse().expect("a name");
    fill(&store, awards, &Delivery::Webhook(name.clone())).await?;
    let responder = Responder::start().await?;
    let networks = vec!["127.0.0.0/8".parse().expect("a network")];
    let webhooks = Arc::new(Webhooks::new(Reach { plain: [name.clone()].into(), networks }));
    let app = start(&store, &webhooks).await?;
    let change = DestinationChange {
        intent: Intent::of("bench"),
        name: name.clone(),
        url: format!("http://{}/hook", responder.target().address()),
        secrets: Some(vec![[7; 32].as_slice().try_into().expect("a secret")]),
        limits: Limits { connect_ms: 1_000, call_ms: 10_000, calls: CALLS },
    };
    app.put_destination(change).await.context("making a destination")?;
    let queue = Queue::Webhook(name);
    let begun = Instant::now();
    let parts =
        tombola_jobs::Parts { app, store: Arc::clone(&store) as Arc<dyn Store>, webhooks, receipts_kept_for: None };
    let deliverer = Deliverer::start(parts);
    while store.load(&queue).await?.waiting > 0 {
        ensure!(begun.elapsed() < TIME_MAX, "awards are not delivered any more");
        tokio::time::sleep(PAUSE).await;
    }
    let took = begun.elapsed();
    deliverer.stop().await;
    store.close().await;
    Ok(f64::from(u32::try_from(awards).context("fewer awards than that")?) / took.as_secs_f64())
}

async fn fill(store: &SqliteStore, awards: u64, delivery: &Delivery) -> anyhow::Result<()> {
    let awards = usize::try_from(awards).context("fewer awards than that")?;
    for first in (0..awards).step_by(BATCH) {
        let batch = commit::batch(first, BATCH.min(awards - first), Some(delivery));
        commit::commit(store, &batch).await?;
    }
    Ok(())
}

async fn start(store: &Arc<SqliteStore>, webhooks: &Arc<Webhooks>) -> anyhow::Result<Arc<App>> {
    let parts = Parts {
        store: Arc::clone(store) as Arc<dyn Store>,
        rules: Arc::new(NativeFactory::default()),
        engine_version: "native".to_owned(),
        courier: Arc::clone(webhooks) as Arc<dyn Courier>,
        clock: Arc::new(SystemClock),
        entropy: Arc::new(OsEntropy),
        host_key: HostKey::from_bytes([0; 32]),
        admission: tombola_app::admission::Settings::default(),
    };
    Ok(Arc::new(App::start(parts).await.context("starting the app")?))
}
