//! Bodies of lines, read as they come.

use std::marker::PhantomData;
use std::pin::Pin;
use std::time::Duration;

use async_trait::async_trait;
use axum::body::BodyDataStream;
use axum::extract::{FromRequest, Request};
use futures_util::StreamExt;
use tombola_app::Error;
use tombola_app::codes::NewCodes;
use tombola_app::lists::Members;
use tombola_app::model::NewCode;
use tombola_domain::id::{ID_BYTES_MAX, IdError, PlayerId};

use crate::body::media_type;
use crate::problem::{Code, Problem};
use crate::router::Shared;

/// How long the next piece of a body may take. Whoever sends nothing that long has gone.
const SILENCE_MAX: Duration = Duration::from_secs(30);
/// What spreadsheets put before the first line, to say that the text is UTF-8.
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// What a line of a body stands for.
pub(crate) trait Line: Sized + Send {
    /// The media type of such bodies.
    const MEDIA_TYPE: &'static str;
    /// The longest line, in bytes, its end not counted.
    const BYTES_MAX: usize;

    /// What this line says, or why it says nothing. What stands there is not repeated: it may be a player or a code all the same.
    fn read(line: &str) -> Result<Self, String>;
}

impl Line for PlayerId {
    const MEDIA_TYPE: &'static str = "text/plain";
    const BYTES_MAX: usize = ID_BYTES_MAX;

    fn read(line: &str) -> Result<Self, String> {
        line.parse().map_err(|error: IdError| error.to_string())
    }
}

/// A body of lines.
pub(crate) struct LinesBody<T>(pub(crate) Lines<T>);

/// The lines of a body, in pieces as they come.
pub(crate) struct Lines<T> {
    body: Pin<Box<BodyDataStream>>,
    /// `None` after the end.
    splitter: Option<Splitter>,
    _of: PhantomData<fn() -> T>,
}

impl<T: Line> FromRequest<Shared> for LinesBody<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &Shared) -> Result<Self, Problem> {
        media_type(&request, &[T::MEDIA_TYPE])?;
        let body = Box::pin(request.into_body().into_data_stream());
        Ok(Self(Lines { body, splitter: Some(Splitter::default()), _of: PhantomData }))
    }
}

impl<T: Line> Lines<T> {
    /// The lines of the next piece; `None` after the last.
    async fn piece(&mut self) -> Result<Option<Vec<T>>, Problem> {
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

    /// All lines, at most so many, or the error.
    pub(crate) async fn all(mut self, most: usize, too_many: Error) -> Result<Vec<T>, Problem> {
        let mut lines = Vec::new();
        while let Some(piece) = self.piece().await? {
            lines.extend(piece);
            if lines.len() > most {
                return Err(too_many.into());
            }
        }
        Ok(lines)
    }
}

#[async_trait]
impl Members for Lines<PlayerId> {
    type Error = Problem;

    async fn next(&mut self) -> Result<Option<Vec<PlayerId>>, Problem> {
        self.piece().await
    }
}

#[async_trait]
impl NewCodes for Lines<NewCode> {
    type Error = Problem;

    async fn next(&mut self) -> Result<Option<Vec<NewCode>>, Problem> {
        self.piece().await
    }
}

/// Cuts lines out of pieces that end anywhere. A line ends with a line feed, before which a carriage return is let pass; the
/// last one need not. A byte order mark before the first is let pass as well.
#[derive(Debug, Default)]
struct Splitter {
    /// Of a line whose end has not come.
    begun: Vec<u8>,
    /// Lines that have come whole.
    lines: u64,
}

impl Splitter {
    fn split<T: Line>(&mut self, piece: &[u8]) -> Result<Vec<T>, Problem> {
        let mut found = Vec::new();
        let mut lines = piece.split(|byte| *byte == b'\n');
        let rest = lines.next_back().expect("there is always one");
        for line in lines {
            self.begun.extend_from_slice(line);
            found.push(self.take()?);
        }
        self.begun.extend_from_slice(rest);
        // What is longer with all that is let pass says nothing, and is not kept until its end comes.
        let most = BYTE_ORDER_MARK.len() + T::BYTES_MAX + 1;
        if self.begun.len() > most {
            self.begun.truncate(most + 1);
            return Err(self.take::<T>().err().unwrap_or_else(|| self.wrong("it is too long")));
        }
        Ok(found)
    }

    fn finish<T: Line>(&mut self) -> Result<Option<T>, Problem> {
        if self.begun.is_empty() { Ok(None) } else { self.take().map(Some) }
    }

    /// The line that has come whole.
    fn take<T: Line>(&mut self) -> Result<T, Problem> {
        self.lines += 1;
        let line = std::mem::take(&mut self.begun);
        let line = line.strip_suffix(b"\r").unwrap_or(&line);
        let line = line.strip_prefix(BYTE_ORDER_MARK).filter(|_| self.lines == 1).unwrap_or(line);
        // What is no text is as little a line as an empty one.
        T::read(std::str::from_utf8(line).unwrap_or_default()).map_err(|reason| self.wrong(&reason))
    }

    fn wrong(&self, reason: &str) -> Problem {
        Problem::new(Code::BodyInvalid, format!("line {}: {reason}", self.lines))
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
            players.extend(splitter.split::<PlayerId>(piece).map_err(detail)?);
        }
        players.extend(splitter.finish::<PlayerId>().map_err(detail)?);
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
        let marked = format!("\u{feff}{long}\r\nalice");
        for length in 1..=marked.len() {
            assert_eq!(split(marked.as_bytes(), length).unwrap(), [&long, "alice"], "{length}");
        }
    }

    #[test]
    fn a_line_that_is_no_id_is_named_by_its_number() {
        let long = [&b"a\n"[..], &[b'x'; 500], b"\n"].concat();
        let texts: [(&[u8], u64); 8] = [
            (b"a\n\nb", 2),
            (b"\n", 1),
            (b"a\nb\n\xff\n", 3),
            (b"\xef\xbb\xbf\n", 1),
            (b"a\n\xef\xbb\xbfb\n", 2),
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
