//! Runs rules that strangers wrote, and never lets one of them reach anything at all.
//!
//! A *module* is an uploaded WebAssembly component. It becomes a *rule* in three moments, each with its own type:
//!
//! * **once a process**, a [`Sandbox`] sets up a *class*: an engine, a pool of memory and the limits of what runs in it. Linking
//!   is part of it, and there is nothing to link: a rule imports nothing;
//! * **once a module and config**, the module is configured, and what it has become is compiled. That happens in a *compiling
//!   process* ([`worker`]), a separate, limited and killable one, whose native code is kept in an authenticated *cache*;
//! * **once a call**, a rule is instantiated in a store of its own from the image of its configured state, called, and thrown
//!   away. No call sees what another left behind.
//!
//! A call that gives no answer has one of two owners. A *fault* is the rule's, and the same every time: a trap, too much fuel,
//! memory or stack, an answer that can't be read. It is part of the outcome. Everything else is *unavailable*: this host's,
//! this once, and no outcome at all.
//!
//! This crate knows no campaign, no database and no network. To add a kind of rule, add an interface to `wit/`, its types to
//! `interface`, and a member to `interface::Interface`; the compiler then names every place that is missing.

mod admit;
mod cache;
mod class;
mod fault;
mod interface;
mod limits;
mod native;
mod residents;
mod rule;
mod sandbox;
mod settings;
mod version;
pub mod worker;
mod workers;

pub use admit::check_form;
pub use cache::CacheKey;
pub use class::ClassError;
pub use sandbox::{Sandbox, SetupError};
pub use settings::{CacheSettings, ClassSettings, Settings, SettingsError, WorkerSettings};
pub use version::engine_version;
