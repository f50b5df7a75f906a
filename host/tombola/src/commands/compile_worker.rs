use std::io;

use crate::exit::Ended;

/// The sandbox's compiling process. It has no runtime, no log and no other thread: it limits itself and then compiles.
pub(crate) fn run() -> anyhow::Result<Ended> {
    tombola_sandbox::worker::run(io::stdin().lock(), io::stdout().lock())?;
    Ok(Ended::Done)
}
