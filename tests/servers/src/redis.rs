use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::authority::{Authority, Certificate};
use crate::keeper::Program;

/// How long a server may take to answer, on a machine that does much else.
pub(crate) const PATIENCE: Duration = Duration::from_mins(1);
/// Masters of a cluster, each with a replica.
const MASTERS: usize = 3;
/// Settings of one that may be copied from at once, rather than after others have had some seconds to come as well.
const FOLLOWED_AT_ONCE: &[&str] = &["--repl-diskless-sync-delay", "0"];

/// A Redis that a test has for itself, which keeps nothing on disk. It ends with its test, however that ends.
#[derive(Debug)]
pub struct Redis {
    folder: PathBuf,
    port: u16,
    arguments: Vec<String>,
    running: Option<Program>,
    /// Where it speaks TLS, beside the address of its own.
    encrypted: Option<u16>,
}

impl Redis {
    /// Starts one.
    pub fn start() -> Self {
        Self::with(&[])
    }

    /// One that speaks TLS as well, and has a key of that name.
    pub fn start_encrypted(authority: &Authority, name: &str) -> Self {
        let (folder, port) = (new_folder(), free_port());
        let Certificate { key, certificate } = authority.certify(name, &folder);
        let path = |path: PathBuf| path.display().to_string();
        let arguments = [
            ("--tls-port", port.to_string()),
            ("--tls-cert-file", path(certificate)),
            ("--tls-key-file", path(key)),
            ("--tls-ca-cert-file", path(authority.certificate())),
            ("--tls-auth-clients", "no".to_owned()),
        ];
        let arguments = arguments.into_iter().flat_map(|(name, value)| [name.to_owned(), value]).collect();
        Self { encrypted: Some(port), ..Self::begin(folder, arguments) }
    }

    /// The address at which it speaks TLS, by that name of this machine.
    pub fn encrypted_url(&self, host: &str) -> String {
        format!("rediss://{host}:{}", self.encrypted.expect("it was started so"))
    }

    /// With further settings.
    fn with(arguments: &[&str]) -> Self {
        Self::begin(new_folder(), arguments.iter().map(|argument| (*argument).to_owned()).collect())
    }

    fn begin(folder: PathBuf, arguments: Vec<String>) -> Self {
        let mut redis = Self { folder, port: 0, arguments, running: None, encrypted: None };
        // Somebody else may have taken the port since it was found free.
        while redis.running.is_none() {
            redis.port = free_port();
            redis.run();
        }
        redis
    }

    /// Its address.
    pub fn url(&self) -> String {
        format!("redis://{}", self.address())
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        SocketAddr::from((Ipv4Addr::LOCALHOST, self.port))
    }

    /// Kills it. What it kept is gone.
    pub fn kill(&mut self) {
        drop(self.running.take());
    }

    /// Starts it again at the same address, empty.
    pub fn start_again(&mut self) {
        let began = Instant::now();
        while self.running.is_none() {
            assert!(began.elapsed() < PATIENCE, "the port stays taken");
            self.run();
        }
    }

    /// Stops it in the middle of whatever it does, or lets it go on; one that was killed does nothing.
    pub fn pause(&self, is_paused: bool) {
        let Some(server) = &self.running else { return };
        let signal = if is_paused { rustix::process::Signal::STOP } else { rustix::process::Signal::CONT };
        let server = i32::try_from(server.number).ok().and_then(rustix::process::Pid::from_raw);
        rustix::process::kill_process(server.expect("it has a number"), signal).expect("it is ours");
    }

    /// Has it do something, and answers what it says.
    pub fn ask(&self, command: &[&str]) -> String {
        let mut client = Command::new("redis-cli");
        let output = client.args(["-p", &self.port.to_string()]).args(command).output();
        let output = output.unwrap_or_else(|error| panic!("{client:?}: {error}; run scripts/setup redis"));
        String::from_utf8(output.stdout).expect("it is text").trim_end().to_owned()
    }

    /// Whether it has all that another one had, and hears of what comes.
    fn is_following(&self) -> bool {
        self.ask(&["INFO", "replication"]).contains("master_link_status:up")
    }

