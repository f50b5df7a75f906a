//! A stream that breaks off where its peer lets it wait.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep};

/// The requests of one connection.
#[derive(Debug, Default)]
pub(super) struct Requests {
    under_way: AtomicUsize,
    /// Whether one ended since this was last asked.
    ended: AtomicBool,
}

/// A request under way, until it is dropped.
pub(super) struct UnderWay(Arc<Requests>);

impl Requests {
    pub(super) fn begin(self: &Arc<Self>) -> UnderWay {
        self.under_way.fetch_add(1, Ordering::Relaxed);
        UnderWay(Arc::clone(self))
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.ended.store(true, Ordering::Relaxed);
        self.0.under_way.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Fails with [`io::ErrorKind::TimedOut`] where nothing has moved for so long and it is the peer's turn: it takes nothing of what is
/// written, or sends nothing though no request is under way. How long a request may take, its body included, is bounded by whoever
/// answers it.
pub(super) struct Watched<S> {
    stream: S,
    requests: Arc<Requests>,
    silence_max: Duration,
    moved_at: Instant,
    /// Goes off at the earliest when it is too late. Moving it with every byte would cost more than looking again.
    alarm: Pin<Box<Sleep>>,
}

impl<S> Watched<S> {
    pub(super) fn new(stream: S, requests: Arc<Requests>, silence_max: Duration) -> Self {
        let alarm = Box::pin(tokio::time::sleep(silence_max));
        Self { stream, requests, silence_max, moved_at: Instant::now(), alarm }
    }

    /// Notes that something moved.
    fn move_on<T>(&mut self, moved: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        self.moved_at = Instant::now();
        moved
    }

    /// For a peer whose turn it is.
    fn wait<T>(&mut self, context: &mut Context<'_>) -> Poll<io::Result<T>> {
        if self.requests.ended.swap(false, Ordering::Relaxed) {
            self.moved_at = Instant::now();
        }
        while self.alarm.as_mut().poll(context).is_ready() {
            let late_at = self.moved_at + self.silence_max;
            if late_at <= Instant::now() {
                return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
            }
            self.alarm.as_mut().reset(late_at);
        }
        Poll::Pending
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Watched<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match Pin::new(&mut self.stream).poll_read(context, buffer) {
            // Whoever is waited for here may well be this host.
            Poll::Pending if self.requests.under_way.load(Ordering::Relaxed) > 0 => Poll::Pending,
            Poll::Pending => self.wait(context),
            read @ Poll::Ready(_) => self.move_on(read),
        }
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Watched<S> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match Pin::new(&mut self.stream).poll_write(context, bytes) {
            Poll::Pending => self.wait(context),
            written @ Poll::Ready(_) => self.move_on(written),
        }
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        pieces: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match Pin::new(&mut self.stream).poll_write_vectored(context, pieces) {
            Poll::Pending => self.wait(context),
            written @ Poll::Ready(_) => self.move_on(written),
        }
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
