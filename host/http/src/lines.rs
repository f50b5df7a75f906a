//! Bodies of ids, one a line, read as they come.

use std::pin::Pin;
use std::time::Duration;

use async_trait::async_trait;
use axum::body::BodyDataStream;
use axum::extract::{FromRequest, Request};
use futures_util::StreamExt;
use tombola_app::Error;
use tombola_app::lists::Members;
use tombola_domain::id::{ID_BYTES_MAX, IdError, PlayerId};

use crate::body::media_type;
use crate::problem::{Code, Problem};
use crate::router::Shared;

/// How long the next piece of a body may take. Whoever sends nothing that long has gone.
const SILENCE_MAX: Duration = Duration::from_secs(30);

/// A body of lines.
pub(crate) struct LinesBody(pub(crate) Lines);

/// The ids of a body, in pieces as they come.
pub(crate) struct Lines {
    body: Pin<Box<BodyDataStream>>,
    /// `None` after the end.
    splitter: Option<Splitter>,
}

impl FromRequest<Shared> for LinesBody {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &Shared) -> Result<Self, Problem> {
        media_type(&request, &["text/plain"])?;
        let body = Box::pin(request.into_body().into_data_stream());
        Ok(Self(Lines { body, splitter: Some(Splitter::default()) }))
    }
}

#[async_trait]
impl Members for Lines {
    type Error = Problem;

    async fn next(&mut self) -> Result<Option<Vec<PlayerId>>, Problem> {
        let Some(splitter) = &mut self.splitter else { return Ok(None) };
        let piece = tokio::time::timeout(SILENCE_MAX, self.body.next()).await;
        match piece.map_err(|_| Problem::from(Error::TimedOut))? {
            Some(Ok(piece)) => splitter.split(&piece).map(Some),
            Some(Err(_)) => Err(Problem::new(Code::BodyMalformed, "the body broke off")),
            None => {
                let last = splitter.finish()?;
                self.splitter = None;
                Ok(Some(last.into_iter().collect()))
            }
        }
    }
}

/// Cuts lines out of pieces that end anywhere. A line ends with a line feed, before which a carriage return is let pass; the
/// last one need not.
#[derive(Debug, Default)]
struct Splitter {
    /// Of a line whose end has not come.
    begun: Vec<u8>,
    /// Lines that have come whole.
    lines: u64,
}

impl Splitter {
    fn split(&mut self, piece: &[u8]) -> Result<Vec<PlayerId>, Problem> {
        let mut players = Vec::new();
        let mut lines = piece.split(|byte| *byte == b'\n');
        let rest = lines.next_back().expect("there is always one");
        for line in lines {
            self.begun.extend_from_slice(line);
            players.push(self.take()?);
        }
        self.begun.extend_from_slice(rest);
        // An id and a carriage return: what is longer will be no id, and is not kept until its end comes.
        if self.begun.len() > ID_BYTES_MAX + 1 {
            return Err(self.take().expect_err("it is too long"));
        }
        Ok(players)
    }

    fn finish(&mut self) -> Result<Option<PlayerId>, Problem> {
        if self.begun.is_empty() { Ok(None) } else { self.take().map(Some) }
    }

    /// The line that has come whole.
    fn take(&mut self) -> Result<PlayerId, Problem> {
        self.lines += 1;
        let line = std::mem::take(&mut self.begun);
        let line = line.strip_suffix(b"\r").unwrap_or(&line);
        // What stood there is not repeated: it may be a player all the same.
        let player = std::str::from_utf8(line).map_err(|_| IdError::Id("player's id")).and_then(str::parse);
        player.map_err(|error| Problem::new(Code::BodyInvalid, format!("line {}: {error}", self.lines)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Splits a text that comes in pieces of this length.
    fn split(text: &[u8], length: usize) -> Result<Vec<String>, String> {
        let mut splitter = Splitter::default();
        let mut players = Vec::new();
        let detail = |problem: Problem| serde_json::to_value(problem).unwrap()["detail"].as_str().unwrap().to_owned();
        for piece in text.chunks(length) {
            players.extend(splitter.split(piece).map_err(detail)?);
        }
        players.extend(splitter.finish().map_err(detail)?);
        Ok(players.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn lines_come_out_whole_wherever_they_are_cut() {
        let long = "x".repeat(ID_BYTES_MAX);
        let text = format!("alice\nbob b\r\n{long}\r\nlast");
        for length in 1..=text.len() {
            assert_eq!(split(text.as_bytes(), length).unwrap(), ["alice", "bob b", &long, "last"], "{length}");
            assert_eq!(split(format!("{text}\n").as_bytes(), length).unwrap().len(), 4, "{length}");
        }
        assert_eq!(split(b"", 1).unwrap(), [""; 0]);
    }

    #[test]
    fn a_line_that_is_no_id_is_named_by_its_number() {
        let long = [&b"a\n"[..], &[b'x'; 500], b"\n"].concat();
        let texts: [(&[u8], u64); 7] = [
            (b"a\n\nb", 2),
            (b"\n", 1),
            (b"a\nb\n\xff\n", 3),
            (b"\xef\xbb\xbfa\n", 1),
            (b"a\tb", 1),
            (b"a\r\r\n", 1),
            (&long, 2),
        ];
        for (text, line) in texts {
            for length in [1, 3, 1_000] {
                let refused = split(text, length).unwrap_err();
                assert_eq!(refused, format!("line {line}: a player's id is 1 to 128 printable ASCII characters"));
            }
        }
    }
}
