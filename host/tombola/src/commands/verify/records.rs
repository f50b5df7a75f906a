//! Files of records, cut into records.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

use crate::exit::UsageError;

/// Bytes of a record: a bundle of a long document and some dozens of modules. Larger ones are for `tombola export`, which writes each
/// module once, in a record of its own.
pub(super) const RECORD_BYTES_MAX: usize = 64 << 20;
/// Bytes of a file that are read together.
const BUFFER_BYTES: usize = 256 << 10;

/// The records of a file, in order. None is parsed yet, and only one is held at a time.
pub(super) struct Records<R> {
    file: BufReader<R>,
    bytes_max: usize,
}

/// Why a file can't be cut into records.
#[derive(Debug, thiserror::Error)]
pub(super) enum CutError {
    #[error("something else than an object stands where a record should begin")]
    NoObject,
    #[error("the file ends within a record")]
    Torn,
    #[error("a record has more than {0} bytes; export the receipts, so that each module has a record of its own")]
    TooLong(usize),
    #[error(transparent)]
    Read(#[from] io::Error),
}

/// How far the scan of a record is.
#[derive(Default)]
struct Scan {
    depth: usize,
    in_text: bool,
    is_escaped: bool,
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
        Self { file: BufReader::with_capacity(BUFFER_BYTES, file), bytes_max: RECORD_BYTES_MAX }
    }

    fn read(&mut self) -> Result<Option<Vec<u8>>, CutError> {
        if !self.skip_blank()? {
            return Ok(None);
        }
        let (mut record, mut scan) = (Vec::new(), Scan::default());
        loop {
            let buffer = self.file.fill_buf()?;
            if buffer.is_empty() {
                return Err(CutError::Torn);
            }
            let end = scan.end(buffer);
            let taken = end.unwrap_or(buffer.len());
            if record.len() + taken > self.bytes_max {
                return Err(CutError::TooLong(self.bytes_max));
            }
            record.extend_from_slice(&buffer[..taken]);
            self.file.consume(taken);
            if end.is_some() {
                return Ok(Some(record));
            }
        }
    }

    /// Answers whether there is another record.
    fn skip_blank(&mut self) -> Result<bool, CutError> {
        loop {
            let buffer = self.file.fill_buf()?;
            if buffer.is_empty() {
                return Ok(false);
            }
            let blank = buffer.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
            let next = buffer.get(blank).copied();
            self.file.consume(blank);
            match next {
                Some(b'{') => return Ok(true),
                Some(_) => return Err(CutError::NoObject),
                None => {}
            }
        }
    }
}

impl<R: Read> Iterator for Records<R> {
    type Item = Result<Vec<u8>, CutError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.read().transpose()
    }
}

impl Scan {
    /// Where the record ends, if it does so within these bytes. Whether it is JSON, whoever parses it finds out.
    fn end(&mut self, bytes: &[u8]) -> Option<usize> {
        for (index, byte) in bytes.iter().enumerate() {
            match byte {
                _ if self.is_escaped => self.is_escaped = false,
                b'\\' if self.in_text => self.is_escaped = true,
                b'"' => self.in_text = !self.in_text,
                b'{' if !self.in_text => self.depth += 1,
                b'}' if !self.in_text => {
                    self.depth -= 1;
                    if self.depth == 0 {
                        return Some(index + 1);
                    }
                }
                _ => {}
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The records of a text, or why there are no more, however few bytes come at a time.
    #[track_caller]
    fn check(text: &str, expected: &[&str], error: Option<&str>) {
        for capacity in [1, 2, 7, 100] {
            let file = BufReader::with_capacity(capacity, text.as_bytes());
            let mut cut = Vec::new();
            let mut failed = None;
            for record in (Records { file, bytes_max: 24 }) {
                match record {
                    Ok(record) => cut.push(String::from_utf8(record).unwrap()),
                    Err(error) => {
                        failed = Some(error.to_string());
                        break;
                    }
                }
            }
            assert_eq!(cut, expected);
            assert_eq!(failed.as_deref().map(|failed| failed.split(';').next().unwrap()), error);
        }
    }

    #[test]
    fn records_are_cut_where_they_end() {
        check("", &[], None);
        check(" \n", &[], None);
        check("{}\n{\"a\": 1} {\"b\":\n{}}", &["{}", "{\"a\": 1}", "{\"b\":\n{}}"], None);
        check(r#"{"a}\"}": "\\"}{}"#, &[r#"{"a}\"}": "\\"}"#, "{}"], None);
    }

    #[test]
    fn what_is_no_record_ends_the_reading() {
        check("{} [1]", &["{}"], Some("something else than an object stands where a record should begin"));
        check("no", &[], Some("something else than an object stands where a record should begin"));
        check("{} {\"a", &["{}"], Some("the file ends within a record"));
        let long = format!("{{\"a\": \"{}\"}}", "a".repeat(15));
        check(&long, &[&long], None);
        check(&format!("{long}{{\"b\": \"{}\"}}", "a".repeat(16)), &[&long], Some("a record has more than 24 bytes"));
    }
}
