use async_trait::async_trait;
use tombola_store::Result;
use tombola_store::campaigns::Campaigns;
use tombola_store::hosts::{Host, Hosts, State, Upcoming};

use crate::store::SqlStore;

/// Where there is one host alone, it leads, and nobody has to be told anything.
#[async_trait]
impl Hosts for SqlStore {
    fn number(&self) -> u64 {
        self.writer.fence().unsigned_abs()
    }

    fn leads(&self) -> bool {
        self.hosts.as_ref().is_none_or(|hosts| hosts.leads())
    }

    async fn begin_serving(&self) -> Result<()> {
        match &self.hosts {
            Some(hosts) => hosts.begin_serving().await,
            None => Ok(()),
        }
    }

    async fn note_activation(&self, activation: u64) -> Result<()> {
        match &self.hosts {
            Some(hosts) => hosts.note_activation(activation).await,
            None => Ok(()),
        }
    }

    async fn ask_to_prepare(&self, revision: &Upcoming) -> Result<Option<u64>> {
        match &self.hosts {
            Some(hosts) => hosts.ask_to_prepare(revision).await,
            None => Ok(None),
        }
    }

    async fn to_prepare(&self) -> Result<Vec<(u64, Upcoming)>> {
        match &self.hosts {
            Some(hosts) => hosts.to_prepare().await,
            None => Ok(Vec::new()),
        }
    }

    async fn note_prepared(&self, preparation: u64) -> Result<()> {
        match &self.hosts {
            Some(hosts) => hosts.note_prepared(preparation).await,
            None => Ok(()),
        }
    }

    async fn is_prepared(&self, preparation: u64) -> Result<bool> {
        match &self.hosts {
            Some(hosts) => hosts.is_prepared(preparation).await,
            None => Ok(true),
        }
    }

    async fn withdraw_preparation(&self, preparation: u64) -> Result<()> {
        match &self.hosts {
            Some(hosts) => hosts.withdraw_preparation(preparation).await,
            None => Ok(()),
        }
    }

    async fn end_preparation(&self, preparation: u64) -> Result<Vec<u64>> {
        match &self.hosts {
            Some(hosts) => hosts.end_preparation(preparation).await,
            None => Ok(Vec::new()),
        }
    }

    async fn is_taken_up(&self, activation: u64) -> Result<bool> {
        match &self.hosts {
            Some(hosts) => hosts.is_taken_up(activation).await,
            None => Ok(true),
        }
    }

    async fn hosts(&self) -> Result<Vec<Host>> {
        if let Some(hosts) = &self.hosts {
            return hosts.hosts().await;
        }
        let (name, activation) = ("this host".to_owned(), self.activation().await?);
        Ok(vec![Host { number: self.number(), name, state: State::Serving, activation, seen_at: None }])
    }
}
