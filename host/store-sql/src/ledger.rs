mod back;
mod book;
mod lapse;
mod post;
mod prove;
mod rows;
mod void;

use async_trait::async_trait;
use tombola_domain::id::{CampaignId, PlayerId, UnitName};
use tombola_domain::stock::Budget;
use tombola_domain::time::Timestamp;
use tombola_store::audit::Verb;
use tombola_store::ledger::{
    Balance, Drift, Ledger, NewPosting, NotPosted, OperateError, OperatorPosting, Posted, StatementLine, Unit,
    VoidAdjustmentError,
};
use tombola_store::sweep::{Sweep, Swept};
use tombola_store::{Done, Operation, Result};

use crate::db;
use crate::error::unavailable;
use crate::fields::{Fields, clamped};
use crate::operations::{self, Change, Deed};
use crate::store::SqlStore;
use crate::sweep;

pub(crate) use self::back::{Back, BackError, Piece, take_back, take_back_whole};
pub(crate) use self::book::{Opened, add_budget, open, read, read_accounts};
pub(crate) use self::post::{Ready, post, transfers, units, write, write_at};

#[async_trait]
impl Ledger for SqlStore {
    async fn put_unit(&self, operation: &Operation, unit: &Unit) -> Result<Done<()>, OperateError> {
        let deed = Deed { what: Verb::PutUnit, subject: unit.name.as_str(), campaign: None };
        self.within(async {
            let mut write = self.writer.begin().await?;
            if let Some(()) = operations::replay::<_, OperateError>(&mut write, operation, deed.is_same()).await? {
                return Ok(Done { result: (), replayed: true });
            }
            let row = db::query("SELECT * FROM units WHERE name = $1")
                .bind(unit.name.as_str())
                .fetch_optional(&mut write)
                .await
                .map_err(unavailable)?;
            let before = row.as_ref().map(rows::unit).transpose()?.map(|unit| unit.digest());
            db::query(
                "INSERT INTO units (name, title, lifetime_days) VALUES ($1, $2, $3)
                 ON CONFLICT (name) DO UPDATE SET title = excluded.title, lifetime_days = excluded.lifetime_days",
            )
            .bind(unit.name.as_str())
            .bind(&unit.title)
            .bind(unit.lifetime.map(tombola_domain::ledger::Lifetime::days))
            .execute(&mut write)
            .await
            .map_err(unavailable)?;
            let digests = Change { before, after: Some(unit.digest()) };
            operations::record(&mut write, operation, deed, digests, &()).await?;
            write.commit().await?;
            Ok(Done { result: (), replayed: false })
        })
        .await
    }

    async fn units(&self) -> Result<Vec<Unit>> {
        self.within(async {
            let rows = db::query("SELECT * FROM units ORDER BY name")
                .fetch_all(&mut *self.readers.reader().await?)
                .await
                .map_err(unavailable)?;
            rows.iter().map(rows::unit).collect()
        })
        .await
    }

    async fn post(&self, postings: Vec<NewPosting>) -> Result<Vec<Result<Posted, NotPosted>>> {
        self.within(async {
            let mut write = self.writer.begin().await?;
            let answers = post(&mut write, &postings).await?;
            write.commit().await?;
            Ok(answers)
        })
        .await
    }

    async fn operate(&self, operation: &Operation, wished: &OperatorPosting) -> Result<Done<u64>, OperateError> {
        let OperatorPosting { verb, subject, campaign, posting } = wished;
        let deed = Deed { what: *verb, subject, campaign: campaign.as_ref() };
        self.within(async {
            let mut write = self.writer.begin().await?;
            if let Some(result) = operations::replay::<_, OperateError>(&mut write, operation, deed.is_same()).await? {
                return Ok(Done { result, replayed: true });
            }
            let posted = post(&mut write, std::slice::from_ref(posting)).await?.pop().expect("one answer for each")?;
            // Not of the posting: it names the player, whose id could be guessed from it after an erasure.
            let digests = Change { before: None, after: Some(operation.request) };
            operations::record(&mut write, operation, deed, digests, &posted.number).await?;
            write.commit().await?;
            Ok(Done { result: posted.number, replayed: false })
        })
        .await
    }

