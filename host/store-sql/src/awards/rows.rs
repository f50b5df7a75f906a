//! Rows to what they stand for.

use tombola_domain::award::State;
use tombola_domain::time::Timestamp;
use tombola_store::Result;
use tombola_store::awards::{Attempts, Award, AwardHistory, Change, Source};

use crate::db::Row;
use crate::delivery;
use crate::fields::Fields;

fn fields(row: &Row) -> Fields<'_> {
    Fields { table: "awards", key: "id", row }
}

/// An award, from a row with all columns of `award_details`.
pub(crate) fn award(row: &Row) -> Result<Award> {
    let fields = fields(row);
    let source = match fields.optional_parsed("draw")? {
        Some(draw) => Source::Draw(draw),
        None => Source::Rebate(fields.parsed("rebate")?),
    };
    Ok(Award {
        id: fields.parsed("id")?,
        position: fields.count("position")?,
        source,
        campaign: fields.parsed("campaign")?,
        player: fields.parsed("player")?,
        prize: fields.parsed("prize")?,
        title: fields.text("title")?,
        data: fields.get("data")?,
        amount: fields.get("amount")?,
        delivery: delivery::read(&fields)?,
        state: fields.parsed("state")?,
        won_at: fields.time("won_at")?,
    })
}

/// The same with `changes` and `attempts`, which are JSON, and `coupon_code`.
pub(super) fn history(row: &Row) -> Result<AwardHistory> {
    let fields = fields(row);
    let changes: Vec<(String, i64, Option<String>, String)> = fields.json("changes")?;
    let change = |(state, at, actor, note): (String, i64, Option<String>, String)| {
        let state: State = state.parse().map_err(|error| fields.wrong("changes", &error))?;
        Ok(Change { state, at: Timestamp::from_millis(at), actor, note })
    };
    let attempts: Option<(u32, Option<i64>, String)> = match fields.get::<Option<&str>>("attempts")? {
        Some(_) => Some(fields.json("attempts")?),
        None => None,
    };
    let attempts =
        attempts.map(|(count, due, reason)| Attempts { count, due: due.map(Timestamp::from_millis), reason });
    let changes = changes.into_iter().map(change).collect::<Result<_>>()?;
    let code = Fields { table: "codes", key: "id", row }.optional_parsed("coupon_code")?;
    Ok(AwardHistory { award: award(row)?, changes, attempts, code })
}
