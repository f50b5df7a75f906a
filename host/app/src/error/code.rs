//! The codes of errors, and whether the same again may succeed.

use tombola_domain::chance::Exhausted;
use tombola_engine::rule::AdmitError;
use tombola_store::StoreError;

use super::Error;
use crate::events::NotReversed;

impl Error {
    /// The stable code, by which programs tell one from another.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::CampaignUnknown(_) => "campaign-unknown",
            Self::CampaignNotReady(_) => "campaign-not-ready",
            Self::NotOpen(_) => "campaign-not-open",
            Self::Closed(_) => "campaign-closed",
            Self::Paused(_) => "campaign-paused",
            Self::Exhausted { reason, .. } => exhausted(*reason),
            Self::Attribute { .. } => "attribute-refused",
            Self::KeyReused => "idempotency-key-reused",
            Self::Busy => "busy",
            Self::NotAdmitted(error) => error.code(),
            Self::Contended => "contended",
            Self::TimedOut => "timed-out",
            Self::RuleUnavailable(_) | Self::Module(AdmitError::Unavailable(_)) => "rule-not-runnable",
            Self::Store(error) => of_store(error),
            Self::Findings(_) => "document-refused",
            Self::NotExpected { .. } => "revision-not-expected",
            Self::RevisionUnknown(_) => "revision-unknown",
            Self::Module(AdmitError::TooLarge { .. }) => "module-too-large",
            Self::Module(_) => "module-refused",
            Self::VersionTaken(_) => "module-version-taken",
            Self::NameTaken(_) => "module-name-taken",
            Self::ModuleUnknown(_) => "module-unknown",
            Self::BundleTooLarge(_) => "bundle-too-large",
            Self::DrawUnknown => "draw-unknown",
            Self::ReceiptExpired => "receipt-expired",
            Self::StockUnknown(_) => "stock-unknown",
            Self::StockBounds { .. } => "stock-out-of-bounds",
            Self::ListEmptied => "list-emptied",
            Self::ListUnknown(_) => "list-unknown",
            Self::ListTooLong => "list-too-long",
            Self::TooManyWays(_) => "odds-too-many-ways",
            Self::TooMuchFuel(_) => "odds-too-much-fuel",
            Self::Fact(_) => "fact-refused",
            Self::PrizeUnknown(_) => "prize-refused",
            Self::TicketTooHigh { .. } => "ticket-too-high",
            Self::NeverDrawn(_) => "prize-not-drawn",
            Self::Sealed(_) => "epoch-sealed",
            Self::EpochNotCurrent => "epoch-not-current",
            Self::DestinationUnknown(_) => "destination-unknown",
            Self::DestinationRefused { .. } => "destination-refused",
            Self::DestinationWithoutSecret => "destination-without-secret",
            Self::DestinationSealed(_) => "destination-sealed",
            Self::CodePoolUnknown(_) => "code-pool-unknown",
            Self::TooManyCodes => "codes-too-many",
            Self::AwardUnknown => "award-unknown",
            Self::AwardRefused { .. } => "award-state-refused",
            Self::ReasonMissing => "reason-missing",
            Self::TooManyMoves => "moves-too-many",
            Self::TokenTaken => "token-taken",
            Self::OrderUnknown => "order-unknown",
            Self::AdjustmentUnknown => "adjustment-unknown",
            Self::Hold(error) => error.code(),
            Self::SkuUnknown(_) => "sku-unknown",
            Self::SkuSoldOut { .. } => "sku-sold-out",
            Self::UnitUnknown { .. } => "unit-unknown",
            Self::BalanceShort { .. } => "balance-short",
            Self::BudgetShort { .. } => "budget-short",
            Self::Full(full) => full.code(),
            Self::NotGranted(error) => error.code(),
            Self::Event(error) => error.code(),
            Self::NotReversed(error) => error.code(),
            Self::Feed(error) => error.code(),
            Self::RebateUnknown => "rebate-unknown",
            Self::TokenUnknown => "token-unknown",
        }
    }

    /// Whether the same request may succeed later, unchanged.
    pub const fn is_retryable(&self) -> bool {
        match self {
            Self::Store(error) => !error.is_damage(),
            Self::NotReversed(NotReversed::Early(_))
            | Self::CampaignNotReady(_)
            | Self::Busy
            | Self::NotAdmitted(_)
            | Self::Contended
            | Self::TimedOut
            | Self::RuleUnavailable(_)
            | Self::Module(AdmitError::Unavailable(_)) => true,
            _ => false,
        }
    }
}

/// The stable code of what failed of the store.
const fn of_store(error: &StoreError) -> &'static str {
    match error {
        StoreError::Full(_) => "store-full",
        StoreError::Broken | StoreError::Fenced => "store-lost",
        error if error.is_damage() => "store-damaged",
        _ => "store-unavailable",
    }
}

/// The stable code of what is used up.
const fn exhausted(reason: Exhausted) -> &'static str {
    match reason {
        Exhausted::Total => "draws-exhausted",
        Exhausted::Month => "draws-exhausted-month",
        Exhausted::Day => "draws-exhausted-day",
        Exhausted::Chances => "chances-exhausted",
    }
}
