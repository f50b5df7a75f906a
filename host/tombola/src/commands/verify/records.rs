//! Files of records, cut into records.

use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use serde::de::IgnoredAny;

use crate::exit::UsageError;

/// Bytes of a record: a bundle of a long document and some dozens of modules. Larger ones are for `tombola export`, which writes each
/// module once, in a record of its own.
pub(super) const RECORD_BYTES_MAX: usize = 64 << 20;
/// Bytes of a file that are read together.
const BUFFER_BYTES: usize = 256 << 10;
/// How deep a record is nested at most; none has a quarter of that. It bounds how often the same bytes are gone through.
const DEPTH_MAX: usize = 64;

/// A file, cut: none of its records is parsed yet, and only one is held at a time. What is no record is passed over up to a line that
/// begins with an object, as every line of an export does, so that it harms no other record. A line break within a text ends a record in
/// any case, since JSON has none there.
pub(super) struct Records<R> {
    file: R,
    /// What was read of the file and is not cut yet, behind `cut` bytes that are.
    held: Vec<u8>,
    cut: usize,
    /// Where in the file stands what is not cut yet.
    position: u64,
    bytes_max: usize,
}

/// A piece of a file.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Piece {
    Record(Vec<u8>),
    Damaged(Damage),
}

/// Bytes that are no record.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Damage {
    /// The first byte, from 0.
    from: u64,
    /// Behind the last one.
    to: u64,
    reason: Reason,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reason {
    NoObject,
    BrokenText,
    TooDeep,
    TooLong(usize),
    Torn,
    NoJson,
}

/// How far the scan of a record is.
#[derive(Default)]
struct Scan {
    /// Bytes that were gone through.
    bytes: usize,
    depth: usize,
    in_text: bool,
    is_escaped: bool,
    is_line_start: bool,
    /// Where a line begins with an object first: if this turns out to be no record, that may be the next one.
    next: Option<usize>,
}

pub(super) fn open(path: &Path) -> Result<File, UsageError> {
    let file = File::open(path).map_err(|error| unusable(path, error))?;
    match file.metadata() {
        // It is read several times over.
        Ok(metadata) if !metadata.is_file() => {
            Err(unusable(path, "it is no file that can be read again; save it first"))
        }
        Ok(_) => Ok(file),
        Err(error) => Err(unusable(path, error)),
    }
}

