//! How receipts of all kinds are written: the fields one behind the other, each of a fixed length or with its length before it,
//! all numbers big-endian. There is one encoding of a thing, and reading takes no other.

use std::str::FromStr;

use crate::digest::Digest;
use crate::time::Timestamp;

/// Bytes that are no receipt of a known format.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a receipt: {reason} at byte {offset}")]
pub struct DecodeError {
    /// What is wrong.
    pub reason: &'static str,
    /// Where.
    pub offset: usize,
}

/// Writes fields one behind the other.
pub(crate) struct Writer(Vec<u8>);

impl Writer {
    /// The beginning of a document of this kind, in this format.
    pub(crate) fn begin(magic: &str, format: u64) -> Self {
        let mut out = Self(Vec::with_capacity(512));
        out.text(magic);
        out.number(format);
        out
    }

    pub(crate) fn finish(self) -> Vec<u8> {
        self.0
    }

    pub(crate) fn number(&mut self, number: u64) {
        self.0.extend_from_slice(&number.to_be_bytes());
    }

    pub(crate) fn signed(&mut self, number: i64) {
        self.0.extend_from_slice(&number.to_be_bytes());
    }

    pub(crate) fn bytes(&mut self, bytes: &[u8]) {
        self.number(bytes.len() as u64);
        self.0.extend_from_slice(bytes);
    }

    pub(crate) fn text(&mut self, text: &str) {
        self.bytes(text.as_bytes());
    }

    pub(crate) fn digest(&mut self, digest: &Digest) {
        self.array(digest.as_bytes());
    }

    pub(crate) fn array(&mut self, bytes: &[u8; 32]) {
        self.0.extend_from_slice(bytes);
    }

    pub(crate) fn list<T>(&mut self, items: &[T], item: impl Fn(&mut Self, &T)) {
        self.number(items.len() as u64);
        for one in items {
            item(self, one);
        }
    }
}

/// Reads them again, and nothing else.
pub(crate) struct Reader<'a> {
    bytes: &'a [u8],
    offset: usize,
}

impl<'a> Reader<'a> {
    /// Opens a document of this kind; the format's number comes next.
    pub(crate) fn open(bytes: &'a [u8], magic: &str) -> Result<Self, DecodeError> {
        let mut input = Reader { bytes, offset: 0 };
        if input.bytes()? == magic.as_bytes() { Ok(input) } else { Err(input.error("another kind of document")) }
    }

    /// Everything has been read.
    pub(crate) fn finish(self) -> Result<(), DecodeError> {
        if self.offset < self.bytes.len() { Err(self.error("more bytes than a receipt has")) } else { Ok(()) }
    }

    pub(crate) fn error(&self, reason: &'static str) -> DecodeError {
        DecodeError { reason, offset: self.offset }
    }

    pub(crate) fn take(&mut self, length: usize) -> Result<&'a [u8], DecodeError> {
        let rest = &self.bytes[self.offset..];
        let taken = rest.get(..length).ok_or_else(|| self.error("the bytes end too early"))?;
        self.offset += length;
        Ok(taken)
    }

    pub(crate) fn array<const N: usize>(&mut self) -> Result<[u8; N], DecodeError> {
        Ok(self.take(N)?.try_into().expect("as many bytes as were asked for"))
    }

    pub(crate) fn number(&mut self) -> Result<u64, DecodeError> {
        self.array().map(u64::from_be_bytes)
    }

    pub(crate) fn signed(&mut self) -> Result<i64, DecodeError> {
        self.array().map(i64::from_be_bytes)
    }

    pub(crate) fn bytes(&mut self) -> Result<&'a [u8], DecodeError> {
        let length = self.number()?;
        let length = usize::try_from(length).map_err(|_| self.error("a length beyond the end"))?;
        self.take(length)
    }

    pub(crate) fn text(&mut self) -> Result<String, DecodeError> {
        let bytes = self.bytes()?;
        String::from_utf8(bytes.to_vec()).map_err(|_| self.error("text that is not UTF-8"))
    }

    pub(crate) fn parsed<T: FromStr>(&mut self) -> Result<T, DecodeError> {
        self.text()?.parse().map_err(|_| self.error("a malformed id"))
    }

    pub(crate) fn digest(&mut self) -> Result<Digest, DecodeError> {
        self.array().map(Digest::from_bytes)
    }

    pub(crate) fn list<T>(
        &mut self,
        item: impl Fn(&mut Self) -> Result<T, DecodeError>,
    ) -> Result<Vec<T>, DecodeError> {
        // Not reserved in advance: the count is not to be trusted before that many items were read.
        let count = self.number()?;
        (0..count).map(|_| item(self)).collect()
    }

    pub(crate) fn timestamp(&mut self) -> Result<Timestamp, DecodeError> {
        let millis = self.signed()?;
        let moment = Timestamp::from_millis(millis);
        if moment.as_millis() == millis { Ok(moment) } else { Err(self.error("a moment out of range")) }
    }
}
