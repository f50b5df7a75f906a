//! What commands show to people: tables, findings, differences, odds, trials.

mod differences;
mod findings;
mod odds;
mod table;
mod trial;

pub(crate) use differences::differences;
pub(crate) use findings::findings;
pub(crate) use odds::odds;
pub(crate) use table::Table;
pub(crate) use trial::trial;
