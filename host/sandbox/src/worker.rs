//! The compiling process. It reads one job from standard input, does it under limits that it can't lift again, and writes
//! one reply to standard output. Parsing and compiling what strangers wrote are the two things here without a bound of their own in
//! time, memory or stack, so they never happen in the process that serves draws.
//!
//! The conversation, in length-prefixed frames: the process says which engine it has; the host sends a request and the component;
//! the process answers with a reply and native code (empty where there is none).

mod bake;
mod check;
pub(crate) mod frame;
mod jail;
pub(crate) mod message;
mod snapshot;
mod trial;

use std::io::{self, Read, Write};

use self::message::{Job, Outcome, Reply, Request};

/// What a panic in the compiler ends this process with.
pub(crate) const PANIC_EXIT_CODE: i32 = 101;

/// Why a compiling process gave no reply.
#[derive(Debug, thiserror::Error)]
pub enum WorkerError {
    /// The conversation broke off, or was none.
    #[error("the conversation with the host failed")]
    Conversation(#[from] io::Error),
    /// The process could not be limited, so it does nothing.
    #[error("the process could not be limited")]
    Jail(#[source] io::Error),
}

/// Does one job. The program named in [`crate::WorkerSettings`] calls this on its standard input and output, first thing.
pub fn run(mut input: impl Read, mut output: impl Write) -> Result<(), WorkerError> {
    frame::write(&mut output, crate::engine_version().as_bytes())?;
    output.flush()?;
    let request: Request = frame::read_json(&mut input, frame::REQUEST_BYTES_MAX)?;
    jail::enter(&request.limits).map_err(WorkerError::Jail)?;
    let component = frame::read(&mut input, request.class.upload_bytes_max)?;
    let Reply { outcome, code } = reply(&request, &component);
    frame::write_json(&mut output, &outcome)?;
    frame::write(&mut output, &code)?;
    output.flush()?;
    Ok(())
}

fn reply(request: &Request, component: &[u8]) -> Reply {
    match &request.job {
        Job::Check => Reply { outcome: Outcome::Checked(check::run(&request.class, component)), code: Vec::new() },
        Job::Bake(interface, config) => match bake::run(&request.class, *interface, config, component) {
            Ok((needs, code)) => Reply { outcome: Outcome::Baked(Ok(needs)), code },
            Err(error) => Reply { outcome: Outcome::Baked(Err(error)), code: Vec::new() },
        },
    }
}
