use std::io::{BufRead, BufReader};
use std::process::{Child, Stdio};

use reqwest::StatusCode;
use reqwest::blocking::Client;
use serde_json::{Value, json};
use tokio::runtime::Runtime;
use tombola_servers::{Database, Redis};

use crate::process::{get, run, terminate, tombola};

/// What `--print-config` says, as JSON.
fn config(arguments: &[&str], variables: &[(&str, &str)]) -> Value {
    let output =
        tombola(&[&["serve", "--print-config"], arguments].concat()).envs(variables.iter().copied()).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    toml::from_str(&String::from_utf8(output.stdout).unwrap()).unwrap()
}

/// A host that listens, and where.
fn serve(arguments: &[&str]) -> (Child, String) {
    let mut command = tombola(&[&["serve", "--listen", "127.0.0.1:0"], arguments].concat());
    let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    let url = loop {
        let mut line = String::new();
        assert_ne!(stderr.read_line(&mut line).unwrap(), 0, "it ended: {:?}", child.wait());
        let line: Value = serde_json::from_str(&line).unwrap();
        if line["message"] == "listening" {
            break format!("http://{}", line["address"].as_str().unwrap());
        }
    };
    // What it tells afterwards must find somebody who reads.
    std::thread::spawn(move || std::io::copy(&mut stderr, &mut std::io::sink()));
    (child, url)
}

/// What a host says that does not start, and its exit code.
fn refused(arguments: &[&str]) -> (Option<i32>, String) {
    let output = tombola(&[&["serve", "--listen", "127.0.0.1:0"], arguments].concat()).output().unwrap();
    (output.status.code(), String::from_utf8(output.stderr).unwrap())
}

#[test]
fn flags_come_before_variables_before_the_file_before_defaults() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("tombola.toml");
    let contents = "[storage]\ndata = \"file\"\n[http]\nlisten = \"127.0.0.1:3\"\n[log]\nfilter = \"warn\"\n\
                    [admission]\nplayer_rate = \"3/1s\"\n";
    std::fs::write(&file, contents).unwrap();
    let expected = |data: &str, listen: &str, filter: &str, player_rate: &str| {
        let rates = json!({"latency_ms": 500, "token_rate": "off", "player_rate": player_rate, "campaign_rate": "off", "redis": []});
        json!({
            "storage": {"data": data},
            "http": {"listen": listen},
            "log": {"filter": filter, "format": "json"},
            "delivery": {"http_destinations": [], "private_networks": []},
            "admission": rates,
            "retention": {"payloads_days": 730},
        })
    };
    assert_eq!(config(&[], &[]), expected("tombola-data", "127.0.0.1:8080", "info", "off"));
    let file = ("TOMBOLA_CONFIG", file.to_str().unwrap());
    assert_eq!(config(&[], &[file]), expected("file", "127.0.0.1:3", "warn", "3/1s"));
    let rate = ("TOMBOLA_PLAYER_RATE", "2/1s");
    let variables = [file, ("TOMBOLA_DATA", "variable"), ("TOMBOLA_LISTEN", "127.0.0.1:2"), rate];
    assert_eq!(config(&[], &variables), expected("variable", "127.0.0.1:2", "warn", "2/1s"));
    let flags = ["--listen", "127.0.0.1:1", "--player-rate", "1/1s"];
    assert_eq!(config(&flags, &variables), expected("variable", "127.0.0.1:1", "warn", "1/1s"));
}

