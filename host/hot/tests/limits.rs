//! Shared limits on real servers, and on nodes that misbehave.
#![expect(clippy::unwrap_used, reason = "what fails here is the test")]

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tombola_app::admission::{Heard, NotShared, SharedLimits};
use tombola_domain::switch::Limited;
use tombola_hot::{Hot, Settings};
use tombola_protection::Admitted;
use tombola_servers::{Redis, RedisCluster};

const SLOT: u64 = 1_000;

fn hot(nodes: Vec<String>, host: u64) -> Hot {
    Hot::new(Settings { nodes, namespace: "test".to_owned(), host }).unwrap()
}

/// What was let in of a key in some of the latest slots, which are told by how long ago they were.
fn admitted(key: u64, slots: &[(u64, u32)]) -> Admitted {
    let requests = slots.iter().map(|(ago, requests)| (SLOT - ago, *requests)).collect();
    Admitted { key, window_ms: 60_000, slot: SLOT, requests }
}

async fn exchange(hot: &Hot, admitted: &[Admitted]) -> Result<Vec<Heard>, NotShared> {
    let mut heard = hot.exchange(Limited::Player, admitted).await?;
    for heard in &mut heard {
        heard.sort_unstable();
    }
    Ok(heard)
}

/// However often it takes until Redis is not left alone any more.
async fn exchange_at_last(hot: &Hot, admitted: &[Admitted]) -> Vec<Heard> {
    loop {
        match exchange(hot, admitted).await {
            Ok(heard) => return heard,
            Err(_) => tokio::time::sleep(std::time::Duration::from_millis(20)).await,
        }
    }
}

async fn hosts_hear_of_each_other(nodes: Vec<String>) {
    let [one, two, three] = [1, 2, 3].map(|host| hot(nodes.clone(), host));
    assert_eq!(exchange(&one, &[admitted(7, &[(0, 2), (8, 5)]), admitted(8, &[(0, 1)])]).await.unwrap(), [[], []]);
    assert_eq!(
        exchange(&two, &[admitted(7, &[(0, 3)]), admitted(9, &[])]).await.unwrap(),
        [vec![(SLOT - 8, 5), (SLOT, 2)], vec![]]
    );
    // All of what somebody let in is told each time, so that once more is as good as once.
    for _ in 0..2 {
        let heard = exchange(&one, &[admitted(7, &[(0, 4), (8, 5)])]).await.unwrap();
        assert_eq!(heard, [[(SLOT, 3)]]);
    }
    assert_eq!(exchange(&three, &[admitted(7, &[])]).await.unwrap(), [[(SLOT - 8, 5), (SLOT, 3), (SLOT, 4)]]);
    // What is too old to count is forgotten; what is of another kind, window or deployment is another's.
    let later = Admitted { slot: SLOT + 1, ..admitted(7, &[]) };
    assert_eq!(exchange(&three, &[later]).await.unwrap(), [[(SLOT, 3), (SLOT, 4)]]);
    assert_eq!(exchange(&three, &[admitted(7, &[])]).await.unwrap(), [[(SLOT, 3), (SLOT, 4)]]);
    let other_window = Admitted { window_ms: 1_000, ..admitted(7, &[]) };
    assert_eq!(exchange(&three, &[other_window]).await.unwrap(), [[]]);
    assert_eq!(three.exchange(Limited::Campaign, &[admitted(7, &[])]).await.unwrap(), [[]]);
    let elsewhere = Hot::new(Settings { nodes, namespace: "other".to_owned(), host: 3 }).unwrap();
    assert_eq!(exchange(&elsewhere, &[admitted(7, &[])]).await.unwrap(), [[]]);
}

#[tokio::test]
async fn hosts_hear_of_each_other_by_one_server() {
    let redis = Redis::start();
    hosts_hear_of_each_other(vec![redis.url()]).await;
    let keys = redis.ask(&["KEYS", "*"]);
    for key in keys.lines() {
        let left: i64 = redis.ask(&["PTTL", key]).parse().unwrap();
        assert!((1..=120_000).contains(&left), "{key} expires in {left} ms");
    }
}

#[tokio::test]
async fn hosts_hear_of_each_other_by_a_cluster() {
    let mut cluster = RedisCluster::start();
    hosts_hear_of_each_other(cluster.urls()).await;
    let hosts = [4, 5].map(|host| hot(cluster.urls(), host));
    exchange(&hosts[0], &[admitted(1, &[(0, 1)])]).await.unwrap();
    cluster.fail_over();
    // A replica takes over, which may know of nothing or of all.
    exchange_at_last(&hosts[0], &[admitted(1, &[(0, 1)])]).await;
    assert_eq!(exchange_at_last(&hosts[1], &[admitted(1, &[])]).await, [[(SLOT, 1)]]);
}

