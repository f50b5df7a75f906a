//! What prizes are delivered by and operators have not made.

use std::collections::BTreeSet;

use tombola_domain::award::Delivery;
use tombola_engine::finding::{Code, Finding};
use tombola_engine::pipeline::Pipeline;
use tombola_store::destinations::DESTINATIONS_MAX;

use crate::{App, Result};

impl App {
    /// An error for each prize whose awards would go to a destination, or get a code of a pool, that there is not.
    pub(super) async fn missing(&self, pipeline: &Pipeline) -> Result<Vec<Finding>> {
        let mut missing = self.missing_destinations(pipeline).await?;
        missing.extend(self.missing_code_pools(pipeline).await?);
        Ok(missing)
    }

    async fn missing_destinations(&self, pipeline: &Pipeline) -> Result<Vec<Finding>> {
        let named = named(pipeline, |delivery| match delivery {
            Delivery::Webhook(destination) => Some(destination.clone()),
            _ => None,
        });
        if named.is_empty() {
            return Ok(Vec::new());
        }
        let all = u32::try_from(DESTINATIONS_MAX).expect("some hundred");
        let kept = self.store.destinations(None, all).await?;
        let kept: BTreeSet<_> = kept.into_iter().map(|destination| destination.name).collect();
        let missing = named.into_iter().filter(|(_, destination)| !kept.contains(destination));
        let finding = |(position, destination)| Finding {
            code: Code::UnknownDestination,
            place: format!("/prizes/{position}/deliver/webhook"),
            message: format!("there is no destination '{destination}'"),
            hint: "Make it first, or name one that there is (`tombola destination list`).".to_owned(),
        };
        Ok(missing.map(finding).collect())
    }

    async fn missing_code_pools(&self, pipeline: &Pipeline) -> Result<Vec<Finding>> {
        let named = named(pipeline, |delivery| delivery.code_pool().cloned());
        if named.is_empty() {
            return Ok(Vec::new());
        }
        let pools = named.iter().map(|(_, pool)| pool.clone()).collect();
        let kept = self.store.code_levels(&pools, self.clock.now()).await?;
        let kept: BTreeSet<_> = kept.into_iter().map(|level| level.pool).collect();
        let missing = named.into_iter().filter(|(_, pool)| !kept.contains(pool));
        let finding = |(position, pool)| Finding {
            code: Code::UnknownCodePool,
            place: format!("/prizes/{position}/deliver/codes"),
            message: format!("there is no code pool '{pool}'"),
            hint: "Make it first, or name one that there is (`tombola codes list`).".to_owned(),
        };
        Ok(missing.map(finding).collect())
    }
}

/// What the deliveries of prizes name, each with the prize's position.
fn named<T>(pipeline: &Pipeline, name: impl Fn(&Delivery) -> Option<T>) -> Vec<(usize, T)> {
    let prizes = pipeline.prizes.iter().enumerate();
    prizes.filter_map(|(position, prize)| Some((position, name(prize.delivery.as_ref()?)?))).collect()
}