#[test]
fn the_first_token_may_come_before_the_first_start() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("new");
    let data = data.to_str().unwrap();
    let (code, secret) = run(&["token", "create", "--name", "first", "--role", "viewer", "--data", data]);
    assert_eq!(code, 0);
    let (mut child, url) = serve(&["--data", data]);
    let (status, modules) = get(&format!("{url}/v1/operator/modules"), secret.trim_end());
    assert_eq!((status, modules.to_string().contains("\"weight-tier\"")), (200, true), "the standard rules are there");
    let ready = reqwest::blocking::get(format!("{url}/readyz")).unwrap();
    assert_eq!(ready.status().as_u16(), 200);
    terminate(&child);
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn a_database_on_a_server_is_served_by_hosts_with_one_key() {
    let database = Runtime::new().unwrap().block_on(Database::empty());
    let address = database.url();
    let folder = tempfile::tempdir().unwrap();
    let place = ["--database", &address, "--data", folder.path().to_str().unwrap()];
    let (code, why) = refused(&place);
    assert!(code == Some(1) && why.contains("tombola migrate"), "{code:?} {why}");
    assert_eq!(run(&["migrate", &address]).0, 0);
    let create = |name| run(&[&["token", "create", "--name", name, "--role", "viewer"], &place[..]].concat());
    let (code, secret) = create("first");
    assert_eq!(code, 0);
    let is_ready = |url: &str| reqwest::blocking::get(format!("{url}/readyz")).unwrap().status().as_u16() == 200;
    let (older, url) = serve(&place);
    assert!(is_ready(&url));
    assert_eq!(create("beside").0, 0);
    let (status, modules) = get(&format!("{url}/v1/operator/modules"), secret.trim_end());
    assert_eq!((status, modules.to_string().contains("\"weight-tier\"")), (200, true), "the standard rules are there");

    // Another host needs the same key.
    let elsewhere = tempfile::tempdir().unwrap();
    let (code, why) = refused(&["--database", &address, "--data", elsewhere.path().to_str().unwrap()]);
    assert!(code == Some(1) && why.contains("host's key"), "{code:?} {why}");
    assert!(is_ready(&url));

    let (newer, another) = serve(&place);
    assert!(is_ready(&another) && is_ready(&url));
    let names = |url: &str| get(&format!("{url}/v1/operator/hosts"), secret.trim_end()).1;
    let own = |child: &Child| names(&another).to_string().contains(&format!(":{}\"", child.id()));
    assert!(own(&older) && own(&newer), "{}", names(&url));
    let (code, _) = run(&[&["backup", "copy"], &place[..]].concat());
    assert_eq!(code, 2);
    for mut host in [older, newer] {
        terminate(&host);
        assert_eq!(host.wait().unwrap().code(), Some(0));
    }
}

/// What one host has let in the other counts, though they share nothing but a key and a Redis.
#[test]
fn hosts_share_their_rates_by_redis() {
    let (folder, redis) = (tempfile::tempdir().unwrap(), Redis::start());
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let start = |name: &str| {
        let (data, key) = (path(name), path("key"));
        let storage = ["--data", &data, "--host-key-file", &key];
        let (code, token) = run(&[&["token", "create", "--name", "shop", "--role", "client"], &storage[..]].concat());
        assert_eq!(code, 0);
        let (child, url) = serve(&[&storage[..], &["--player-rate", "20/3600s", "--redis", &redis.url()]].concat());
        (child, url, token.trim_end().to_owned())
    };
    let hosts = [start("one"), start("other")];
    let ask = |host: usize| {
        let (_, url, token) = &hosts[host];
        let event = json!({"id": "same", "player": "alice", "type": "visit"});
        let report = Client::new().post(format!("{url}/v1/events")).bearer_auth(token).json(&event).send().unwrap();
        report.status() != StatusCode::TOO_MANY_REQUESTS
    };
    assert_eq!((0..30).take_while(|_| ask(0)).count(), 20);
    // The first request of somebody new is let in, and what the other host let in is heard of with it.
    let let_in = (0..10).take_while(|_| {
        std::thread::sleep(std::time::Duration::from_millis(300));
        ask(1)
    });
    assert!((1..10).contains(&let_in.count()));
    let metrics = reqwest::blocking::get(format!("{}/metrics", hosts[1].1)).unwrap().text().unwrap();
    assert!(metrics.lines().any(|line| line == "tombola_redis_up 1"), "{metrics}");
    for (mut child, ..) in hosts {
        child.kill().unwrap();
        child.wait().unwrap();
    }
}
