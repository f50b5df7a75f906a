use std::io;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::Target;

/// Headers of one answer. A host sends fewer than ten.
const HEADERS_MAX: usize = 32;
/// Bytes of one answer, headers included: more than any that a load asks for.
const ANSWER_BYTES_MAX: usize = 4 << 20;

/// One connection, kept alive from request to request.
#[derive(Debug)]
pub struct Connection {
    stream: TcpStream,
    input: Vec<u8>,
}

/// An answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Response<'a> {
    /// Its status.
    pub status: u16,
    /// Its body.
    pub body: &'a [u8],
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// The connection could not be made, or broke.
    #[error("the connection broke")]
    Io(#[from] io::Error),
    /// The other end closed it.
    #[error("the connection was closed before the answer was whole")]
    Closed,
    /// It is not HTTP/1.1, or longer than any that is expected.
    #[error("the answer can't be read: {0}")]
    Malformed(&'static str),
}

impl Connection {
    /// Connects.
    pub async fn open(target: Target) -> io::Result<Self> {
        let stream = TcpStream::connect(target.address()).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, input: Vec::with_capacity(4_096) })
    }

    /// Sends the bytes of one request and waits for the answer. After an error the connection is of no more use.
    pub async fn call(&mut self, request: &[u8]) -> Result<Response<'_>, CallError> {
        self.stream.write_all(request).await?;
        self.input.clear();
        let head = loop {
            if self.stream.read_buf(&mut self.input).await? == 0 {
                return Err(CallError::Closed);
            }
            if let Some(head) = head(&self.input)? {
                break head;
            }
        };
        let end = head.length + head.body_length;
        if end > ANSWER_BYTES_MAX {
            return Err(CallError::Malformed("it is too long"));
        }
        while self.input.len() < end {
            if self.stream.read_buf(&mut self.input).await? == 0 {
                return Err(CallError::Closed);
            }
        }
        Ok(Response { status: head.status, body: &self.input[head.length..end] })
    }
}

/// What the headers say.
struct Head {
    status: u16,
    /// Bytes of the headers.
    length: usize,
    body_length: usize,
}

/// `None` where the headers are not whole yet.
fn head(input: &[u8]) -> Result<Option<Head>, CallError> {
    let mut headers = [httparse::EMPTY_HEADER; HEADERS_MAX];
    let mut response = httparse::Response::new(&mut headers);
    let parsed = response.parse(input).map_err(|_| CallError::Malformed("it is not HTTP/1.1"))?;
    let httparse::Status::Complete(length) = parsed else {
        return if input.len() > ANSWER_BYTES_MAX {
            Err(CallError::Malformed("its headers are too long"))
        } else {
            Ok(None)
        };
    };
    let status = response.code.expect("a whole head has a status");
    let declared = response.headers.iter().find(|header| header.name.eq_ignore_ascii_case("content-length"));
    let declared = declared.ok_or(CallError::Malformed("it does not say how long its body is"))?;
    let body_length = std::str::from_utf8(declared.value).ok().and_then(|text| text.trim().parse().ok());
    let body_length = body_length.ok_or(CallError::Malformed("its length is no number"))?;
    Ok(Some(Head { status, length, body_length }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads_are_read() {
        let whole = b"HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\n{}";
        let found = head(whole).unwrap().unwrap();
        assert_eq!((found.status, found.length, found.body_length), (201, whole.len() - 2, 2));
        assert!(head(&whole[..30]).unwrap().is_none());
        for bad in ["HTTP/1.1 200 OK\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n", "SSH-2.0-x\r\n\r\n"] {
            assert!(matches!(head(bad.as_bytes()), Err(CallError::Malformed(_))), "{bad}");
        }
    }
}
