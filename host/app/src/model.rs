//! What use cases take and give that the engine and the store define. Transports name it from here, and need neither.

pub use tombola_engine::decide::Plan;
pub use tombola_engine::difference::{Change, Difference};
pub use tombola_engine::document::{Attribute, DOCUMENT_BYTES_MAX, Scalar, json_schema};
pub use tombola_engine::finding::{Finding, Severity};
pub use tombola_engine::locks::{Lock, LockNode, Locks};
pub use tombola_engine::odds::Outcome;
pub use tombola_engine::pipeline::Pipeline;
pub use tombola_engine::revision::ModuleRef;
pub use tombola_engine::rule::AdmitError;
pub use tombola_engine::trial::{Drawn, Trace, TracedAnswer, TracedPick, TracedStep, TrialVerdict};
pub use tombola_store::Done;
pub use tombola_store::audit::{Entry, Query, Verb};
pub use tombola_store::awards::{
    Attempts, Award, AwardHistory, Change as AwardChange, Move, Moved, Page as AwardPage, Query as AwardQuery,
    WonByEvent,
};
pub use tombola_store::campaigns::{Pause, Revision, RevisionSummary};
pub use tombola_store::chances::Granted;
pub use tombola_store::codes::{Loaded, NewCode, PoolLevel, Withdrawn};
pub use tombola_store::destinations::{DESTINATIONS_MAX, Destination, Limits};
pub use tombola_store::draws::{Draw, Refusal, StoredReceipt, Won};
pub use tombola_store::epochs::Phase;
pub use tombola_store::events::{
    Answer as EventAnswer, KnownEvent, Outcome as EventOutcome, PointsBack, Rebate, RebateReceipt, Reverses, TakenBack,
};
pub use tombola_store::faults::Fault;
pub use tombola_store::feed::{AwardMoved, Event, Posting};
pub use tombola_store::ledger::{Balance, BusinessKey, StatementLine, Unit, Why};
pub use tombola_store::lists::{ListEdit, ListState};
pub use tombola_store::modules::{Module, ModuleSummary};
pub use tombola_store::orders::Order;
pub use tombola_store::outbox::{COUNTED_MAX, Load, Revived};
pub use tombola_store::people::{ExportCursor, ExportPage};
pub use tombola_store::reconciliation::{After as DifferencesAfter, Difference as Drift, Pass};
pub use tombola_store::stock::StockLevel;
