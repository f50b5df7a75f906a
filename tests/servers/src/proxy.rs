use std::collections::VecDeque;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::io::{self, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UnixStream};
use tokio::sync::watch;

/// What becomes of a connection on which a commit is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// Nothing.
    Goes,
    /// It ends, and the server never hears of the commit.
    EndsBefore,
    /// It ends as soon as the server was asked.
    EndsMeanwhile,
    /// It ends, and the server's answer goes nowhere.
    EndsAfter,
}

/// As a commit is asked for by who wants to know what came of it; `READ COMMITTED` is something else.
const COMMIT: &[u8] = b"; COMMIT";

/// Where a server listens.
#[derive(Debug, Clone)]
pub enum Place {
    /// At a socket of this machine's.
    Socket(PathBuf),
    /// At an address.
    Address(SocketAddr),
}

/// Stands before a server at an address that stays, also when another one takes the server's place. It goes with the runtime in which it
/// was made.
#[derive(Debug, Clone)]
pub struct Proxy {
    address: SocketAddr,
    state: Arc<State>,
}

#[derive(Debug)]
struct State {
    server: Mutex<Place>,
    /// Of connections in the order in which they ask for a commit; then all goes through.
    fates: Mutex<VecDeque<Fate>>,
    /// What has last become of all connections that there were.
    end: watch::Sender<End>,
}

#[derive(Debug, Clone, Copy)]
enum End {
    /// They are hung up on, on both sides.
    Cut,
    /// Nobody says a word any more, nor hangs up.
    Silent,
}

impl Proxy {
    /// Before a server, which need not be there yet.
    pub async fn before(server: Place) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        let address = listener.local_addr().expect("it is bound");
        let state = State { server: Mutex::new(server), fates: Mutex::default(), end: watch::Sender::new(End::Cut) };
        let proxy = Self { address, state: Arc::new(state) };
        let state = Arc::clone(&proxy.state);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(Arc::clone(&state).serve(client));
            }
        });
        proxy
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The address of a Postgres database behind it.
    pub fn url(&self, database: &str) -> String {
        format!("postgres://tombola@{}/{database}?sslmode=disable", self.address)
    }

    /// Leads who connects from now on to another server.
    pub fn lead_to(&self, server: Place) {
        *lock(&self.state.server) = server;
    }

    /// Hangs up on everybody.
    pub fn cut(&self) {
        self.state.end.send_replace(End::Cut);
    }

    /// Lets no word through any more on the connections that there are, and hangs up on none: as when a machine has vanished.
    pub fn fall_silent(&self) {
        self.state.end.send_replace(End::Silent);
    }

    /// Says what becomes of the next connections that ask for a commit.
    pub fn decide(&self, fates: &[Fate]) {
        lock(&self.state.fates).extend(fates);
    }

    /// What becomes of the next one, which is not asked any more.
    pub fn next_fate(&self) -> Fate {
        self.state.next_fate()
    }
}

/// A connection to a server of whichever kind.
trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}

impl<T: AsyncRead + AsyncWrite + Unpin + Send> Stream for T {}

impl State {
    fn next_fate(&self) -> Fate {
        lock(&self.fates).pop_front().unwrap_or(Fate::Goes)
    }

    async fn serve(self: Arc<Self>, mut client: TcpStream) {
        let mut end = self.end.subscribe();
        // A server that is away hangs up.
        let Ok(server) = self.connect().await else { return };
        tokio::select! {
            () = self.relay(&mut client, server) => {}
            _ = end.changed() => {
                let is_silent = matches!(*end.borrow(), End::Silent);
                if is_silent {
                    let _ = io::copy(&mut client, &mut io::sink()).await;
                }
            }
        }
    }

    async fn connect(&self) -> io::Result<Box<dyn Stream>> {
        let server = lock(&self.server).clone();
        Ok(match server {
            Place::Socket(path) => Box::new(UnixStream::connect(path).await?),
            Place::Address(address) => {
                let server = TcpStream::connect(address).await?;
                server.set_nodelay(true)?;
                Box::new(server)
            }
        })
    }

    async fn relay(&self, client: &mut TcpStream, server: Box<dyn Stream>) {
        // Who has hung up is noticed when it is read from.
        let _ = client.set_nodelay(true);
        let (mut from_client, mut to_client) = client.split();
        let (mut from_server, mut to_server) = io::split(server);
        let (mut asked, mut answered) = (Vec::new(), Vec::new());
        loop {
            asked.clear();
            answered.clear();
            tokio::select! {
                read = from_client.read_buf(&mut asked) => if read.unwrap_or(0) == 0 { return },
                read = from_server.read_buf(&mut answered) => if read.unwrap_or(0) == 0 { return },
            }
            let is_commit = asked.windows(COMMIT.len()).any(|words| words == COMMIT);
            match if is_commit { self.next_fate() } else { Fate::Goes } {
                Fate::Goes => {}
                Fate::EndsBefore => return,
                Fate::EndsMeanwhile => {
                    let _ = to_server.write_all(&asked).await;
                    return;
                }
                Fate::EndsAfter => {
                    let _ = to_server.write_all(&asked).await;
                    let _ = from_server.read_u8().await;
                    return;
                }
            }
            let _ = to_server.write_all(&asked).await;
            let _ = to_client.write_all(&answered).await;
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
