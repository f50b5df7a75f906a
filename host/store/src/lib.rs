//! The storage contract, in the domain's words. Backends implement [`Store`]; [`conformance`] is what each has to pass.
//!
//! Reading is split by subject. A **snapshot** is all that one draw needs to know of its player, read in one statement. A
//! **commit** is a batch of decided draws, made durable together. An **activation** is a change to what draws run on
//! (publish, rollback, pause, resume); its number goes up by one each time, and a draw that was decided on an older one is dropped from
//! its batch, to be decided again. An **operation** is an operator's write, done once for its idempotency key and recorded for
//! ever in the transaction that does it. A **task** is work that a transaction leaves behind, to be claimed and done afterwards.
//! The **feed** numbers all that happens, in the order in which it was committed.
//!
//! To add a method: the trait that owns its subject, its case in `conformance/`, then each backend's file of the same name.

pub mod audit;
pub mod awards;
pub mod campaigns;
pub mod chances;
pub mod codes;
#[cfg(feature = "conformance")]
pub mod conformance;
pub mod destinations;
pub mod draws;
pub mod epochs;
mod error;
pub mod events;
pub mod faults;
pub mod feed;
pub mod halves;
pub mod health;
pub mod holds;
pub mod hosts;
pub mod ledger;
pub mod lists;
pub mod modules;
mod operation;
pub mod orders;
pub mod origin;
pub mod outbox;
pub mod people;
pub mod reconciliation;
pub mod retention;
pub mod stock;
pub mod sweep;
pub mod switches;
pub mod tokens;

pub use error::{Result, StoreError};
pub use operation::{Done, KeyReused, Operation};

/// Everything that the host keeps.
pub trait Store:
    audit::Audit
    + awards::Awards
    + campaigns::Campaigns
    + chances::Chances
    + codes::Codes
    + destinations::Destinations
    + draws::Draws
    + epochs::Epochs
    + events::Events
    + faults::Faults
    + feed::Feed
    + health::Health
    + holds::Holds
    + hosts::Hosts
    + ledger::Ledger
    + lists::Lists
    + modules::Modules
    + orders::Orders
    + origin::Origin
    + outbox::Outbox
    + people::People
    + reconciliation::Reconciliation
    + retention::Retention
    + stock::Stock
    + switches::Switches
    + tokens::Tokens
    + Send
    + Sync
{
}

impl<T> Store for T where
    T: audit::Audit
        + awards::Awards
        + campaigns::Campaigns
        + chances::Chances
        + codes::Codes
        + destinations::Destinations
        + draws::Draws
        + epochs::Epochs
        + events::Events
        + faults::Faults
        + feed::Feed
        + health::Health
        + holds::Holds
        + hosts::Hosts
        + ledger::Ledger
        + lists::Lists
        + modules::Modules
        + orders::Orders
        + origin::Origin
        + outbox::Outbox
        + people::People
        + reconciliation::Reconciliation
        + retention::Retention
        + stock::Stock
        + switches::Switches
        + tokens::Tokens
        + Send
        + Sync
{
}
