//! Views that may be kept: tags, how long, and what is asked for again.

use reqwest::{Method, Response, StatusCode};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::harness::{Caller, Server, new_key};
use crate::{documents, events};

const LIVE: &str = "private, max-age=1";
const SETTLED: &str = "private, max-age=86400, immutable";
const DESCRIPTION: &str = "public, max-age=300";

async fn get(caller: &Caller, method: Method, path: &str, tag: Option<&str>) -> Response {
    let request = caller.request(method, path);
    let request = if let Some(tag) = tag { request.header("If-None-Match", tag) } else { request };
    request.send().await.unwrap()
}

fn header<'r>(response: &'r Response, name: &str) -> &'r str {
    response.headers().get(name).map_or("", |value| value.to_str().unwrap())
}

#[tokio::test]
async fn views_are_answered_again_only_where_they_changed() {
    let data = TempDir::new().unwrap();
    let server = Server::start(data.path()).await;
    let client = server.client();
    let (_, draw) = client.draw("spring", "alice", &new_key()).await;
    let draw = format!("/v1/draws/{}", draw["id"].as_str().unwrap());
    events::open_shop(&server).await;
    let (_, event) = events::report(&client, &events::purchase("alice", "order-1", 100)).await;
    let rebate = format!("/v1/rebates/{}", event["campaigns"][0]["rebate"].as_str().unwrap());
    for (path, kept) in [
        ("/v1/campaigns", LIVE),
        ("/v1/campaigns/spring", LIVE),
        ("/v1/epochs", LIVE),
        ("/v1/keys", LIVE),
        (&draw, LIVE),
        (&format!("{draw}/receipt"), SETTLED),
        (&format!("{draw}/receipt?bundle"), LIVE),
        (&format!("{rebate}/receipt"), SETTLED),
        (&format!("{rebate}/receipt?bundle"), LIVE),
        ("/openapi.json", DESCRIPTION),
        ("/schemas/campaign.json", DESCRIPTION),
    ] {
        let first = get(&client, Method::GET, path, None).await;
        let tag = header(&first, "etag").to_owned();
        assert!(tag.starts_with('"') && tag.ends_with('"') && tag.len() > 10, "{path}: {tag}");
        assert_eq!((first.status(), header(&first, "cache-control")), (StatusCode::OK, kept), "{path}");
        assert_eq!(header(&first, "vary") == "Authorization", kept != DESCRIPTION, "{path}");
        assert_eq!(header(&first, "content-type"), "application/json", "{path}");
        let length = first.bytes().await.unwrap().len();
        for tags in [tag.clone(), format!("W/{tag}"), format!("\"other\", {tag}"), "*".to_owned()] {
            let again = get(&client, Method::GET, path, Some(&tags)).await;
            let told = (again.status(), header(&again, "etag"), header(&again, "cache-control"));
            assert_eq!(told, (StatusCode::NOT_MODIFIED, tag.as_str(), kept), "{path} {tags}");
            assert_eq!(again.bytes().await.unwrap().len(), 0, "{path} {tags}");
        }
        let changed = get(&client, Method::GET, path, Some("\"other\"")).await;
        assert_eq!((changed.status(), header(&changed, "etag")), (StatusCode::OK, tag.as_str()), "{path}");
        let head = get(&client, Method::HEAD, path, None).await;
        let told = (head.status(), header(&head, "etag"), header(&head, "content-length").to_owned());
        assert_eq!(told, (StatusCode::OK, tag.as_str(), length.to_string()), "{path}");
        assert_eq!(head.bytes().await.unwrap().len(), 0, "{path}");
        assert_eq!(get(&client, Method::HEAD, path, Some(&tag)).await.status(), StatusCode::NOT_MODIFIED, "{path}");
    }
    let before = get(&client, Method::GET, "/v1/campaigns", None).await;
    server.operator().publish("stocked", &documents::stocked("stocked", 1)).await;
    let after = get(&client, Method::GET, "/v1/campaigns", Some(header(&before, "etag"))).await;
    assert_eq!(after.status(), StatusCode::OK);
    assert_ne!(header(&before, "etag"), header(&after, "etag"));
    // What is no view is not kept.
    let player = get(&client, Method::GET, "/v1/campaigns/spring/players/alice", None).await;
    assert_eq!((header(&player, "cache-control"), header(&player, "etag")), ("no-store", ""));
}

