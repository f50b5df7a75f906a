//! Hosts that serve one database on a server, and clients that ask whichever of them.

use std::process::Command;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use reqwest::{Method, StatusCode};
use serde_json::Value;
use sqlx::{Connection, PgConnection};
use tempfile::TempDir;
use tokio::time::{sleep, timeout};
use tombola_servers::{Database, Pooler};

use crate::dice::Dice;
use crate::harness::{Caller, Server, answer, new_key};

/// Any key: the hosts of a database have the same one.
const HOST_KEY: &str = "5f3a";

/// How long a client waits for a host before it asks another one under the same key.
const CLIENT_PATIENCE: Duration = Duration::from_secs(3);
/// And before it does.
pub(crate) const BREAK: Duration = Duration::from_millis(20);

/// A database for hosts. They are started one by one, each as if on a machine of its own.
pub(crate) struct Fleet {
    address: String,
    /// Of each host, beside the usual ones.
    arguments: Vec<String>,
    folder: TempDir,
    client_token: String,
    operator_token: String,
    /// As long as they use it; `None` where somebody else keeps it, and may take it away for a while.
    database: Option<Database>,
    /// What stands before it, if anything.
    _pooler: Option<Pooler>,
}

impl Fleet {
    pub(crate) async fn new() -> Self {
        let database = Database::migrated().await;
        let fleet = Self::at(database.url(), &[]);
        Self { database: Some(database), ..fleet }
    }

    /// With a pooler before the database.
    pub(crate) async fn pooled() -> Self {
        let database = Database::migrated().await;
        let pooler = Pooler::before(&database.socket());
        let fleet = Self::at(pooler.url(database.name()), &[]);
        Self { database: Some(database), _pooler: Some(pooler), ..fleet }
    }

    /// On a database that somebody else keeps.
    pub(crate) fn at(address: String, arguments: &[&str]) -> Self {
        let (arguments, folder) = (arguments.iter().copied().map(str::to_owned).collect(), TempDir::new().unwrap());
        std::fs::write(folder.path().join("host.key"), HOST_KEY.repeat(16)).unwrap();
        let (client_token, operator_token) = (String::new(), String::new());
        let fleet = Self { address, arguments, folder, client_token, operator_token, database: None, _pooler: None };
        let (client_token, operator_token) = (fleet.make_token("client"), fleet.make_token("publisher"));
        Self { client_token, operator_token, ..fleet }
    }

    /// So many hosts that serve.
    pub(crate) async fn of(count: usize) -> (Self, Vec<Server>) {
        let fleet = Self::new().await;
        let servers = fleet.start_several(count).await;
        (fleet, servers)
    }

    pub(crate) async fn start_several(&self, count: usize) -> Vec<Server> {
        let mut servers = Vec::new();
        for _ in 0..count {
            servers.push(self.start().await);
        }
        servers
    }

    /// One more host. Where its database may be away, it is started until it stays, as by a supervisor.
    pub(crate) async fn start(&self) -> Server {
        loop {
            let mut program = self.program(&["serve", "--listen", "127.0.0.1:0"]);
            program.args(&self.arguments);
            let started = Server::try_serve(program, self.client_token.clone(), self.operator_token.clone()).await;
            match started {
                Some(server) => return server,
                None => assert!(self.database.is_none(), "it ended before it listened"),
            }
            sleep(BREAK).await;
        }
    }

    /// Waits until a host is ready, and starts another in its place if it ends instead, as one does that stood still for too long.
    pub(crate) async fn see_to(&self, server: &mut Server) {
        while !server.is_ready().await {
            if server.has_ended() {
                *server = self.start().await;
            }
            sleep(BREAK).await;
        }
    }

    /// Kills one host of all, and starts another in its place.
    pub(crate) async fn replace(&self, servers: &mut Vec<Server>, one: usize) {
        servers.remove(one).kill();
        servers.insert(one, self.start().await);
    }

    /// A number that a query finds in the database.
    pub(crate) async fn number(&self, query: &'static str) -> i64 {
        let address = self.database.as_ref().map_or_else(|| self.address.clone(), Database::url);
        let mut connection = PgConnection::connect(&address).await.unwrap();
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
        program.args(arguments).arg("--database").arg(&self.address);
        // What one host has compiled another can't use on a machine of its own.
        program.arg("--data").arg(folder.join(new_key())).arg("--host-key-file").arg(folder.join("host.key"));
        program
    }
}

/// Has a host stand still for a while.
pub(crate) async fn pause(server: &Server, duration: Duration) {
    server.signal("STOP");
    sleep(duration).await;
    server.signal("CONT");
}

/// Whom clients ask.
pub(crate) struct Places(Mutex<Vec<Place>>);

#[derive(Clone)]
pub(crate) struct Place {
    pub(crate) client: Caller,
    pub(crate) operator: Caller,
}

impl Places {
    pub(crate) fn of(servers: &[Server]) -> Self {
        let places = Self(Mutex::default());
        places.are(servers);
        places
    }

    pub(crate) fn are(&self, servers: &[Server]) {
        let place = |server: &Server| Place { client: server.client(), operator: server.operator() };
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = servers.iter().map(place).collect();
    }

    pub(crate) fn any(&self, dice: &mut Dice) -> Place {
        let places = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        places[usize::try_from(dice.below(places.len() as u64)).unwrap()].clone()
    }

    /// Asks any of them for a draw. `None` where no answer came, or one that says to ask again.
    pub(crate) async fn try_draw(&self, dice: &mut Dice, campaign: &str, player: &str, key: &str) -> Option<Value> {
        let client = self.any(dice).client;
        let (status, draw) = timeout(CLIENT_PATIENCE, client.try_draw(campaign, player, key)).await.ok()??;
        if draw["retryable"] == true {
            return None;
        }
        assert!(status.is_success(), "{draw:#}");
        Some(draw)
    }

    /// The same until there is an answer: whoever gets none asks again under the same key.
    pub(crate) async fn draw(&self, dice: &mut Dice, campaign: &str, player: &str, key: &str) -> Value {
        loop {
            if let Some(draw) = self.try_draw(dice, campaign, player, key).await {
                return draw;
            }
            sleep(BREAK).await;
        }
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
        sleep(Duration::from_millis(10)).await;
    }
}

/// Has what is kept compared with itself: nothing may differ.
pub(crate) async fn nothing_differs(operator: &Caller) {
    let (status, pass) = loop {
        let request = operator.request(Method::POST, "/v1/operator/reconciliation");
        let answered = answer(request.header("Idempotency-Key", new_key())).await.expect("an answer");
        // A connection of the host's may have been lost without its knowledge.
        if answered.1["retryable"] != true {
            break answered;
        }
        sleep(BREAK).await;
    };
    assert_eq!((status, &pass["found"], &pass["open"]), (StatusCode::OK, &0.into(), &0.into()), "{pass:#}");
}
