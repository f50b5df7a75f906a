//! Names to addresses, of which only those are passed on that may be called. It is asked whenever a connection is made, so that a
//! name that stands for something else by then leads nowhere.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::vec::IntoIter;

use hyper_util::client::legacy::connect::dns::Name;
use tower::Service;

use crate::addresses::{Reach, not_allowed};

/// The system's resolver, behind what a host lets be reached.
#[derive(Debug, Clone)]
pub(crate) struct Resolver(pub(crate) Arc<Reach>);

impl Service<Name> for Resolver {
    type Response = IntoIter<SocketAddr>;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<Self::Response>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, name: Name) -> Self::Future {
        let reach = Arc::clone(&self.0);
        Box::pin(async move {
            // The port comes from the address that is called.
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let (allowed, others): (Vec<_>, Vec<_>) = found.partition(|found| reach.may_call(found.ip()));
            match others.first() {
                Some(other) if allowed.is_empty() => Err(io::Error::other(not_allowed(other.ip()))),
                _ => Ok(allowed.into_iter()),
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn resolve(reach: Reach, name: &str) -> io::Result<Vec<SocketAddr>> {
        Resolver(Arc::new(reach)).call(name.parse().unwrap()).await.map(Iterator::collect)
    }

    #[tokio::test]
    async fn what_a_name_stands_for_is_looked_at() {
        let refused = resolve(Reach::default(), "localhost").await.unwrap_err();
        assert!(refused.to_string().contains("is no public address"), "{refused}");
        // A number is an address too, to the system.
        assert!(resolve(Reach::default(), "2130706433").await.is_err());
        let networks = ["127.0.0.0/8", "::1/128"].map(|network| network.parse().unwrap()).to_vec();
        let found = resolve(Reach { networks, ..Reach::default() }, "localhost").await.unwrap();
        assert!(!found.is_empty() && found.iter().all(|found| found.ip().is_loopback()), "{found:?}");
    }
}
