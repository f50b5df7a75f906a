//! The clock of an engine: a thread that counts epochs, by which evaluations see that their deadline has passed.

use std::io;
use std::thread;
use std::time::Duration;

use wasmtime::Engine;

/// Milliseconds of one epoch.
const TICK_MS: u64 = 10;

/// Starts the clock. It holds the engine weakly and ends within a tick of it.
pub(super) fn start(engine: &Engine) -> io::Result<()> {
    let engine = engine.weak();
    let tick = move || {
        while let Some(engine) = engine.upgrade() {
            engine.increment_epoch();
            drop(engine);
            thread::sleep(Duration::from_millis(TICK_MS));
        }
    };
    thread::Builder::new().name("sandbox-clock".to_owned()).spawn(tick)?;
    Ok(())
}

/// Epochs that last at least `ms`: one more than fit, since the present one has partly passed.
pub(super) fn ticks(ms: u64) -> u64 {
    ms.div_ceil(TICK_MS) + 1
}
