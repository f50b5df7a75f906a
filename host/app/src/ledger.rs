//! What players and campaigns have of each unit, and operators' changes of it. The arithmetic is the domain's.

use tombola_domain::digest::Digest;
use tombola_domain::id::{CampaignId, IdempotencyKey, PlayerId, UnitName};
use tombola_domain::ledger::{Account, House, Refused, Wish};
use tombola_store::Done;
use tombola_store::audit::Verb;
use tombola_store::ledger::{
    Balance, BusinessKey, NewPosting, NotPosted, OperateError, OperatorPosting, StatementLine, Unit,
    VoidAdjustmentError, Why,
};

use crate::intent::Intent;
use crate::{App, Error, Full, Result};

const ISSUE: Account = Account::House(House::Issue);

/// A change of what somebody has.
#[derive(Debug, Clone)]
pub struct LedgerChange<Whose> {
    /// Who asks, and why.
    pub intent: Intent,
    /// Whose.
    pub whose: Whose,
    /// Of what.
    pub unit: UnitName,
    /// How much more, other than 0; below zero, how much less.
    pub add: i64,
}

impl App {
    /// Declares a unit, or declares it anew.
    pub async fn put_unit(&self, intent: Intent, unit: &Unit) -> Result<Done<()>> {
        let operation = intent.operation(&[b"unit", unit.digest().as_bytes()], self.clock.now());
        Ok(self.store.put_unit(&operation, unit).await?)
    }

    /// All units, by name.
    pub async fn units(&self) -> Result<Vec<Unit>> {
        Ok(self.store.units().await?)
    }

    /// Gives a campaign more to give away, or takes back what it has not given away.
    pub async fn adjust_budget(&self, change: LedgerChange<CampaignId>) -> Result<Done<u64>> {
        self.live.campaign(&change.whose)?;
        let (campaign, subject) = (change.whose.clone(), format!("{}/{}", change.whose, change.unit));
        let budget = Account::Budget(campaign.clone());
        let (verb, why) = (Verb::AdjustBudget, Why::Budget);
        self.adjust(
            change,
            budget,
            None,
            |posting| OperatorPosting { verb, subject, campaign: Some(campaign), posting },
            why,
        )
        .await
    }

    /// Gives a player some of a unit, or takes away what they can spend.
    pub async fn adjust_balance(&self, change: LedgerChange<PlayerId>) -> Result<Done<u64>> {
        let (player, subject) = (change.whose.clone(), change.unit.to_string());
        let balance = Account::Player(player.clone());
        let (verb, why) = (Verb::AdjustBalance, Why::Adjustment);
        self.adjust(
            change,
            balance,
            Some(player),
            |posting| OperatorPosting { verb, subject, campaign: None, posting },
            why,
        )
        .await
    }

    /// Posts back what an operator gave a player or took away from them, and names the posting that does. What the player has spent of
    /// it they owe.
    pub async fn void_adjustment(&self, intent: Intent, player: &PlayerId, posting: u64) -> Result<Done<u64>> {
        intent.check_reason()?;
        let secret = self.host_key.derived("ledger-record");
        let request = [b"void-adjustment", &secret[..], player.as_str().as_bytes(), &posting.to_be_bytes()];
        let operation = intent.operation(&request, self.clock.now());
        Ok(self.store.void_adjustment(&operation, player, posting).await?)
    }

    /// What a player can spend, has set aside and owes, by unit.
    pub async fn balances(&self, player: &PlayerId) -> Result<Vec<Balance>> {
        Ok(self.store.balances(player, self.clock.now()).await?)
    }

    /// What a campaign may still give away, by unit.
    pub async fn budgets(&self, campaign: &CampaignId) -> Result<Vec<(UnitName, i64)>> {
        Ok(self.store.budgets(campaign).await?)
    }

