//! From traits to exports: the glue behind [`crate::export!`].

use crate::bindings::{branch, guard, rebate, types};
use crate::{Branch, Facts, Guard, Needs, Problem, Rebate, Value, json};

pub use crate::slot::Slot;

pub use crate::bindings::describe::Guest as Describe;
pub use crate::bindings::types::Manifest;

/// What packages of rules are called before the rule's own name: `tombola-rule-unlock` holds the rule `unlock`.
pub const PACKAGE_PREFIX: &str = "tombola-rule-";

/// Makes a component of a crate.
///
/// ```ignore
/// tombola_rule::export!(guard: MyGuard);
/// tombola_rule::export!(rebate: MyRebate);
/// tombola_rule::export!(guard: MyGuard, branch: MyBranch); // one component, two kinds
/// ```
///
/// Write it once, in the root of the crate. Name, version and summary of the rule are those of the Cargo package:
/// `tombola-rule-unlock` is called `unlock`, any other name stays as it is, and the description is the summary.
///
/// Natively it defines `RULES`, the same rules for [`crate::native`].
#[macro_export]
macro_rules! export {
    ($($kind:ident: $rule:ty),+ $(,)?) => {
        #[cfg(target_arch = "wasm32")]
        const _: () = {
            struct Component;

            impl $crate::export::Describe for Component {
                fn describe() -> $crate::export::Manifest {
                    $crate::export::manifest(
                        env!("CARGO_PKG_NAME"),
                        env!("CARGO_PKG_VERSION"),
                        env!("CARGO_PKG_DESCRIPTION"),
                    )
                }
            }

            #[unsafe(export_name = "tombola:rule/describe@1.0.0#describe")]
            unsafe extern "C" fn describe() -> *mut u8 {
                // SAFETY: called by the host as the contract says.
                unsafe { $crate::bindings::describe::_export_describe_cabi::<Component>() }
            }
            $($crate::__export_kind!($kind: $rule);)+
        };

        /// The rules of this crate, to be run without a sandbox.
        #[cfg(not(target_arch = "wasm32"))]
        pub static RULES: &[$crate::native::Rule] = &[$($crate::__native_kind!($kind: $rule)),+];

        #[cfg(not(target_arch = "wasm32"))]
        const _: () = {
            // The build tool loads the native library and asks it for the schema, so that no guest carries the code
            // that makes one. The package's name keeps the symbol apart where several rules are linked together.
            #[unsafe(export_name = concat!("tombola_config_schema_", env!("CARGO_PKG_NAME")))]
            extern "C" fn config_schema() -> *const ::core::ffi::c_char {
                $crate::native::exported_schema(RULES)
            }
        };
    };
}

/// Exports one kind of rule; the state of the configured rule is a static of its own.
///
/// The generated macros would export functions as well that free what was returned. An instance is thrown away after
/// its call, so freeing would only take time: these export the same functions without them.
#[doc(hidden)]
#[macro_export]
macro_rules! __export_kind {
    (guard: $rule:ty) => {
        const _: () = {
            static CONFIGURED: $crate::export::Slot<$rule> = $crate::export::Slot::empty();

            struct Exported;

            impl $crate::bindings::guard::Guest for Exported {
                fn configure(
                    config: ::std::string::String,
                ) -> ::core::result::Result<$crate::bindings::guard::Needs, ::std::vec::Vec<$crate::Problem>> {
                    $crate::export::configure_guard(&CONFIGURED, &config)
                }

                fn decide(
                    facts: ::std::vec::Vec<$crate::Value>,
                ) -> ::core::result::Result<$crate::bindings::types::Decision, ::std::string::String> {
                    $crate::export::decide_guard(&CONFIGURED, &facts)
                }
            }

    $crate::__export_tombola_rule_guard_1_0_0_cabi!(Exported with_types_in $crate::bindings::guard);
        };
    };
    (branch: $rule:ty) => {
        const _: () = {
            static CONFIGURED: $crate::export::Slot<$rule> = $crate::export::Slot::empty();

            struct Exported;

            impl $crate::bindings::branch::Guest for Exported {
                fn configure(
                    config: ::std::string::String,
                ) -> ::core::result::Result<$crate::bindings::branch::Needs, ::std::vec::Vec<$crate::Problem>> {
                    $crate::export::configure_branch(&CONFIGURED, &config)
                }

                fn decide(
                    facts: ::std::vec::Vec<$crate::Value>,
                ) -> ::core::result::Result<$crate::bindings::types::Decision, ::std::string::String> {
                    $crate::export::decide_branch(&CONFIGURED, &facts)
                }
            }

    $crate::__export_tombola_rule_branch_1_0_0_cabi!(Exported with_types_in $crate::bindings::branch);
        };
    };
    (rebate: $rule:ty) => {
        const _: () = {
            static CONFIGURED: $crate::export::Slot<$rule> = $crate::export::Slot::empty();

            struct Exported;

            impl $crate::bindings::rebate::Guest for Exported {
                fn configure(
                    config: ::std::string::String,
                ) -> ::core::result::Result<$crate::bindings::rebate::Needs, ::std::vec::Vec<$crate::Problem>> {
                    $crate::export::configure_rebate(&CONFIGURED, &config)
                }

                fn decide(
                    facts: ::std::vec::Vec<$crate::Value>,
                ) -> ::core::result::Result<$crate::bindings::types::Decision, ::std::string::String> {
                    $crate::export::decide_rebate(&CONFIGURED, &facts)
                }
            }

    $crate::__export_tombola_rule_rebate_1_0_0_cabi!(Exported with_types_in $crate::bindings::rebate);
        };
    };
}