pub(super) fn unusable(path: &Path, error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> UsageError {
    UsageError::of(format!("{} can't be read as records", path.display()), error)
}

impl<R: Read> Records<R> {
    pub(super) fn new(file: R) -> Self {
        Self { file, held: Vec::with_capacity(2 * BUFFER_BYTES), cut: 0, position: 0, bytes_max: RECORD_BYTES_MAX }
    }

    fn read(&mut self) -> io::Result<Option<Piece>> {
        let Some(first) = self.skip_blank()? else { return Ok(None) };
        let (from, mut scan) = (self.position, Scan::default());
        let stopped = if first == b'{' { self.scan(&mut scan)? } else { Err(Reason::NoObject) };
        let reason = match stopped {
            // Two records of which each has lost a brace look like one.
            Ok(()) if scan.next.is_some() && !is_json(&self.rest()[..scan.bytes]) => Reason::NoJson,
            Ok(()) => {
                let record = self.rest()[..scan.bytes].to_vec();
                self.pass(scan.bytes);
                return Ok(Some(Piece::Record(record)));
            }
            Err(reason) => reason,
        };
        match scan.next {
            Some(next) => self.pass(next),
            None => self.pass_line(scan.bytes)?,
        }
        Ok(Some(Piece::Damaged(Damage { from, to: self.position, reason })))
    }

    /// Goes through what is not cut yet, up to the end of its first record.
    fn scan(&mut self, scan: &mut Scan) -> io::Result<Result<(), Reason>> {
        loop {
            if scan.bytes == self.rest().len() && !self.fill()? {
                return Ok(Err(Reason::Torn));
            }
            if let Some(stopped) = scan.through(&self.held[self.cut + scan.bytes..]) {
                return Ok(if scan.bytes > self.bytes_max { Err(Reason::TooLong(self.bytes_max)) } else { stopped });
            }
            if scan.bytes > self.bytes_max {
                return Ok(Err(Reason::TooLong(self.bytes_max)));
            }
        }
    }

    /// Answers what is next, if there is anything.
    fn skip_blank(&mut self) -> io::Result<Option<u8>> {
        loop {
            let blank = self.rest().iter().take_while(|byte| byte.is_ascii_whitespace()).count();
            self.pass(blank);
            if let Some(next) = self.rest().first() {
                return Ok(Some(*next));
            }
            if !self.fill()? {
                return Ok(None);
            }
        }
    }

    /// Passes so many bytes, and then all up to the next line that begins with an object.
    fn pass_line(&mut self, bytes: usize) -> io::Result<()> {
        self.pass(bytes);
        loop {
            if let Some(end) = self.rest().windows(2).position(|two| two == b"\n{") {
                self.pass(end + 1);
                return Ok(());
            }
            // The last byte may be the line's end.
            self.pass(self.rest().len().saturating_sub(1));
            if !self.fill()? {
                self.pass(self.rest().len());
                return Ok(());
            }
        }
    }

    fn rest(&self) -> &[u8] {
        &self.held[self.cut..]
    }

    fn pass(&mut self, bytes: usize) {
        self.cut += bytes;
        self.position += bytes as u64;
    }

    /// Answers whether there is more in the file.
    fn fill(&mut self) -> io::Result<bool> {
        self.held.drain(..self.cut);
        self.cut = 0;
        let length = self.held.len();
        self.held.resize(length + BUFFER_BYTES, 0);
        let read = loop {
            match self.file.read(&mut self.held[length..]) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                read => break read,
            }
        };
        self.held.truncate(length + *read.as_ref().unwrap_or(&0));
        Ok(read? > 0)
    }
}

impl<R: Read> Iterator for Records<R> {
    type Item = io::Result<Piece>;

    fn next(&mut self) -> Option<Self::Item> {
        self.read().transpose()
    }
}

impl Scan {
    /// Goes on through these bytes to where the record ends, or can't be one any more. Whether it is JSON, whoever parses it finds out.
    fn through(&mut self, bytes: &[u8]) -> Option<Result<(), Reason>> {
        for byte in bytes {
            let begins_line = std::mem::replace(&mut self.is_line_start, *byte == b'\n');
            if begins_line && *byte == b'{' && self.next.is_none() {
                self.next = Some(self.bytes);
            }
            if self.in_text && *byte == b'\n' {
                return Some(Err(Reason::BrokenText));
            }
            self.bytes += 1;
            match byte {
                _ if self.is_escaped => self.is_escaped = false,
                b'\\' if self.in_text => self.is_escaped = true,
                b'"' => self.in_text = !self.in_text,
                b'{' if !self.in_text => {
                    self.depth += 1;
                    if self.depth > DEPTH_MAX {
                        return Some(Err(Reason::TooDeep));
                    }
                }
                b'}' if !self.in_text => {
                    self.depth -= 1;
                    if self.depth == 0 {
                        return Some(Ok(()));
                    }
                }
                _ => {}
            }
        }
        None
    }
}

fn is_json(record: &[u8]) -> bool {
    serde_json::from_slice::<IgnoredAny>(record).is_ok()
}

impl fmt::Display for Damage {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { from, to, reason } = self;
        write!(out, "bytes {from} to {to} of the file are no record: ")?;
        match reason {
            Reason::NoObject => write!(out, "something else than an object stands where one should begin"),
            Reason::BrokenText => write!(out, "a line ends within a text"),
            Reason::TooDeep => write!(out, "they are nested more than {DEPTH_MAX} deep"),
            Reason::TooLong(most) => {
                write!(
                    out,
                    "it would have more than {most} bytes; export the receipts, so that each module has a record of its own"
                )
            }
            Reason::Torn => write!(out, "the file ends within it"),
            Reason::NoJson => write!(out, "they are no JSON"),
        }
    }
}

#[cfg(test)]
mod tests;
