//! The checks of an upload: that it is a component that exports a rule and imports nothing, that it compiles, that its types
//! are the contract's, that it can describe itself.

use wasmtime::component::Component;
use wasmtime_wizer::Wizer;

use super::message::CheckError;
use super::trial::{Mismatch, Trial};
use crate::admit::{Inspection, inspect};
use crate::class::for_checks;
use crate::fault::{Failure, describe};
use crate::interface::Interface;
use crate::interface::v1::{
    BranchOutcome, ConfigureArgs, ConfigureResult, DESCRIBE, DecideArgs, DecideResult, GuardOutcome, Manifest,
    RebateOutcome,
};
use crate::limits::Limits;
use crate::settings::ClassSettings;

/// Checks an upload. What was found in it comes with what it says of itself.
pub(super) fn run(class: &ClassSettings, component: &[u8]) -> Result<(Manifest, Inspection), CheckError> {
    let inspection = inspect(component, class)?;
    // What can't be instrumented now can't be configured later.
    Wizer::new().instrument_component(component).map_err(|error| {
        CheckError::Invalid(format!(
            "its configured state could not be kept: {error:#}. A rule is one core module without nested components"
        ))
    })?;
    let engine = for_checks(class).map_err(|error| CheckError::Host(describe(&error)))?;
    let component = Component::new(&engine, component).map_err(|error| CheckError::Invalid(format!("{error:#}")))?;
    let mut trial = Trial::start(&engine, &component, class, Limits::of(class), class.describe_fuel)
        .map_err(|error| failed(Failure::of_start(&error)))?;
    for interface in &inspection.interfaces {
        types(&mut trial, *interface).map_err(|mismatch| CheckError::World(mismatch.to_string()))?;
    }
    let manifest = trial
        .function::<(), (Manifest,)>(DESCRIBE, "describe")
        .map_err(|mismatch| CheckError::World(mismatch.to_string()))?;
    let (manifest,) = manifest.call(&mut trial.store, ()).map_err(|error| failed(Failure::of_call(&error)))?;
    Ok((manifest, inspection))
}

fn types(trial: &mut Trial, interface: Interface) -> Result<(), Mismatch> {
    let name = interface.name();
    match interface {
        Interface::Guard => {
            trial.function::<ConfigureArgs<'_>, ConfigureResult<GuardOutcome>>(name, "configure").map(drop)?;
        }
        Interface::Branch => {
            trial.function::<ConfigureArgs<'_>, ConfigureResult<BranchOutcome>>(name, "configure").map(drop)?;
        }
        Interface::Rebate => {
            trial.function::<ConfigureArgs<'_>, ConfigureResult<RebateOutcome>>(name, "configure").map(drop)?;
        }
    }
    trial.function::<DecideArgs<'_>, DecideResult>(name, "decide").map(drop)
}

fn failed(failure: Failure) -> CheckError {
    match failure {
        Failure::Fault(fault) => CheckError::Describe(fault.message),
        Failure::Unavailable(reason) => CheckError::Host(reason),
    }
}
