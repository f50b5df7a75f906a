//! What stands in bodies in more than one operation. Core types are not serialisable; these are, and say how.

pub(crate) mod draw;
pub(crate) mod finding;
pub(crate) mod odds;
