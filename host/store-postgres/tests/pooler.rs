//! The store behind a pooler that gives each transaction another connection.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use sqlx::{Connection, Executor, PgConnection};
use tokio::io::{self, AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UnixStream};
use tokio::sync::OnceCell;
use tombola_domain::signature::Signer;
use tombola_servers::{Database, Pooler};
use tombola_store::Store;
use tombola_store::conformance::Backend;
use tombola_store_postgres::Settings;

/// Connections to the server for each of a client's.
const SERVERS: usize = 2;
/// What the server says when it is ready for the next statement, and that no transaction is open.
const READY: u8 = b'Z';
const IDLE: &[u8] = b"I";

/// A database with a pooler in front of it.
struct Pooled {
    kind: Kind,
    opened: OnceCell<Opened>,
}

#[derive(Clone, Copy)]
enum Kind {
    /// One that gives no two transactions of a client the same connection.
    EachAnother,
    /// The one that many have.
    PgBouncer,
}

struct Opened {
    database: Database,
    /// Of the pooler.
    url: String,
    _pooler: Option<Pooler>,
}

impl Pooled {
    fn by(kind: Kind) -> Self {
        Self { kind, opened: OnceCell::new() }
    }
}

#[async_trait]
impl Backend for Pooled {
    async fn open(&self) -> Arc<dyn Store> {
        let Opened { url, .. } = self.opened.get_or_init(|| pooled(self.kind)).await;
        let settings = Settings::new(url).unwrap().sealed_by(Signer::from_seed(&[1; 32]));
        Arc::new(tombola_store_postgres::open(settings).await.unwrap())
    }

    async fn plant(&self, statements: &'static str) {
        let Opened { database, .. } = self.opened.get().expect("it was opened");
        let mut connection = PgConnection::connect(&database.url()).await.expect("it is there");
        connection.execute("SET session_replication_role = replica").await.expect("it is a superuser's");
        connection.execute(statements).await.expect("it can be planted");
    }
}

async fn pooled(kind: Kind) -> Opened {
    let database = Database::migrated().await;
    match kind {
        Kind::EachAnother => Opened { url: each_another(&database).await, database, _pooler: None },
        Kind::PgBouncer => {
            let pooler = Pooler::before(&database.socket());
            Opened { url: pooler.url(database.name()), database, _pooler: Some(pooler) }
        }
    }
}

async fn each_another(database: &Database) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (address, socket) = (listener.local_addr().unwrap(), database.socket());
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            tokio::spawn(serve(client, socket.clone()));
        }
    });
    format!("postgres://tombola@{address}/{}?sslmode=disable&pooler=transaction", database.name())
}

/// Ends with the client.
async fn serve(mut client: TcpStream, socket: PathBuf) {
    client.set_nodelay(true).unwrap();
    let mut hello = vec![0; 4];
    client.read_exact(&mut hello).await.unwrap();
    hello.resize(u32::from_be_bytes(hello[..].try_into().unwrap()).try_into().unwrap(), 0);
    client.read_exact(&mut hello[4..]).await.unwrap();
    let says = |word: &[u8]| hello.split(|byte| *byte == 0).any(|part| part == word);
    assert!(!says(b"options") && !says(b"extra_float_digits"), "a pooler refuses what it does not know");
    let mut servers = Vec::new();
    for _ in 0..SERVERS {
        servers.push(greet(&socket, &hello, if servers.is_empty() { Some(&mut client) } else { None }).await);
    }
    for turn in 0.. {
        if pass(&mut client, &mut servers[turn % SERVERS]).await.is_err() {
            return;
        }
    }
}

/// Begins a connection, of which the client hears where it is the first.
async fn greet(socket: &Path, hello: &[u8], mut client: Option<&mut TcpStream>) -> UnixStream {
    let mut server = UnixStream::connect(socket).await.unwrap();
    server.write_all(hello).await.unwrap();
    loop {
        let message = message(&mut server).await.unwrap();
        if let Some(client) = &mut client {
            client.write_all(&message).await.unwrap();
        }
        if message[0] == READY {
            return server;
        }
    }
}

/// Passes on one transaction.
async fn pass(client: &mut TcpStream, server: &mut UnixStream) -> io::Result<()> {
    let mut asked = Vec::new();
    client.read_buf(&mut asked).await?;
    loop {
        if asked.is_empty() {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        server.write_all(&asked).await?;
        asked.clear();
        // An answer that has begun is read to its end.
        let mut kind = [0];
        tokio::select! {
            biased;
            read = server.read_exact(&mut kind) => {
                read?;
            }
            read = client.read_buf(&mut asked) => {
                read?;
                continue;
            }
        }
        let mut answer = rest(kind[0], server).await?;
        loop {
            client.write_all(&answer).await?;
            if answer[0] == READY && &answer[5..] == IDLE {
                return Ok(());
            }
            if answer[0] == READY {
                client.read_buf(&mut asked).await?;
                break;
            }
            answer = message(server).await?;
        }
    }
}

async fn message(server: &mut (impl AsyncRead + Unpin)) -> io::Result<Vec<u8>> {
    let kind = server.read_u8().await?;
    rest(kind, server).await
}

async fn rest(kind: u8, server: &mut (impl AsyncRead + Unpin)) -> io::Result<Vec<u8>> {
    let length = server.read_u32().await?;
    let mut message = vec![kind];
    message.extend(length.to_be_bytes());
    message.resize(1 + usize::try_from(length).unwrap(), 0);
    server.read_exact(&mut message[5..]).await?;
    Ok(message)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn draws_are_committed_and_read_back() {
    for kind in [Kind::EachAnother, Kind::PgBouncer] {
        tombola_store::conformance::draws::everything_is_there_after_reopening(&Pooled::by(kind)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_staged_takes_its_place() {
    for kind in [Kind::EachAnother, Kind::PgBouncer] {
        tombola_store::conformance::lists::a_list_is_replaced(&Pooled::by(kind)).await;
    }
}

/// Partitions are made and dropped by whichever connection of the server's it comes to.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn receipts_come_and_go() {
    use tombola_store::conformance::retention;
    for kind in [Kind::EachAnother, Kind::PgBouncer] {
        retention::receipts_of_a_closed_campaign_are_dropped_and_the_rest_stays(&Pooled::by(kind)).await;
        retention::draws_go_on_while_receipts_come_and_go(&Pooled::by(kind)).await;
    }
}
