//! Destinations of webhooks, and what is sent to them.

mod seal;

use std::time::Instant;

use serde_json::{Value, json};
use tombola_domain::id::{DestinationName, DrawId, RebateId};
use tombola_domain::task::Queue;
use tombola_domain::time::Timestamp;
use tombola_domain::webhook::{Secret, signatures};
use tombola_store::Done;
use tombola_store::awards::Award;
use tombola_store::destinations::{Destination, Limits, NewDestination};
use tombola_store::outbox::{Load, Revived};

use crate::courier::{Breaker, CallError, Message, Reply};
use crate::intent::Intent;
use crate::{App, Error, Result};

/// The longest address, in bytes: what every HTTP server takes.
const URL_BYTES_MAX: usize = 2_000;
/// What may be said of how a destination is called, and what holds where nothing is.
pub mod bounds {
    use std::ops::RangeInclusive;

    use tombola_store::destinations::Limits;

    /// Milliseconds to connect in.
    pub const CONNECT_MS: RangeInclusive<u32> = 100..=30_000;
    /// Milliseconds for a whole call. Receivers that work longer should answer first.
    pub const CALL_MS: RangeInclusive<u32> = 100..=60_000;
    /// Calls at once.
    pub const CALLS: RangeInclusive<u32> = 1..=256;
    /// Where nothing is said.
    pub const DEFAULT: Limits = Limits { connect_ms: 3_000, call_ms: 10_000, calls: 16 };
}

/// What a destination is to be.
#[derive(Debug, Clone)]
pub struct DestinationChange {
    /// Who asks, and why.
    pub intent: Intent,
    /// Its name.
    pub name: DestinationName,
    /// Where messages are sent.
    pub url: String,
    /// One or two secrets; `None` leaves those that it has.
    pub secrets: Option<Vec<Secret>>,
    /// How it is called.
    pub limits: Limits,
}

/// A destination with what waits for it.
#[derive(Debug)]
pub struct DestinationView {
    /// What is kept of it. Its secrets are sealed.
    pub destination: Destination,
    /// What waits for it.
    pub load: Load,
    /// Whether it is called.
    pub breaker: Breaker,
}

/// What a test message came to.
#[derive(Debug)]
pub struct Tested {
    /// The message's id, which its receiver saw.
    pub id: String,
    /// What came back.
    pub reply: std::result::Result<Reply, CallError>,
    /// How long it took, in milliseconds.
    pub took_ms: u64,
}

/// A destination whose secrets are open.
#[derive(Debug, Clone)]
pub struct Address {
    destination: Destination,
    secrets: Vec<Secret>,
}

impl App {
    /// Makes a destination, or changes one, and answers its version. What is sent from then on is sent as it says.
    pub async fn put_destination(&self, change: DestinationChange) -> Result<Done<u64>> {
        let DestinationChange { intent, name, url, secrets, limits } = change;
        self.check_destination(&name, &url, limits)?;
        // What is recorded outlives secrets, and must not help to find one.
        let secret = self.host_key.derived("destination-record");
        let given: Vec<u8> = secrets.iter().flatten().flat_map(|secret| seal::framed(secret.as_bytes())).collect();
        let numbers = [limits.connect_ms, limits.call_ms, limits.calls].map(u32::to_be_bytes).concat();
        let parts = [b"put-destination", &secret[..], name.as_str().as_bytes(), url.as_bytes(), &given, &numbers];
        let operation = intent.operation(&parts, self.clock.now());
        let sealed = secrets.map(|secrets| seal::seal(&self.host_key, &*self.entropy, &name, &secrets));
        let new = NewDestination { name, url, sealed, limits };
        Ok(self.store.put_destination(&operation, &new).await?)
    }

    /// One destination.
    pub async fn destination(&self, name: &DestinationName) -> Result<DestinationView> {
        let destination = self.kept_destination(name).await?;
        self.view(destination).await
    }

    /// Destinations by name, after one of them, at most `limit`.
    pub async fn destinations(&self, after: Option<&DestinationName>, limit: u32) -> Result<Vec<DestinationView>> {
        let mut views = Vec::new();
        for destination in self.store.destinations(after, limit).await? {
            views.push(self.view(destination).await?);
        }
        Ok(views)
    }

    /// Sends a message that is of no award, once.
    pub async fn test_destination(&self, name: &DestinationName) -> Result<Tested> {
        let address = self.address(name).await?;
        let random = self.entropy.bytes();
        let id = format!("test-{}", data_encoding::HEXLOWER.encode(&random[..10]));
        let now = self.clock.now();
        let message = address.message(id, now, &told("test", now, &json!({"destination": name.as_str()})));
        let began = Instant::now();
        let reply = self.courier.send(&message).await;
        let took_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
        Ok(Tested { id: message.id, reply, took_ms })
    }

