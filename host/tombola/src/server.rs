//! Serving a router on a port, and ceasing to in two stages.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::serve::ListenerExt;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// How long requests under way may take to end once the host was asked to: as long as a draw may take.
const SOFT_DEADLINE: Duration = Duration::from_secs(10);

/// A router being served.
pub struct Server {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    serving: JoinHandle<io::Result<()>>,
}

impl Server {
    /// Serves from now on: a request that is made after this is answered.
    pub fn start(listener: TcpListener, router: Router) -> io::Result<Self> {
        let address = listener.local_addr()?;
        // Answers are small and complete; waiting for more to send with them would only delay them.
        let listener = listener.tap_io(|connection| {
            if let Err(error) = connection.set_nodelay(true) {
                tracing::debug!(%error, "a connection keeps its delay");
            }
        });
        let (stop, stopped) = oneshot::channel::<()>();
        let serving = axum::serve(listener, router).with_graceful_shutdown(async {
            // An error is a server that was dropped, which ends it as well.
            let _ = stopped.await;
        });
        Ok(Self { address, stop, serving: tokio::spawn(serving.into_future()) })
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
