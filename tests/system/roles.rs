//! Every route of the API, as its own description lists them, is tried by everybody whose role may not call it. How far tokens for some
//! campaigns reach is told in `reach`.

use reqwest::Method;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::harness::{Caller, Server, answer, make_token};

/// Routes without a token, each for a reason: probes and scrapers have none, and descriptions hold no secrets.
pub(crate) const OPEN: &[&str] = &["/healthz", "/readyz", "/metrics", "/openapi.json", "/schemas/campaign.json"];

struct Route {
    method: Method,
    path: String,
    /// The least that its token must be, as the description says.
    roles: Vec<String>,
}

async fn routes(server: &Server) -> Vec<Route> {
    let (_, api) = server.stranger(None).get("/openapi.json").await;
    let mut routes = Vec::new();
    for (path, operations) in api["paths"].as_object().unwrap() {
        for (method, operation) in operations.as_object().unwrap() {
            let roles = operation["security"][0]["token"].as_array().cloned().unwrap_or_default();
            routes.push(Route {
                method: method.to_uppercase().parse().unwrap(),
                path: path.replace("{campaign}", "spring").replace("{revision}", "1").replace(['{', '}'], ""),
                roles: roles.iter().map(|role| role.as_str().unwrap().to_owned()).collect(),
            });
        }
    }
    routes
}

async fn status(caller: &Caller, route: &Route) -> (u16, Value) {
    let (status, body) = answer(caller.request(route.method.clone(), &route.path)).await.expect("an answer");
    (status.as_u16(), body)
}

#[tokio::test]
async fn nobody_gets_in_without_the_right_token() {
    let data = TempDir::new().unwrap();
    let server = Server::start(data.path()).await;
    let routes = routes(&server).await;
    assert!(routes.len() > 20, "the description lists the routes");
    let mut tokens = Tokens::create(data.path());
    tokens.add_players(&server).await;
    let roles = ["player", "client", "viewer", "editor", "publisher"];
    for route in &routes {
        let name = format!("{} {}", route.method, route.path);
        if OPEN.contains(&route.path.as_str()) {
            assert_eq!(status(&server.stranger(None), route).await.0, 200, "{name}");
            continue;
        }
        assert!(!route.roles.is_empty(), "{name} says who may call it");
        assert_eq!(status(&server.stranger(None), route).await.0, 401, "{name} without a token");
        assert_eq!(status(&server.stranger(Some("tombola_made_up")), route).await.0, 401, "{name} with another token");
        for role in roles {
            let (code, body) = status(&server.stranger(Some(tokens.of(role))), route).await;
            assert_eq!(code != 403, may_call(role, &route.roles), "{name} as {role}: {body:#}");
        }
        if route.path.contains("/players/") {
            let (code, _) = status(&server.stranger(Some(tokens.of("other player"))), route).await;
            assert_eq!(code, 403, "{name} by another player");
        }
    }
}

/// An operator may do what the roles before theirs may; a client's calls are for clients alone, and a player's for players.
fn may_call(role: &str, least: &[String]) -> bool {
    const OPERATORS: [&str; 3] = ["viewer", "editor", "publisher"];
    let rank = |role: &str| OPERATORS.iter().position(|other| *other == role);
    least.iter().any(|least| match (rank(role), rank(least)) {
        (Some(role), Some(least)) => role >= least,
        _ => role == least,
    })
}

/// Tokens made beside the running server, as an administrator would.
struct Tokens(Vec<(String, String)>);

impl Tokens {
    fn create(data: &std::path::Path) -> Self {
        let roles = ["client", "viewer", "editor", "publisher"];
        Self(roles.map(|role| (role.to_owned(), make_token(data, role, role, None))).into())
    }

    /// Players of the client's: the one whom routes name, and another one.
    async fn add_players(&mut self, server: &Server) {
        let client = server.stranger(Some(self.of("client")));
        for (name, player, body) in
            [("player", "player", json!({})), ("other player", "somebody", json!({"ttl_seconds": 600}))]
        {
            let (status, made) = client.post(&format!("/v1/players/{player}/tokens"), &body).await;
            assert_eq!(status.as_u16(), 201, "{made:#}");
            self.0.push((name.to_owned(), made["token"].as_str().unwrap().to_owned()));
        }
    }

    fn of(&self, name: &str) -> &str {
        &self.0.iter().find(|(other, _)| other == name).unwrap().1
    }
}