    /// Has awards that a destination could not be told of tried again, the oldest first.
    pub async fn retry_destination(&self, intent: Intent, name: &DestinationName) -> Result<Done<Revived>> {
        self.kept_destination(name).await?;
        let operation = intent.operation(&[b"retry-destination", name.as_str().as_bytes()], self.clock.now());
        Ok(self.store.revive_tasks(&operation, &Queue::Webhook(name.clone())).await?)
    }

    /// What the host has yet to hand over itself, and what it gave up, by queue.
    pub async fn queues(&self) -> Result<Vec<(Queue, Load)>> {
        let mut loads = Vec::new();
        for queue in Queue::IN_HOUSE {
            let load = self.store.load(&queue).await?;
            loads.push((queue, load));
        }
        Ok(loads)
    }

    /// Has tried again what the host gave up to hand over itself, the oldest first.
    pub async fn retry_queue(&self, intent: Intent, queue: Queue) -> Result<Done<Revived>> {
        let operation = intent.operation(&[b"retry-queue", queue.to_string().as_bytes()], self.clock.now());
        Ok(self.store.revive_tasks(&operation, &queue).await?)
    }

    /// A destination to which messages can be sent.
    pub async fn address(&self, name: &DestinationName) -> Result<Address> {
        let destination = self.kept_destination(name).await?;
        let secrets = seal::open(&self.host_key, name, &destination.sealed);
        let secrets = secrets.ok_or_else(|| Error::DestinationSealed(name.to_string()))?;
        Ok(Address { destination, secrets })
    }

    async fn kept_destination(&self, name: &DestinationName) -> Result<Destination> {
        let destination = self.store.destination(name).await?;
        destination.ok_or_else(|| Error::DestinationUnknown(name.to_string()))
    }

    async fn view(&self, destination: Destination) -> Result<DestinationView> {
        let load = self.store.load(&Queue::Webhook(destination.name.clone())).await?;
        let breaker = self.courier.breaker(&destination.name);
        Ok(DestinationView { destination, load, breaker })
    }

    fn check_destination(&self, name: &DestinationName, url: &str, limits: Limits) -> Result<()> {
        let refused = |reason: String| Err(Error::DestinationRefused { name: name.to_string(), reason });
        if url.len() > URL_BYTES_MAX {
            return refused(format!("an address has at most {URL_BYTES_MAX} bytes"));
        }
        let numbers = [
            ("connect_ms", limits.connect_ms, bounds::CONNECT_MS),
            ("call_ms", limits.call_ms, bounds::CALL_MS),
            ("calls", limits.calls, bounds::CALLS),
        ];
        for (field, number, range) in numbers {
            if !range.contains(&number) {
                return refused(format!("{field} lies from {} to {}", range.start(), range.end()));
            }
        }
        self.courier.admit(name, url).or_else(refused)
    }
}

impl Address {
    /// How the destination is called.
    pub const fn limits(&self) -> Limits {
        self.destination.limits
    }

    /// The message that tells of an award. Its id is the award's, so that whoever gets it twice knows.
    pub fn tell(&self, award: &Award, now: Timestamp) -> Message {
        let data: Option<Value> = award.data.as_deref().and_then(|data| serde_json::from_str(data).ok());
        let content = json!({
            "award": award.id.as_str(),
            "draw": award.source.draw().map(DrawId::as_str),
            "rebate": award.source.rebate().map(RebateId::as_str),
            "campaign": award.campaign.as_str(),
            "player": award.player.as_str(),
            "prize": award.prize.as_str(),
            "title": award.title,
            "amount": award.amount,
            "data": data,
        });
        self.message(award.id.to_string(), now, &told("award", award.won_at, &content))
    }

    fn message(&self, id: String, now: Timestamp, content: &Value) -> Message {
        let body = serde_json::to_vec(content).expect("plain data");
        Message {
            destination: self.destination.name.clone(),
            url: self.destination.url.clone(),
            limits: self.destination.limits,
            signatures: signatures(&self.secrets, &id, now, &body),
            id,
            sent_at: now,
            body,
        }
    }
}

/// What a message says: what kind it is of, when that happened, and the rest.
fn told(kind: &str, at: Timestamp, data: &Value) -> Value {
    json!({"type": kind, "timestamp": at.to_string(), "data": data})
}
