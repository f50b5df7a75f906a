use std::time::Duration;

use clap::Args;
use serde::{Deserialize, Serialize};

use crate::environment;
use crate::exit::UsageError;

/// The most: a century.
const PAYLOADS_DAYS_MAX: u32 = 36_500;

/// For how long a host keeps what it does not need to go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Retention {
    /// For how many days after their campaign has closed receipts are kept, and the values behind them; 0 is for ever.
    pub payloads_days: u32,
}

impl Default for Retention {
    /// Two years.
    fn default() -> Self {
        Self { payloads_days: 730 }
    }
}

impl Retention {
    /// What it says, if it can be meant; `None` is for ever.
    pub(crate) fn receipts(self) -> Result<Option<Duration>, UsageError> {
        if self.payloads_days > PAYLOADS_DAYS_MAX {
            return Err(UsageError::new(format!(
                "retention.payloads_days is 1 to {PAYLOADS_DAYS_MAX}, or 0 to keep receipts for ever"
            )));
        }
        let kept_for = Duration::from_hours(24 * u64::from(self.payloads_days));
        Ok((!kept_for.is_zero()).then_some(kept_for))
    }
}

/// Flags and variables of this section.
#[derive(Debug, Clone, Default, Args)]
pub struct RetentionFlags {
    /// For how many days after their campaign has closed receipts are kept, and the values behind them; 0 is for ever [default: 730]
    #[arg(long, value_name = "DAYS", env = environment::PAYLOADS_DAYS)]
    payloads_days: Option<u32>,
}

impl RetentionFlags {
    pub(super) fn over(self, below: Retention) -> Retention {
        Retention { payloads_days: self.payloads_days.unwrap_or(below.payloads_days) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn receipts_are_kept_for_days_or_for_ever() {
        let kept = |payloads_days| Retention { payloads_days }.receipts();
        let day = Duration::from_hours(24);
        assert_eq!(Retention::default().receipts().unwrap(), Some(730 * day));
        assert_eq!(kept(1).unwrap(), Some(day));
        assert_eq!(kept(0).unwrap(), None);
        assert_eq!(kept(36_500).unwrap(), Some(36_500 * day));
        assert!(kept(36_501).is_err());
    }
}
