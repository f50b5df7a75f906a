//! The database of a run, its replica, and what happens to them.

use tokio::task::block_in_place;
use tokio::time::sleep;
use tombola_servers::{End, Fate, Place, PostgresPair, Proxy};

use super::plan::{Loss, PostgresFault};

pub(super) struct Postgres {
    pair: PostgresPair,
    proxy: Proxy,
    /// Of the run that is under way.
    database: String,
    has_failed_over: bool,
}

impl Postgres {
    pub(super) async fn start() -> Self {
        let pair = block_in_place(PostgresPair::start);
        let proxy = Proxy::before(Place::Socket(pair.socket())).await;
        Self { pair, proxy, database: String::new(), has_failed_over: false }
    }

    /// Makes a pair of what the run before has left, with an empty database; its address for hosts.
    pub(super) async fn open(&mut self) -> String {
        if std::mem::take(&mut self.has_failed_over) {
            block_in_place(|| self.pair.pair());
        }
        while self.proxy.next_fate() != Fate::Goes {}
        self.database = self.pair.database().await;
        self.proxy.url(&self.database)
    }

    pub(super) fn url(&self) -> String {
        self.pair.url(&self.database)
    }

    pub(super) async fn strike(&mut self, fault: Option<&PostgresFault>) {
        match fault {
            None => {}
            Some(PostgresFault::Restarted(end)) => block_in_place(|| self.pair.restart(*end)),
            Some(PostgresFault::FailedOver(loss)) => self.fail_over(*loss),
            Some(PostgresFault::FailedOverBehind(alone)) => {
                block_in_place(|| self.pair.stop_following());
                sleep(*alone).await;
                block_in_place(|| self.pair.restart(End::Killed));
                sleep(*alone).await;
                self.fail_over(Loss::HungUp);
            }
            Some(PostgresFault::ConnectionsCut) => self.proxy.cut(),
            Some(PostgresFault::CommitsCut(fates)) => self.proxy.decide(fates),
        }
    }

    fn fail_over(&mut self, loss: Loss) {
        if loss == Loss::Silent {
            self.proxy.fall_silent();
        }
        block_in_place(|| self.pair.fail_over());
        self.proxy.lead_to(Place::Socket(self.pair.socket()));
        self.has_failed_over = true;
    }
}
