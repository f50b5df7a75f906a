//! What stands in bodies in more than one operation. Core types are not serialisable; these are, and say how. What auditors read
//! as well stands in `tombola_audit::wire`.

pub(crate) mod award;
pub(crate) mod deliver;
pub(crate) mod difference;
pub(crate) mod epoch;
pub(crate) mod event;
pub(crate) mod fact;
pub(crate) mod finding;
pub(crate) mod lock;
pub(crate) mod odds;
pub(crate) mod trial;
