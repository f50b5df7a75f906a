//! One instance in the compiling process, under the limits of its class.

use wasmtime::component::{Component, ComponentNamedList, Instance, Lift, Linker, Lower, TypedFunc};
use wasmtime::{Engine, Error, Store};

use crate::limits::Limits;
use crate::settings::ClassSettings;

/// An instance and its store.
pub(super) struct Trial {
    pub(super) store: Store<Limits>,
    instance: Instance,
}

/// A function that can't be had as the contract has it.
#[derive(Debug, thiserror::Error)]
pub(super) enum Mismatch {
    /// It isn't there.
    #[error("`{interface}` has no function `{function}`; export what the contract names")]
    Missing {
        /// Name of the interface.
        interface: &'static str,
        /// Name of the function.
        function: &'static str,
    },
    /// It has other types.
    #[error("`{function}` of `{interface}` has other types than the contract's: {difference}")]
    Types {
        /// Name of the interface.
        interface: &'static str,
        /// Name of the function.
        function: &'static str,
        /// What differs, and where.
        difference: String,
    },
}

impl Trial {
    /// Instantiates `component`, start-up code included, on at most `fuel`.
    pub(super) fn start(
        engine: &Engine,
        component: &Component,
        class: &ClassSettings,
        limits: Limits,
        fuel: u64,
    ) -> Result<Self, Error> {
        let mut store = Store::new(engine, limits);
        store.limiter(|limits| limits);
        store.set_fuel(fuel)?;
        store.set_hostcall_fuel(class.needs_bytes_max);
        let instance = Linker::new(engine).instantiate(&mut store, component)?;
        Ok(Self { store, instance })
    }

    /// The function `function` of `interface`, with exactly these types.
    pub(super) fn function<P, R>(
        &mut self,
        interface: &'static str,
        function: &'static str,
    ) -> Result<TypedFunc<P, R>, Mismatch>
    where
        P: ComponentNamedList + Lower,
        R: ComponentNamedList + Lift,
    {
        let found = self
            .export(interface, function)
            .and_then(|index| self.instance.get_func(&mut self.store, index))
            .ok_or(Mismatch::Missing { interface, function })?;
        found.typed(&self.store).map_err(|error| Mismatch::Types {
            interface,
            function,
            difference: format!("{error:#}"),
        })
    }

    fn export(&mut self, interface: &str, function: &str) -> Option<wasmtime::component::ComponentExportIndex> {
        let interface = self.instance.get_export_index(&mut self.store, None, interface)?;
        self.instance.get_export_index(&mut self.store, Some(&interface), function)
    }

    /// Calls a function of an interface that the pre-initialiser added, by names that it made up.
    pub(super) fn read<R>(&mut self, interface: &str, function: &str) -> Result<R, Error>
    where
        R: Lift + wasmtime::component::ComponentType + Send + Sync + 'static,
    {
        let index = self
            .export(interface, function)
            .ok_or_else(|| wasmtime::format_err!("the instrumented component has no `{function}`"))?;
        let reader = self.instance.get_typed_func::<(), (R,)>(&mut self.store, index)?;
        Ok(reader.call(&mut self.store, ())?.0)
    }
}
