//! Making a revision ready before it goes live, on all hosts: when it does, none of them has anything to compile, and none that can't run
//! it is left.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::{sleep, timeout};
use tombola_domain::causes::Causes;
use tombola_domain::digest::Digest;
use tombola_engine::pipeline::Pipeline;
use tombola_store::Store;
use tombola_store::campaigns::Revision as StoredRevision;
use tombola_store::hosts::Upcoming;

use crate::{App, Error, Result, app};

/// How often a host looks whether it is asked for something, and how often whoever asks looks whether it was done.
const PERIOD: Duration = Duration::from_millis(200);
/// How long a host may take: compiling many rules takes seconds. One that is dead is not waited for so long.
const DEADLINE: Duration = Duration::from_secs(30);
/// How long an activation is waited for, until all hosts have taken it up. A host that takes longer decides draws once more.
const TAKE_UP_DEADLINE: Duration = Duration::from_secs(1);
/// How often it is looked whether they have.
const TAKE_UP_PERIOD: Duration = Duration::from_millis(25);
/// Revisions that are kept until they go live: those that never do are forgotten after as many others.
const PREPARED_MAX: usize = 16;

/// Revisions that this host has made ready, by their digests.
#[derive(Default)]
pub(crate) struct Prepared(Mutex<VecDeque<(Digest, Arc<Pipeline>)>>);

impl Prepared {
    pub(crate) fn take(&self, digest: &Digest) -> Option<Arc<Pipeline>> {
        let mut prepared = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let place = prepared.iter().position(|(kept, _)| kept == digest)?;
        prepared.remove(place).map(|(_, pipeline)| pipeline)
    }

    fn put(&self, digest: Digest, pipeline: Arc<Pipeline>) {
        let mut prepared = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        prepared.push_back((digest, pipeline));
        if prepared.len() > PREPARED_MAX {
            prepared.pop_front();
        }
    }
}

/// What the other hosts were asked for. Dropping it withdraws that, since whoever wanted it may have gone away.
struct Asked {
    store: Arc<dyn Store>,
    number: Option<u64>,
}

impl Drop for Asked {
    fn drop(&mut self) {
        let Some(number) = self.number.take() else { return };
        let store = Arc::clone(&self.store);
        tokio::spawn(async move {
            if let Err(error) = store.withdraw_preparation(number).await {
                let error = Causes(&error);
                tracing::warn!(%error, "what the other hosts make ready could not be withdrawn");
            }
        });
    }
}

impl App {
    /// Sees to it, from a task of its own, that what other hosts ask for is made ready. The task ends with the app.
    pub fn keep_prepared(app: &Arc<Self>) {
        let kept = Arc::downgrade(app);
        tokio::spawn(async move {
            loop {
                sleep(PERIOD).await;
                let Some(app) = kept.upgrade() else { break };
                if let Err(error) = app.prepare_what_is_asked().await {
                    let error = Causes(&error);
                    tracing::warn!(%error, "what the other hosts ask for could not be looked up");
                }
            }
        });
    }

    /// Has every other host make a revision ready, which is about to go live. Those that don't in time are fenced, and commit nothing
    /// more.
    pub(crate) async fn have_prepared(&self, upcoming: &Upcoming) -> Result<()> {
        let Some(number) = self.store.ask_to_prepare(upcoming).await? else { return Ok(()) };
        let mut asked = Asked { store: Arc::clone(&self.store), number: Some(number) };
        let prepared = async {
            while !self.store.is_prepared(number).await? {
                sleep(PERIOD).await;
            }
            Ok::<_, Error>(())
        };
        if let Ok(failed @ Err(_)) = timeout(DEADLINE, prepared).await {
            return failed;
        }
        for host in self.store.end_preparation(number).await? {
            tracing::warn!(host, campaign = %upcoming.campaign, "a host did not make a revision ready in time, and is out");
        }
        asked.number = None;
        Ok(())
    }

    /// Waits until every other host has taken up an activation, if they do so soon: what they answer from memory is then of it, too.
    pub(crate) async fn have_taken_up(&self, activation: u64) {
        let taken_up = async {
            while !self.store.is_taken_up(activation).await? {
                sleep(TAKE_UP_PERIOD).await;
            }
            Ok::<_, Error>(())
        };
        if let Ok(Err(error)) = timeout(TAKE_UP_DEADLINE, taken_up).await {
            let error = Causes(&error);
            tracing::warn!(%error, "whether the other hosts have taken up an activation could not be looked up");
        }
    }

    /// Makes ready what other hosts are about to make live.
    pub async fn prepare_what_is_asked(&self) -> Result<()> {
        for (number, upcoming) in self.store.to_prepare().await? {
            let campaign = upcoming.campaign.clone();
            match self.prepare(upcoming).await {
                Ok(()) => self.store.note_prepared(number).await?,
                Err(error) => {
                    let error = Causes(&error);
                    tracing::warn!(%error, %campaign, "what another host is about to make live is not ready here yet");
                }
            }
        }
        Ok(())
    }

    async fn prepare(&self, Upcoming { campaign, digest, document }: Upcoming) -> Result<()> {
        let (published_by, published_at) = (String::new(), self.clock.now());
        // Its number is not known before it goes live, and nothing here depends on it.
        let stored = StoredRevision { campaign, number: 0, digest, document, published_by, published_at };
        let ready = app::make_ready(&*self.store, &*self.rules, &stored).await?;
        let pipeline = ready.pipeline.ok_or_else(|| Error::CampaignNotReady(stored.campaign.to_string()))?;
        // Every rule runs once before anyone depends on it here.
        self.odds_of_new_player(&pipeline).await?;
        self.prepared.put(digest, pipeline);
        Ok(())
    }
}
