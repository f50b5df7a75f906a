//! Starting the program, and talking to it.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Output, Stdio};

use reqwest::blocking::Client;
use serde_json::Value;

/// The program with these arguments, and nothing of what this test's own environment says.
pub(crate) fn tombola(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tombola"));
    for name in ["CONFIG", "DATA", "DATABASE", "HOST_KEY_FILE", "LISTEN", "LOG", "LOG_FORMAT", "REDIS", "TOKEN", "URL"]
    {
        command.env_remove(format!("TOMBOLA_{name}"));
    }
    command.args(arguments);
    command
}

/// What became of a command that ends by itself: its exit code and standard output.
#[track_caller]
pub(crate) fn run(arguments: &[&str]) -> (i32, String) {
    let Output { status, stdout, .. } = tombola(arguments).output().unwrap();
    (status.code().expect("it ended by itself"), String::from_utf8(stdout).unwrap())
}

/// A host in a process of its own. Killed when dropped.
pub(crate) struct Host {
    child: Child,
    stdout: BufReader<ChildStdout>,
    pub(crate) url: String,
    pub(crate) client_token: String,
    pub(crate) operator_token: String,
}

impl Host {
    /// The demo on a folder, once it says that it is ready.
    pub(crate) fn demo(data: &Path) -> Self {
        let mut command =
            tombola(&["demo", "--port", "0", "--json", "--log", "warn", "--data", data.to_str().unwrap()]);
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        stdout.read_line(&mut line).unwrap();
        let ready: Value = serde_json::from_str(&line).unwrap();
        let text = |name: &str| ready[name].as_str().unwrap().to_owned();
        let (url, client_token, operator_token) = (text("url"), text("client_token"), text("operator_token"));
        Self { child, stdout, url, client_token, operator_token }
    }

    /// Draws in the sample campaign; the status and the answer.
    pub(crate) fn draw(&self, player: &str, key: &str) -> (u16, Value) {
        let request = Client::new().post(format!("{}/v1/campaigns/spring/draws", self.url));
        let request = request.bearer_auth(&self.client_token).header("Idempotency-Key", key);
        let response = request.json(&serde_json::json!({"player": player})).send().unwrap();
        (response.status().as_u16(), response.json().unwrap())
    }

    /// The status and the answer at an address, with a token.
    pub(crate) fn get(&self, path: &str, token: &str) -> (u16, Value) {
        get(&format!("{}{path}", self.url), token)
    }

    /// Asks it to end, and answers its exit code and what else it wrote to standard output.
    pub(crate) fn end(mut self) -> (i32, String) {
        terminate(&self.child);
        let mut rest = String::new();
        self.stdout.read_to_string(&mut rest).unwrap();
        (self.child.wait().unwrap().code().expect("it ended by itself"), rest)
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        // It may have ended already, which is what is wanted.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub(crate) fn get(url: &str, token: &str) -> (u16, Value) {
    let response = Client::new().get(url).bearer_auth(token).send().unwrap();
    (response.status().as_u16(), response.json().unwrap())
}

/// Sends `SIGTERM`.
pub(crate) fn terminate(child: &Child) {
    let sent = Command::new("sh").args(["-c", &format!("kill -TERM {}", child.id())]).status().unwrap();
    assert!(sent.success());
}