    /// A player's transfers in a unit that is declared, latest first, at most `limit`.
    pub async fn statement(
        &self,
        player: &PlayerId,
        unit: &UnitName,
        before: Option<u64>,
        limit: u32,
    ) -> Result<Vec<StatementLine>> {
        let lines = self.store.statement(player, unit, before, limit).await?;
        if lines.is_empty() {
            self.declared(unit).await?;
        }
        Ok(lines)
    }

    /// The unit of this name; where there is none, the error names those that there are.
    async fn declared(&self, unit: &UnitName) -> Result<Unit> {
        let mut units = self.store.units().await?;
        if let Some(place) = units.iter().position(|declared| declared.name == *unit) {
            return Ok(units.swap_remove(place));
        }
        let declared = units.into_iter().map(|declared| declared.name).collect();
        Err(Error::UnitUnknown { unit: unit.to_string(), declared })
    }

    async fn adjust<Whose>(
        &self,
        change: LedgerChange<Whose>,
        account: Account,
        player: Option<PlayerId>,
        posted: impl FnOnce(NewPosting) -> OperatorPosting,
        why: Why,
    ) -> Result<Done<u64>> {
        let LedgerChange { intent, unit, add, .. } = change;
        if add < 0 {
            intent.check_reason()?;
        }
        let now = self.clock.now();
        // Under a secret, since what is recorded outlives a player's erasure, and ids can be guessed.
        let secret = self.host_key.derived("ledger-record");
        let whose = [account.kind().as_bytes(), &secret[..], account.owner().as_bytes()];
        let what = [unit.as_str().as_bytes(), &add.to_be_bytes()];
        let operation = intent.operation(&[&[&b"ledger"[..]], &whose[..], &what[..]].concat(), now);
        let lapse = self.declared(&unit).await?.lapse(now);
        let (from, to) = if add > 0 { (ISSUE, account) } else { (account, ISSUE) };
        let amount = i64::try_from(add.unsigned_abs()).map_err(|_| Full::Ledger)?;
        let wishes = vec![Wish { unit, from, to, amount, lapse }];
        let key = business_key(&intent, &operation.request);
        let posting = NewPosting { player, key, why, wishes, at: now };
        Ok(self.store.operate(&operation, &posted(posting)).await?)
    }
}

/// An operator's write has the name that its actor gave to it; one without a key, that of what is asked.
fn business_key(intent: &Intent, request: &Digest) -> BusinessKey {
    let key = intent.key.as_ref().map_or("", IdempotencyKey::as_str).as_bytes();
    let digest = Digest::tagged("tombola/operator-posting/v1", &[intent.actor.as_bytes(), key, request.as_bytes()]);
    format!("operator:{digest}").parse().expect("letters and digits")
}

impl From<OperateError> for Error {
    fn from(error: OperateError) -> Self {
        match error {
            OperateError::KeyReused(error) => error.into(),
            OperateError::NotPosted(error) => error.into(),
            OperateError::Store(error) => error.into(),
        }
    }
}

impl From<VoidAdjustmentError> for Error {
    fn from(error: VoidAdjustmentError) -> Self {
        match error {
            VoidAdjustmentError::KeyReused(error) => error.into(),
            VoidAdjustmentError::Unknown => Self::AdjustmentUnknown,
            VoidAdjustmentError::NotPosted(error) => error.into(),
            VoidAdjustmentError::Store(error) => error.into(),
        }
    }
}

impl From<NotPosted> for Error {
    fn from(error: NotPosted) -> Self {
        match error {
            NotPosted::KeyReused => Self::KeyReused,
            NotPosted::UnknownUnit(unit) => Self::UnitUnknown { unit: unit.to_string(), declared: Vec::new() },
            NotPosted::Refused(Refused::Short { unit, account, left, wanted }) => {
                let (unit, whose) = (unit.to_string(), account.to_string());
                match account {
                    Account::Budget(_) => Self::BudgetShort { unit, whose, left, wanted },
                    _ => Self::BalanceShort { unit, whose, left, wanted },
                }
            }
            NotPosted::Refused(Refused::Full { .. }) => Full::Ledger.into(),
        }
    }
}
