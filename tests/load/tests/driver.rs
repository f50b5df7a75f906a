//! The driver against servers that do as little as can be.
#![expect(clippy::unwrap_used, reason = "what fails here is the test")]

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tombola_load::requests::{Draws, Requests};
use tombola_load::responder::Responder;
use tombola_load::{Load, Target, closed, open};

const PLENTY: Duration = Duration::from_mins(10);

fn draws() -> Arc<Draws> {
    Arc::new(Draws::new("spring", "secret", "run", 10))
}

/// Requests that remember which were made.
struct Noted(Draws, Mutex<Vec<u64>>);

impl Requests for Noted {
    fn write(&self, number: u64, out: &mut Vec<u8>) {
        self.1.lock().unwrap().push(number);
        self.0.write(number, out);
    }
}

#[tokio::test]
async fn every_request_is_made_once_and_counted() {
    let responder = Responder::start().await.unwrap();
    let load = Load::new(responder.target(), 7, 1_000, PLENTY).unwrap();
    for rate in [None, Some(100_000)] {
        let noted = Arc::new(Noted(Draws::new("spring", "secret", "run", 10), Mutex::default()));
        let report = match rate {
            None => closed(load, Arc::clone(&noted) as Arc<dyn Requests>).await,
            Some(rate) => open(load, rate, Arc::clone(&noted) as Arc<dyn Requests>).await,
        };
        assert_eq!(report.statuses(), &BTreeMap::from([(201, 1_000)]));
        assert_eq!((report.succeeded(), report.failures()), (1_000, 0));
        assert!(report.rate() > 0.0 && report.latency(0.5) <= report.latency(0.999));
        let mut made = std::mem::take(&mut *noted.1.lock().unwrap());
        made.sort_unstable();
        assert_eq!(made, (0..1_000).collect::<Vec<_>>());
    }
}

#[tokio::test]
async fn nothing_begins_after_the_time_is_over() {
    let responder = Responder::start().await.unwrap();
    let load = Load::new(responder.target(), 3, 1_000, Duration::ZERO).unwrap();
    assert!(closed(load, draws()).await.statuses().is_empty());
    // At one request an hour, only the first is due at once.
    let load = Load::new(responder.target(), 3, 1_000, Duration::from_secs(1)).unwrap();
    assert_eq!(open(load, 1, draws()).await.succeeded(), 1);
}

#[tokio::test]
async fn a_host_that_is_gone_ends_the_load() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let target = Target::new(listener.local_addr().unwrap()).unwrap();
    drop(listener);
    let load = Load::new(target, 2, 1_000_000, PLENTY).unwrap();
    let report = closed(load, draws()).await;
    assert_eq!((report.succeeded(), report.failures()), (0, 200));
}

/// Answers on one connection, the first time after a pause.
async fn pausing(listener: TcpListener, pause: Duration) {
    let (mut stream, _) = listener.accept().await.unwrap();
    let mut input = [0; 4_096];
    tokio::time::sleep(pause).await;
    while stream.read(&mut input).await.unwrap() > 0 {
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").await.unwrap();
    }
}

#[tokio::test]
async fn what_had_to_wait_counts_from_when_it_was_due() {
    const PAUSE: Duration = Duration::from_millis(50);
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let target = Target::new(listener.local_addr().unwrap()).unwrap();
    let serving = tokio::spawn(pausing(listener, PAUSE));
    // All are due at once, and only the first was sent before the pause.
    let report = open(Load::new(target, 1, 20, PLENTY).unwrap(), u32::MAX, draws()).await;
    assert_eq!(report.succeeded(), 20);
    assert!(report.latency(0.0) >= PAUSE, "{:?}", report.latency(0.0));
    serving.await.unwrap();
}
