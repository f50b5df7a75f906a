//! Serving a router on a port, and ceasing to in two stages.
//!
//! So many connections are served at once, and no more are accepted meanwhile. One on which nothing moves is closed, so that
//! whoever opens them and says nothing keeps nobody out for long.

mod bounds;
mod connection;
mod watched;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::{JoinHandle, JoinSet};

pub use bounds::Bounds;

/// How long requests under way may take to end once the host was asked to: as long as a draw may take.
const SOFT_DEADLINE: Duration = Duration::from_secs(10);
/// The wait after a connection that could not be accepted for want of the host's own means.
const ACCEPT_DELAY: Duration = Duration::from_secs(1);

/// A router being served.
pub struct Server {
    address: SocketAddr,
    stop: watch::Sender<()>,
    serving: JoinHandle<()>,
}

impl Server {
    /// Serves from now on: a request that is made after this is answered.
    pub fn start(listener: TcpListener, router: Router, bounds: Bounds) -> io::Result<Self> {
        let address = listener.local_addr()?;
        let (stop, stopping) = watch::channel(());
        Ok(Self { address, stop, serving: tokio::spawn(serve(listener, router, bounds, stopping)) })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Takes no more connections and lets requests under way end, at most until a deadline or until `hurry`; then cuts
    /// off those that are left.
    pub async fn stop(mut self, hurry: impl Future<Output = ()>) {
        // Nobody listens where it has ended by itself.
        let _ = self.stop.send(());
        tokio::select! {
            _ = &mut self.serving => return,
            () = tokio::time::sleep(SOFT_DEADLINE) => {}
            () = hurry => {}
        }
        tracing::warn!("requests that were under way are cut off");
        self.serving.abort();
    }
}

/// Ends once it was asked to, or the server was dropped, and every connection has ended. Given up, it takes them with it.
async fn serve(listener: TcpListener, router: Router, bounds: Bounds, mut stopping: watch::Receiver<()>) {
    let places = Arc::new(Semaphore::new(bounds.connections_max));
    let mut connections = JoinSet::new();
    loop {
        let (stream, place) = tokio::select! {
            _ = stopping.changed() => break,
            accepted = accept(&listener, &places) => accepted,
        };
        while connections.try_join_next().is_some() {}
        let (router, stopping) = (router.clone(), stopping.clone());
        connections.spawn(async move {
            connection::serve(stream, router, bounds.silence_max, stopping).await;
            drop(place);
        });
    }
    drop(listener);
    while connections.join_next().await.is_some() {}
}

/// The next connection. Those for which there is no place wait with the kernel.
async fn accept(listener: &TcpListener, places: &Arc<Semaphore>) -> (TcpStream, OwnedSemaphorePermit) {
    let place = Arc::clone(places).acquire_owned().await.expect("places are never closed");
    loop {
        match listener.accept().await {
            Ok((stream, _)) => return (stream, place),
            Err(error) if is_of_peer(&error) => {}
            Err(error) => {
                tracing::error!(%error, "a connection could not be accepted");
                tokio::time::sleep(ACCEPT_DELAY).await;
            }
        }
    }
}

/// Whether it concerns one connection alone, which its peer gave up.
fn is_of_peer(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}

#[cfg(test)]
mod tests;
