//! The last reading: receipts, checked on all cores.

use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Mutex, PoisonError};
use std::thread;

use tombola_audit::Verifier;
use tombola_audit::wire::Record;

use super::records::{Piece, Records, open, unusable};
use super::tally::Tally;
use crate::exit::UsageError;
use crate::progress;

/// Records that go to a thread together: enough that handing them over costs nothing.
const CHUNK: usize = 64;
/// Bytes from which a chunk has enough records. A record of as many bytes is checked by the thread that reads, so that what waits is
/// bounded in bytes too.
const CHUNK_BYTES: usize = 1 << 20;
/// Chunks that wait for a thread.
const WAITING_MAX: usize = 64;

type Chunk = Vec<(usize, Vec<u8>)>;

/// Checks one of the files.
pub(super) struct Check<'a> {
    pub(super) verifier: &'a Verifier,
    /// Its number among the files, from 0.
    pub(super) number: u16,
    pub(super) path: &'a Path,
}

impl Check<'_> {
    pub(super) fn run(&self, tally: &mut Tally) -> Result<(), UsageError> {
        let file = open(self.path)?;
        let progress = progress::bytes(file.metadata().map_or(0, |metadata| metadata.len()));
        let (chunks, waiting) = sync_channel(WAITING_MAX);
        let waiting = Mutex::new(waiting);
        let threads = thread::available_parallelism().map_or(1, usize::from);
        thread::scope(|scope| {
            let checkers: Vec<_> = (0..threads).map(|_| scope.spawn(|| self.work(&waiting))).collect();
            let read = self.read(Records::new(progress.wrap_read(file)), &chunks, tally);
            // Without a sender the threads end once they have done what waits.
            drop(chunks);
            for checker in checkers {
                tally.add(checker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
            }
            progress.finish_and_clear();
            read
        })
    }

    /// Hands the records over to the threads.
    fn read(
        &self,
        records: Records<impl std::io::Read>,
        chunks: &SyncSender<Chunk>,
        tally: &mut Tally,
    ) -> Result<(), UsageError> {
        let (mut chunk, mut bytes) = (Chunk::with_capacity(CHUNK), 0);
        for (number, record) in (1..).zip(records) {
            let record = match record.map_err(|error| unusable(self.path, error))? {
                Piece::Record(record) => record,
                Piece::Damaged(damage) => {
                    tally.no_record(self.path, number, &damage);
                    continue;
                }
            };
            if record.len() >= CHUNK_BYTES {
                self.record(number, &record, tally);
                continue;
            }
            bytes += record.len();
            chunk.push((number, record));
            if chunk.len() == CHUNK || bytes >= CHUNK_BYTES {
                bytes = 0;
                // Nobody takes it where the threads have panicked, which is told when they are joined.
                let _ = chunks.send(std::mem::replace(&mut chunk, Chunk::with_capacity(CHUNK)));
            }
        }
        let _ = chunks.send(chunk);
        Ok(())
    }

    fn work(&self, waiting: &Mutex<Receiver<Chunk>>) -> Tally {
        let mut tally = Tally::default();
        loop {
            let chunk = waiting.lock().unwrap_or_else(PoisonError::into_inner).recv();
            let Ok(chunk) = chunk else { return tally };
            for (number, record) in chunk {
                self.record(number, &record, &mut tally);
            }
        }
    }

    fn record(&self, number: usize, record: &[u8], tally: &mut Tally) {
        match serde_json::from_slice::<Record>(record) {
            Ok(record) if !record.is_to_be_checked() => tally.missing(&record),
            Ok(record) => tally.checked((self.number, self.path), number, &record, &self.verifier.check(&record)),
            Err(error) => tally.no_record(self.path, number, &error),
        }
    }
}
