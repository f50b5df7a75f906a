//! What the draws of a series will come to.

use std::collections::HashMap;

use tombola_domain::draw::Grant;
use tombola_domain::id::{CampaignId, PrizeId};
use tombola_domain::series::Series;
use tombola_domain::stock::{Bucket, Expected, Plan, allocate};

use crate::{App, Result};

/// The stock as it was read before a series is decided, less what the series takes. Who else draws meanwhile may make what is
/// foreseen wrong; the commit sees to it that nothing comes of it then.
pub(super) struct Foresight(HashMap<PrizeId, Bucket>);

impl Foresight {
    pub(super) async fn read(app: &App, campaign: &CampaignId) -> Result<Self> {
        let levels = app.store.stock(campaign).await?.into_iter();
        let bucket = |(prize, level): (PrizeId, tombola_store::stock::StockLevel)| {
            let (allotted, issued, mark) = (level.stock, level.issued, level.mark);
            (prize, Bucket { number: 0, allotted, issued, whole: true, mark })
        };
        Ok(Self(levels.map(bucket).collect()))
    }

    /// What a draw that tries these grants comes to, after those that were asked about before. Chosen by what chooses in the
    /// commit.
    pub(super) fn expect(&mut self, grants: &[Grant]) -> Expected {
        let grants = grants.iter().map(|grant| (grant.prize.clone(), grant.clone())).collect();
        let plan = Series::one(Plan { grants, expected: Expected::Anything });
        match allocate([&plan], &mut self.0).pop() {
            Some(Ok(verdicts)) => Expected::exactly(&verdicts.first),
            _ => unreachable!("a bucket with the whole stock is never short"),
        }
    }
}
