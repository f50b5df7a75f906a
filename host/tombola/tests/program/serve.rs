use std::io::{BufRead, BufReader};
use std::process::Stdio;

use serde_json::{Value, json};

use crate::process::{get, run, terminate, tombola};

/// What `--print-config` says, as JSON.
fn config(arguments: &[&str], variables: &[(&str, &str)]) -> Value {
    let output =
        tombola(&[&["serve", "--print-config"], arguments].concat()).envs(variables.iter().copied()).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    toml::from_str(&String::from_utf8(output.stdout).unwrap()).unwrap()
}

#[test]
fn flags_come_before_variables_before_the_file_before_defaults() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("tombola.toml");
    let contents = "[storage]\ndata = \"file\"\n[http]\nlisten = \"127.0.0.1:3\"\n[log]\nfilter = \"warn\"\n\
                    [admission]\nplayer_rate = \"3/1s\"\n";
    std::fs::write(&file, contents).unwrap();
    let expected = |data: &str, listen: &str, filter: &str, player_rate: &str| {
        let rates = json!({"latency_ms": 500, "token_rate": "off", "player_rate": player_rate, "campaign_rate": "off"});
        json!({
            "storage": {"data": data},
            "http": {"listen": listen},
            "log": {"filter": filter, "format": "json"},
            "delivery": {"http_destinations": [], "private_networks": []},
            "admission": rates,
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
    let mut command = tombola(&["serve", "--data", data, "--listen", "127.0.0.1:0"]);
    let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let mut next = || -> Value { serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap() };
    let url = loop {
        let line = next();
        if line["message"] == "listening" {
            break format!("http://{}", line["address"].as_str().unwrap());
        }
    };
    let (status, modules) = get(&format!("{url}/v1/operator/modules"), secret.trim_end());
    assert_eq!((status, modules.to_string().contains("\"weight-tier\"")), (200, true), "the standard rules are there");
    let ready = reqwest::blocking::get(format!("{url}/readyz")).unwrap();
    assert_eq!(ready.status().as_u16(), 200);
    terminate(&child);
    assert_eq!(child.wait().unwrap().code(), Some(0));
}