    fn run(&mut self) {
        std::fs::create_dir_all(&self.folder).expect("its folder can be made");
        let mut server = Command::new(program());
        server.args(["--port", &self.port.to_string(), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]);
        server.arg("--dir").arg(&self.folder).args(["--logfile", "log"]).args(&self.arguments);
        let running = Program::run(&self.folder, &server);
        let began = Instant::now();
        while began.elapsed() < PATIENCE {
            if !running.is_there() {
                break;
            }
            if TcpStream::connect(self.address()).is_ok() && self.ask(&["PING"]) == "PONG" {
                self.running = Some(running);
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

fn new_folder() -> PathBuf {
    tempfile::Builder::new().prefix("tombola-redis-").tempdir().expect("a folder can be made").keep()
}

/// Two of them, of which one follows the other, though nothing waits for it.
#[derive(Debug)]
pub struct RedisPair {
    primary: Redis,
    replica: Redis,
}

impl RedisPair {
    /// Starts both.
    pub fn start() -> Self {
        let start = || Redis::with(FOLLOWED_AT_ONCE);
        let mut pair = Self { primary: start(), replica: start() };
        pair.pair();
        pair
    }

    /// The one that takes writes.
    pub fn primary(&mut self) -> &mut Redis {
        &mut self.primary
    }

    /// Kills the one that takes writes, and has the other one take its place.
    pub fn fail_over(&mut self) {
        self.primary.kill();
        self.replica.ask(&["REPLICAOF", "NO", "ONE"]);
        std::mem::swap(&mut self.primary, &mut self.replica);
    }

    /// Starts what was killed, and has the replica follow.
    pub fn pair(&mut self) {
        self.primary.start_again();
        self.replica.start_again();
        let port = self.primary.port.to_string();
        self.replica.ask(&["REPLICAOF", "127.0.0.1", &port]);
        let began = Instant::now();
        while !self.replica.is_following() {
            assert!(began.elapsed() < PATIENCE, "the replica does not follow");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

/// Three masters, each with a replica, that a test has for itself.
#[derive(Debug)]
pub struct RedisCluster {
    nodes: Vec<Redis>,
}

impl RedisCluster {
    /// Starts one, and waits until it serves all slots and each replica follows: one that never did takes nobody's place.
    pub fn start() -> Self {
        let mut settings = vec!["--cluster-enabled", "yes", "--cluster-node-timeout", "1000"];
        settings.extend(["--cluster-config-file", "nodes"]);
        settings.extend(FOLLOWED_AT_ONCE);
        let nodes: Vec<_> = (0..2 * MASTERS).map(|_| Redis::with(&settings)).collect();
        let addresses = nodes.iter().map(|node| node.address().to_string());
        let mut create = Command::new("redis-cli");
        create.args(["--cluster", "create"]).args(addresses).args(["--cluster-replicas", "1", "--cluster-yes"]);
        let made = create.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
        assert!(made.expect("there is redis-cli").success(), "{create:?}");
        let began = Instant::now();
        let serves = |node: &Redis| node.ask(&["CLUSTER", "INFO"]).contains("cluster_state:ok");
        let followers = || nodes.iter().filter(|node| node.is_following()).count();
        while !nodes.iter().all(serves) || followers() < MASTERS {
            assert!(began.elapsed() < PATIENCE, "the nodes make no cluster");
            std::thread::sleep(Duration::from_millis(50));
        }
        Self { nodes }
    }

    /// The addresses of its nodes.
    pub fn urls(&self) -> Vec<String> {
        self.nodes.iter().map(Redis::url).collect()
    }

    /// Those that take writes.
    pub fn masters(&mut self) -> impl Iterator<Item = &mut Redis> {
        self.nodes.iter_mut().filter(|node| node.running.is_some() && node.ask(&["ROLE"]).starts_with("master"))
    }

    /// Kills the master that holds the most; its replica takes its place within some seconds.
    pub fn fail_over(&mut self) {
        let held = |node: &&mut Redis| node.ask(&["DBSIZE"]).parse::<u64>().expect("it is a number");
        self.masters().max_by_key(held).expect("there are masters").kill();
    }
}

pub(crate) fn free_port() -> u16 {
    // A node of a cluster listens on this one plus 10,000 as well.
    loop {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port is free");
        let port = listener.local_addr().expect("it is bound").port();
        if port < 55_000 && TcpListener::bind((Ipv4Addr::LOCALHOST, port + 10_000)).is_ok() {
            return port;
        }
    }
}

/// Of the machine, or of this tree.
fn program() -> PathBuf {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.tools/bin/redis-server");
    if own.exists() { own } else { PathBuf::from("redis-server") }
}
