//! A class of rules: one engine, its pool and its limits. Made once per process; linking happens here, once.

mod deadline;
mod engine;
mod slots;
mod ticker;

use wasmtime::component::{Component, InstancePre, Linker};
use wasmtime::{Engine, Store};

use self::deadline::Deadline;
pub(crate) use self::engine::{compatibility, features, for_checks, for_code, for_trials};
use self::slots::{Slot, Slots};
use crate::limits::Limits;
use crate::settings::{ClassSettings, SettingsError};

/// Why a class can't be set up on this host.
#[derive(Debug, thiserror::Error)]
pub enum ClassError {
    /// A setting is out of bounds.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// The engine refuses the settings, or the host has not that much address space.
    #[error("the engine could not be set up: {0}")]
    Engine(String),
    /// The thread that counts time could not be started.
    #[error("the clock of the engine could not be started")]
    Ticker(#[source] std::io::Error),
}

/// An engine with what its rules may use.
pub(crate) struct Class {
    settings: ClassSettings,
    engine: Engine,
    linker: Linker<Limits>,
    slots: Slots,
    deadline: Deadline,
}

impl Class {
    /// Sets the engine up, reserves its pool, and starts its clock.
    pub(crate) fn new(settings: ClassSettings) -> Result<Self, ClassError> {
        settings.check()?;
        let engine = engine::for_pool(&settings).map_err(|error| ClassError::Engine(format!("{error:#}")))?;
        ticker::start(&engine).map_err(ClassError::Ticker)?;
        Ok(Self {
            // Nothing is ever put into this linker: a rule imports nothing.
            linker: Linker::new(&engine),
            slots: Slots::new(&settings),
            deadline: Deadline::new(settings.deadline_ms),
            engine,
            settings,
        })
    }

    /// What its rules may use.
    pub(crate) fn settings(&self) -> &ClassSettings {
        &self.settings
    }

    /// Its engine. Never to be used with another class's components.
    pub(crate) fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Links a component, so that instantiating it is only a matter of memory.
    pub(crate) fn link(&self, component: &Component) -> wasmtime::Result<InstancePre<Limits>> {
        self.linker.instantiate_pre(component)
    }

    /// Takes the right to hold one instance, waiting for it within bounds.
    pub(crate) fn slot(&self) -> Result<Slot<'_>, slots::Full> {
        self.slots.take()
    }

    /// A store for one evaluation on at most `fuel`, whose deadline begins now.
    pub(crate) fn store(&self, fuel: u64) -> wasmtime::Result<Store<Limits>> {
        let mut store = Store::new(&self.engine, Limits::of(&self.settings));
        store.limiter(|limits| limits);
        store.set_fuel(fuel)?;
        self.deadline.begin(&mut store);
        store.set_hostcall_fuel(self.settings.decision_bytes_max);
        Ok(store)
    }
}

impl std::fmt::Debug for Class {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Class").field("settings", &self.settings).finish_non_exhaustive()
    }
}
