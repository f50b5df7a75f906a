//! A balancer before three hosts that keeps each player on one of them, as `host/deploy/haproxy.cfg` has it. Where that does not work out,
//! nothing else is any different.

use std::collections::{BTreeMap, BTreeSet};

use reqwest::header::HeaderMap;
use reqwest::{Method, StatusCode};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio::time::sleep;
use tombola_servers::Balancer;

use crate::documents;
use crate::fleet::{BREAK, Fleet, all_are_as_far};
use crate::harness::{Caller, Server, new_key};

const CAMPAIGN: &str = "stocked";
const PLAYERS: usize = 60;
/// Rounds of all players until each is where it belongs. A host that is slow to say that it is ready, on a busy machine, is left out for a
/// moment.
const ROUNDS_MAX: usize = 50;

/// The route of an answer, and which of the hosts gave it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Answered {
    route: String,
    host: String,
}

impl Answered {
    fn of(headers: &HeaderMap) -> Self {
        let text = |name: &str| headers[name].to_str().unwrap().to_owned();
        Self { route: text("tombola-route"), host: text("tombola-host") }
    }
}

/// A draw by way of the balancer, asked for until there is one: what a host that is gone did not answer is asked again under the same key.
async fn draw(client: &Caller, player: &str, route: Option<&str>) -> Answered {
    let key = new_key();
    loop {
        let path = format!("/v1/campaigns/{CAMPAIGN}/draws");
        let request =
            client.request(Method::POST, &path).header("Idempotency-Key", &key).json(&json!({"player": player}));
        let request = match route {
            Some(route) => request.header("Tombola-Route", route),
            None => request,
        };
        if let Ok(response) = request.send().await
            && [StatusCode::CREATED, StatusCode::OK].contains(&response.status())
        {
            return Answered::of(response.headers());
        }
        sleep(BREAK).await;
    }
}

/// All players once, each by the route that is known of them.
async fn draw_all(client: &Caller, known: &BTreeMap<String, Answered>) -> BTreeMap<String, Answered> {
    let mut answered = BTreeMap::new();
    for number in 0..PLAYERS {
        let player = format!("player-{number}");
        let route = known.get(&player).map(|answered| answered.route.as_str());
        let answer = draw(client, &player, route).await;
        answered.insert(player, answer);
    }
    answered
}

fn hosts(answered: &BTreeMap<String, Answered>) -> BTreeSet<&str> {
    answered.values().map(|answered| answered.host.as_str()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_player_stays_on_one_host() {
    let (_fleet, mut servers) = Fleet::of(3).await;
    servers[0].operator().publish(CAMPAIGN, &documents::stocked(CAMPAIGN, 1_000)).await;
    all_are_as_far(&servers[0].operator()).await;
    let address = |server: &Server| server.url.trim_start_matches("http://").to_owned();
    let addresses: Vec<_> = servers.iter().map(address).collect();
    let balancer = Balancer::before([&addresses[0], &addresses[1], &addresses[2]]);
    let client = servers[0].client().by_way_of(&balancer.url());

    let first = draw_all(&client, &BTreeMap::new()).await;
    assert_eq!(hosts(&first), ["one", "three", "two"].into(), "who has no route yet is asked for by each in turn");
    let mut kept = draw_all(&client, &first).await;
    assert_eq!(hosts(&kept), ["one", "three", "two"].into(), "and routes are spread");
    let mut rounds = 0;
    while let now = draw_all(&client, &kept).await
        && now != kept
    {
        rounds += 1;
        assert!(rounds < ROUNDS_MAX, "players move: {kept:?} {now:?}");
        kept = now;
    }
    for (player, answered) in &kept {
        assert_eq!(answered.route, first[player].route, "a player's route is always the same");
    }

    servers.remove(2).kill();
    for round in 1.. {
        let without = draw_all(&client, &kept).await;
        assert_eq!(hosts(&without), ["one", "two"].into());
        let stays = |(player, before): (&String, &Answered)| before.host == "three" || without[player] == *before;
        if kept.iter().all(stays) {
            break;
        }
        assert!(round < ROUNDS_MAX, "players move: {kept:?} {without:?}");
    }
}

/// What listens there and answers 503 to who asks whether it is ready, and 200 otherwise, as a host does whose disk is full and who reads.
async fn unready_host(serving: &mut JoinSet<()>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    serving.spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") && stream.read_buf(&mut head).await.is_ok_and(|count| count > 0) {}
            let status = if head.starts_with(b"GET /readyz ") { "503 Service Unavailable" } else { "200 OK" };
            let answer = format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
            let _ = stream.write_all(answer.as_bytes()).await;
        }
    });
    address
}

#[tokio::test]
async fn hosts_are_asked_although_none_is_ready() {
    let mut serving = JoinSet::new();
    let [one, two] = [unready_host(&mut serving).await, unready_host(&mut serving).await];
    // Nobody listens there.
    let balancer = Balancer::before([&one, &two, "127.0.0.1:1"]);
    let mut asked = BTreeSet::new();
    let all = ["one-unready".to_owned(), "two-unready".to_owned()].into();
    while !asked.is_superset(&all) {
        let response = reqwest::get(format!("{}/v1/campaigns", balancer.url())).await.unwrap();
        assert_eq!(response.status(), StatusCode::OK, "as long as any listens");
        asked.insert(response.headers()["tombola-host"].to_str().unwrap().to_owned());
        sleep(BREAK).await;
    }
}

/// Whatever answers about one player has it, and no host heeds what comes.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_route_is_told_and_not_heeded() {
    let data = tempfile::TempDir::new().unwrap();
    let server = Server::start(data.path()).await;
    let client = server.client();
    let route = async |method: Method, path: &str, body: serde_json::Value| {
        let request =
            client.request(method, path).header("Idempotency-Key", new_key()).header("Tombola-Route", "nonsense");
        let response = request.json(&body).send().await.unwrap();
        assert!(response.status().is_success(), "{path}: {response:?}");
        response.headers()["tombola-route"].to_str().unwrap().parse::<u16>().unwrap()
    };
    let drawn = route(Method::POST, "/v1/campaigns/spring/draws", json!({"player": "alice"})).await;
    assert!(drawn < 1_000);
    let seen = route(Method::GET, "/v1/campaigns/spring/players/alice", json!({})).await;
    let token = route(Method::POST, "/v1/players/alice/tokens", json!({})).await;
    let event = json!({"id": "1", "type": "visit", "player": "alice"});
    let reported = route(Method::POST, "/v1/events", event).await;
    assert_eq!([seen, token, reported], [drawn; 3]);
}
