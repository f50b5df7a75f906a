//! How messages get to destinations: over HTTP in production, not at all in tests.

use std::time::Duration;

use async_trait::async_trait;
use tombola_domain::id::DestinationName;
use tombola_domain::time::Timestamp;
use tombola_store::destinations::Limits;

/// A signed message.
#[derive(Debug, Clone)]
pub struct Message {
    /// Whom it is for.
    pub destination: DestinationName,
    /// Where it is sent.
    pub url: String,
    /// How its destination is called.
    pub limits: Limits,
    /// The same whenever it is sent.
    pub id: String,
    /// When it is sent, this time.
    pub sent_at: Timestamp,
    /// Of all secrets that are live.
    pub signatures: String,
    /// JSON.
    pub body: Vec<u8>,
}

/// What came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// How long the receiver wants to be left alone, if it says so.
    pub retry_after: Option<Duration>,
    /// The beginning of the body.
    pub beginning: Vec<u8>,
}

impl Reply {
    /// Whether the receiver has the message.
    pub const fn is_success(&self) -> bool {
        self.status / 100 == 2
    }
}

/// Why nothing came back, for an operator. It tells nothing of the message.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct CallError(pub String);

/// Whether calls to a destination are let through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Breaker {
    /// All are.
    Closed,
    /// One at a time, to see whether it is well again.
    HalfOpen,
    /// None, since it failed.
    Open,
}

impl Breaker {
    /// The word on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::HalfOpen => "half_open",
            Self::Open => "open",
        }
    }
}

/// No way at all, for hosts that send nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Nowhere;

#[async_trait]
impl Courier for Nowhere {
    fn admit(&self, _: &DestinationName, _: &str) -> Result<(), String> {
        Ok(())
    }

    async fn send(&self, _: &Message) -> Result<Reply, CallError> {
        Err(CallError("this host sends nothing".to_owned()))
    }

    fn breaker(&self, _: &DestinationName) -> Breaker {
        Breaker::Closed
    }
}

/// The way to destinations.
#[async_trait]
pub trait Courier: Send + Sync {
    /// Whether a destination of this name may have this address, or why not. What its name stands for is looked at with each
    /// call.
    fn admit(&self, destination: &DestinationName, url: &str) -> Result<(), String>;

    /// Sends a message once, within its limits.
    async fn send(&self, message: &Message) -> Result<Reply, CallError>;

    /// Whether calls to the destination are let through.
    fn breaker(&self, destination: &DestinationName) -> Breaker;
}
