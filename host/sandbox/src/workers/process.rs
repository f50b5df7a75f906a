//! One compiling process and the conversation with it.

use std::io;
use std::process::{ExitStatus, Stdio};

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command};

use crate::settings::WorkerSettings;
use crate::worker::frame;
use crate::worker::message::{Outcome, Request};

/// Threads of one compiling process: a small component gains nothing from more, and each takes address space.
const THREADS: &str = "2";
/// Bytes of what a process says on its standard error that are kept.
const STDERR_BYTES_MAX: u64 = 4 << 10;

/// How a conversation went.
pub(super) enum Conversation {
    /// To its end.
    Done(Outcome, Vec<u8>),
    /// The program is no compiling process of this build.
    NoWorker(String),
    /// It broke off after the greeting.
    Broken {
        /// Where.
        error: io::Error,
        /// How the process ended.
        status: io::Result<ExitStatus>,
        /// The beginning of what it said about it.
        stderr: String,
    },
}

/// A running process. Killed when dropped.
pub(super) struct Process {
    child: Child,
    stdin: ChildStdin,
    stdout: ChildStdout,
    stderr: ChildStderr,
}

impl Process {
    /// Starts it with nothing but its arguments: no environment, no files, a folder that isn't anybody's.
    pub(super) fn start(settings: &WorkerSettings) -> io::Result<Self> {
        let mut child = Command::new(&settings.program)
            .args(&settings.args)
            .env_clear()
            .env("RAYON_NUM_THREADS", THREADS)
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let stdin = child.stdin.take().expect("it is piped");
        let stdout = child.stdout.take().expect("it is piped");
        let stderr = child.stderr.take().expect("it is piped");
        Ok(Self { child, stdin, stdout, stderr })
    }

    /// Speaks with it until it ends.
    pub(super) async fn converse(mut self, request: &Request, component: &[u8]) -> Conversation {
        if let Err(reason) = greet(&mut self.stdout).await {
            return Conversation::NoWorker(reason);
        }
        let (written, read, stderr) =
            tokio::join!(ask(self.stdin, request, component), listen(&mut self.stdout), overhear(self.stderr));
        let status = self.child.wait().await;
        match (read, written) {
            (Ok((outcome, code)), Ok(())) => Conversation::Done(outcome, code),
            (Err(error), _) | (_, Err(error)) => Conversation::Broken { error, status, stderr },
        }
    }
}

async fn greet(stdout: &mut ChildStdout) -> Result<(), String> {
    let greeting = read(stdout, frame::GREETING_BYTES_MAX)
        .await
        .map_err(|error| format!("the configured program is no compiling process: {error}"))?;
    let ours = crate::engine_version();
    if greeting == ours.as_bytes() {
        return Ok(());
    }
    let theirs = String::from_utf8_lossy(&greeting);
    Err(format!("the compiling process has another engine ({theirs}) than this one ({ours}); restart this one"))
}

async fn ask(mut stdin: ChildStdin, request: &Request, component: &[u8]) -> io::Result<()> {
    write(&mut stdin, &serde_json::to_vec(request)?).await?;
    write(&mut stdin, component).await
}

async fn listen(stdout: &mut ChildStdout) -> io::Result<(Outcome, Vec<u8>)> {
    let outcome = serde_json::from_slice(&read(stdout, frame::REPLY_BYTES_MAX).await?)?;
    let code = read(stdout, frame::CODE_BYTES_MAX).await?;
    Ok((outcome, code))
}

/// Reads the beginning, and lets go of the rest, so that a talkative process isn't held up.
async fn overhear(stderr: ChildStderr) -> String {
    let mut text = Vec::new();
    // What can't be read is missing in a log line, no more.
    let _ = stderr.take(STDERR_BYTES_MAX).read_to_end(&mut text).await;
    String::from_utf8_lossy(&text).into_owned()
}

async fn write(stdin: &mut ChildStdin, message: &[u8]) -> io::Result<()> {
    stdin.write_all(&frame::length(message)?).await?;
    stdin.write_all(message).await?;
    stdin.flush().await
}

async fn read(input: &mut (impl AsyncRead + Unpin), bytes_max: usize) -> io::Result<Vec<u8>> {
    let mut length = [0; frame::LENGTH_BYTES];
    input.read_exact(&mut length).await?;
    let length = frame::checked_length(length, bytes_max)?;
    let mut message = Vec::new();
    input.take(length as u64).read_to_end(&mut message).await?;
    if message.len() == length { Ok(message) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
}
