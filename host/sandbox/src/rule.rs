//! A rule that is ready to run, and one run of it: the only code of this crate on the path of a draw.

use std::sync::Arc;

use tombola_domain::fact::Value;
use tombola_engine::rule::{Decision, Evaluation, Fault, FaultKind, Fuel, Needs, Rule, Unavailable};
use wasmtime::component::{Component, ComponentExportIndex, InstancePre};
use wasmtime::{Engine, Store};

use crate::class::Class;
use crate::fault::{Failure, describe, fault};
use crate::interface::Interface;
use crate::interface::v1::{DecideArgs, DecideResult, Fact};
use crate::limits::Limits;

/// A configured module, linked into its class.
pub(crate) struct Resident {
    class: Arc<Class>,
    needs: Needs,
    instance: InstancePre<Limits>,
    decide: ComponentExportIndex,
}

impl Resident {
    /// Links `component`, whose configured state is part of its image.
    pub(crate) fn new(
        class: Arc<Class>,
        component: &Component,
        interface: Interface,
        needs: Needs,
    ) -> Result<Self, Unavailable> {
        debug_assert!(Engine::same(class.engine(), component.engine()), "stores of two classes never mix");
        let decide = component
            .get_export_index(None, interface.name())
            .and_then(|interface| component.get_export_index(Some(&interface), "decide"))
            .ok_or_else(|| Unavailable::Host(format!("the native code of the rule has no `{}`", interface.name())))?;
        let instance = class.link(component).map_err(|error| Unavailable::Host(describe(&error)))?;
        Ok(Self { class, needs, instance, decide })
    }

    /// Instantiates and calls. The outer error is a failed call, the inner one the guest's own.
    fn call(&self, store: &mut Store<Limits>, facts: &[Fact<'_>]) -> Result<DecideResult, Failure> {
        let instance = self.instance.instantiate(&mut *store).map_err(|error| Failure::of_start(&error))?;
        let decide = instance
            .get_typed_func::<DecideArgs<'_>, DecideResult>(&mut *store, self.decide)
            .map_err(|error| Failure::of_start(&error))?;
        decide.call(store, (facts,)).map_err(|error| Failure::of_call(&error))
    }
}

impl Rule for Resident {
    fn needs(&self) -> &Needs {
        &self.needs
    }

    fn evaluate(&self, facts: &[Value], fuel: Fuel) -> Result<Evaluation, Unavailable> {
        let facts: Vec<Fact<'_>> = facts.iter().map(Into::into).collect();
        let _slot = self.class.slot().map_err(|full| Unavailable::Host(full.to_string()))?;
        let mut store = self.class.store(fuel.units()).map_err(|error| Unavailable::Host(describe(&error)))?;
        let decision = judge(self.call(&mut store, &facts))?;
        if matches!((&decision, fuel), (Err(Fault { kind: FaultKind::Fuel, .. }), Fuel::Part(_))) {
            return Err(Unavailable::Unfinished);
        }
        let left = store.get_fuel().expect("a class always meters fuel");
        Ok(Evaluation { decision, fuel: fuel.units() - left })
    }
}

fn judge(answer: Result<DecideResult, Failure>) -> Result<Result<Decision, Fault>, Unavailable> {
    match answer {
        Ok((Ok(decision),)) => {
            Ok(decision.try_into().map_err(|error| fault(FaultKind::Undeclared, format!("{error}"))))
        }
        Ok((Err(message),)) => Ok(Err(fault(FaultKind::Refused, message))),
        Err(Failure::Fault(fault)) => Ok(Err(fault)),
        Err(Failure::Unavailable(reason)) => Err(Unavailable::Host(reason)),
    }
}

impl std::fmt::Debug for Resident {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Resident").field("needs", &self.needs).finish_non_exhaustive()
    }
}
