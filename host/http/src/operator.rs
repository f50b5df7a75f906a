//! What operators call, by hand, from scripts or by the program's own commands.

pub(crate) mod audit;
pub(crate) mod campaigns;
pub(crate) mod check;
pub(crate) mod epoch_rotate;
pub(crate) mod facts;
pub(crate) mod faults;
pub(crate) mod list;
pub(crate) mod list_change;
pub(crate) mod list_members;
pub(crate) mod lists;
pub(crate) mod module;
pub(crate) mod modules;
pub(crate) mod odds;
pub(crate) mod pause;
pub(crate) mod player_erase;
pub(crate) mod publish;
pub(crate) mod resume;
pub(crate) mod revision;
pub(crate) mod revisions;
pub(crate) mod rollback;
pub(crate) mod schema;
pub(crate) mod stock;
pub(crate) mod stock_change;
pub(crate) mod trial;
pub(crate) mod upload;
