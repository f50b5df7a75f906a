use std::io::Write;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use crate::authority::Certificate;
use crate::redis::free_port;

/// Where Debian keeps its servers, one folder a version.
const DEBIAN: &str = "/usr/lib/postgresql";
/// The user that everything belongs to in the database, and that tests connect as.
const USER: &str = "tombola";
/// The name by which a server that follows another is known there.
pub(crate) const STANDBY: &str = "standby";
/// Settings of every server: nobody comes over the network, many tests at once do, and who follows a server that was away is back soon.
const SETTINGS: &[&str] =
    &["listen_addresses=", "max_connections=300", "shared_buffers=64MB", "wal_retrieve_retry_interval=200"];
/// Those of one that is killed, on a machine that is not. Half a page may be written then.
const KILLABLE: &[&str] = &["fsync=off"];
/// Those of one whose data nobody needs after a crash.
const FORGETFUL: &[&str] = &["fsync=off", "full_page_writes=off"];

/// The data of one server, with its socket beside it.
#[derive(Debug)]
pub(crate) struct Cluster {
    folder: PathBuf,
    /// A part of the socket's name, and where it listens if it speaks TLS.
    port: u16,
    /// Those of this one alone. Of two of one name the latter counts.
    settings: Vec<String>,
}

/// What a crash may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Durability {
    /// Nothing that was committed, as in production.
    Durable,
    /// Nothing either, as long as the machine goes on: who is killed leaves behind what was written, though no disk has it yet.
    Killable,
    /// Everything.
    Forgetful,
}

impl Cluster {
    /// In a folder that is there.
    pub(crate) fn new(folder: &Path) -> Self {
        if is_root() {
            // The server refuses to run as root.
            finish(Command::new("chown").arg("postgres").arg(folder));
        }
        Self { folder: folder.to_owned(), port: 5432, settings: Vec::new() }
    }

    /// The same on this machine's network as well, where it speaks TLS.
    pub(crate) fn encrypted(self, certificate: Certificate) -> Self {
        let Certificate { key, certificate } = certificate;
        if is_root() {
            finish(Command::new("chown").arg("postgres").arg(&key).arg(&certificate));
        }
        let port = free_port();
        let settings = vec![
            format!("port={port}"),
            "listen_addresses=127.0.0.1".to_owned(),
            "ssl=on".to_owned(),
            format!("ssl_cert_file={}", certificate.display()),
            format!("ssl_key_file={}", key.display()),
        ];
        Self { port, settings, ..self }
    }

    /// One that keeps all that it writes, in a folder of its own.
    pub(crate) fn archiving(self) -> Self {
        let archive = self.archive();
        std::fs::create_dir(&archive).expect("a folder can be made");
        if is_root() {
            finish(Command::new("chown").arg("postgres").arg(&archive));
        }
        let keep = format!("archive_command=cp %p {}/%f", archive.display());
        Self { settings: vec!["archive_mode=on".to_owned(), keep], ..self }
    }

    fn archive(&self) -> PathBuf {
        self.folder.join("archive")
    }

