//! Length-prefixed messages: four bytes, big-endian, then as many bytes as they say.

use std::io::{self, Read, Write};

use serde::Serialize;
use serde::de::DeserializeOwned;

/// Bytes of a request, whose largest part is a config as a JSON string inside JSON.
pub(crate) const REQUEST_BYTES_MAX: usize = 8 << 20;
/// Bytes of a reply without its code: what a guest may say of itself, as JSON.
pub(crate) const REPLY_BYTES_MAX: usize = 8 << 20;
/// Bytes of native code: some ten times what the largest component comes to.
pub(crate) const CODE_BYTES_MAX: usize = 64 << 20;
/// Bytes of the greeting.
pub(crate) const GREETING_BYTES_MAX: usize = 256;
/// Bytes before each message.
pub(crate) const LENGTH_BYTES: usize = 4;

/// Writes one message.
pub(crate) fn write(output: &mut impl Write, message: &[u8]) -> io::Result<()> {
    output.write_all(&length(message)?)?;
    output.write_all(message)
}

/// Reads one message of at most `bytes_max`.
pub(crate) fn read(input: &mut impl Read, bytes_max: usize) -> io::Result<Vec<u8>> {
    let mut length = [0; LENGTH_BYTES];
    input.read_exact(&mut length)?;
    let length = checked_length(length, bytes_max)?;
    let mut message = Vec::new();
    input.take(length as u64).read_to_end(&mut message)?;
    if message.len() == length { Ok(message) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
}

/// Writes one message as JSON.
pub(crate) fn write_json(output: &mut impl Write, message: &impl Serialize) -> io::Result<()> {
    write(output, &serde_json::to_vec(message)?)
}

/// Reads one message as JSON.
pub(crate) fn read_json<T: DeserializeOwned>(input: &mut impl Read, bytes_max: usize) -> io::Result<T> {
    Ok(serde_json::from_slice(&read(input, bytes_max)?)?)
}

/// What goes before `message`.
pub(crate) fn length(message: &[u8]) -> io::Result<[u8; LENGTH_BYTES]> {
    u32::try_from(message.len()).map(u32::to_be_bytes).map_err(|_| too_long(message.len()))
}

/// The length that went before a message of at most `bytes_max`.
pub(crate) fn checked_length(length: [u8; LENGTH_BYTES], bytes_max: usize) -> io::Result<usize> {
    let length = u32::from_be_bytes(length) as usize;
    if length <= bytes_max { Ok(length) } else { Err(too_long(length)) }
}

fn too_long(length: usize) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("a message of {length} bytes is longer than it may be"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_follow_one_another() {
        let mut pipe = Vec::new();
        write(&mut pipe, b"one").unwrap();
        write(&mut pipe, b"").unwrap();
        write_json(&mut pipe, &[1, 2]).unwrap();
        let mut input = pipe.as_slice();
        assert_eq!(read(&mut input, 3).unwrap(), b"one");
        assert_eq!(read(&mut input, 0).unwrap(), b"");
        assert_eq!(read_json::<Vec<u8>>(&mut input, 9).unwrap(), [1, 2]);
        assert_eq!(read(&mut input, 9).unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
    }

    #[test]
    fn a_long_or_broken_message_is_none() {
        let mut pipe = Vec::new();
        write(&mut pipe, b"four").unwrap();
        assert_eq!(read(&mut pipe.as_slice(), 3).unwrap_err().kind(), io::ErrorKind::InvalidData);
        assert_eq!(read(&mut &pipe[..6], 4).unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
    }
}