#[tokio::test]
async fn open_campaigns_come_in_pages() {
    let data = TempDir::new().unwrap();
    let server = Server::start(data.path()).await;
    let (client, operator) = (server.client(), server.operator());
    for name in ["autumn", "over", "winter"] {
        let document = documents::stocked(name, 1);
        let closed = "opens: 2020-01-01T00:00:00Z, closes: 2020-02-01T00:00:00Z";
        let document = if name == "over" { document.replace("opens: 2020-01-01T00:00:00Z", closed) } else { document };
        operator.publish(name, &document).await;
    }
    let names = |page: &Value| {
        let items = page["items"].as_array().unwrap().iter();
        items.map(|item| item["campaign"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let (status, first) = client.get("/v1/campaigns?limit=2").await;
    assert_eq!((status, names(&first)), (StatusCode::OK, vec!["autumn".to_owned(), "spring".to_owned()]));
    let (_, document) = client.get("/v1/campaigns/autumn").await;
    let line = &first["items"][0];
    for field in ["title", "opens", "revision", "digest"] {
        assert_eq!((line[field].is_null(), &line[field]), (false, &document[field]), "{field}");
    }
    let next = first["next"].as_str().unwrap();
    let (_, second) = client.get(&format!("/v1/campaigns?limit=2&cursor={next}")).await;
    assert_eq!((names(&second), second.get("next")), (vec!["winter".to_owned()], None));

    let (_, made) = client.post("/v1/players/alice/tokens", &json!({"campaigns": ["winter", "over"]})).await;
    let (_, mine) = server.stranger(made["token"].as_str()).get("/v1/campaigns").await;
    assert_eq!(names(&mine), ["winter"]);
}

#[tokio::test]
async fn a_cursor_of_one_list_is_refused_by_another() {
    let data = TempDir::new().unwrap();
    let server = Server::start(data.path()).await;
    let operator = server.operator();
    for revision in 1..=2 {
        for name in ["autumn", "winter"] {
            operator.publish(name, &documents::stocked(name, revision)).await;
        }
    }
    for player in ["alice", "bob"] {
        server.client().draw_many("autumn", player, &new_key(), 2).await;
    }
    for list in ["banned", "vip"] {
        let request = operator.request(Method::PUT, &format!("/v1/operator/lists/{list}"));
        let request = request.header("Idempotency-Key", new_key()).json(&json!({"add": ["alice"]}));
        assert_eq!(crate::harness::answer(request).await.unwrap().0, StatusCode::OK);
    }
    let lists = [
        "/v1/campaigns",
        "/v1/operator/campaigns",
        "/v1/operator/campaigns/autumn/revisions",
        "/v1/operator/campaigns/winter/revisions",
        "/v1/operator/modules",
        "/v1/operator/lists",
        "/v1/campaigns/autumn/players/alice",
        "/v1/campaigns/autumn/players/bob",
    ];
    let mut cursors = vec![];
    for list in lists {
        let (_, page) = operator.get(&format!("{list}?limit=1")).await;
        let next = page["next"].as_str().or(page["draws"]["next"].as_str());
        cursors.push(next.unwrap_or_else(|| panic!("{list} has a second page: {page:#}")).to_owned());
    }
    for (own, list) in lists.iter().enumerate() {
        for (other, cursor) in cursors.iter().enumerate() {
            let (status, body) = operator.get(&format!("{list}?cursor={cursor}")).await;
            if own == other {
                assert_eq!(status, StatusCode::OK, "{list}: {body:#}");
            } else {
                assert_eq!((status.as_u16(), &body["code"]), (400, &json!("query-invalid")), "{list}");
            }
        }
    }
}

#[tokio::test]
async fn unknown_query_parameters_are_refused_by_every_call() {
    let data = TempDir::new().unwrap();
    let server = Server::start(data.path()).await;
    let operator = server.operator();
    let (_, api) = operator.get("/openapi.json").await;
    let mut calls = 0;
    for (path, operations) in api["paths"].as_object().unwrap() {
        for method in operations.as_object().unwrap().keys() {
            let method: Method = method.to_uppercase().parse().unwrap();
            let path = format!("{}?page=alice", path.replace(['{', '}'], ""));
            let (status, problem) = crate::harness::answer(operator.request(method.clone(), &path)).await.unwrap();
            assert_eq!((status.as_u16(), &problem["code"]), (400, &json!("query-invalid")), "{method} {path}");
            assert!(!problem.to_string().contains("alice"), "{problem:#}");
            calls += 1;
        }
    }
    assert!(calls > 20, "the description lists the calls");
}