    pub(crate) const fn port(&self) -> u16 {
        self.port
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    pub(crate) fn url(&self, database: &str) -> String {
        format!("postgres://{USER}@localhost:{}/{database}?host={}", self.port, self.folder.display())
    }

    pub(crate) fn socket(&self) -> PathBuf {
        self.folder.join(format!(".s.PGSQL.{}", self.port))
    }

    /// Makes new data, of which text is not ordered by its bytes unless a table says so.
    pub(crate) fn create(&self) {
        let _ = std::fs::remove_dir_all(self.data());
        finish(self.program("initdb").args([
            "--username",
            USER,
            "--auth=trust",
            "--encoding=UTF8",
            "--locale=C.UTF-8",
            "--locale-provider=icu",
            "--icu-locale=en-US",
            "--no-sync",
        ]));
    }

    pub(crate) fn is_running(&self) -> bool {
        UnixStream::connect(self.socket()).is_ok()
    }

    pub(crate) fn start(&self, durability: Durability) {
        let faster = match durability {
            Durability::Durable => &[],
            Durability::Killable => KILLABLE,
            Durability::Forgetful => FORGETFUL,
        };
        let mut options = format!("-k {}", self.folder.display());
        let settings = SETTINGS.iter().chain(faster).copied().chain(self.settings.iter().map(String::as_str));
        for setting in settings {
            // They go through a shell.
            options.extend([" -c '", setting, "'"]);
        }
        let mut start = self.program("pg_ctl");
        finish(start.arg("start").arg("--wait").arg("--log").arg(self.log()).arg("--options").arg(options));
    }

    /// What ends it at once, as a crash does.
    pub(crate) fn crash(&self) -> Command {
        let mut stop = self.program("pg_ctl");
        stop.args(["stop", "--mode=immediate"]);
        stop
    }

    /// Ends it in good order: transactions under way are undone, and everybody is hung up on.
    pub(crate) fn stop(&self) {
        finish(self.program("pg_ctl").args(["stop", "--mode=fast"]));
    }

    /// Kills every process of it, as the loss of its machine does.
    pub(crate) fn kill(&self) {
        let file = std::fs::read_to_string(self.data().join("postmaster.pid")).expect("it runs");
        let leader = file.lines().next().and_then(number).expect("its number comes first");
        // It begins no other one meanwhile.
        signal(leader, Signal::STOP);
        let children = std::fs::read_to_string(format!("/proc/{leader}/task/{leader}/children"));
        let children = children.expect("it is there");
        let processes: Vec<_> = children.split_whitespace().filter_map(number).chain([leader]).collect();
        for process in &processes {
            signal(*process, Signal::KILL);
        }
        // What they share is free once all have gone, and whoever starts it again may not take one that nobody has buried for alive.
        while !processes.iter().all(|process| is_gone(*process)) {
            std::thread::sleep(Duration::from_millis(5));
        }
        for lock in [self.data().join("postmaster.pid"), self.socket().with_added_extension("lock")] {
            std::fs::remove_file(lock).expect("nobody else removes it");
        }
    }

    /// Makes its data a copy of those of a server that runs, which it follows once it is started.
    pub(crate) fn follow(&self, primary: &Self) {
        self.copy(primary, &["--write-recovery-conf"]);
    }

    /// Makes its data a copy of those of a server that runs.
    pub(crate) fn copy(&self, primary: &Self, how: &[&str]) {
        let _ = std::fs::remove_dir_all(self.data());
        let from = format!("host={} user={USER} application_name={STANDBY}", primary.folder.display());
        let mut copy = self.program("pg_basebackup");
        finish(copy.arg("--dbname").arg(from).args(["--checkpoint=fast", "--no-sync"]).args(how));
    }

    /// Has it do again what another one kept of what it wrote, up to a mark there, and take writes then; once it is started.
    pub(crate) fn recover(&self, other: &Self, mark: &str) {
        let settings = format!(
            "restore_command = 'cp {}/%f %p'\nrecovery_target_name = '{mark}'\nrecovery_target_action = 'promote'\n",
            other.archive().display()
        );
        let file = std::fs::File::options().append(true).open(self.data().join("postgresql.auto.conf"));
        file.expect("it was copied").write_all(settings.as_bytes()).expect("it can be written");
        std::fs::write(self.data().join("recovery.signal"), "").expect("it can be written");
    }

    /// Has it follow nobody any more, and take writes.
    pub(crate) fn promote(&self) {
        finish(self.program("pg_ctl").args(["promote", "--wait"]));
    }

    /// Changes a setting for good.
    pub(crate) fn set(&self, setting: &str) {
        let file = std::fs::File::options().append(true).open(self.data().join("postgresql.auto.conf"));
        writeln!(file.expect("it was made"), "{setting}").expect("it can be written");
        finish(self.program("pg_ctl").arg("reload"));
    }

    /// Has it do something, and answers what it says, a line for each row; `None` where it can't.
    pub(crate) fn ask(&self, sql: &str) -> Option<String> {
        let mut client = self.client("psql");
        client.args(["--dbname", "postgres"]);
        let output = client.args(["--no-psqlrc", "--tuples-only", "--no-align", "--command", sql]).output();
        let output = output.unwrap_or_else(|error| panic!("{client:?}: {error}; run scripts/setup postgres"));
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim_end().to_owned())
    }

    /// A program of its own version that asks it something, as whom tests connect.
    pub(crate) fn client(&self, name: &str) -> Command {
        let mut client = Command::new(programs().join(name));
        client.arg("--host").arg(&self.folder).args(["--port", &self.port.to_string(), "--username", USER]);
        client
    }

    /// The file of what it says.
    pub(crate) fn log(&self) -> PathBuf {
        self.folder.join("log")
    }

    fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    fn program(&self, name: &str) -> Command {
        let program = programs().join(name);
        let mut command = if is_root() {
            let mut command = Command::new("runuser");
            command.args(["-u", "postgres", "--"]).arg(program);
            command
        } else {
            Command::new(program)
        };
        command.arg("--pgdata").arg(self.data()).current_dir("/");
        command
    }
}

fn number(text: &str) -> Option<Pid> {
    text.parse().ok().and_then(Pid::from_raw)
}

/// One that has ended meanwhile needs none.
fn signal(process: Pid, signal: Signal) {
    let _ = kill_process(process, signal);
}

fn is_gone(process: Pid) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat"));
    // Its state stands behind its name, which may hold anything.
    stat.map_or(true, |stat| stat.rsplit(')').next().is_some_and(|rest| rest.trim_start().starts_with('Z')))
}

pub(crate) fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// The newest server's programs; elsewhere than on Debian, whichever is found by its name alone.
pub(crate) fn programs() -> PathBuf {
    let versions = std::fs::read_dir(DEBIAN).into_iter().flatten().flatten();
    let newest = versions.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok()).max();
    newest.map(|version| Path::new(DEBIAN).join(version.to_string()).join("bin")).unwrap_or_default()
}

/// Runs a program to its end.
pub(crate) fn finish(command: &mut Command) {
    // A server outlives the program that starts it, and must not keep what the test's reader waits for the end of.
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let status = command.status().unwrap_or_else(|error| panic!("{command:?}: {error}; run scripts/setup postgres"));
    assert!(status.success(), "{command:?}: {status}");
}
