//! What `demo` and `serve` have in common: the life of a host, from the port to the last line in the log.

use std::net::SocketAddr;

use anyhow::{Context, anyhow};
use tokio::net::TcpListener;

use crate::host::{Host, HostSettings};
use crate::measures::Measures;
use crate::server::{Bounds, Server};
use crate::signals::Signals;
use crate::supervisor::{self, State};

/// Opens a host, does `before` on it, serves it, does `after` once it answers, and closes it when a signal asks for that.
pub(crate) async fn run<T>(
    settings: HostSettings,
    listen: SocketAddr,
    before: impl AsyncFnOnce(&Host) -> anyhow::Result<T>,
    after: impl FnOnce(SocketAddr, T) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let mut signals = Signals::catch().context("catching signals")?;
    let measures = Measures::install()?;
    // The port comes first: a host started twice by mistake fails here, before it takes the database from the first.
    let listener = TcpListener::bind(listen).await.with_context(|| format!("listening on {listen}"))?;
    let host = tokio::select! {
        host = Host::open(settings) => host?,
        () = signals.next() => return Ok(()),
    };
    let done = tokio::select! {
        done = before(&host) => Some(done),
        () = signals.next() => None,
    };
    let served = match done {
        Some(Ok(ready)) => serve(&host, listener, &measures, &mut signals, |address| after(address, ready)).await,
        Some(Err(error)) => Err(error),
        None => Ok(()),
    };
    host.close().await;
    served
}

async fn serve(
    host: &Host,
    listener: TcpListener,
    measures: &Measures,
    signals: &mut Signals,
    after: impl FnOnce(SocketAddr) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let upkeep = tokio::spawn(measures.clone().keep_up());
    let server = Server::start(listener, host.router(measures), Bounds::of_this_process()).context("serving")?;
    let address = server.address();
    tracing::info!(%address, "listening");
    let ended = match after(address) {
        Ok(()) => wait(host, signals).await,
        Err(error) => Err(error),
    };
    supervisor::tell(State::Stopping);
    server.stop(signals.next()).await;
    upkeep.abort();
    ended
}

/// Until the host is asked to end, or has to.
async fn wait(host: &Host, signals: &mut Signals) -> anyhow::Result<()> {
    supervisor::tell(State::Ready);
    tokio::select! {
        () = signals.next() => Ok(()),
        () = host.app().lost() => Err(anyhow!("nothing more can be committed; the log says why")),
    }
}
