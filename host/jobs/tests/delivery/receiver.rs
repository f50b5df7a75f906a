//! A receiver of webhooks that behaves as it is told to.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

/// What it does with a message.
#[derive(Debug, Clone)]
pub(crate) enum Mood {
    /// Answers with this status.
    Answer(u16),
    /// Says nothing, and keeps the connection.
    Hang,
    /// Hangs up without an answer.
    Reset,
    /// Answers 200, after a while.
    Slow(Duration),
    /// Sends it elsewhere.
    Redirect(String),
    /// Answers 200 with a body that does not end.
    Endless,
    /// Answers 200, so slowly that nobody waits for the end of it.
    Dripping,
    /// Answers 500 to two of five, which is too few for a breaker.
    Failing,
}

/// A message that came.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    /// By name, in lower case.
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: String,
    /// Whether it was answered with 2xx.
    pub(crate) taken: bool,
}

impl Seen {
    pub(crate) fn id(&self) -> &str {
        &self.headers["webhook-id"]
    }
}

#[derive(Default)]
struct Book {
    seen: Vec<Seen>,
    mood: Option<Mood>,
}

pub(crate) struct Receiver {
    pub(crate) url: String,
    book: Arc<Mutex<Book>>,
    _serving: JoinSet<()>,
}

impl Receiver {
    pub(crate) async fn start(mood: Mood) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://127.0.0.1:{}/hook", listener.local_addr().unwrap().port());
        let book = Arc::new(Mutex::new(Book { mood: Some(mood), ..Book::default() }));
        let mut serving = JoinSet::new();
        serving.spawn(serve(listener, Arc::clone(&book)));
        Self { url, book, _serving: serving }
    }

    pub(crate) fn set_mood(&self, mood: Mood) {
        self.book.lock().unwrap().mood = Some(mood);
    }

    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.book.lock().unwrap().seen.clone()
    }

    /// Messages that came, however often.
    pub(crate) fn count(&self) -> usize {
        self.book.lock().unwrap().seen.len()
    }

    /// The ids of messages that were taken; each has one effect, since a receiver knows them.
    pub(crate) fn taken(&self) -> BTreeSet<String> {
        let book = self.book.lock().unwrap();
        book.seen.iter().filter(|seen| seen.taken).map(|seen| seen.id().to_owned()).collect()
    }
}

async fn serve(listener: TcpListener, book: Arc<Mutex<Book>>) {
    let mut connections = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        // Whoever hangs up ends its connection, and that is all.
        let book = Arc::clone(&book);
        connections.spawn(async move { drop(converse(stream, &book).await) });
    }
}

async fn converse(mut stream: TcpStream, book: &Mutex<Book>) -> std::io::Result<()> {
    let mut input = Vec::new();
    loop {
        let Some((headers, body)) = request(&mut stream, &mut input).await? else { return Ok(()) };
        let mood = {
            let mut book = book.lock().unwrap();
            let mood = book.mood.clone().unwrap();
            let fails = [1, 3].contains(&(book.seen.len() % 5));
            let mood = match mood {
                Mood::Failing => Mood::Answer(if fails { 500 } else { 200 }),
                mood => mood,
            };
            let taken = matches!(mood, Mood::Answer(200..=299) | Mood::Slow(_) | Mood::Endless);
            book.seen.push(Seen { headers, body, taken });
            mood
        };
        match mood {
            Mood::Answer(status) => answer(&mut stream, status, "").await?,
            Mood::Slow(wait) => {
                tokio::time::sleep(wait).await;
                answer(&mut stream, 200, "").await?;
            }
            Mood::Redirect(to) => answer(&mut stream, 302, &format!("Location: {to}\r\n")).await?,
            Mood::Reset => return Ok(()),
            Mood::Hang => std::future::pending().await,
            Mood::Dripping => {
                for byte in b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n" {
                    stream.write_all(&[*byte]).await?;
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            }
            Mood::Failing => unreachable!("it is one of the answers above"),
            Mood::Endless => {
                stream.write_all(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n").await?;
                loop {
                    stream.write_all(format!("1000\r\n{}\r\n", "x".repeat(0x1000)).as_bytes()).await?;
                }
            }
        }
    }
}

async fn answer(stream: &mut TcpStream, status: u16, headers: &str) -> std::io::Result<()> {
    let head = format!("HTTP/1.1 {status} Status\r\n{headers}Content-Length: 2\r\n\r\nok");
    stream.write_all(head.as_bytes()).await
}

/// The next request of a connection; `None` at its end.
async fn request(
    stream: &mut TcpStream,
    input: &mut Vec<u8>,
) -> std::io::Result<Option<(BTreeMap<String, String>, String)>> {
    loop {
        let text = String::from_utf8_lossy(input).into_owned();
        if let Some((head, rest)) = text.split_once("\r\n\r\n") {
            let headers: BTreeMap<_, _> = head
                .lines()
                .filter_map(|line| line.split_once(": "))
                .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
                .collect();
            let length: usize = headers["content-length"].parse().unwrap();
            if rest.len() >= length {
                input.drain(..head.len() + 4 + length);
                return Ok(Some((headers, rest[..length].to_owned())));
            }
        }
        if stream.read_buf(input).await? == 0 {
            return Ok(None);
        }
    }
}
