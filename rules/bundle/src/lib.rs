//! The standard rules, as the components that a new server puts into its database.
//!
//! They are uploads like any other: nothing in the server knows their names. Adding one means a new crate beside this
//! one, and a line in `build.rs`.
//!
//! With the feature `native` the same rules can be run as native code, which tests compare with the components.

#[cfg(feature = "native")]
mod native;

#[cfg(feature = "native")]
pub use native::native;

/// A rule as a component.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standard {
    /// The rule's name.
    pub name: &'static str,
    /// The rule's semantic version.
    pub version: &'static str,
    /// The component, at most 64 KiB.
    pub component: &'static [u8],
}

/// All standard rules, in the order of their names.
pub fn standard() -> &'static [Standard] {
    STANDARD
}

static STANDARD: &[Standard] = include!(concat!(env!("OUT_DIR"), "/standard.rs"));

#[cfg(test)]
mod tests;
