//! The checks of an upload that need no engine, cheapest first, and what is read from it on the way. Nothing of it runs here.

mod inspect;
mod manifest;

pub(crate) use self::inspect::{Inspection, inspect};
pub(crate) use self::manifest::manifest;
