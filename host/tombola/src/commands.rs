//! One file and one function a subcommand.

pub(crate) mod audit;
pub(crate) mod award;
pub(crate) mod backup;
pub(crate) mod campaign;
pub(crate) mod codes;
pub(crate) mod compile_worker;
pub(crate) mod demo;
pub(crate) mod destination;
pub(crate) mod epoch;
pub(crate) mod export;
pub(crate) mod hold;
pub(crate) mod import;
pub(crate) mod ledger;
pub(crate) mod list;
mod place;
pub(crate) mod player;
pub(crate) mod queue;
pub(crate) mod reconcile;
pub(crate) mod restore;
mod retrying;
pub(crate) mod rule;
mod run;
pub(crate) mod serve;
pub(crate) mod switch;
mod tell;
pub(crate) mod token;
pub(crate) mod verify;
