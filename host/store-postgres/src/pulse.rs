//! Signs of life, and who gives none.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tombola_domain::causes::Causes;
use tombola_store_sql::writer::Writer;

use crate::fleet::Fleet;

/// Between two signs of life, and between two looks at those of others.
const PERIOD: Duration = Duration::from_secs(1);
/// How many looks in a row, a period apart, find nothing new of a host that is taken for dead. They are counted rather than timed: when
/// a machine stood still on which several hosts are, none of them takes the others' silence for longer than they could speak.
const LOOKS_MAX: u32 = 10;

/// Begins both, until told to stop or until the sender is gone.
pub(crate) fn start(fleet: &Arc<Fleet>, writer: &Arc<Writer>, stopped: &watch::Receiver<()>) {
    tokio::spawn(beat(Arc::clone(fleet), Arc::clone(writer), stopped.clone()));
    tokio::spawn(look(Arc::clone(fleet), stopped.clone()));
}

async fn beat(fleet: Arc<Fleet>, writer: Arc<Writer>, mut stopped: watch::Receiver<()>) {
    while goes_on(&mut stopped).await {
        match fleet.beat().await {
            Ok(true) => {}
            Ok(false) => {
                tracing::error!("the other hosts took this one for dead or late, and it can commit nothing more");
                writer.fenced();
                return;
            }
            Err(error) => {
                tracing::debug!(error = %Causes(&error), "no sign of life could be given");
            }
        }
    }
}

async fn look(fleet: Arc<Fleet>, mut stopped: watch::Receiver<()>) {
    let mut sightings = Sightings::default();
    while goes_on(&mut stopped).await {
        if let Err(error) = look_once(&fleet, &mut sightings).await {
            tracing::debug!(error = %Causes(&error), "the other hosts could not be looked at");
        }
    }
}

async fn look_once(fleet: &Fleet, sightings: &mut Sightings) -> Result<(), sqlx::Error> {
    for (host, beat) in sightings.look(&fleet.others().await?) {
        if fleet.fence_dead(host, beat).await? {
            tracing::warn!(host, "a host gave no sign of life any more, and can commit nothing from now on");
        }
    }
    Ok(())
}

async fn goes_on(stopped: &mut watch::Receiver<()>) -> bool {
    tokio::time::timeout(PERIOD, stopped.changed()).await.is_err()
}

/// The latest beats of other hosts, and how many looks found no other one since.
#[derive(Default)]
struct Sightings(HashMap<i64, (i64, u32)>);

impl Sightings {
    /// Takes a look; answers those that are dead, with their last beats. Who is not there any more is forgotten.
    fn look(&mut self, seen: &[(i64, i64)]) -> Vec<(i64, i64)> {
        let former = std::mem::take(&mut self.0);
        let look = |(host, beat): &(i64, i64)| {
            let looks = match former.get(host) {
                Some((known, looks)) if known == beat => looks + 1,
                _ => 0,
            };
            (*host, (*beat, looks))
        };
        self.0 = seen.iter().map(look).collect();
        let dead = self.0.iter().filter(|(_, (_, looks))| *looks >= LOOKS_MAX);
        dead.map(|(host, (beat, _))| (*host, *beat)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_gives_no_sign_in_so_many_looks_is_dead() {
        let mut sightings = Sightings::default();
        for beat in 1..=i64::from(LOOKS_MAX) {
            assert_eq!(sightings.look(&[(1, beat), (2, 5)]), []);
        }
        assert_eq!(sightings.look(&[(1, 99), (2, 5)]), [(2, 5)]);
        // As long as it could not be fenced it stays so.
        assert_eq!(sightings.look(&[(1, 99), (2, 5)]), [(2, 5)]);
        assert_eq!(sightings.look(&[(1, 100), (2, 6)]), []);
        // One that was away and comes back begins anew.
        assert_eq!(sightings.look(&[(1, 101)]), []);
        assert_eq!(sightings.look(&[(1, 102), (2, 6)]), []);
    }
}
