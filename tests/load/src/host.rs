use std::io::{self, BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde::Deserialize;
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
        let address = ready.url.strip_prefix("http://").and_then(|address| address.parse::<SocketAddr>().ok());
        let address = address.ok_or_else(|| HostError::NotReady(ready.url.clone()))?;
        Ok(Self { process, folder, target: Target::new(address)?, ready })
    }
}

fn ready(child: &mut Child) -> Result<Ready, HostError> {
    let mut line = String::new();
    let stdout = child.stdout.take().expect("its output is a pipe");
    let read = BufReader::new(stdout).read_line(&mut line);
    read.map_err(|error| HostError::NotReady(error.to_string()))?;
    serde_json::from_str(&line).map_err(|error| HostError::NotReady(format!("{error} in `{}`", line.trim())))
}
