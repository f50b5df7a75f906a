use std::path::Path;

use serde_json::{Value, json};

use crate::process::{Host, run};

const SPRING: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/demo/spring.yaml");

/// Runs an operator's command against the host.
fn ask(host: &Host, arguments: &[&str]) -> (i32, Value) {
    let target = ["--json", "--url", &host.url, "--token", &host.operator_token];
    let (code, text) = run(&[arguments, &target[..]].concat());
    (code, serde_json::from_str(&text).unwrap())
}

fn written(folder: &Path, document: &str) -> String {
    let path = folder.join("document.yaml");
    std::fs::write(&path, document).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn operators_check_publish_and_go_back() {
    let folder = tempfile::tempdir().unwrap();
    let host = Host::demo(folder.path());
    let (code, checked) = ask(&host, &["campaign", "check", SPRING]);
    assert_eq!((code, &checked["findings"]), (0, &json!([])), "the sample campaign has nothing to mend");

    let changed = std::fs::read_to_string(SPRING).unwrap().replace("title: Spring raffle", "title: Spring draw");
    let changed = written(folder.path(), &changed);
    let (code, refused) = ask(&host, &["campaign", "apply", &changed, "--from", "7"]);
    assert_eq!((code, &refused["code"]), (1, &json!("revision-not-expected")));
    let (code, published) = ask(&host, &["campaign", "apply", &changed, "--from", "1"]);
    assert_eq!((code, &published["revision"]), (0, &json!(2)));
    assert_eq!(host.draw("alice", "one").1["revision"], 2);
    let (code, back) = ask(&host, &["campaign", "rollback", "spring", "--to", "1"]);
    assert_eq!((code, &back["revision"]), (0, &json!(1)));
    assert_eq!(host.draw("alice", "two").1["revision"], 1);

    let (code, paused) = ask(&host, &["campaign", "pause", "spring", "--reason", "for a look"]);
    assert_eq!((code, &paused["paused"]), (0, &json!(true)));
    assert_eq!(host.draw("alice", "three").1["code"], "campaign-paused");
    let (code, resumed) = ask(&host, &["campaign", "resume", "spring", "--reason", "looked"]);
    assert_eq!((code, &resumed["paused"]), (0, &json!(false)));
    let (code, record) = ask(&host, &["audit", "--campaign", "spring", "--what", "pause"]);
    assert_eq!((code, &record["items"][0]["reason"]), (0, &json!("for a look")));

    let (code, odds) = ask(&host, &["campaign", "odds", "spring", "--fact", "player.draws.total=60"]);
    assert_eq!((code, &odds["declared"]["loyal"]["phone"]["probability"]), (0, &json!("1/1000")));
    let headphones = |entry: &&Value| entry["outcome"]["prize"] == "headphones";
    let effective = odds["effective"].as_array().unwrap().iter().find(headphones).unwrap();
    assert_eq!(effective["probability"], "1/50");
    let (code, sold_out) = ask(&host, &["campaign", "odds", "spring", "--sold-out", "headphones"]);
    assert_eq!((code, sold_out["effective"].to_string().contains("headphones")), (0, false));
}

#[test]
fn a_draw_is_tried_step_by_step() {
    let folder = tempfile::tempdir().unwrap();
    let host = Host::demo(folder.path());
    let facts = ["--fact", "player.draws.total=60", "--fact", "attribute.channel=app"];
    let (code, tried) = ask(&host, &[&["campaign", "try", "spring", "--drawn", "phone"], &facts[..]].concat());
    assert_eq!(
        (code, &tried["drawn"]["pool"], &tried["drawn"]["chosen_by"]),
        (0, &json!("loyal"), &json!("guards/loyal"))
    );
    assert_eq!(tried["path"], json!(["trees/locked/lock", "trees/locked/consolation"]));
    let lock = &tried["steps"][3];
    assert_eq!((&lock["rule"], &lock["outcome"]), (&json!("unlock@1"), &json!("follow locked")));
    assert_eq!(
        (&lock["config_place"], &lock["facts"]),
        (&json!("/trees/locked/nodes/lock/config"), &json!({"player.draws.day": 0}))
    );
    let again = ["campaign", "try", "spring", "--drawn", "phone", "--seed", tried["seed"].as_str().unwrap()];
    assert_eq!(ask(&host, &[&again, &facts[..]].concat()), (0, tried));

    let (code, refused) = ask(&host, &["campaign", "try", "spring", "--ticket", "18446744073709551615"]);
    assert_eq!((code, &refused["code"]), (1, &json!("ticket-too-high")));
    // On a document that is not published: there the lock is open at once.
    let changed = std::fs::read_to_string(SPRING).unwrap().replace("config: {draws: 3}", "config: {draws: 0}");
    let changed = written(folder.path(), &changed);
    let target = ["--url", &host.url, "--token", &host.operator_token];
    let (code, text) = run(&[&["campaign", "try", "--file", &changed, "--drawn", "phone"], &target[..]].concat());
    assert_eq!(code, 0);
    let expected = [
        "tried on the document\n",
        "  trees/locked/lock -> trees/locked/hand-over\n",
        "  had          phone × 1 at trees/locked/hand-over\n",
    ];
    assert!(expected.iter().all(|line| text.contains(line)), "{text}");
    // Its examples say otherwise, and so it can't be published.
    let (code, refused) = ask(&host, &["campaign", "apply", &changed]);
    assert_eq!((code, &refused["findings"][0]["code"]), (1, &json!("example-failed")));
    assert_eq!(host.draw("alice", "one").1["revision"], 1);
}

#[test]
fn findings_are_shown_and_nothing_is_published() {
    let folder = tempfile::tempdir().unwrap();
    let host = Host::demo(folder.path());
    let wrong = std::fs::read_to_string(SPRING).unwrap().replace("voucher: \"1/5\"", "vuocher: \"1/5\"");
    let wrong = written(folder.path(), &wrong);
    let (code, checked) = ask(&host, &["campaign", "check", &wrong]);
    assert_eq!((code, &checked["findings"][0]["place"]), (1, &json!("/pools/default/vuocher")));
    let (code, refused) = ask(&host, &["campaign", "apply", &wrong]);
    assert_eq!((code, &refused["code"]), (1, &json!("document-refused")));
    let (code, text) = run(&["campaign", "check", &wrong, "--url", &host.url, "--token", &host.operator_token]);
    assert_eq!(code, 1);
    assert!(text.starts_with("error[prize-unknown] at /pools/default/vuocher: "), "{text}");
    assert_eq!(host.draw("alice", "one").1["revision"], 1);
}

#[test]
fn exit_codes_tell_whose_fault_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let code = |arguments: &[&str]| run(arguments).0;
    // Nobody listens on port 1.
    assert_eq!(code(&["campaign", "odds", "spring", "--token", "t", "--url", "http://127.0.0.1:1"]), 3);
    assert_eq!(code(&["campaign", "odds", "spring"]), 2, "a token is needed");
    assert_eq!(code(&["campaign", "check", "/nowhere.yaml", "--token", "t"]), 2);
    let nameless = written(folder.path(), "title: T\n");
    assert_eq!(code(&["campaign", "check", &nameless, "--token", "t"]), 2);
    assert_eq!(code(&["rule", "push", "/nowhere.wasm", "--token", "t"]), 2);
    assert_eq!(code(&["rule", "build", folder.path().to_str().unwrap()]), 2);
    assert_eq!(code(&["serve", "--log", "no=such=filter"]), 2);
    let host = Host::demo(folder.path());
    assert_eq!(code(&["campaign", "odds", "spring", "--token", "t", "--url", &host.url]), 1);
    let (status, refused) = ask(&host, &["rule", "push", SPRING]);
    assert_eq!((status, &refused["code"]), (1, &json!("module-refused")));
}
