//! Baking: a rule is configured once, and what it has become is compiled, so that no call ever parses its config.

use wasmtime::component::{Component, Lift};
use wasmtime_wizer::Wizer;

use super::message::{BakeError, CheckError};
use super::snapshot::snapshot;
use super::trial::{Mismatch, Trial};
use crate::admit::inspect;
use crate::class::{for_code, for_trials};
use crate::fault::{Failure, describe, fault};
use crate::interface::Interface;
use crate::interface::v1::{AnyNeeds, ConfigureArgs, ConfigureResult, Needs, Problem, RebateOutcome};
use crate::limits::Limits;
use crate::settings::ClassSettings;
use tombola_engine::rule::FaultKind;

/// Facts that one rule may read: as many as a whole revision.
const FACTS_MAX: usize = 64;
/// Outcomes that one rule may declare.
const OUTCOMES_MAX: usize = 4096;
/// Rewards of one outcome, as the contract says.
const REWARDS_MAX: usize = 16;

/// What the rule needs, and native code of its component in its configured state.
pub(super) fn run(
    class: &ClassSettings,
    interface: Interface,
    config: &str,
    component: &[u8],
) -> Result<(AnyNeeds, Vec<u8>), BakeError> {
    let wizer = wizer();
    let (context, instrumented) = wizer.instrument_component(component).map_err(unfit)?;
    let engine = for_trials(class).map_err(host)?;
    let instrumented = Component::new(&engine, instrumented).map_err(unfit)?;
    let mut trial = Trial::start(&engine, &instrumented, class, Limits::of(class).with_reader(), class.configure_fuel)
        .map_err(|error| failed(Failure::of_start(&error)))?;
    let needs = declared(&mut trial, interface, config).map_err(|error| match error {
        BakeError::WrongKind => absent(class, component),
        other => other,
    })?;
    let baked = snapshot(&wizer, &context, trial, class.memory_bytes_max).map_err(unfit)?;
    let code = for_code(class).map_err(host)?.precompile_component(&baked).map_err(unfit)?;
    Ok((needs, code))
}

fn declared(trial: &mut Trial, interface: Interface, config: &str) -> Result<AnyNeeds, BakeError> {
    Ok(match interface {
        Interface::Guard => AnyNeeds::Guard(configure(trial, interface, config)?),
        Interface::Branch => AnyNeeds::Branch(configure(trial, interface, config)?),
        Interface::Rebate => {
            let needs: Needs<RebateOutcome> = configure(trial, interface, config)?;
            let most = needs.outcomes.iter().map(|outcome| outcome.rewards.len()).max();
            bounded("rewards in one outcome", most.unwrap_or(0), REWARDS_MAX)?;
            AnyNeeds::Rebate(needs)
        }
    })
}

/// Why an interface is not there: it was admitted when the contract had another version, or it never had it.
fn absent(class: &ClassSettings, component: &[u8]) -> BakeError {
    match inspect(component, class) {
        Err(CheckError::World(reason)) => BakeError::Fault(fault(FaultKind::Undeclared, reason)),
        _ => BakeError::WrongKind,
    }
}

/// Leaves every export in place: none of them is an initialiser to be removed.
fn wizer() -> Wizer {
    let mut wizer = Wizer::new();
    wizer.keep_init_func(true);
    wizer
}

fn configure<O>(trial: &mut Trial, interface: Interface, config: &str) -> Result<Needs<O>, BakeError>
where
    O: Lift + Send + Sync + 'static,
{
    let configure =
        trial.function::<ConfigureArgs<'_>, ConfigureResult<O>>(interface.name(), "configure").map_err(mismatched)?;
    let (answer,) = configure.call(&mut trial.store, (config,)).map_err(|error| failed(Failure::of_call(&error)))?;
    let needs = answer.map_err(refused)?;
    bounded("facts", needs.facts.len(), FACTS_MAX)?;
    bounded("outcomes", needs.outcomes.len(), OUTCOMES_MAX)?;
    Ok(needs)
}

fn mismatched(mismatch: Mismatch) -> BakeError {
    match mismatch {
        Mismatch::Missing { .. } => BakeError::WrongKind,
        // Its types were compared when it was admitted.
        other @ Mismatch::Types { .. } => BakeError::Host(other.to_string()),
    }
}

fn refused(problems: Vec<Problem>) -> BakeError {
    if problems.is_empty() {
        let message = "it refused its config without naming a problem".to_owned();
        return BakeError::Fault(fault(FaultKind::Undeclared, message));
    }
    BakeError::Problems(problems)
}

fn bounded(what: &str, count: usize, max: usize) -> Result<(), BakeError> {
    if count <= max {
        return Ok(());
    }
    let message = format!("it declares {count} {what}; a rule may have {max}");
    Err(BakeError::Fault(fault(FaultKind::Undeclared, message)))
}

/// A component that passed its checks can only come here with a config that makes the difference, so this is a fault of
/// the two together, the same every time.
#[expect(clippy::needless_pass_by_value, reason = "maps errors, which come by value")]
fn unfit(error: wasmtime::Error) -> BakeError {
    BakeError::Fault(fault(FaultKind::Trap, format!("its configured state can't be kept: {error:#}")))
}

#[expect(clippy::needless_pass_by_value, reason = "maps errors, which come by value")]
fn host(error: wasmtime::Error) -> BakeError {
    BakeError::Host(describe(&error))
}

fn failed(failure: Failure) -> BakeError {
    match failure {
        Failure::Fault(fault) => BakeError::Fault(fault),
        Failure::Unavailable(reason) => BakeError::Host(reason),
    }
}
