//! The second reading: receipts, checked on all cores.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Mutex, PoisonError};
use std::thread;

use serde_json::value::RawValue;
use tombola_audit::Verifier;
use tombola_audit::wire::Record;

use super::tally::Tally;
use crate::exit::UsageError;
use crate::progress;

/// Records that go to a thread together: enough that handing them over costs nothing.
const CHUNK: usize = 64;
/// Chunks that wait for a thread.
const WAITING_MAX: usize = 64;

type Chunk = Vec<(usize, Box<RawValue>)>;

pub(super) fn check(verifier: &Verifier, path: &Path, tally: &mut Tally) -> Result<(), UsageError> {
    let file = File::open(path).map_err(|error| unusable(path, error))?;
    let progress = progress::bytes(file.metadata().map_or(0, |metadata| metadata.len()));
    let (chunks, waiting) = sync_channel(WAITING_MAX);
    let waiting = Mutex::new(waiting);
    let threads = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        let checkers: Vec<_> = (0..threads).map(|_| scope.spawn(|| work(verifier, path, &waiting))).collect();
        let read = read(path, progress.wrap_read(file), &chunks);
        // Without a sender the threads end once they have done what waits.
        drop(chunks);
        for checker in checkers {
            tally.add(checker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        }
        progress.finish_and_clear();
        read
    })
}

/// Cuts the file into records.
fn read(path: &Path, file: impl Read, chunks: &SyncSender<Chunk>) -> Result<(), UsageError> {
    let records = serde_json::Deserializer::from_reader(BufReader::new(file)).into_iter::<Box<RawValue>>();
    let mut chunk = Chunk::with_capacity(CHUNK);
    for (number, record) in records.enumerate() {
        chunk.push((number + 1, record.map_err(|error| unusable(path, error))?));
        if chunk.len() == CHUNK {
            // Nobody takes it where the threads have panicked, which is told when they are joined.
            let _ = chunks.send(std::mem::replace(&mut chunk, Chunk::with_capacity(CHUNK)));
        }
    }
    let _ = chunks.send(chunk);
    Ok(())
}

fn work(verifier: &Verifier, path: &Path, waiting: &Mutex<Receiver<Chunk>>) -> Tally {
    let mut tally = Tally::default();
    loop {
        let chunk = waiting.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(chunk) = chunk else { return tally };
        for (number, text) in chunk {
            match serde_json::from_str::<Record>(text.get()) {
                Ok(record) if record.receipt.is_none() && record.draw.is_none() => {}
                Ok(record) => tally.checked(path, number, &record, &verifier.check(&record)),
                Err(error) => tally.malformed(path, number, &error),
            }
        }
    }
}

pub(super) fn unusable(path: &Path, error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> UsageError {
    UsageError::of(format!("{} can't be read as records", path.display()), error)
}
