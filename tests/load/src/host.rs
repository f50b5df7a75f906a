use std::io::{self, BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde::Deserialize;
use serde_json::Value;
use tempfile::TempDir;

use crate::{NotLoopback, Target};

/// A host as a process of its own, with a folder of its own. Both are gone when it is dropped.
#[derive(Debug)]
pub struct Host {
    // Before the folder: it must not write there any more when that goes.
    process: Process,
    folder: TempDir,
    target: Target,
    ready: Ready,
}

/// Killed when it is dropped.
#[derive(Debug)]
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended already, which is as good.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The line that a host prints once it is ready.
#[derive(Debug, Deserialize)]
struct Ready {
    url: String,
    client_token: String,
    operator_token: String,
}

/// Why there is no host.
#[derive(Debug, thiserror::Error)]
pub enum HostError {
    /// The program could not be started, or its folder not be made.
    #[error("the host {program} could not be started")]
    Start {
        /// The program.
        program: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// It ended, or printed something else.
    #[error("the host did not say where it listens: {0}")]
    NotReady(String),
    /// It listens for others.
    #[error(transparent)]
    Elsewhere(#[from] NotLoopback),
}

/// A database on a server, with tokens, for hosts that serve it.
#[derive(Debug)]
pub struct Site {
    program: PathBuf,
    database: String,
    /// Of the key that all of them have.
    folder: TempDir,
    client_token: String,
    operator_token: String,
}

impl Site {
    /// Makes tokens in the database at this address, which has its tables.
    pub fn new(program: &Path, database: &str) -> Result<Self, HostError> {
        let start = |source| HostError::Start { program: program.to_owned(), source };
        let folder = tempfile::tempdir().map_err(start)?;
        std::fs::write(folder.path().join(KEY_FILE), "5f3a".repeat(16)).map_err(start)?;
        let (program, database) = (program.to_owned(), database.to_owned());
        let site = Self { program, database, folder, client_token: String::new(), operator_token: String::new() };
        let (client_token, operator_token) = (site.token("client")?, site.token("publisher")?);
        Ok(Self { client_token, operator_token, ..site })
    }

    /// Starts one more host, with a folder of its own below `parent`, and waits until it listens.
    pub fn host(&self, parent: &Path) -> Result<Host, HostError> {
        let start = |source| HostError::Start { program: self.program.clone(), source };
        let folder = tempfile::tempdir_in(parent).map_err(start)?;
        let mut serve = self.command(&["serve", "--listen", "127.0.0.1:0", "--data"], folder.path());
        let mut process = Process(serve.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().map_err(start)?);
        let url = listening(&mut process.0)?;
        let target = target(&url)?;
        let (client_token, operator_token) = (self.client_token.clone(), self.operator_token.clone());
        Ok(Host { process, folder, target, ready: Ready { url, client_token, operator_token } })
    }

    fn token(&self, role: &str) -> Result<String, HostError> {
        let mut create =
            self.command(&["token", "create", "--name", role, "--role", role, "--data"], self.folder.path());
        let start = |source| HostError::Start { program: self.program.clone(), source };
        let output = create.output().map_err(start)?;
        if !output.status.success() {
            return Err(HostError::NotReady(String::from_utf8_lossy(&output.stderr).into_owned()));
        }
        Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    }

    fn command(&self, arguments: &[&str], data: &Path) -> Command {
        let mut command = Command::new(&self.program);
        command.args(arguments).arg(data).args(["--database", &self.database, "--host-key-file"]);
        command.arg(self.folder.path().join(KEY_FILE)).stdin(Stdio::null());
        command
    }
}

/// The name of the file with the key of all hosts of a site.
const KEY_FILE: &str = "host.key";

impl Host {
    /// Starts `program` with the arguments of `tombola demo` after `command`, on a new folder below `parent` (the system's for
    /// temporary files, if none), and waits until it is ready.
    pub fn start(program: &Path, command: &str, parent: Option<&Path>) -> Result<Self, HostError> {
        let folder = parent.map_or_else(tempfile::tempdir, tempfile::tempdir_in);
        let folder = folder.map_err(|source| HostError::Start { program: program.to_owned(), source })?;
        Self::start_in(program, command, folder)
    }

    /// Kills it, as a crash would, and starts it again on what it kept.
    pub fn restart(self, program: &Path, command: &str) -> Result<Self, HostError> {
        let Self { process, folder, .. } = self;
        drop(process);
        Self::start_in(program, command, folder)
    }

    /// Where it is.
    pub fn target(&self) -> Target {
        self.target
    }

    /// The secret of a client's token.
    pub fn client_token(&self) -> &str {
        &self.ready.client_token
    }

    /// The secret of a publisher's token.
    pub fn operator_token(&self) -> &str {
        &self.ready.operator_token
    }

    /// Its process's id.
    pub fn id(&self) -> u32 {
        self.process.0.id()
    }

    /// The folder of all that it keeps.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    fn start_in(program: &Path, command: &str, folder: TempDir) -> Result<Self, HostError> {
        let child = Command::new(program)
            .args([command, "--port", "0", "--json", "--log", "warn", "--data"])
            .arg(folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn();
        let child = child.map_err(|source| HostError::Start { program: program.to_owned(), source })?;
        let mut process = Process(child);
        let ready = ready(&mut process.0)?;
        let target = target(&ready.url)?;
        Ok(Self { process, folder, target, ready })
    }
}

fn target(url: &str) -> Result<Target, HostError> {
    let address = url.strip_prefix("http://").and_then(|address| address.parse::<SocketAddr>().ok());
    Ok(Target::new(address.ok_or_else(|| HostError::NotReady(url.to_owned()))?)?)
}

/// Where a host says in its log that it listens. What else it says is let go by.
fn listening(child: &mut Child) -> Result<String, HostError> {
    let mut log = BufReader::new(child.stderr.take().expect("its log is a pipe"));
    let (mut line, mut latest) = (String::new(), String::new());
    while log.read_line(&mut line).map_err(|error| HostError::NotReady(error.to_string()))? > 0 {
        let told: Value = serde_json::from_str(&line).unwrap_or_default();
        if told["message"] == "listening" {
            std::thread::spawn(move || io::copy(&mut log, &mut io::sink()));
            return Ok(format!("http://{}", told["address"].as_str().unwrap_or_default()));
        }
        latest = std::mem::take(&mut line);
    }
    Err(HostError::NotReady(latest.trim().to_owned()))
}

fn ready(child: &mut Child) -> Result<Ready, HostError> {
    let mut line = String::new();
    let stdout = child.stdout.take().expect("its output is a pipe");
    let read = BufReader::new(stdout).read_line(&mut line);
    read.map_err(|error| HostError::NotReady(error.to_string()))?;
    serde_json::from_str(&line).map_err(|error| HostError::NotReady(format!("{error} in `{}`", line.trim())))
}
