//! The field's reference lottery: its tables, what becomes of them, and the odds that it would have given.
//!
//! A *strategy* becomes a campaign: its awards become prizes and the default pool, its weight rule a guard with a pool for each tier, its
//! blacklist a guard and a list, its trees trees. An *activity* that uses the strategy gives the window and the title.

mod context;
mod economy;
mod guards;
mod import;
mod note;
mod odds;
mod pools;
mod prizes;
mod rate;
mod rest;
mod slots;
mod tables;
mod trees;
mod window;
mod zone;

pub use import::{Campaign, Import, ImportError, List, import};
pub use note::{Code, Note, Place};
pub use odds::{PoolOdds, PrizeOdds};
pub use rate::Rate;
pub use slots::slots;
pub use zone::{UnknownZone, Zone};

#[cfg(test)]
mod tests;
