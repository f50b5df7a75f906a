use std::os::unix::fs::PermissionsExt;

use crate::process::{Host, tombola};

#[test]
fn the_demo_goes_on_where_it_ended() {
    let folder = tempfile::tempdir().unwrap();
    let first = Host::demo(folder.path());
    let (status, draw) = first.draw("alice", "one");
    assert_eq!((status, &draw["ordinal"], &draw["outcome"]["kind"]), (201, &1.into(), &"prize".into()), "{draw}");
    let address = format!("/v1/draws/{}/receipt", draw["id"].as_str().unwrap());
    let (status, receipt) = first.get(&address, &first.client_token);
    assert_eq!(status, 200, "{receipt}");
    let tokens = (first.client_token.clone(), first.operator_token.clone());
    assert_eq!(first.end(), (0, String::new()));

    let second = Host::demo(folder.path());
    assert_eq!((second.client_token.clone(), second.operator_token.clone()), tokens);
    assert_eq!(second.draw("alice", "one"), (200, draw));
    assert_eq!(second.get(&address, &second.client_token), (200, receipt));
    assert_eq!(second.draw("alice", "two").1["ordinal"], 2);
    let (_, revisions) = second.get("/v1/operator/campaigns/spring/revisions", &second.operator_token);
    assert_eq!(revisions.to_string().matches("\"revision\":").count(), 1, "{revisions}");
    assert_eq!(second.end(), (0, String::new()));
}

#[test]
fn secrets_are_their_owners_and_lost_tokens_are_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let first = Host::demo(folder.path());
    for secret in ["tokens.json", "host.key"] {
        let mode = std::fs::metadata(folder.path().join(secret)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{secret}");
    }
    let lost = first.client_token.clone();
    assert_eq!(first.end().0, 0);
    std::fs::remove_file(folder.path().join("tokens.json")).unwrap();
    let second = Host::demo(folder.path());
    assert_eq!(second.get("/v1/campaigns/spring", &lost).0, 401);
    assert_eq!(second.get("/v1/campaigns/spring", &second.client_token).0, 200);
}

#[test]
fn a_port_that_is_taken_leaves_the_database_to_its_host() {
    let folder = tempfile::tempdir().unwrap();
    let host = Host::demo(folder.path());
    let port = host.url.rsplit(':').next().unwrap();
    let second = tombola(&["demo", "--port", port, "--data", folder.path().to_str().unwrap()]).output().unwrap();
    assert_eq!(second.status.code(), Some(1));
    assert_eq!(host.draw("alice", "one").0, 201);
}
