//! What is generated from `wit/`. Nothing here is for rule authors: what they may use is re-exported by name, and the
//! rest is reached by [`crate::export!`] alone.
//!
//! All kinds of rules are generated at once, so that they share one set of types. Which of them a component exports is
//! decided by what [`crate::export!`] exports; the build tool then describes the component
//! by what its module exports.
#![expect(clippy::pedantic, reason = "generated")]

wit_bindgen::generate!({
    inline: "
        package tombola:sdk;
        world every-kind {
            include tombola:rule/guard-rule@1.0.0;
            include tombola:rule/branch-rule@1.0.0;
            include tombola:rule/rebate-rule@1.0.0;
        }
    ",
    path: "../../wit",
    additional_derives: [PartialEq, Eq],
    generate_unused_types: true,
    pub_export_macro: true,
    runtime_path: "::tombola_rule::bindings::runtime",
});

pub use exports::tombola::rule::{branch, describe, guard, rebate, types};
pub use wit_bindgen::rt as runtime;
