//! Refusals are no draws and cost no commit: each player's last one is written behind, once a second or less.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use metrics::counter;
use tombola_domain::causes::Causes;
use tombola_domain::id::{CampaignId, PlayerId};
use tombola_store::Store;
use tombola_store::draws::Refusal;

use crate::behind::{self, pause};
use crate::labels::Labels;
use crate::switches::Flags;

/// Refused draws, by campaign and code.
pub(crate) const REFUSALS: &str = "tombola_refusals_total";
/// Codes of a campaign that are told apart in metrics. Rules choose them, and may choose others each time they are published: the
/// labels of one campaign are not another's to use up.
const CODES_MAX: usize = 32;
/// Players whose refusal waits to be written; beyond that the newest are only counted.
const WAITING_MAX: usize = 20_000;
/// How long a flood of refusals waits to be written.
const PAUSE_MAX: Duration = Duration::from_secs(10);

#[derive(Default)]
struct Waiting {
    /// Each player's latest.
    new: HashMap<(CampaignId, PlayerId), Refusal>,
    writing: VecDeque<Refusal>,
}

/// Of each campaign that refused somebody, like the recorder one for the whole process.
static CODES: Mutex<BTreeMap<CampaignId, Labels>> = Mutex::new(BTreeMap::new());

/// Collects refusals.
pub(crate) struct Refusals(Arc<Mutex<Waiting>>);

impl Refusals {
    /// Starts the task that writes; it ends when this is dropped.
    pub(crate) fn start(store: Arc<dyn Store>, flags: Arc<Flags>) -> Self {
        let waiting: Arc<Mutex<Waiting>> = Arc::default();
        let behind = Arc::downgrade(&waiting);
        tokio::spawn(async move {
            let mut written = 0;
            loop {
                tokio::time::sleep(pause(written, PAUSE_MAX)).await;
                let Some(waiting) = behind.upgrade() else { break };
                written = if flags.writes() { write(&*store, &waiting).await } else { 0 };
            }
        });
        Self(waiting)
    }

    pub(crate) fn add(&self, refusal: Refusal) {
        let code = label(&CODES, &refusal.campaign, &refusal.code);
        counter!(REFUSALS, "campaign" => refusal.campaign.to_string(), "code" => code).increment(1);
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (refusal.campaign.clone(), refusal.player.clone());
        let is_kept = match waiting.new.get(&key) {
            None => waiting.new.len() < WAITING_MAX,
            Some(known) => known.at <= refusal.at,
        };
        if is_kept {
            waiting.new.insert(key, refusal);
        }
    }

    pub(crate) async fn flush(&self, store: &dyn Store) {
        write(store, &self.0).await;
    }
}

fn label(codes: &Mutex<BTreeMap<CampaignId, Labels>>, campaign: &CampaignId, code: &str) -> String {
    let mut codes = codes.lock().unwrap_or_else(PoisonError::into_inner);
    codes.entry(campaign.clone()).or_insert(const { Labels::new(CODES_MAX) }).of(code)
}

/// Writes what waits, and answers how many there were. What comes in meanwhile waits for the next time, or this would not end
/// while players are refused.
async fn write(store: &dyn Store, waiting: &Mutex<Waiting>) -> usize {
    let lock = || waiting.lock().unwrap_or_else(PoisonError::into_inner);
    let all = {
        let Waiting { new, writing } = &mut *lock();
        writing.extend(new.drain().map(|(_, refusal)| refusal));
        writing.len()
    };
    let mut written = 0;
    while written < all {
        let refusals = behind::piece(&mut lock().writing);
        if refusals.is_empty() {
            break;
        }
        if let Err(error) = store.record_refusals(&refusals).await {
            // They are for support, and a store that fails has no room for them.
            let left = std::mem::take(&mut lock().writing).len();
            let error = Causes(&error);
            tracing::warn!(%error, refusals = refusals.len() + left, "refusals could not be kept for support");
            break;
        }
        written += refusals.len();
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::labels::OTHERS;

    #[test]
    fn so_many_codes_of_a_campaign_are_told_apart() {
        let codes = Mutex::default();
        let label = |campaign: &str, code: &str| label(&codes, &campaign.parse().unwrap(), code);
        for number in 0..CODES_MAX {
            assert_eq!(label("noisy", &format!("code-{number}")), format!("code-{number}"));
        }
        assert_eq!(label("noisy", "late"), OTHERS);
        assert_eq!(label("noisy", "code-0"), "code-0");
        assert_eq!(label("quiet", "late"), "late");
    }
}
