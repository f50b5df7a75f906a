//! What the draws of a series will come to.

use std::collections::HashMap;

use tombola_domain::draw::Grant;
use tombola_domain::id::{CodePoolName, PrizeId};
use tombola_domain::series::Series;
use tombola_domain::stock::{Bucket, Expected, Plan, Supply, allocate};
use tombola_engine::pipeline::{Pipeline, Prize};
use tombola_store::stock::StockLevel;

use crate::{App, Result};

/// The stock and the budget as they were read before a series is decided, less what the series takes. Who else draws meanwhile may make what is
/// foreseen wrong; the commit sees to it that nothing comes of it then.
pub(super) struct Foresight {
    supply: Supply<Source, ()>,
    /// The code pools of prizes that have one.
    pools: HashMap<PrizeId, CodePoolName>,
}

/// Where units of a prize come from.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Source {
    Stock(PrizeId),
    Codes(CodePoolName),
}

impl Foresight {
    pub(super) async fn read(app: &App, pipeline: &Pipeline) -> Result<Self> {
        let levels = app.store.stock(&pipeline.campaign).await?.into_iter();
        let bucket = |(prize, level): (PrizeId, StockLevel)| {
            let (allotted, issued, mark) = (level.stock, level.issued, level.mark);
            (Source::Stock(prize), Bucket { number: 0, allotted, issued, whole: true, mark })
        };
        let mut buckets: HashMap<_, _> = levels.map(bucket).collect();
        let named = |prize: &Prize| Some((prize.id.clone(), prize.code_pool()?.clone()));
        let pools: HashMap<_, _> = pipeline.prizes.iter().filter_map(named).collect();
        let levels = app.store.code_levels(&pools.values().cloned().collect(), app.clock.now()).await?;
        buckets.extend(levels.into_iter().map(|level| (Source::Codes(level.pool.clone()), level.bucket())));
        let mut budgets = HashMap::new();
        if let Some(unit) = &pipeline.budget {
            budgets.insert((), app.store.budget(&pipeline.campaign, unit).await?);
        }
        Ok(Self { supply: Supply { buckets, budgets }, pools })
    }

    /// What a draw that tries these grants comes to, after those that were asked about before. Chosen by what chooses in the
    /// commit.
    pub(super) fn expect(&mut self, grants: &[Grant]) -> Expected {
        let source = |prize: &PrizeId| match self.pools.get(prize) {
            Some(pool) => Source::Codes(pool.clone()),
            None => Source::Stock(prize.clone()),
        };
        let grants = grants.iter().map(|grant| (source(&grant.prize), grant.clone())).collect();
        let plan = Series::one(Plan { grants, budget: (), expected: Expected::Anything });
        match allocate([&plan], &mut self.supply).pop() {
            Some(Ok(verdicts)) => Expected::exactly(&verdicts.first),
            _ => unreachable!("a bucket with the whole stock is never short"),
        }
    }
}