    async fn void_adjustment(
        &self,
        operation: &Operation,
        player: &PlayerId,
        posting: u64,
    ) -> Result<Done<u64>, VoidAdjustmentError> {
        self.within(async { void::void(self.writer.begin().await?, operation, player, posting).await }).await
    }

    async fn balances(&self, player: &PlayerId, now: Timestamp) -> Result<Vec<Balance>> {
        self.within(async {
            let mut reader = self.readers.reader().await?;
            let found = db::query(
                "SELECT unit, 'lot' AS kind, lapses_at, \"left\" AS amount FROM lots WHERE player = $1 AND lapses_at > $2
                 UNION ALL
                 SELECT unit, kind, 0, balance FROM accounts WHERE owner = $1 AND kind IN ('held', 'debt') AND balance <> 0
                 ORDER BY 1, 2, 3",
            )
            .bind(player.as_str())
            .bind(now.as_millis())
            .fetch_all(&mut reader)
            .await
            .map_err(unavailable)?;
            rows::balances(&found)
        })
        .await
    }

    async fn budgets(&self, campaign: &CampaignId) -> Result<Vec<(UnitName, i64)>> {
        self.within(async {
            let found =
                db::query("SELECT unit, balance FROM accounts WHERE owner = $1 AND kind = 'budget' ORDER BY unit")
                    .bind(campaign.as_str())
                    .fetch_all(&mut *self.readers.reader().await?)
                    .await
                    .map_err(unavailable)?;
            let read = |row| {
                let fields = Fields { table: "accounts", key: "unit", row };
                Ok((fields.parsed("unit")?, fields.get("balance")?))
            };
            found.iter().map(read).collect()
        })
        .await
    }

    async fn budget(&self, campaign: &CampaignId, unit: &UnitName) -> Result<Budget> {
        self.within(async {
            let found = db::query(
                "SELECT kind, part, balance FROM accounts WHERE owner = $1 AND kind IN ('budget', 'prize') AND unit = $2",
            )
            .bind(campaign.as_str())
            .bind(unit.as_str())
            .fetch_all(&mut *self.readers.reader().await?)
            .await
            .map_err(unavailable)?;
            let mut budget = Budget::default();
            for row in &found {
                let fields = Fields { table: "accounts", key: "part", row };
                let balance = fields.get("balance")?;
                if fields.get::<&str>("kind")? == "budget" {
                    budget.left = balance;
                } else {
                    budget.spent.insert(fields.parsed("part")?, balance);
                }
            }
            Ok(budget)
        })
        .await
    }

    async fn statement(
        &self,
        player: &PlayerId,
        unit: &UnitName,
        before: Option<u64>,
        limit: u32,
    ) -> Result<Vec<StatementLine>> {
        self.within(async {
            let found = db::query(
                "SELECT transfers.*, why, at FROM (
                     SELECT number FROM (SELECT number FROM transfers WHERE from_owner = $1 AND unit = $2 AND number < $3
                         AND from_kind IN ('player', 'held', 'debt') ORDER BY number DESC LIMIT $4) taken
                     UNION
                     SELECT number FROM (SELECT number FROM transfers WHERE to_owner = $1 AND unit = $2 AND number < $3
                         AND to_kind IN ('player', 'held', 'debt') ORDER BY number DESC LIMIT $4) given
                     ORDER BY number DESC LIMIT $4
                 ) page JOIN transfers USING (number) JOIN postings ON postings.number = posting ORDER BY transfers.number DESC",
            )
            .bind(player.as_str())
            .bind(unit.as_str())
            .bind(before.map_or(i64::MAX, clamped))
            .bind(limit)
            .fetch_all(&mut *self.readers.reader().await?)
            .await
            .map_err(unavailable)?;
            found.iter().map(rows::statement_line).collect()
        })
        .await
    }

    async fn lapse(&self, step: &Sweep) -> Result<Swept> {
        self.within(sweep::step::<lapse::Lots>(self, step)).await
    }

    async fn prove(&self) -> Result<Vec<Drift>> {
        self.within(async { prove::prove(&mut *self.readers.reader().await?).await }).await
    }
}
