//! What servers of clients call, and what their players may.

pub(crate) mod awards;
pub(crate) mod balances;
pub(crate) mod campaign;
pub(crate) mod campaigns;
pub(crate) mod draw;
pub(crate) mod drawn;
pub(crate) mod epochs;
pub(crate) mod event;
pub(crate) mod event_report;
pub(crate) mod events_report;
pub(crate) mod held;
pub(crate) mod hold;
pub(crate) mod hold_release;
pub(crate) mod hold_take;
pub(crate) mod holds;
pub(crate) mod keys;
pub(crate) mod order;
pub(crate) mod orders;
pub(crate) mod player;
pub(crate) mod player_token;
pub(crate) mod rebate_receipt;
pub(crate) mod receipt;
pub(crate) mod statement;