/// What is lost with Redis is told again with the next request of a key.
#[tokio::test]
async fn what_is_lost_is_told_again() {
    let mut redis = Redis::start();
    let [one, two] = [1, 2].map(|host| hot(vec![redis.url()], host));
    for number in 0..3 {
        exchange_at_last(&one, &[admitted(7, &[(0, 2), (1, 1)])]).await;
        assert_eq!(exchange_at_last(&two, &[admitted(7, &[])]).await, [[(SLOT - 1, 1), (SLOT, 2)]], "{number}");
        match number {
            0 => assert_eq!(redis.ask(&["FLUSHALL"]), "OK"),
            // The script as well.
            1 => {
                redis.kill();
                redis.start_again();
            }
            _ => {}
        }
    }
}

#[tokio::test]
async fn who_does_not_answer_is_left_alone_and_asked_again() {
    let redis = Redis::start();
    let hot = hot(vec![redis.url()], 1);
    let told = [admitted(7, &[(0, 2)])];
    exchange(&hot, &told).await.unwrap();
    redis.pause(true);
    let mut failures = 0;
    while !matches!(exchange(&hot, &told).await, Err(NotShared::Resting)) {
        failures += 1;
        assert!(failures < 20, "it is never left alone");
    }
    assert!(failures > 0);
    redis.pause(false);
    exchange_at_last(&hot, &told).await;
}

/// A node that does what it is asked, and hangs up without a word while `is_silent`.
async fn swallowing(server: SocketAddr, is_silent: Arc<AtomicBool>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        loop {
            let (mut client, _) = listener.accept().await.unwrap();
            let (mut server, is_silent) = (TcpStream::connect(server).await.unwrap(), Arc::clone(&is_silent));
            tokio::spawn(async move {
                let (mut asked, mut answered) = ([0; 8_192], [0; 8_192]);
                loop {
                    tokio::select! {
                        read = client.read(&mut asked) => match read {
                            Ok(1..) => server.write_all(&asked[..read.unwrap()]).await.unwrap(),
                            _ => return,
                        },
                        read = server.read(&mut answered) => match read {
                            Ok(1..) if !is_silent.load(Ordering::Relaxed) => {
                                client.write_all(&answered[..read.unwrap()]).await.unwrap();
                            }
                            _ => return,
                        },
                    }
                }
            });
        }
    });
    address
}

#[tokio::test]
async fn what_was_done_without_an_answer_is_not_done_twice() {
    let redis = Redis::start();
    let is_silent = Arc::new(AtomicBool::new(false));
    let node = swallowing(redis.address(), Arc::clone(&is_silent)).await;
    let one = hot(vec![format!("redis://{node}")], 1);
    exchange(&one, &[admitted(7, &[(0, 1)])]).await.unwrap();
    is_silent.store(true, Ordering::Relaxed);
    let lost = exchange(&one, &[admitted(7, &[(0, 5)])]).await;
    assert!(matches!(lost, Err(NotShared::Failed(_))), "{lost:?}");
    let two = hot(vec![redis.url()], 2);
    assert_eq!(exchange(&two, &[admitted(7, &[])]).await.unwrap(), [[(SLOT, 5)]], "it was done");
    is_silent.store(false, Ordering::Relaxed);
    exchange_at_last(&one, &[admitted(7, &[(0, 5)])]).await;
    assert_eq!(exchange(&two, &[admitted(7, &[])]).await.unwrap(), [[(SLOT, 5)]]);
}

/// A node of a cluster that was given as if it were alone, and nodes that talk nonsense.
#[tokio::test]
async fn whoever_answers_otherwise_is_an_error() {
    for answer in
        ["-MOVED 1 127.0.0.1:1\r\n", "-ASK 1 127.0.0.1:1\r\n", "-OOM no room\r\n", ":1\r\n", "HTTP/1.1 400\r\n"]
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            loop {
                let (mut client, _) = listener.accept().await.unwrap();
                tokio::spawn(async move {
                    let mut asked = [0; 8_192];
                    while matches!(client.read(&mut asked).await, Ok(1..)) {
                        let _ = client.write_all(answer.as_bytes()).await;
                    }
                });
            }
        });
        let hot = hot(vec![format!("redis://{address}")], 1);
        let refused = exchange(&hot, &[admitted(7, &[])]).await;
        assert!(matches!(refused, Err(NotShared::Failed(_))), "{answer:?}: {refused:?}");
    }
}

#[test]
fn addresses_are_checked() {
    let refused = |nodes: &[&str]| {
        let nodes = nodes.iter().map(|node| (*node).to_owned()).collect();
        Hot::new(Settings { nodes, namespace: String::new(), host: 1 }).unwrap_err().to_string()
    };
    assert_eq!(refused(&[]), "no address of Redis is given");
    let malformed = refused(&["redis://a:6379", "redis//user:secret@b"]);
    assert!(malformed.starts_with("address 2 of Redis can't be read") && !malformed.contains("secret"), "{malformed}");
}
