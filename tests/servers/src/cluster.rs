use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Where Debian keeps its servers, one folder a version.
const DEBIAN: &str = "/usr/lib/postgresql";
/// The user that everything belongs to in the database, and that tests connect as.
const USER: &str = "tombola";
/// Settings of every server: nobody comes over the network, and many tests at once do.
const SETTINGS: &[&str] = &["listen_addresses=", "max_connections=300", "shared_buffers=64MB"];
/// Those of one whose data nobody needs after a crash.
const FORGETFUL: &[&str] = &["fsync=off", "full_page_writes=off"];

/// The data of one server, with its socket beside it.
#[derive(Debug)]
pub(crate) struct Cluster {
    folder: PathBuf,
}

/// What a crash may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Durability {
    /// Nothing that was committed, as in production.
    Durable,
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
        Self { folder: folder.to_owned() }
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    pub(crate) fn url(&self, database: &str) -> String {
        format!("postgres://{USER}@localhost/{database}?host={}", self.folder.display())
    }

    pub(crate) fn socket(&self) -> PathBuf {
        self.folder.join(".s.PGSQL.5432")
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
        let forgetful = if durability == Durability::Forgetful { FORGETFUL } else { &[] };
        let mut options = format!("-k {}", self.folder.display());
        for setting in SETTINGS.iter().chain(forgetful) {
            options.push_str(" -c ");
            options.push_str(setting);
        }
        let log = self.folder.join("log");
        finish(self.program("pg_ctl").arg("start").arg("--wait").arg("--log").arg(log).arg("--options").arg(options));
    }

    /// What ends it at once, as a crash does.
    pub(crate) fn crash(&self) -> Command {
        let mut stop = self.program("pg_ctl");
        stop.args(["stop", "--mode=immediate"]);
        stop
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

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// The newest server's programs; elsewhere than on Debian, whichever is found by its name alone.
fn programs() -> PathBuf {
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
