//! The forms in JSON. No member may stand there that is not known, so that nothing is shown that is not checked.

mod draw;
mod rebate;
mod receipt;
mod record;

pub use draw::{Draw, Outcome};
pub use rebate::{DisclosedRebate, RebateReceipt};
pub use receipt::{Disclosed, DisclosedFact, Named, Receipt, Signature};
pub use record::{Epoch, Record};