/// The registry entry of one kind of rule.
#[doc(hidden)]
#[macro_export]
macro_rules! __native_kind {
    (guard: $rule:ty) => {
        $crate::native::Rule::guard::<$rule>(
            env!("CARGO_PKG_NAME"),
            env!("CARGO_PKG_VERSION"),
            env!("CARGO_PKG_DESCRIPTION"),
        )
    };
    (branch: $rule:ty) => {
        $crate::native::Rule::branch::<$rule>(
            env!("CARGO_PKG_NAME"),
            env!("CARGO_PKG_VERSION"),
            env!("CARGO_PKG_DESCRIPTION"),
        )
    };
    (rebate: $rule:ty) => {
        $crate::native::Rule::rebate::<$rule>(
            env!("CARGO_PKG_NAME"),
            env!("CARGO_PKG_VERSION"),
            env!("CARGO_PKG_DESCRIPTION"),
        )
    };
}

/// What a rule says of itself, from what Cargo knows of its package.
pub fn manifest(package: &str, version: &str, summary: &str) -> Manifest {
    Manifest { name: rule_name(package).to_owned(), version: version.to_owned(), summary: summary.to_owned() }
}

/// The name of the rule that a package holds.
pub(crate) fn rule_name(package: &str) -> &str {
    package.strip_prefix(PACKAGE_PREFIX).unwrap_or(package)
}

/// Configures a guard and keeps it in `state`.
pub fn configure_guard<R: Guard>(state: &Slot<R>, config: &str) -> Result<guard::Needs, Vec<Problem>> {
    let (rule, needs) = guard_from_json::<R>(config)?;
    keep(state, rule)?;
    Ok(guard::Needs { facts: needs.facts.0, outcomes: needs.outcomes })
}

/// Configures a branch and keeps it in `state`.
pub fn configure_branch<R: Branch>(state: &Slot<R>, config: &str) -> Result<branch::Needs, Vec<Problem>> {
    let (rule, needs) = branch_from_json::<R>(config)?;
    keep(state, rule)?;
    Ok(branch::Needs { facts: needs.facts.0, outcomes: needs.outcomes })
}

/// Configures a rebate and keeps it in `state`.
pub fn configure_rebate<R: Rebate>(state: &Slot<R>, config: &str) -> Result<rebate::Needs, Vec<Problem>> {
    let (rule, needs) = rebate_from_json::<R>(config)?;
    keep(state, rule)?;
    Ok(rebate::Needs { facts: needs.facts.0, outcomes: needs.outcomes })
}

/// Lets the guard that is kept in `state` decide.
pub fn decide_guard<R: Guard>(state: &Slot<R>, facts: &[Value]) -> Result<types::Decision, String> {
    finish(kept(state)?.decide(&Facts::new(facts)))
}

/// Lets the branch that is kept in `state` decide.
pub fn decide_branch<R: Branch>(state: &Slot<R>, facts: &[Value]) -> Result<types::Decision, String> {
    finish(kept(state)?.decide(&Facts::new(facts)))
}

/// Lets the rebate that is kept in `state` decide.
pub fn decide_rebate<R: Rebate>(state: &Slot<R>, facts: &[Value]) -> Result<types::Decision, String> {
    finish(kept(state)?.decide(&Facts::new(facts)))
}

/// A guard of a config as JSON, with what it declared.
pub(crate) fn guard_from_json<R: Guard>(config: &str) -> Result<(R, Needs<guard::Outcome>), Vec<Problem>> {
    let config = json::from_str(config).map_err(|problem| vec![problem])?;
    let mut needs = Needs::new();
    let rule = R::configure(config, &mut needs).map_err(crate::Problems::into_vec)?;
    Ok((rule, needs))
}

/// A branch of a config as JSON, with what it declared.
pub(crate) fn branch_from_json<R: Branch>(config: &str) -> Result<(R, Needs<branch::Outcome>), Vec<Problem>> {
    let config = json::from_str(config).map_err(|problem| vec![problem])?;
    let mut needs = Needs::new();
    let rule = R::configure(config, &mut needs).map_err(crate::Problems::into_vec)?;
    Ok((rule, needs))
}

/// A rebate of a config as JSON, with what it declared.
pub(crate) fn rebate_from_json<R: Rebate>(config: &str) -> Result<(R, Needs<rebate::Outcome>), Vec<Problem>> {
    let config = json::from_str(config).map_err(|problem| vec![problem])?;
    let mut needs = Needs::new();
    let rule = R::configure(config, &mut needs).map_err(crate::Problems::into_vec)?;
    Ok((rule, needs))
}

pub(crate) fn finish(decided: Result<crate::Decision, crate::Fault>) -> Result<types::Decision, String> {
    decided.map(crate::Decision::into_wire).map_err(crate::Fault::into_message)
}

fn keep<R>(state: &Slot<R>, rule: R) -> Result<(), Vec<Problem>> {
    if state.fill(rule) { Ok(()) } else { Err(vec![Problem::at("", "the rule is configured already")]) }
}

fn kept<R>(state: &Slot<R>) -> Result<&R, String> {
    state.get().ok_or_else(|| "the rule is not configured".to_owned())
}
