//! What commands show to people: tables, findings, differences, odds, trials, imports. Texts that others wrote (rules, documents, whoever
//! made up a bundle) are made harmless on the way.

mod differences;
mod findings;
mod import;
mod odds;
mod printable;
mod table;
mod trial;

pub(crate) use differences::differences;
pub(crate) use findings::findings;
pub(crate) use import::import;
pub(crate) use odds::odds;
pub(crate) use printable::{printable, printable_lines};
pub(crate) use table::Table;
pub(crate) use trial::trial;
