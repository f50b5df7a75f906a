//! What an auditor does: takes what the host shows, and checks it with the program alone.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::sync::{mpsc, watch};

use crate::harness::{Server, answer, new_key};
use crate::{backup, documents, events};

/// What `tombola verify` ends with, and its counts.
pub(crate) fn verify(files: &[&Path], key: Option<&str>) -> (i32, Value) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tombola"));
    command.arg("verify").args(files).args(key.iter().flat_map(|key| ["--key", key])).arg("--json");
    let output = command.output().unwrap();
    let counts = serde_json::from_slice(&output.stdout);
    (output.status.code().unwrap(), counts.unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr))))
}

pub(crate) fn export(data: &Path, file: &Path) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tombola"));
    let output = command.arg("export").arg(file).arg("--data").arg(data).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

pub(crate) async fn key(server: &Server) -> String {
    let (_, keys) = server.client().get("/v1/keys").await;
    keys["items"][0]["key"].as_str().unwrap().to_owned()
}

async fn rotate(server: &Server) -> Value {
    let (status, rotated) = server.operator().post("/v1/operator/epochs", &json!({})).await;
    assert_eq!(status, StatusCode::CREATED, "{rotated:#}");
    rotated
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bundle_is_verified_without_the_host() {
    let data = TempDir::new().unwrap();
    let server = Server::start(data.path()).await;
    let (_, draw) = server.client().draw("spring", "alice", "one").await;
    let receipt = format!("/v1/draws/{}/receipt", draw["id"].as_str().unwrap());
    let (status, bundle) = server.client().get(&format!("{receipt}?bundle")).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!((&bundle["draw"], &bundle["receipt"]), (&draw, &server.client().get(&receipt).await.1));
    let key = key(&server).await;
    server.kill();

    let file = data.path().join("bundle.json");
    std::fs::write(&file, bundle.to_string()).unwrap();
    let (code, counts) = verify(&[&file], Some(&key));
    assert_eq!((code, &counts["authentic"], &counts["seeds_follow"]), (0, &json!(1), &json!(0)), "{counts:#}");
    let (code, counts) = verify(&[&file], None);
    assert_eq!((code, &counts["unauthenticated"]), (4, &json!(1)), "{counts:#}");

    let amount = bundle["draw"]["outcome"]["amount"].as_i64().unwrap();
    let mut altered = bundle.clone();
    altered["draw"]["outcome"]["amount"] = json!(amount + 1);
    std::fs::write(&file, altered.to_string()).unwrap();
    let (code, counts) = verify(&[&file], Some(&key));
    assert_eq!((code, &counts["invalid"]), (1, &json!(1)), "{counts:#}");
    assert!(counts["findings"][0]["verdict"].as_str().unwrap().starts_with("invalid: draw.outcome"), "{counts:#}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_a_rotation_every_seed_is_checked_and_erasing_leaves_hashes_true() {
    let data = TempDir::new().unwrap();
    let server = Server::start(data.path()).await;
    let (client, operator) = (server.client(), server.operator());
    let (_, before) = client.get("/v1/epochs").await;
    let phases = |epochs: &Value| -> Vec<String> {
        let items = epochs["items"].as_array().unwrap().iter();
        items.map(|epoch| epoch["state"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(phases(&before), ["announced", "current"]);
    for number in 0..30 {
        client.draw("spring", &format!("player-{}", number % 5), &new_key()).await;
    }
    let rotated = rotate(&server).await;
    let announced = &before["items"][0];
    assert_eq!(rotated["current"]["commitment"], announced["commitment"], "what was announced has begun");
    assert!(rotated["ended"]["secret"].is_string());
    for number in 0..20 {
        client.draw("spring", &format!("player-{}", number % 5), &new_key()).await;
    }
    let (_, after) = client.get("/v1/epochs").await;
    assert_eq!(phases(&after), ["announced", "current", "ended"]);

    let key = key(&server).await;
    let first = data.path().join("first.jsonl");
    export(data.path(), &first);
    let (code, counts) = verify(&[&first], Some(&key));
    assert_eq!((code, &counts["authentic"], &counts["seeds_follow"]), (0, &json!(50), &json!(30)), "{counts:#}");

    let erase = operator.request(Method::DELETE, "/v1/operator/players/player-3/disclosures?reason=asked");
    let (status, erased) = answer(erase.header("Idempotency-Key", new_key())).await.unwrap();
    assert_eq!((status, &erased["receipts"]), (StatusCode::OK, &json!(10)), "{erased:#}");
    let second = data.path().join("second.jsonl");
    export(data.path(), &second);
    let (code, counts) = verify(&[&second], Some(&key));
    assert_eq!((code, &counts["authentic"], &counts["incomplete"]), (4, &json!(40), &json!(10)), "{counts:#}");
    assert_eq!(counts["invalid"], 0);

    // Another file of the same draws contradicts nothing, and adds nothing.
    for files in [[&first, &second], [&second, &first]] {
        let (code, counts) = verify(&files.map(PathBuf::as_path), Some(&key));
        assert_eq!((code, &counts["authentic"], &counts["repeated"]), (0, &json!(50), &json!(50)), "{counts:#}");
        assert_eq!((&counts["seeds_follow"], &counts["findings"]), (&json!(30), &json!([])), "{counts:#}");
    }
    server.kill();
    crate::invariants::check(data.path()).await;
}

/// Wherever a file is altered, what is altered is named, and the rest of it is checked.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_altered_in_an_export_harms_nothing_else() {
    let data = TempDir::new().unwrap();
    let server = Server::start(data.path()).await;
    for number in 0..10 {
        server.client().draw("spring", &format!("player-{number}"), &new_key()).await;
    }
    let key = key(&server).await;
    server.kill();
    let file = data.path().join("draws.jsonl");
    export(data.path(), &file);
    let whole = std::fs::read_to_string(&file).unwrap();
    let lines: Vec<&str> = whole.lines().collect();
    let line = |member: &str| lines.iter().position(|line| line.starts_with(&format!("{{\"{member}\""))).unwrap();
    let check = |altered: &dyn Fn(&str) -> String, at: usize| {
        let altered = altered(lines[at]);
        assert_ne!(altered, lines[at]);
        let text: Vec<&str> =
            (0..lines.len()).map(|number| if number == at { &altered } else { lines[number] }).collect();
        std::fs::write(&file, text.join("\n")).unwrap();
        let (code, counts) = verify(&[&file], Some(&key));
        assert_eq!((code, &counts["invalid"]), (1, &json!(1)), "{counts:#}");
        let finding = counts["findings"].as_array().unwrap().iter().find(|finding| finding["record"] == at + 1);
        let verdict = finding.unwrap_or_else(|| panic!("{counts:#}"))["verdict"].as_str().unwrap().to_owned();
        (verdict, counts["authentic"].as_u64().unwrap(), counts["incomplete"].as_u64().unwrap())
    };
    let draw = line("draw");
    let (verdict, authentic, _) = check(&|line| line.replacen("\"receipt\"", "\"receipt", 1), draw);
    assert!(verdict.contains("a line ends within a text"), "{verdict}");
    assert_eq!(authentic, 9);
    let (verdict, authentic, _) = check(&|line| line[..line.len() - 1].to_owned(), draw);
    assert!(verdict.contains("are no record"), "{verdict}");
    assert_eq!(authentic, 9);
    let (verdict, authentic, _) = check(&|line| format!("x{line}"), draw);
    assert!(verdict.contains("something else than an object"), "{verdict}");
    assert_eq!(authentic, 9);
    // What all of them rest on is named, and they were not run.
    let altered = |line: &str| line.replacen("spring", "sprang", 1);
    let (verdict, authentic, incomplete) = check(&altered, line("revision"));
    assert!(verdict.starts_with("invalid: revision: its text has another digest"), "{verdict}");
    assert_eq!((authentic, incomplete), (0, 10));

    std::fs::write(&file, "\n").unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_tombola")).arg("verify").arg(&file).output().unwrap();
    assert_eq!(output.status.code(), Some(4));
    assert!(String::from_utf8_lossy(&output.stdout).starts_with("there is no receipt to be checked\n"), "{output:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_an_event_earned_is_verified_without_the_host() {
    let data = TempDir::new().unwrap();
    let server = events::shop(&data).await;
    let client = server.client();
    let mut purchase = events::purchase("bob", "order-1", 1999);
    purchase["referrer"] = json!("alice");
    let (_, event) = events::report(&client, &purchase).await;
    let earned = &event["campaigns"][0];
    let receipt = format!("/v1/rebates/{}/receipt", earned["rebate"].as_str().unwrap());
    let (status, bundle) = client.get(&format!("{receipt}?bundle")).await;
    assert_eq!(status, StatusCode::OK, "{bundle:#}");
    assert_eq!(bundle["rebate_receipt"], client.get(&receipt).await.1);
    for (member, answered) in [("id", "rebate"), ("rewards", "rewards"), ("receipt", "receipt")] {
        assert_eq!(bundle["rebate"][member], earned[answered], "{bundle:#}");
    }
    let key = key(&server).await;
    server.kill();

    let file = data.path().join("bundle.json");
    let check = |bundle: &Value, key: Option<&str>| {
        std::fs::write(&file, bundle.to_string()).unwrap();
        verify(&[&file], key)
    };
    let (code, counts) = check(&bundle, Some(&key));
    assert_eq!((code, &counts["authentic"]), (0, &json!(1)), "{counts:#}");
    let (code, counts) = check(&bundle, None);
    assert_eq!((code, &counts["unauthenticated"]), (4, &json!(1)), "{counts:#}");
    let mut erased = bundle.clone();
    erased["rebate_receipt"].as_object_mut().unwrap().remove("disclosure").expect("the values are shown");
    let (code, counts) = check(&erased, Some(&key));
    assert_eq!((code, &counts["incomplete"]), (4, &json!(1)), "{counts:#}");
    let mut altered = bundle.clone();
    altered["rebate"]["rewards"][0]["amount"] = json!(1_000_000);
    let (code, counts) = check(&altered, Some(&key));
    assert_eq!((code, &counts["invalid"]), (1, &json!(1)), "{counts:#}");
    let finding = &counts["findings"][0];
    assert_eq!((&finding["rebate"], &finding["record"]), (&earned["rebate"], &json!(1)), "{counts:#}");
    assert!(finding["verdict"].as_str().unwrap().starts_with("invalid: rebate.rewards"), "{counts:#}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_events_earned_is_exported_beside_draws() {
    let data = TempDir::new().unwrap();
    let server = events::shop(&data).await;
    let (client, operator) = (server.client(), server.operator());
    let visit = async |number: usize| {
        let player = format!("player-{}", number % 4);
        let (status, draw) = client.draw("spring", &player, &new_key()).await;
        assert_eq!(status, StatusCode::CREATED, "{draw:#}");
        let (status, event) =
            events::report(&client, &events::purchase(&player, &format!("order-{number}"), 999)).await;
        assert_eq!((status, &event["campaigns"][0]["state"]), (StatusCode::CREATED, &json!("decided")), "{event:#}");
    };
    for number in 0..12 {
        visit(number).await;
    }
    rotate(&server).await;
    for number in 12..20 {
        visit(number).await;
    }
    let key = key(&server).await;
    let first = data.path().join("first.jsonl");
    export(data.path(), &first);
    let (code, counts) = verify(&[&first], Some(&key));
    assert_eq!((code, &counts["authentic"], &counts["seeds_follow"]), (0, &json!(40), &json!(24)), "{counts:#}");

    let erase = operator.request(Method::DELETE, "/v1/operator/players/player-3/disclosures?reason=asked");
    assert_eq!(answer(erase.header("Idempotency-Key", new_key())).await.unwrap().0, StatusCode::OK);
    let second = data.path().join("second.jsonl");
    export(data.path(), &second);
    let (code, counts) = verify(&[&second], Some(&key));
    assert_eq!((code, &counts["authentic"], &counts["incomplete"]), (4, &json!(30), &json!(10)), "{counts:#}");
    let (code, counts) = verify(&[&second, &first], Some(&key));
    assert_eq!((code, &counts["authentic"], &counts["repeated"]), (0, &json!(40), &json!(40)), "{counts:#}");
    server.kill();

    // What is told of one record is told in its place, and of no other.
    let text = std::fs::read_to_string(&first).unwrap();
    let mut lines: Vec<_> = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()).collect();
    let place = lines.iter().rposition(|line| line.get("rebate").is_some()).unwrap();
    lines[place]["rebate_receipt"]["rewards"][0]["verdict"] = json!("sold_out");
    std::fs::write(&second, lines.iter().map(Value::to_string).collect::<Vec<_>>().join("\n")).unwrap();
    let (code, counts) = verify(&[&second], Some(&key));
    assert_eq!((code, &counts["authentic"], &counts["invalid"]), (1, &json!(39), &json!(1)), "{counts:#}");
    let finding = &counts["findings"][0];
    assert_eq!(finding["record"], place + 1, "{counts:#}");
    assert!(finding["verdict"].as_str().unwrap().starts_with("invalid: rebate_receipt.rewards"), "{counts:#}");
    crate::invariants::check(data.path()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_draw_fails_and_none_is_of_an_ended_epoch_while_epochs_are_rotated() {
    let data = TempDir::new().unwrap();
    let server = Server::start(data.path()).await;
    let mut tasks = tokio::task::JoinSet::new();
    let (answered, mut answers) = mpsc::unbounded_channel();
    let (rotated, rotations) = watch::channel(0);
    for client in 0..8 {
        let (caller, answered, mut rotations) = (server.client(), answered.clone(), rotations.clone());
        tasks.spawn(async move {
            let mut epochs = Vec::new();
            for number in 0..60 {
                if number == 30 {
                    // However fast draws are, some are of another epoch than the first ones.
                    rotations.wait_for(|done| *done > 0).await.expect("epochs are rotated");
                }
                let (status, draw) = caller.draw("spring", &format!("player-{client}"), &format!("{number}")).await;
                assert_eq!(status, StatusCode::CREATED, "{draw:#}");
                let path = format!("/v1/draws/{}/receipt", draw["id"].as_str().unwrap());
                epochs.push(caller.get(&path).await.1["epoch"].as_u64().unwrap());
                answered.send(()).expect("answers are counted");
            }
            epochs
        });
    }
    for done in 1..=5 {
        for _ in 0..60 {
            answers.recv().await.expect("there are more draws than that");
        }
        rotate(&server).await;
        rotated.send_replace(done);
    }
    let mut drawn_in = BTreeSet::new();
    for epochs in tasks.join_all().await {
        assert!(epochs.is_sorted(), "a player's draws never go back to an epoch that is over: {epochs:?}");
        drawn_in.extend(epochs);
    }
    assert!(drawn_in.len() > 1, "epochs were rotated under load: {drawn_in:?}");
    let key = key(&server).await;
    let file = data.path().join("draws.jsonl");
    export(data.path(), &file);
    let (code, counts) = verify(&[&file], Some(&key));
    assert_eq!((code, &counts["authentic"]), (0, &json!(480)), "{counts:#}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn units_that_a_restored_copy_hands_over_again_are_told_of_both() {
    let (data, elsewhere) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let [copy, restored] = ["copy", "restored"].map(|name| elsewhere.path().join(name));
    let draw = async |server: &Server| {
        for number in 0..30 {
            let (status, draw) = server.client().draw("counted", &format!("player-{number}"), &new_key()).await;
            assert_eq!(status, StatusCode::CREATED, "{draw:#}");
        }
    };
    let server = Server::start(data.path()).await;
    server.operator().publish("counted", &documents::counted("counted", 1_000)).await;
    assert!(backup::run("backup", &copy, data.path()).await.status.success());
    draw(&server).await;
    let key = key(&server).await;
    server.kill();
    assert!(backup::run("restore", &copy, &restored).await.status.success());
    std::fs::copy(data.path().join("host.key"), restored.join("host.key")).unwrap();
    let server = Server::start(&restored).await;
    draw(&server).await;
    server.kill();

    let [one, other] = ["one.jsonl", "other.jsonl"].map(|name| elsewhere.path().join(name));
    export(data.path(), &one);
    export(&restored, &other);
    for file in [&one, &other] {
        assert_eq!(verify(&[file], Some(&key)).0, 0);
    }
    let told = [[&one, &other], [&other, &one]].map(|files| {
        let (code, counts) = verify(&files.map(PathBuf::as_path), Some(&key));
        assert_eq!(code, 1, "{counts:#}");
        let findings = counts["findings"].as_array().unwrap();
        assert!(findings.iter().all(|finding| finding["verdict"].as_str().unwrap().contains("handed the same unit")));
        let files: BTreeSet<_> = findings.iter().map(|finding| finding["file"].to_string()).collect();
        assert_eq!(files.len(), 2, "neither is right");
        assert_eq!(counts["invalid"], findings.len());
        counts["invalid"].as_u64().unwrap()
    });
    assert_eq!(told[0], told[1]);
}
