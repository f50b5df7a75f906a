//! What commands show to people: tables, findings, odds.

mod findings;
mod odds;
mod table;

pub(crate) use findings::findings;
pub(crate) use odds::odds;
pub(crate) use table::Table;
