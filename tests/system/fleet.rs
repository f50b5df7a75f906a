//! Hosts that serve one database on a server.

use std::process::Command;
use std::time::Duration;

use reqwest::{Method, StatusCode};
use serde_json::Value;
use sqlx::{Connection, PgConnection};
use tempfile::TempDir;
use tombola_servers::Database;

use crate::harness::{Caller, Server, answer, new_key};

/// Any key: the hosts of a database have the same one.
const HOST_KEY: &str = "5f3a";

/// A database for hosts. They are started one by one, each as if on a machine of its own.
pub(crate) struct Fleet {
    database: Database,
    folder: TempDir,
    client_token: String,
    operator_token: String,
}

impl Fleet {
    pub(crate) async fn new() -> Self {
        let (database, folder) = (Database::migrated().await, TempDir::new().unwrap());
        std::fs::write(folder.path().join("host.key"), HOST_KEY.repeat(16)).unwrap();
        let none = String::new();
        let fleet = Self { database, folder, client_token: none.clone(), operator_token: none };
        let (client_token, operator_token) = (fleet.make_token("client"), fleet.make_token("publisher"));
        Self { client_token, operator_token, ..fleet }
    }

    /// So many hosts that serve.
    pub(crate) async fn of(count: usize) -> (Self, Vec<Server>) {
        let fleet = Self::new().await;
        let mut servers = Vec::new();
        for _ in 0..count {
            servers.push(fleet.start().await);
        }
        (fleet, servers)
    }

    /// One more host.
    pub(crate) async fn start(&self) -> Server {
        let program = self.program(&["serve", "--listen", "127.0.0.1:0"]);
        Server::serve(program, self.client_token.clone(), self.operator_token.clone()).await
    }

    /// Waits until a host is ready, and starts another in its place if it ends instead, as one does that stood still for too long.
    pub(crate) async fn see_to(&self, server: &mut Server) {
        while !server.is_ready().await {
            if server.has_ended() {
                *server = self.start().await;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// A number that a query finds in the database.
    pub(crate) async fn number(&self, query: &'static str) -> i64 {
        let mut connection = PgConnection::connect(&self.database.url()).await.unwrap();
        sqlx::query_scalar(query).fetch_one(&mut connection).await.unwrap()
    }

    fn make_token(&self, role: &str) -> String {
        let output = self.program(&["token", "create", "--name", role, "--role", role]).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    fn program(&self, arguments: &[&str]) -> Command {
        let mut program = Command::new(env!("CARGO_BIN_EXE_tombola"));
        let folder = self.folder.path();
        program.args(arguments).arg("--database").arg(self.database.url());
        // What one host has compiled another can't use on a machine of its own.
        program.arg("--data").arg(folder.join(new_key())).arg("--host-key-file").arg(folder.join("host.key"));
        program
    }
}

/// The hosts as one of them sees them: the state of each, eldest first, and what it has taken up.
pub(crate) async fn hosts(operator: &Caller) -> Vec<(String, u64)> {
    let (status, hosts) = operator.get("/v1/operator/hosts").await;
    assert_eq!(status, StatusCode::OK, "{hosts:#}");
    let host = |host: &Value| (host["state"].as_str().unwrap().to_owned(), host["activation"].as_u64().unwrap());
    hosts["items"].as_array().unwrap().iter().map(host).collect()
}

/// Waits until all hosts that serve have taken up the same: within a second, unless the machine is busy.
pub(crate) async fn all_are_as_far(operator: &Caller) {
    loop {
        let mut hosts = hosts(operator).await;
        hosts.retain(|(state, _)| state == "serving");
        if hosts.windows(2).all(|pair| pair[0] == pair[1]) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// Has what is kept compared with itself: nothing may differ.
pub(crate) async fn nothing_differs(operator: &Caller) {
    let request = operator.request(Method::POST, "/v1/operator/reconciliation").header("Idempotency-Key", new_key());
    let (status, pass) = answer(request).await.expect("an answer");
    assert_eq!((status, &pass["found"], &pass["open"]), (StatusCode::OK, &0.into(), &0.into()), "{pass:#}");
}
