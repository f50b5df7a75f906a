//! The forms in JSON. No member may stand there that is not known, so that nothing is shown that is not checked.

mod disclosed;
mod draw;
mod rebate;
mod rebate_receipt;
mod receipt;
mod record;
mod signature;
mod verdict;

pub use disclosed::{Disclosed, DisclosedFact, DisclosedRebate};
pub use draw::{Draw, Outcome};
pub use rebate::{GivenRebate, GivenReward};
pub use rebate_receipt::RebateReceipt;
pub use receipt::{Named, Receipt};
pub use record::{Epoch, Record};
pub use signature::Signature;
