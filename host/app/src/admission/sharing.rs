//! Several hosts count as one: each tells the others what it has let in, and counts what they have.
//!
//! Nobody waits for that: a request is judged by what is known here, and what is new is exchanged some times a second. So as much
//! more than a limit is let in, at most, as each host lets in before it has heard of the others. Where nothing can be exchanged, each host
//! counts for itself.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tombola_domain::causes::Causes;
use tombola_domain::switch::Limited;
use tombola_protection::Admitted;

use crate::App;

/// Between two exchanges.
const PERIOD: Duration = Duration::from_millis(100);
/// Keys of one exchange; more wait for the next one. Whoever keeps them does nothing else meanwhile: a millisecond or two.
const KEYS_MAX: usize = 500;

/// Where hosts tell each other what they have let in.
#[async_trait]
pub trait SharedLimits: Send + Sync {
    /// Keeps what this host has let in, in the place of what it told of the same before; answers for each what the others have, by slot.
    async fn exchange(&self, limited: Limited, admitted: &[Admitted]) -> Result<Vec<Heard>, NotShared>;
}

/// What others have let in of one key, by slot. One slot may come several times.
pub type Heard = Vec<(u64, u32)>;

/// Why nothing was exchanged.
#[derive(Debug, thiserror::Error)]
pub enum NotShared {
    /// It failed too often, and is left alone for a while.
    #[error("what keeps the shared limits is left alone for a while")]
    Resting,
    /// It failed.
    #[error("what keeps the shared limits can't be reached, or does not do what it is asked")]
    Failed(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl App {
    /// Shares the limits from now on, from a task of its own, which ends with the app.
    pub fn share_limits(app: &Arc<Self>, shared: Arc<dyn SharedLimits>) {
        let kept = Arc::downgrade(app);
        tokio::spawn(async move {
            while let Some(app) = kept.upgrade() {
                app.exchange_limits(&*shared).await;
                drop(app);
                tokio::time::sleep(PERIOD).await;
            }
        });
    }

    async fn exchange_limits(&self, shared: &dyn SharedLimits) {
        for limited in Limited::ALL {
            let limiter = self.limits.of(limited);
            let told = limiter.untold(KEYS_MAX);
            if told.is_empty() {
                continue;
            }
            match shared.exchange(limited, &told).await {
                Ok(heard) => {
                    for (told, others) in told.iter().zip(&heard) {
                        limiter.hear(told, others);
                    }
                }
                Err(error) => {
                    for told in &told {
                        limiter.tell_again(told);
                    }
                    if let NotShared::Failed(_) = &error {
                        let error = Causes(&error);
                        tracing::warn!(%error, "this host counts what it lets in by itself for now");
                    }
                }
            }
        }
    }
}
