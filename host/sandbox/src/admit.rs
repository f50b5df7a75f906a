//! The checks of an upload that need no engine, cheapest first, and what is read from it on the way. Nothing of it runs here.
//!
//! A stranger's bytes are parsed in the compiling process alone: a parser that recurses as deep as they say ends that process,
//! and no draw.

mod inspect;
mod manifest;

use tombola_engine::rule::AdmitError;

pub(crate) use self::inspect::{Inspection, inspect};
pub(crate) use self::manifest::manifest;
use crate::settings::ClassSettings;

/// Holds an upload to everything that can be seen without compiling it. For tools and tests: a server leaves it to a
/// compiling process.
pub fn check_form(component: &[u8], class: &ClassSettings) -> Result<(), AdmitError> {
    inspect(component, class).map(drop).map_err(Into::into)
}
