use std::time::Duration;

use serde_json::Value;
use tombola_app::clock::{Clock, SystemClock};
use tombola_domain::time::Timestamp;

use crate::process::{Host, run};

#[test]
fn tokens_are_made_and_revoked_beside_a_running_host() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().to_str().unwrap();
    let host = Host::demo(folder.path());
    let arguments = ["token", "create", "--name", "viewer", "--role", "viewer", "--campaign", "spring", "--data", data];
    let (code, secret) = run(&arguments);
    let secret = secret.trim_end();
    assert_eq!(code, 0);
    assert_eq!(host.get("/v1/operator/campaigns", secret).0, 200);
    // The name is taken, and the host goes on committing.
    assert_eq!(run(&arguments).0, 1);
    assert_eq!(host.draw("alice", "one").0, 201);

    assert_eq!(run(&["token", "revoke", "viewer", "--data", data]).0, 0);
    // An identity is believed for a second, however long the machine makes of it.
    while host.get("/v1/operator/campaigns", secret).0 == 200 {
        std::thread::sleep(Duration::from_millis(50));
    }
    assert_eq!(host.get("/v1/operator/campaigns", secret).0, 401);
    assert_eq!(run(&["token", "revoke", "viewer", "--data", data]).0, 1);
    assert_eq!(host.draw("alice", "two").0, 201);

    let (code, lines) = run(&["token", "list", "--json", "--data", data]);
    let lines: Value = serde_json::from_str(&lines).unwrap();
    let states: Vec<_> = lines.as_array().unwrap().iter().map(|line| (&line["name"], &line["state"])).collect();
    let name = |text: &str| Value::from(text);
    let expected = [
        (&name("demo-client"), &name("valid")),
        (&name("demo-operator"), &name("valid")),
        (&name("viewer"), &name("revoked")),
    ];
    assert_eq!((code, states.as_slice()), (0, &expected[..]));
}

#[test]
fn a_token_ceases_when_it_expires() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().to_str().unwrap();
    let host = Host::demo(folder.path());
    let create = |name: &str, expires: &str| {
        run(&["token", "create", "--name", name, "--role", "client", "--expires", expires, "--data", data]).1
    };
    // The host goes by the machine's clock, whatever that says.
    let hours_from_now = |hours: i64| Timestamp::from_millis(SystemClock.now().as_millis() + hours * 3_600_000);
    let past = create("past", &hours_from_now(-1).to_string());
    let future = create("future", &hours_from_now(24).to_string());
    assert_eq!(host.get("/v1/campaigns/spring", past.trim_end()).0, 401);
    assert_eq!(host.get("/v1/campaigns/spring", future.trim_end()).0, 200);
}

#[test]
fn without_a_database_there_is_nothing_to_list() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(run(&["token", "list", "--data", folder.path().to_str().unwrap()]), (2, String::new()));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}
